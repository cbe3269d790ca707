//! A tenant is removed from `ALLOWED_TENANTS`.

use serde_json::json;
use workbot_e2e::{Company, with_variables};

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
    let token = tokens["refresh_token"].as_str().expect("a token");
    let fields = [("grant_type", "refresh_token"), ("refresh_token", token), ("client_id", &publisher.id)];
    let remove = |variables: &str| without(variables, &company.tenant);
    let (called, refreshed) = with_variables(remove, || (calls(), form("/agent/token", &fields)));
    let challenge = called.header("www-authenticate").unwrap_or_default();
    assert!(called.status == 401 && challenge.contains("invalid_token"), "{} {challenge}", called.status);
    assert_eq!(refreshed.json()["error"], "invalid_grant");
    assert_eq!(calls().status, 200, "the tenant is served again");
}
