//! The HTTP routes, as the log names them. A path can contain a ticket or a person's id; its pattern cannot.

use serde::Serialize;

/// All route patterns. `{…}` stands for one segment, `…` for any rest. The first match counts.
const ROUTES: [&str; 46] = [
    "/healthz",
    "/api/messages",
    "/connect/done",
    "/connect/{ticket}",
    "/signin/callback",
    "/oauth/callback/{app}",
    "/mcp",
    "/.well-known/oauth-protected-resource/mcp",
    "/.well-known/oauth-authorization-server",
    "/agent/authorize",
    "/agent/consent",
    "/agent/token",
    "/agent/revoke",
    "/api/agents",
    "/api/agents/{grant}",
    "/api/agents/{grant}/pause",
    "/api/agents/{grant}/recipes/{recipe}",
    "/api/admin/agents",
    "/api/admin/agents/people",
    "/api/session",
    "/api/connections",
    "/api/connections/{app}",
    "/api/connections/{app}/login",
    "/api/connections/{app}/disconnect",
    "/api/connections/{app}/guardrails",
    "/api/activity",
    "/api/runs",
    "/api/runs/{run}/cancel",
    "/api/admin/shared",
    "/api/admin/shared/{app}",
    "/api/admin/shared/{app}/login",
    "/api/admin/shared/{app}/disconnect",
    "/api/admin/recipes",
    "/api/admin/recipes/{recipe}/settings",
    "/api/admin/connections",
    "/api/admin/users/{user}/connections/{app}/disconnect",
    "/api/admin/users/{user}/disconnect",
    "/api/admin/users/{user}/agents",
    "/api/admin/users/{user}/agents/{grant}",
    "/api/admin/apps",
    "/api/admin/apps/{app}",
    "/api/admin/language-model",
    "/api/admin/keys",
    "/api/admin/audit",
    "/tab",
    "/tab/…",
];

/// The pattern of a path. It is one of a closed set, so that nothing of a request gets into the log with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Route(&'static str);

impl Route {
    /// The route of a path without a pattern.
    pub const NONE: Self = Self("no route");

    /// Returns the route of a path.
    ///
    /// ```
    /// use workbot_domain::logged_route::Route;
    ///
    /// assert_eq!(Route::of("/connect/0123abcd").as_str(), "/connect/{ticket}");
    /// assert_eq!(Route::of("/wp-login.php"), Route::NONE);
    /// ```
    #[must_use]
    pub fn of(path: &str) -> Self {
        let path = segments(path);
        ROUTES.into_iter().find(|pattern| fits(&segments(pattern), &path)).map_or(Self::NONE, Self)
    }

    /// Whether the route is an OAuth redirect URI, whose query holds a code and a state.
    #[must_use]
    pub fn is_callback(self) -> bool {
        matches!(self.0, "/signin/callback" | "/oauth/callback/{app}")
    }

    /// Whether the route is the MCP endpoint, whose errors are those of JSON-RPC.
    #[must_use]
    pub fn is_mcp(self) -> bool {
        self.0 == "/mcp"
    }

    /// Returns the pattern for the log.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.0
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
