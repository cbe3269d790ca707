//! A variable that the worker needs is missing.

use std::fs;
use std::path::Path;
use workbot_e2e::{get, kill, setting, start};

#[test]
#[ignore = "starts the worker with other variables"]
fn without_its_keys_the_worker_says_so_on_pages_and_in_json() {
    let file = Path::new(&setting("WORKBOT_STATE")).join("dev.vars");
    let variables = fs::read_to_string(&file).expect("the variables");
    let others: Vec<_> = variables.lines().filter(|line| !line.starts_with("MASTER_KEYS=")).collect();
    kill();
    fs::write(&file, others.join("\n")).expect("the variables");
    start();
    let page = get("/connect/done", &[("accept-language", "de")]);
    let api = get("/api/session", &[]);
    let callback = get("/oauth/callback/salesforce?code=1&state=2", &[]);
    // Before the assertions: the tests that follow need the keys.
    kill();
    fs::write(&file, &variables).expect("the variables");
    start();
    assert_eq!((page.status, page.header("content-type")), (503, Some("text/html; charset=utf-8")));
    assert!(page.header("content-security-policy").unwrap_or_default().contains("default-src 'none'"));
    for words in ["Bei uns ist etwas schiefgegangen", "nicht fertig eingerichtet"] {
        assert!(page.body.contains(words), "{words}: {}", page.body);
    }
    assert_eq!((api.status, api.json()["error"]["code"].as_str()), (503, Some("misconfigured")));
    assert_eq!((callback.status, callback.header("location")), (303, Some("/connect/done")));
}
