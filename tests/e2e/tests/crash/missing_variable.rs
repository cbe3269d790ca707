//! A variable that the worker needs is missing.

use workbot_e2e::{get, with_variables};

#[test]
#[ignore = "starts the worker with other variables"]
fn without_its_keys_the_worker_says_so_on_pages_and_in_json() {
    let without_keys = |variables: &str| {
        let others: Vec<_> = variables.lines().filter(|line| !line.starts_with("MASTER_KEYS=")).collect();
        others.join("\n")
    };
    let (page, api, callback) = with_variables(without_keys, || {
        (
            get("/connect/done", &[("accept-language", "de")]),
            get("/api/session", &[]),
            get("/oauth/callback/salesforce?code=1&state=2", &[]),
        )
    });
    assert_eq!((page.status, page.header("content-type")), (503, Some("text/html; charset=utf-8")));
    assert!(page.header("content-security-policy").unwrap_or_default().contains("default-src 'none'"));
    for words in ["Bei uns ist etwas schiefgegangen", "nicht fertig eingerichtet"] {
        assert!(page.body.contains(words), "{words}: {}", page.body);
    }
    assert_eq!((api.status, api.json()["error"]["code"].as_str()), (503, Some("misconfigured")));
    assert_eq!((callback.status, callback.header("location")), (303, Some("/connect/done")));
}
