//! Injection: redirects, headers, log lines, markup and hosts that an attacker chooses.

use serde_json::{Value, json};
use workbot_e2e::{Browser, Chat, Company, Response, Sandbox, get, unique, worker, worker_log};

/// The response contains nothing of the attacker's site.
fn is_ours(response: &Response) {
    assert!(!response.body.to_lowercase().contains("evil"), "{}", response.body);
    assert!(!response.headers.iter().any(|(name, _)| name.contains("evil")));
}

#[test]
fn no_parameter_redirects_to_another_site() {
    let chat = Chat::new();
    let link = chat.tab_login_link("salesforce");
    let path = link.strip_prefix(&worker()).unwrap();
    let parameters = "redirect_uri=https://evil.example&return_to=//evil.example&next=https:evil.example\
        &account=https://evil.example&page=https://evil.example&state=https://evil.example&code=evil";
    for path in [
        format!("{path}?{parameters}"),
        format!("/connect/done?{parameters}"),
        format!("/signin/callback?{parameters}"),
        format!("/oauth/callback/salesforce?{parameters}"),
        format!("/tab?{parameters}"),
        format!("/agent/authorize?{parameters}"),
        format!(
            "/agent/authorize?{parameters}&client_id=https://evil.example/client.json&response_type=code"
        ),
        format!("/agent/consent?id=https://evil.example&{parameters}"),
        format!("/mcp?{parameters}"),
        format!("/.well-known/oauth-authorization-server?{parameters}"),
        format!("/.well-known/oauth-protected-resource/mcp?{parameters}"),
        "//evil.example/%2e%2e".to_owned(),
        "/tab//evil.example".to_owned(),
        "/tab/%2f%2fevil.example".to_owned(),
        "/connect/%2f%2fevil.example".to_owned(),
        "/connect/https:%2f%2fevil.example".to_owned(),
    ] {
        let response =
            get(&path, &[("x-forwarded-host", "evil.example"), ("forwarded", "host=evil.example")]);
        is_ours(&response);
        if let Some(to) = response.header("location") {
            let ours = [worker(), format!("{}/entra/", Sandbox.origin())];
            let here = to.starts_with('/') && !to.starts_with("//") && !to.starts_with("/\\");
            assert!(here || ours.iter().any(|ours| to.starts_with(ours)), "{path} -> {to}");
        }
    }
}

#[test]
fn no_path_or_parameter_injects_a_header() {
    let link = Chat::new().tab_login_link("salesforce");
    let path = link.strip_prefix(&worker()).unwrap();
    for path in [
        format!("{path}?account=%0d%0aset-cookie:%20evil=1"),
        "/connect/%0d%0aset-cookie:%20evil=1".to_owned(),
        "/connect/done?page=%0d%0aset-cookie:%20evil=1".to_owned(),
        "/oauth/callback/salesforce?state=%0d%0alocation:%20https://evil.example".to_owned(),
        "/api/connections/%0d%0aevil".to_owned(),
        "/tab/%0d%0aset-cookie:%20evil=1".to_owned(),
        "/agent/authorize?client_id=%0d%0aset-cookie:%20evil=1&state=%0d%0alocation:%20evil".to_owned(),
        "/agent/consent?id=%0d%0aset-cookie:%20evil=1".to_owned(),
        "/.well-known/%0d%0aset-cookie:%20evil=1".to_owned(),
    ] {
        let response = get(&path, &[("accept-language", "de;q=evil, \"evil\"")]);
        assert!(
            !response.headers.iter().any(|(name, value)| name == "evil" || value.contains("evil")),
            "{path}"
        );
    }
}

#[test]
fn no_input_injects_a_log_line() {
    let chat = Chat::new();
    let forged = unique("forged-");
    let line = format!("\"}}\n{{\"event\":\"{forged}\"}}\r\n\u{2028}");
    for change in [
        json!({"text": line}),
        json!({"text": "help", "locale": line}),
        json!({"text": "help", "from": {"id": line, "name": line, "aadObjectId": chat.oid}}),
        json!({"type": line, "text": "help"}),
    ] {
        chat.deliver(&chat.activity(&change));
    }
    get(&format!("/{forged}%0a%7B%22event%22%3A%22{forged}%22%7D"), &[]);
    get(&format!("/connect/{forged}%0a"), &[("accept-language", &forged), ("user-agent", &forged)]);
    chat.say("help");
    chat.expect("What I can do for you");
    let log = worker_log();
    let forgery = format!("{{\"event\":\"{forged}");
    assert!(!log.lines().any(|line| line.trim_start().starts_with(&forgery)), "a line was forged");
}

/// All texts of a card or message.
fn texts(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                match value {
                    Value::String(text) if key == "text" => found.push(text.clone()),
                    _ => texts(value, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| texts(item, found)),
        _ => {}
    }
}

#[test]
fn text_from_people_and_apps_is_shown_as_plain_text() {
    let company = Company::new();
    let chat = company.person();
    chat.connect_to("salesforce");
    company.verify("create-opportunity", "salesforce", true);
    let written = "](https://evil.example) [pay](https://evil.example) {{ 31337*31337 }} {% raw %} ${31337*31337} <b>x</b>";
    let name = unique("Evil ") + written;
    chat.say(&format!("create opportunity name: \"{name}\" amount: 1 close_date: 2026-12-31"));
    chat.expect("as you (");
    let named = unique("Refused ");
    Sandbox.fault(&json!({"where": "salesforce.rest", "match": named, "status": 400, "times": 1,
        "body": json!([{"message": format!("{written}<script>alert(1)</script>"), "errorCode": "X"}])}));
    chat.say(&format!("create opportunity name: {named} amount: 1 close_date: 2026-12-31"));
    chat.expect("Salesforce says");
    chat.say(&format!("{written} {written}"));
    chat.say(&format!("create opportunity name: \"{name}\""));
    chat.expect("needs a little more");
    for sent in chat.sent() {
        let mut found = Vec::new();
        texts(&sent["activity"], &mut found);
        for text in found {
            assert!(
                !text.contains("[pay](http") && !text.contains(" ](http"),
                "a link of a stranger: {text}"
            );
            assert!(!text.contains("982007569"), "a template of a stranger: {text}");
            assert!(!text.contains("<script") && !text.contains("<b>"), "markup of a stranger: {text}");
        }
    }
    // The app stores the text as it was written.
    assert_eq!(Sandbox.creators("salesforce", &name), std::slice::from_ref(&chat.upn));
}

#[test]
fn an_account_name_is_escaped_on_a_page() {
    let chat = Chat::new();
    let account = format!("<img src=x onerror=alert(1)>{{{{7*7}}}}{}", chat.upn);
    Sandbox.post("salesforce/users", &json!({"username": account}));
    let page = Browser::new().log_in(&chat.tab_login_link("salesforce"), &chat.oid, &account, "allow");
    let page = page.expect("Successfully connected");
    assert!(page.says("&lt;img src=x") && !page.says("<img"), "{}", page.response.body);
    assert!(page.says("{{7*7}}"), "{}", page.response.body);
}

#[test]
fn no_token_is_sent_to_another_host_that_an_app_names() {
    for elsewhere in [
        Sandbox.origin().replace("localhost", "127.0.0.1"),
        "http://169.254.169.254".to_owned(),
        "https://my.salesforce.com.evil.example".to_owned(),
        "https://acme.my.salesforce.com@evil.example".to_owned(),
        "file:///etc/passwd".to_owned(),
    ] {
        let chat = Chat::new();
        let callback = format!("{}/oauth/callback/salesforce", worker());
        let mut browser = Browser::new();
        let stopped = browser.log_in_until(
            &chat.tab_login_link("salesforce"),
            &chat.oid,
            &chat.upn,
            "allow",
            &callback,
        );
        let code = stopped.url.split("code=").nth(1).unwrap().split('&').next().unwrap();
        Sandbox.fault(&json!({"where": "salesforce.token", "match": code, "times": 1, "status": 200, "body": {
            "access_token": unique("access-"), "refresh_token": unique("refresh-"), "token_type": "Bearer",
            "instance_url": elsewhere, "id": format!("{elsewhere}/id/00D/005"), "scope": "api refresh_token"
        }}));
        let page = browser.go(&stopped.url).expect("Salesforce gave an unexpected answer");
        assert_eq!(page.status, 502, "{elsewhere}");
        assert_eq!(chat.status("salesforce"), "not_connected", "{elsewhere}");
    }
}
