//! One command, people with different permissions: the app decides by the account that acts. A refusal is
//! told in the app's words. The shared connection has its own permissions; they do not depend on the person
//! who gives the command.

use serde_json::{Value, json};
use workbot_e2e::{Chat, Company, Sandbox, login_links, text_of, unique};

/// A command that creates a record in one app, and how that app refuses it.
struct Door {
    app: &'static str,
    recipe: &'static str,
    command: &'static str,
    refusal: &'static str,
}

const SALESFORCE: Door = Door {
    app: "salesforce",
    recipe: "create-opportunity",
    command: "create opportunity amount: 5000 close_date: 2026-12-31 name: ",
    refusal: "insufficient access rights on object id",
};
const SERVICENOW: Door = Door {
    app: "servicenow",
    recipe: "create-incident",
    command: "create incident description: ",
    refusal: "ACL Exception Insert Failed due to security constraints",
};
const BOX: Door = Door {
    app: "box",
    recipe: "create-folder",
    command: "create folder name: ",
    refusal: "Access denied - insufficient permission",
};

/// The number of login cards for this person.
fn asked(chat: &Chat) -> usize {
    chat.sent().iter().map(|sent| login_links(sent).len()).sum()
}

/// The connection was used, and neither refreshed nor ended.
fn untouched(app: &str, chat: &Chat) {
    assert_eq!(chat.status(app), "connected");
    let grants = Sandbox.grants_at(app, &chat.upn);
    assert_eq!(grants.len(), 1, "{grants:?}");
    assert_eq!((&grants[0]["revoked"], &grants[0]["refreshes"]), (&Value::Null, &json!(0)));
}

fn by_account(door: &Door) {
    let company = Company::new();
    let account = company.share(door.app);
    let (ada, bob) = (company.person(), company.person());
    Sandbox.rights(door.app, &bob.upn, "read_only");
    ada.connect_to(door.app);
    bob.connect_to(door.app);

    let name = unique("By Ada ");
    ada.say(&format!("{}{name}", door.command));
    ada.expect(&format!("as you ({})", ada.upn));
    assert_eq!(Sandbox.creators(door.app, &name), [ada.upn.as_str()]);

    let name = unique("By Bob ");
    let command = format!("{}{name}", door.command);
    bob.say(&command);
    let refused = text_of(&bob.expect(door.refusal));
    assert!(refused.contains(&format!("as you ({})", bob.upn)), "{refused}");
    assert!(Sandbox.creators(door.app, &name).is_empty(), "nothing was created, by nobody");
    untouched(door.app, &bob);
    assert_eq!(asked(&bob), 0, "a refusal is no reason to log in again");

    company.verify(door.recipe, door.app, false);
    bob.say(&command);
    bob.expect(&format!("as the shared connection ({account})"));
    assert_eq!(Sandbox.creators(door.app, &name), [account.as_str()]);
}

#[test]
fn salesforce_permissions_of_the_account_decide() {
    by_account(&SALESFORCE);
}

#[test]
fn servicenow_permissions_of_the_account_decide() {
    by_account(&SERVICENOW);
}

#[test]
fn box_permissions_of_the_account_decide() {
    by_account(&BOX);
}

/// An opportunity that this account created by its command.
fn deal(chat: &Chat) -> String {
    let name = chat.create_opportunity();
    chat.expect(&format!("Created [{name}]"));
    name
}

fn stage(creator: &str) -> Value {
    Sandbox.created_by(creator)[0]["fields"]["StageName"].clone()
}

#[test]
fn one_command_acts_as_the_shared_connection_in_one_app_and_as_the_person_in_the_others() {
    let company = Company::new();
    let account = company.share("salesforce");
    company.verify("create-opportunity", "salesforce", false);
    let bob = company.person();
    Sandbox.rights("salesforce", &bob.upn, "read_only");
    for app in ["salesforce", "servicenow", "box"] {
        bob.connect_to(app);
    }
    let name = deal(&bob);

    // All steps as himself: he finds the opportunity and may not close it.
    bob.say(&format!("win deal opportunity: {name}"));
    bob.expect(SALESFORCE.refusal);
    assert_eq!(stage(&account), json!("Prospecting"));
    for app in ["servicenow", "box"] {
        assert!(Sandbox.created_at(app, &bob.upn).is_empty(), "{app}: nothing after the refusal");
    }

    company.verify("win-deal", "salesforce", false);
    bob.say(&format!("win deal opportunity: {name}"));
    let reply = text_of(&bob.expect("is won in Salesforce"));
    assert!(reply.contains(&format!("as you ({})", bob.upn)), "{reply}");
    assert!(reply.contains(&format!("as the shared connection ({account})")), "{reply}");
    assert_eq!(stage(&account), json!("Closed Won"));
    assert_eq!(Sandbox.creators("box", &name), [bob.upn.as_str()]);
    assert_eq!(Sandbox.creators("servicenow", &format!("Set-up for {name}")), [bob.upn.as_str()]);
    untouched("salesforce", &bob);
}

#[test]
fn a_refusal_midway_ends_the_command_and_names_the_finished_writes() {
    let company = Company::new();
    let ada = company.person();
    for app in ["salesforce", "servicenow", "box"] {
        ada.connect_to(app);
    }
    Sandbox.rights("box", &ada.upn, "read_only");
    let name = deal(&ada);
    ada.say(&format!("win deal opportunity: {name}"));
    let reply = text_of(&ada.expect(BOX.refusal));
    assert!(reply.contains("Salesforce"), "{reply}");
    assert_eq!(stage(&ada.upn), json!("Closed Won"));
    for app in ["servicenow", "box"] {
        assert!(Sandbox.created_at(app, &ada.upn).is_empty(), "{app}");
    }
    untouched("box", &ada);
}

/// A refusal of an API says nothing about the login: the app's token endpoint and account call do.
#[test]
fn an_api_refusal_ends_no_connection() {
    let company = Company::new();
    let account = company.connect_salesforce();
    let ada = company.person();
    ada.connect_to("salesforce");
    let refused = |name: &str| {
        let error = json!([{"message": "This session is not valid for use with the REST API", "errorCode": "INVALID_SESSION_ID"}]);
        let fault =
            json!({"where": "salesforce.rest", "match": name, "times": 2, "status": 401, "body": error});
        Sandbox.fault(&fault);
    };
    let name = unique("Refused ");
    refused(&name);
    ada.say(&format!("find account {name}"));
    ada.expect("This session is not valid for use with the REST API");
    refused(&name);
    ada.say(&format!("create opportunity amount: 1 close_date: 2026-12-31 name: {name}"));
    workbot_e2e::eventually("two refusals", || {
        let is_refusal = |sent: &&Value| text_of(sent).contains("not valid for use with the REST API");
        (ada.sent().iter().filter(is_refusal).count() == 2).then_some(())
    });
    assert_eq!(
        (company.shared("salesforce").reason, ada.status("salesforce")),
        (None, "connected".to_owned())
    );
    for username in [&account, &ada.upn] {
        assert!(Sandbox.grants(username)[0]["revoked"].is_null());
    }
    ada.say("find account Acme");
    ada.expect(&format!("as the shared connection ({account})"));
    let name = ada.create_opportunity();
    ada.expect(&format!("Created [{name}]"));
}

#[test]
fn an_api_key_is_kept_while_the_account_call_accepts_it() {
    let company = Company::new();
    let key = unique("key-");
    Sandbox.post("freshdesk/keys", &json!({"key": key, "email": "desk@contoso.com"}));
    company.call("PUT", "shared/freshdesk", &json!({"api_key": key}).to_string());
    let ada = company.person();
    let ticket = |subject: &str| {
        ada.say(&format!("create ticket subject: {subject} email: {} description: It hums", ada.upn));
    };
    let subject = unique("Refused ");
    Sandbox.fault(&json!({"where": "freshdesk.rest", "match": subject, "times": 2, "status": 401}));
    ticket(&subject);
    ada.expect("Freshdesk says");
    assert_eq!(company.shared("freshdesk").reason, None);
    let subject = unique("Printer ");
    ticket(&subject);
    ada.expect(&format!("Created ticket [{subject}]"));
}
