//! The manifest fragment for Entra in docs/deploy.md matches the worker's expectations.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::fs;
use std::path::Path;

use serde_json::Value;
use workbot_domain::cloud::CLOUDS;

fn file(path: &str) -> String {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    fs::read_to_string(here.ancestors().nth(2).unwrap().join(path)).unwrap()
}

fn fragment() -> Value {
    let page = file("docs/deploy.md");
    let (_, rest) = page.split_once("```json\n").unwrap();
    serde_json::from_str(rest.split_once("```").unwrap().0).unwrap()
}

#[test]
fn every_client_that_the_worker_trusts_may_ask_for_the_tabs_token_and_no_other() {
    let fragment = fragment();
    let scope = &fragment["api"]["oauth2PermissionScopes"][0];
    let clients = fragment["api"]["preAuthorizedApplications"].as_array().unwrap();
    let mut registered: Vec<_> = clients.iter().map(|client| client["appId"].as_str().unwrap()).collect();
    registered.sort_unstable();
    for cloud in CLOUDS {
        let mut trusted = cloud.teams_clients.to_vec();
        trusted.sort_unstable();
        assert_eq!(registered, trusted, "{}", cloud.name);
    }
    assert!(
        clients.iter().all(|client| client["delegatedPermissionIds"] == serde_json::json!([scope["id"]]))
    );
    assert_eq!(scope["value"], "access_as_user");
}

#[test]
fn tokens_are_of_the_version_and_the_role_that_the_worker_reads() {
    let fragment = fragment();
    assert_eq!(fragment["api"]["requestedAccessTokenVersion"], 2);
    let role = fragment["appRoles"][0]["value"].as_str().unwrap();
    assert!(file("domain/src/entra_token.rs").contains(&format!("ADMIN_ROLE: &str = \"{role}\"")));
}
