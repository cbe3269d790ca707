//! An app is unavailable for a while. A grant that is valid at its app stays connected, however the app
//! treats used refresh tokens. A person whose run waits is told at once, and the run continues when the app
//! is back.

use serde_json::{Value, json};
use std::time::{Duration, Instant};
use workbot_e2e::{Chat, Company, Sandbox, eventually, login_link, text_of, unique};

/// Each rotation class, with a command that writes at such an app.
const CLASSES: [(&str, &str, &str); 4] = [
    ("salesforce", "none", "create opportunity amount: 1 close_date: 2026-12-31 name: "),
    ("salesforce", "reuse_kills", "create opportunity amount: 1 close_date: 2026-12-31 name: "),
    ("servicenow", "none", "create incident description: "),
    ("box", "single_use", "create folder name: "),
];

/// A proxy responds in the app's place; or the port is closed.
fn outages() -> [Value; 2] {
    [json!({"status": 502, "body": "<html>Bad Gateway</html>"}), json!({"drop": true})]
}

/// The app's token endpoint fails this many times for one account. Four times take about ten seconds, with
/// the pauses.
fn fails(app: &str, account: &str, times: u32, outage: &Value) {
    let mut fault = json!({"where": format!("{app}.token"), "match": account, "times": times});
    fault.as_object_mut().unwrap().extend(outage.as_object().unwrap().clone());
    Sandbox.post(&format!("{app}/expire-access-tokens"), &json!({"username": account}));
    Sandbox.fault(&fault);
}

const HELD_UP: &str = "cannot be reached or is busy right now";

#[test]
fn a_grant_survives_an_outage_of_ten_seconds_in_every_rotation_class() {
    std::thread::scope(|scope| {
        for ((app, rotation, command), outage) in
            CLASSES.into_iter().flat_map(|class| outages().map(|outage| (class, outage)))
        {
            scope.spawn(move || {
                let chat = Chat::connected_to(app, rotation, command);
                fails(app, &chat.upn, 4, &outage);
                let (before, began) = (chat.sent().len(), Instant::now());
                let name = unique("Second ");
                chat.say(&format!("{command}{name}"));
                chat.expect(HELD_UP);
                assert!(began.elapsed() < Duration::from_secs(5), "{app}: it is said at once");
                eventually("the reply", || (chat.successes() == 2).then_some(()));
                let asked = chat.sent().iter().skip(before).any(|sent| login_link(sent).is_some());
                assert!(!asked, "{app} {rotation}: nobody has to log in");
                let grants = Sandbox.grants_at(app, &chat.upn);
                assert!(grants.len() == 1 && grants[0]["revoked"].is_null(), "{app} {rotation}: {grants:?}");
                assert_eq!(Sandbox.creators(app, &name).len(), 1, "{app} {rotation}: once");
                assert_eq!(chat.status(app), "connected");
            });
        }
    });
}

#[test]
fn the_companys_grant_survives_an_outage_and_every_waiting_run_completes() {
    let company = Company::new();
    let account = company.share("salesforce");
    Sandbox.post("salesforce/oauth", &json!({"username": account, "rotation": "reuse_kills"}));
    let people = [company.person(), company.person()];
    fails("salesforce", &account, 4, &outages()[0]);
    for person in &people {
        person.say("find account Acme");
        person.expect(HELD_UP);
    }
    for person in &people {
        person.expect(&format!("as the shared connection ({account})"));
    }
    assert_eq!(company.shared("salesforce").reason, None);
    assert!(Sandbox.grants(&account)[0]["revoked"].is_null());
}

#[test]
fn a_command_waits_for_an_unavailable_api_and_completes_later() {
    let company = Company::new();
    let account = company.connect_salesforce();
    let ada = company.person();
    let name = unique("Nobody ");
    Sandbox.fault(
        &json!({"where": "salesforce.rest", "match": name, "times": 6, "status": 502, "body": "<html>"}),
    );
    let began = Instant::now();
    ada.say(&format!("find account {name}"));
    ada.expect(HELD_UP);
    assert!(began.elapsed() < Duration::from_secs(5), "it is said at once");
    ada.expect("There is no account named like");
    ada.expect(&format!("as the shared connection ({account})"));
}

#[test]
fn a_run_that_waits_for_an_app_can_be_cancelled() {
    let (app, rotation, command) = CLASSES[0];
    let chat = Chat::connected_to(app, rotation, command);
    fails(app, &chat.upn, 8, &outages()[0]);
    let name = unique("Second ");
    chat.say(&format!("{command}{name}"));
    let card = chat.expect(HELD_UP);
    let run = eventually("the run", || {
        let runs = chat.call("GET", "runs", "").json()["runs"].clone();
        let waiting = runs.as_array()?.iter().find(|run| run["status"] == json!("waiting_app"))?;
        waiting["run"].as_str().map(str::to_owned)
    });
    assert!(text_of(&card).contains(&run), "the card's button cancels it: {card}");
    let answer = chat.press("run.cancel", &json!({"run": run}));
    assert!(answer.body["value"].to_string().contains("was cancelled"), "{}", answer.body);
    // The grant is refreshed anyway when the app is back.
    eventually("the refresh", || {
        (Sandbox.grants_at(app, &chat.upn)[0]["refreshes"] == json!(1)).then_some(())
    });
    assert!(Sandbox.creators(app, &name).is_empty());
}

#[test]
fn a_lost_response_needs_a_login_only_if_the_app_refuses_the_replaced_token() {
    std::thread::scope(|scope| {
        for (app, rotation, command) in CLASSES {
            scope.spawn(move || {
                let chat = Chat::connected_to(app, rotation, command);
                fails(app, &chat.upn, 1, &json!({"drop": true, "after": true}));
                let before = chat.sent().len();
                chat.say(&format!("{command}{}", unique("Second ")));
                if rotation == "reuse_kills" {
                    let card = || chat.sent().iter().skip(before).find_map(login_link);
                    let link = eventually("a login card", card);
                    let rows = chat.call("GET", "connections", "").body;
                    assert!(rows.contains("answer_lost"), "{rows}");
                    let mut browser = workbot_e2e::Browser::new();
                    browser.log_in(&link, &chat.oid, &chat.upn, "allow").expect("Successfully connected");
                }
                eventually("the reply", || (chat.successes() == 2).then_some(()));
                let sent = Sandbox.grants_at(app, &chat.upn)[0]["refresh_tokens_sent"].as_u64();
                assert_eq!(sent, Some(2), "{app} {rotation}: the same one, until there is an answer");
            });
        }
    });
}
