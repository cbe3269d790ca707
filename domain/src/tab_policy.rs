//! The Content-Security-Policy of the tab.

/// The hosts that may frame a tab ("Tab requirements", Microsoft Teams documentation).
const TEAMS_HOSTS: &str = "https://*.cloud.microsoft https://teams.microsoft.com https://*.teams.microsoft.com \
     https://*.microsoft365.com https://*.office.com https://outlook.office.com https://outlook.office365.com";

/// TeamsJS asks there which hosts are Teams.
const TEAMS_JS_HOSTS: &str = "https://res.cdn.office.net";

/// The policy: our own files and our own API, no inline script or style, framed by Teams; by `local_hosts` too, which a
/// configuration has only on loopback.
#[must_use]
pub fn content_security_policy(local_hosts: &[String]) -> String {
    let ancestors = local_hosts.iter().fold(TEAMS_HOSTS.to_owned(), |all, host| format!("{all} {host}"));
    format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; \
         connect-src 'self' {TEAMS_JS_HOSTS}; base-uri 'none'; form-action 'none'; frame-ancestors {ancestors}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_teams_frames_the_tab_and_a_local_host_where_configured() {
        let policy = content_security_policy(&[]);
        assert!(policy.ends_with("https://outlook.office365.com"), "{policy}");
        let local = content_security_policy(&["http://localhost:8788".to_owned()]);
        assert!(local.ends_with(" http://localhost:8788"), "{local}");
        assert!(!policy.contains("'unsafe-"), "{policy}");
    }
}
