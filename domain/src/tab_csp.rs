//! The Content-Security-Policy of the tab.

use crate::cloud::Cloud;

/// TeamsJS loads its list of valid hosts from this address, in all clouds.
const TEAMS_JS_HOSTS: &str = "https://res.cdn.office.net";

/// Returns the policy: own files and API only, no inline script or style. The hosts of Teams in this cloud
/// may frame the tab, and `local_hosts`, which are configured on loopback only.
#[must_use]
pub fn content_security_policy(cloud: &Cloud, local_hosts: &[String]) -> String {
    let ancestors = cloud.tab_hosts.join(" ");
    let ancestors = local_hosts.iter().fold(ancestors, |all, host| format!("{all} {host}"));
    format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; \
         connect-src 'self' {TEAMS_JS_HOSTS}; base-uri 'none'; form-action 'none'; frame-ancestors {ancestors}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::cloud::{CHINA, DOD, GCC_HIGH, PUBLIC};

    #[test]
    fn only_teams_and_configured_local_hosts_may_frame_the_tab() {
        let policy = content_security_policy(&PUBLIC, &[]);
        assert!(policy.ends_with("https://outlook.office365.com"), "{policy}");
        let local = content_security_policy(&PUBLIC, &["http://localhost:8788".to_owned()]);
        assert!(local.ends_with(" http://localhost:8788"), "{local}");
        assert!(!policy.contains("'unsafe-"), "{policy}");
    }

    #[test]
    fn the_tab_is_framed_by_the_teams_of_its_own_cloud() {
        for (cloud, host) in [
            (&PUBLIC, "https://teams.microsoft.com"),
            (&GCC_HIGH, "https://gov.teams.microsoft.us"),
            (&DOD, "https://dod.teams.microsoft.us"),
            (&CHINA, "https://teams.microsoftonline.cn"),
        ] {
            let policy = content_security_policy(cloud, &[]);
            let (_, ancestors) = policy.split_once("frame-ancestors ").unwrap();
            assert!(ancestors.split(' ').any(|ancestor| ancestor == host), "{policy}");
            assert_eq!(ancestors.contains("microsoft.com"), cloud.name == "public", "{policy}");
        }
    }
}
