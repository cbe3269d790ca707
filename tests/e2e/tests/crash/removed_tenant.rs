//! A tenant is removed from `ALLOWED_TENANTS`.

use serde_json::json;
use std::fs;
use std::path::Path;
use workbot_e2e::{Company, kill, setting, start};

use crate::agents::{Agent, form};
use crate::client_metadata_documents::{Publisher, kept_for_an_hour};

/// The variables without a tenant.
fn without(variables: &str, tenant: &str) -> String {
    let line = |line: &str| match line.strip_prefix("ALLOWED_TENANTS=") {
        Some(list) => {
            let others: Vec<_> = list.split(',').filter(|listed| *listed != tenant).collect();
            format!("ALLOWED_TENANTS={}\n", others.join(","))
        }
        None => format!("{line}\n"),
    };
    variables.lines().map(line).collect()
}

#[test]
#[ignore = "starts the worker with other variables"]
fn a_removed_tenant_stops_its_agents_at_once() {
    let company = Company::new();
    let ada = company.person();
    company.call("PUT", "agents", r#"{"open":true}"#);
    let publisher = Publisher::serving(kept_for_an_hour);
    let tokens = publisher.tokens(&ada);
    let agent = Agent::of(&tokens);
    let calls = || agent.send("tools/list", json!({}));
    assert_eq!(calls().status, 200);
    let file = Path::new(&setting("WORKBOT_STATE")).join("dev.vars");
    let variables = fs::read_to_string(&file).expect("the variables");
    kill();
    fs::write(&file, without(&variables, &company.tenant)).expect("the variables");
    start();
    let called = calls();
    let token = tokens["refresh_token"].as_str().expect("a token");
    let fields = [("grant_type", "refresh_token"), ("refresh_token", token), ("client_id", &publisher.id)];
    let refreshed = form("/agent/token", &fields);
    // Before the assertions: the tests that follow need all tenants.
    kill();
    fs::write(&file, &variables).expect("the variables");
    start();
    let challenge = called.header("www-authenticate").unwrap_or_default();
    assert!(called.status == 401 && challenge.contains("invalid_token"), "{} {challenge}", called.status);
    assert_eq!(refreshed.json()["error"], "invalid_grant");
    assert_eq!(calls().status, 200, "the tenant is served again");
}
