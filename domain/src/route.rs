//! The HTTP routes: their methods, and their names in the log. A path can contain a ticket or a person's id;
//! its pattern cannot.

use serde::{Serialize, Serializer};
use workbot_shared::ErrorCode;

/// The methods of what is only read: `HEAD` is `GET` without the content (RFC 9110 section 9.3.2). An address
/// that begins or ends a login has `GET` alone, so that a scanner's `HEAD` takes no attempt.
const READ: &str = "GET, HEAD";

/// All routes: the pattern, and the methods as the header `Allow` lists them (RFC 9110 section 10.2.1). `{…}`
/// stands for one segment, `…` for any rest. The first match counts.
pub const ROUTES: [(&str, &str); 46] = [
    ("/healthz", READ),
    ("/api/messages", "POST"),
    ("/connect/done", READ),
    ("/connect/{ticket}", "GET"),
    ("/signin/callback", "GET"),
    ("/oauth/callback/{app}", "GET"),
    ("/mcp", "POST"),
    ("/.well-known/oauth-protected-resource/mcp", READ),
    ("/.well-known/oauth-authorization-server", READ),
    ("/agent/authorize", "GET"),
    ("/agent/consent", "GET, HEAD, POST"),
    ("/agent/token", "POST"),
    ("/agent/revoke", "POST"),
    ("/api/agents", READ),
    ("/api/agents/{grant}", "DELETE"),
    ("/api/agents/{grant}/pause", "DELETE"),
    ("/api/agents/{grant}/recipes/{recipe}", "PUT"),
    ("/api/admin/agents", "GET, HEAD, PUT"),
    ("/api/admin/agents/people", READ),
    ("/api/session", READ),
    ("/api/connections", READ),
    ("/api/connections/{app}", "DELETE"),
    ("/api/connections/{app}/login", "POST"),
    ("/api/connections/{app}/disconnect", "POST"),
    ("/api/connections/{app}/guardrails", "PUT"),
    ("/api/activity", READ),
    ("/api/runs", READ),
    ("/api/runs/{run}/cancel", "POST"),
    ("/api/admin/shared", READ),
    ("/api/admin/shared/{app}", "PUT, DELETE"),
    ("/api/admin/shared/{app}/login", "POST"),
    ("/api/admin/shared/{app}/disconnect", "POST"),
    ("/api/admin/recipes", READ),
    ("/api/admin/recipes/{recipe}/settings", "PUT"),
    ("/api/admin/connections", READ),
    ("/api/admin/users/{user}/connections/{app}/disconnect", "POST"),
    ("/api/admin/users/{user}/disconnect", "POST"),
    ("/api/admin/users/{user}/agents", READ),
    ("/api/admin/users/{user}/agents/{grant}", "DELETE"),
    ("/api/admin/apps", READ),
    ("/api/admin/apps/{app}", "PUT"),
    ("/api/admin/language-model", "GET, HEAD, PUT"),
    ("/api/admin/keys", READ),
    ("/api/admin/audit", READ),
    ("/tab", READ),
    ("/tab/…", READ),
];

/// The pattern of a path. It is one of a closed set, so that nothing of a request gets into the log with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    pattern: &'static str,
    methods: &'static str,
}

impl Serialize for Route {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.pattern)
    }
}

impl Route {
    /// The route of a path without a pattern.
    pub const NONE: Self = Self { pattern: "no route", methods: "" };

    /// Returns the route of a path.
    ///
    /// ```
    /// use workbot_domain::route::Route;
    ///
    /// assert_eq!(Route::of("/connect/0123abcd").as_str(), "/connect/{ticket}");
    /// assert_eq!(Route::of("/wp-login.php"), Route::NONE);
    /// ```
    #[must_use]
    pub fn of(path: &str) -> Self {
        let path = segments(path);
        let found = ROUTES.into_iter().find(|(pattern, _)| fits(&segments(pattern), &path));
        found.map_or(Self::NONE, |(pattern, methods)| Self { pattern, methods })
    }

    /// Checks the method of a request.
    ///
    /// ```
    /// use workbot_domain::route::Route;
    /// use workbot_shared::ErrorCode;
    ///
    /// assert_eq!(Route::of("/api/messages").check("POST"), Ok(()));
    /// assert_eq!(Route::of("/api/messages").check("GET"), Err(ErrorCode::MethodNotAllowed));
    /// assert_eq!(Route::of("/wp-login.php").check("GET"), Err(ErrorCode::NotFound));
    /// ```
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`] without a route, [`ErrorCode::MethodNotAllowed`] for a method that it lacks.
    pub fn check(self, method: &str) -> Result<(), ErrorCode> {
        match self {
            Self::NONE => Err(ErrorCode::NotFound),
            _ if self.methods.split(", ").any(|allowed| allowed == method) => Ok(()),
            _ => Err(ErrorCode::MethodNotAllowed),
        }
    }

    /// The methods of the route, for the header `Allow` (RFC 9110 section 10.2.1).
    #[must_use]
    pub fn methods(self) -> &'static str {
        self.methods
    }

    /// Whether the route is an OAuth redirect URI, whose query holds a code and a state.
    #[must_use]
    pub fn is_callback(self) -> bool {
        matches!(self.pattern, "/signin/callback" | "/oauth/callback/{app}")
    }

    /// Whether the route answers with a page of a login or of an agent's consent. A failure of ours (5xx)
    /// there is a page too.
    #[must_use]
    pub fn is_page(self) -> bool {
        matches!(self.pattern, "/connect/done" | "/connect/{ticket}" | "/agent/authorize" | "/agent/consent")
    }

    /// Whether the route is the MCP endpoint, whose errors are those of JSON-RPC.
    #[must_use]
    pub fn is_mcp(self) -> bool {
        self.pattern == "/mcp"
    }

    /// Whether the route is an endpoint of OAuth clients, whose errors are those of OAuth (RFC 6749 section
    /// 5.2).
    #[must_use]
    pub fn is_oauth(self) -> bool {
        matches!(self.pattern, "/agent/token" | "/agent/revoke")
    }

    /// Returns the pattern for the log.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.pattern
    }
}

/// Splits a path into segments, ignoring slashes at its ends.
#[must_use]
pub fn segments(path: &str) -> Vec<&str> {
    path.trim_matches('/').split('/').collect()
}

fn fits(pattern: &[&str], path: &[&str]) -> bool {
    let fits_one = |(pattern, segment): (&&str, &&str)| pattern.starts_with('{') || pattern == segment;
    match pattern.split_last() {
        Some((&"…", before)) => before.len() < path.len() && before.iter().zip(path).all(fits_one),
        _ => pattern.len() == path.len() && pattern.iter().zip(path).all(fits_one),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_logged_as_its_pattern_only() {
        for (path, route) in [
            ("/healthz", "/healthz"),
            ("/connect/done", "/connect/done"),
            ("/connect/0123abcd", "/connect/{ticket}"),
            ("//connect/0123abcd", "/connect/{ticket}"),
            ("/connect/0123abcd/", "/connect/{ticket}"),
            ("/oauth/callback/salesforce", "/oauth/callback/{app}"),
            ("/api/connections/salesforce/login", "/api/connections/{app}/login"),
            ("/api/admin/users/ada/disconnect", "/api/admin/users/{user}/disconnect"),
            (
                "/api/admin/users/ada/connections/box/disconnect",
                "/api/admin/users/{user}/connections/{app}/disconnect",
            ),
            ("/tab", "/tab"),
            ("/tab/", "/tab"),
            ("/tab/assets/x.js", "/tab/…"),
        ] {
            assert_eq!(Route::of(path).as_str(), route, "{path}");
        }
    }

    #[test]
    fn a_path_without_a_route_is_logged_as_such() {
        for path in [
            "",
            "/",
            "/oauth/callback",
            "/connect//0123abcd",
            "/connect/0123abcd/x",
            "/x/connect/0123abcd",
            "/api/admin/users/ada",
            "/api/admin/users/ada/connections/box",
            "/CONNECT/0123abcd",
            "/connect%2f0123abcd",
            "/{ticket}",
            "/no route",
        ] {
            assert_eq!(Route::of(path), Route::NONE, "{path}");
        }
    }

    #[test]
    fn a_path_has_its_methods_and_a_path_that_does_not_exist_has_none() {
        for (path, allowed) in [
            ("/healthz", "GET, HEAD"),
            ("/.well-known/oauth-authorization-server", "GET, HEAD"),
            ("/api/admin/language-model", "GET, HEAD, PUT"),
            ("/api/admin/shared/box", "PUT, DELETE"),
            ("/connect/0123abcd", "GET"),
            ("/tab/assets/x.js", "GET, HEAD"),
        ] {
            let route = Route::of(path);
            assert_eq!(route.methods(), allowed, "{path}");
            for method in ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "", "get", "GET, HEAD"]
            {
                let is_allowed = allowed.split(", ").any(|one| one == method);
                let expected = if is_allowed { Ok(()) } else { Err(ErrorCode::MethodNotAllowed) };
                assert_eq!(route.check(method), expected, "{method} {path}");
            }
        }
        for path in ["/api/runs/a/b/c", "/api/connections/box/x", "/api/admin/users/ada", "/agent"] {
            assert_eq!(Route::of(path).check("GET"), Err(ErrorCode::NotFound), "{path}");
        }
    }

    #[test]
    fn a_page_is_recognised_by_its_route() {
        for path in ["/connect/0123abcd", "/connect/done", "/agent/authorize", "/agent/consent"] {
            assert!(Route::of(path).is_page(), "{path}");
        }
        for path in ["/agent/token", "/api/session", "/mcp", "/signin/callback", "/connect"] {
            assert!(!Route::of(path).is_page(), "{path}");
        }
    }

    #[test]
    fn a_callback_is_recognised_by_its_route() {
        for path in
            ["/signin/callback", "/oauth/callback/box", "//oauth/callback/box/", "/oauth/callback/none"]
        {
            assert!(Route::of(path).is_callback(), "{path}");
        }
        for path in ["/oauth/callback", "/connect/done", "/connect/callback", "/signin/callback/x"] {
            assert!(!Route::of(path).is_callback(), "{path}");
        }
    }
}
