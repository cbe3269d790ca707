//! An app fails in each way, once, in the middle of a write; the token issuer fails in each way too.
//! `vault/tests/world` covers all other operations.

use serde_json::json;
use workbot_e2e::{Chat, Company, FAULTS, Kind, Sandbox, all_faults, eventually, unique};

/// Runs `body` with each failure, in parallel.
fn in_each_way(body: impl Fn(Kind) + Sync) {
    std::thread::scope(|scope| {
        let body = &body;
        let threads: Vec<_> = all_faults().map(|kind| (kind.name, scope.spawn(move || body(kind)))).collect();
        let failed: Vec<_> =
            threads.into_iter().filter_map(|(name, thread)| thread.join().is_err().then_some(name)).collect();
        assert!(failed.is_empty(), "failed: {failed:?}");
    });
}

#[test]
fn a_write_is_done_once_or_reported_as_unknown() {
    in_each_way(|kind| {
        let chat = Chat::new();
        chat.connect();
        let name = unique("Fault ");
        kind.at("salesforce.rest", &name);
        chat.say(&format!("create opportunity name: {name} amount: 1 close_date: 2026-12-31"));
        if kind.is_refusal {
            chat.expect(&format!("Created [{name}]"));
            assert_eq!(Sandbox.creators("salesforce", &name).len(), 1, "{}", kind.name);
        } else {
            chat.expect("may or may not");
            assert!(Sandbox.creators("salesforce", &name).len() <= 1, "{}", kind.name);
        }
    });
}

#[test]
fn an_issuer_outage_gives_the_tab_503_and_a_retry_succeeds() {
    let company = Company::new();
    let chat = company.person();
    let path = format!("/{}/", company.tenant);
    let asked = || Sandbox.get("requests?where=entra.keys").to_string().matches(&path).count();
    for kind in FAULTS.into_iter().filter(|kind| !kind.is_broken_off) {
        let before = asked();
        kind.at("entra.keys", &path);
        // A failed fetch is cached for seconds.
        eventually(kind.name, || {
            let response = chat.call("GET", "session", "");
            assert_eq!(response.status, 503, "{}: {}", kind.name, response.body);
            assert_eq!(response.json()["error"]["code"], json!("temporarily_unavailable"), "{}", kind.name);
            (asked() > before).then_some(())
        });
    }
    eventually("the session", || (chat.call("GET", "session", "").status == 200).then_some(()));
}
