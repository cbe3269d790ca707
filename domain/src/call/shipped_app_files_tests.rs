//! The requests and responses of the shipped app files, compared with the vendors' documentation.

use serde_json::{Value, json};

use super::tests::{app, outcome};
use super::{AppRequest, Body, action_values, in_context, request};
use crate::call::Outcome;

/// The variables of a call: those of all apps, the token's fields, the account, the person, the time and the
/// run.
fn values() -> Value {
    let vars = json!({
        "API_URL": "https://api.example", "LOGIN_URL": "https://login.example", "SITE_URL": "https://site.example",
        "INSTANCE_URL": "https://contoso.service-now.com", "APP_URL": "https://app.example",
        "UPLOAD_URL": "https://upload.example", "ACCOUNT_URL": "https://account.example", "CLOUD_ID": "c1",
        "TOKEN_URL": "https://token.example", "USER_URL": "https://user.example"
    });
    let context = json!({
        "account": {"id": "005A", "label": "ada"}, "now": "2026-12-31T09:00:00Z", "run": {"id": "0a1b", "step": "s"},
        "person": {"name": "Ada", "email": "ada@contoso.com", "id": "76b0"}
    });
    in_context(json!({"vars": vars, "token": {"instance_url": "https://acme.my.salesforce.com"}}), context)
}

fn sent(id: &str, action: &str, with: &Value) -> AppRequest {
    let app = app(id);
    let action = &app.actions[action];
    request(&app, action, &action_values(values(), action, with)).unwrap()
}

fn body(request: AppRequest) -> Value {
    match request.body {
        Some(Body::Json(body)) => body,
        Some(other) => json!(String::from_utf8(other.into_bytes()).unwrap()),
        None => Value::Null,
    }
}

fn query(request: &AppRequest, name: &str) -> Option<String> {
    request.url.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
}

#[test]
fn an_incident_and_an_order_are_created_for_the_acting_account() {
    let with = json!({"short_description": "s", "urgency": "3"});
    assert_eq!(body(sent("servicenow", "create_incident", &with))["caller_id"], "005A");
    let with = json!({"short_description": "s", "urgency": "3", "caller": "u2"});
    assert_eq!(body(sent("servicenow", "create_incident", &with))["caller_id"], "u2");
    let order = sent("servicenow", "order_item", &json!({"item": "i7", "variables": {"details": "d"}}));
    assert_eq!(order.url.path(), "/api/sn_sc/servicecatalog/items/i7/order_now");
    let expected =
        json!({"sysparm_quantity": "1", "sysparm_requested_for": "005A", "variables": {"details": "d"}});
    assert_eq!(body(order), expected);
    let resolved = body(sent("servicenow", "resolve_incident", &json!({"id": "1", "notes": "n"})));
    assert_eq!(resolved["close_code"], "Solution provided");
}

#[test]
fn salesforce_queries_the_acting_accounts_approvals_and_its_own_stages() {
    let asked = |with: Value| query(&sent("salesforce", "my_approvals", &with), "q").unwrap();
    assert!(asked(json!({})).ends_with("WHERE ActorId = '005A'"));
    assert!(asked(json!({"user": "005'B"})).ends_with(r"WHERE ActorId = '005\'B'"));
    let values =
        sent("salesforce", "picklist_values", &json!({"object": "Opportunity", "field": "StageName"}));
    assert!(
        values
            .url
            .path()
            .ends_with("/ui-api/object-info/Opportunity/picklist-values/012000000000000AAA/StageName"),
        "{}",
        values.url
    );
    let found = |more: Value| {
        let mut with = json!({"object": "Case", "fields": "Id", "name": "x"});
        with.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        query(&sent("salesforce", "find_records", &with), "q").unwrap()
    };
    assert_eq!(found(json!({})), "SELECT Id FROM Case WHERE Name LIKE '%x%' ORDER BY Name LIMIT 10");
    assert_eq!(
        found(json!({"field": "Subject", "only": "IsClosed = false"})),
        "SELECT Id FROM Case WHERE Subject LIKE '%x%' AND IsClosed = false ORDER BY Subject LIMIT 10"
    );
}

#[test]
fn a_name_that_box_refuses_is_made_valid() {
    for (action, with) in [
        ("create_folder", json!({"parent": "0"})),
        ("ensure_folder", json!({})),
        ("rename_file", json!({"file": "1"})),
        ("upload_text", json!({"text": "x"})),
        ("upload_if_free", json!({"text": "x"})),
    ] {
        let mut with = with;
        with["name"] = json!(" Q1/Q2 ");
        let body = body(sent("box", action, &with)).to_string();
        assert!(
            body.contains("Q1-Q2") && !body.contains("Q1/Q2") && !body.contains("Q1-Q2 "),
            "{action}: {body}"
        );
    }
}

#[test]
fn a_name_conflict_at_box_identifies_the_existing_file() {
    let app = app("box");
    let action = &app.actions["upload_if_free"];
    let values = action_values(values(), action, &json!({"name": "a", "text": "b"}));
    let outcome_of = |status, body: Value| outcome(&app, action, status, Some(&body), &values);
    let conflict =
        json!({"code": "item_name_in_use", "context_info": {"conflicts": {"type": "file", "id": "4"}}});
    assert_eq!(
        outcome_of(409, conflict),
        Outcome::Done(json!({"id": null, "name": null, "taken": "4", "link": "https://app.example/file/4"}))
    );
    assert_eq!(
        outcome_of(201, json!({"entries": [{"id": "5", "name": "a"}]})),
        Outcome::Done(json!({"id": "5", "name": "a", "taken": null, "link": "https://app.example/file/5"}))
    );
    // The existing item is a folder.
    let conflict =
        json!({"code": "item_name_in_use", "context_info": {"conflicts": [{"type": "folder", "id": "4"}]}});
    assert!(matches!(outcome_of(409, conflict), Outcome::Refused { .. }));
}

#[test]
fn a_missing_or_hidden_record_counts_as_not_deleted() {
    for (id, with) in [
        ("box", json!({"file": "1"})),
        ("salesforce", json!({"object": "Account", "id": "1"})),
        ("servicenow", json!({"table": "incident", "id": "1"})),
    ] {
        let app = app(id);
        let action = app.actions.iter().find(|(name, _)| name.starts_with("delete_")).unwrap().1;
        let values = action_values(values(), action, &with);
        let ended = |body: Value| outcome(&app, action, 404, Some(&body), &values);
        assert!(
            matches!(ended(json!([{"message": "x", "errorCode": "NOT_FOUND"}])), Outcome::Refused { .. }),
            "{id}"
        );
        let gone = ended(json!([{"message": "entity is deleted", "errorCode": "ENTITY_IS_DELETED"}]));
        assert_eq!(matches!(gone, Outcome::Done(_)), id == "salesforce", "{id}: {gone:?}");
    }
}

#[test]
fn plain_text_is_escaped_for_apps_that_take_html() {
    let text = "<b>a</b>\nb";
    let html = "&lt;b&gt;a&lt;/b&gt;<br>b";
    let ticket =
        sent("freshdesk", "create_ticket", &json!({"subject": "s", "description": text, "email": "e"}));
    assert_eq!(body(ticket)["description"], html);
    assert_eq!(body(sent("freshdesk", "add_note", &json!({"ticket": "1", "text": text})))["body"], html);
    let note = body(sent("hubspot", "add_note", &json!({"contact": "7", "text": text})));
    assert_eq!(note["properties"], json!({"hs_note_body": html, "hs_timestamp": "2026-12-31T09:00:00Z"}));
}

#[test]
fn a_message_in_slack_mentions_nobody_and_masks_no_link() {
    let with = json!({"channel": "C1", "text": "*Acme* <!channel> <https://evil.example|sign in>"});
    let expected = "*Acme* &lt;!channel&gt; &lt;https://evil.example|sign in&gt;";
    assert_eq!(body(sent("slack", "post_message", &with))["text"], expected);
}

#[test]
fn hubspots_paths_use_a_supported_version() {
    for (action, with, path) in [
        ("create_contact", json!({"properties": {}}), "/crm/objects/2026-03/contacts"),
        ("update_deal", json!({"id": "1", "properties": {}}), "/crm/objects/2026-03/deals/1"),
        ("search", json!({"type": "deals", "text": "x"}), "/crm/objects/2026-03/deals/search"),
        (
            "add_note",
            json!({"contact": "7", "text": "x", "at": "2026-01-01T00:00:00Z"}),
            "/crm/objects/2026-03/notes",
        ),
    ] {
        assert_eq!(sent("hubspot", action, &with).url.path(), path);
    }
}

#[test]
fn every_user_may_create_a_request_at_zendesk() {
    let asked = sent("zendesk", "create_request", &json!({"subject": "s", "text": "t"}));
    assert_eq!(asked.url.path(), "/api/v2/requests.json");
    assert_eq!(body(asked), json!({"request": {"subject": "s", "comment": {"body": "t"}}}));
    let comment = sent("zendesk", "add_request_comment", &json!({"request": 5, "text": "t"}));
    assert_eq!(comment.url.path(), "/api/v2/requests/5.json");
    assert_eq!(sent("zendesk", "my_requests", &json!({})).url.path(), "/api/v2/requests.json");
    let app = app("zendesk");
    let action = &app.actions["create_request"];
    let values = action_values(values(), action, &json!({"subject": "s", "text": "t"}));
    let Outcome::Done(done) = outcome(&app, action, 201, Some(&json!({"request": {"id": 35}})), &values)
    else {
        panic!()
    };
    assert_eq!(done["link"], "https://site.example/hc/requests/35");
}

#[test]
fn a_search_at_github_states_its_kind() {
    let asked = |with: Value| query(&sent("github", "search_issues", &with), "q").unwrap();
    assert_eq!(asked(json!({"query": "repo:a/b is:open"})), "is:issue repo:a/b is:open");
    assert_eq!(asked(json!({"query": "x", "kind": "pull-request"})), "is:pull-request x");
}

#[test]
fn an_empty_text_is_no_part_of_a_jira_document() {
    let issue = |text: &str| {
        body(sent("jira", "create_issue", &json!({"project": "P", "summary": "s", "text": text})))
    };
    assert_eq!(issue("")["fields"]["description"], json!({"type": "doc", "version": 1, "content": []}));
    let document = issue("a\nb");
    assert_eq!(
        document["fields"]["description"]["content"][1]["content"],
        json!([{"type": "text", "text": "b"}])
    );
    let organization = app("jira").account.organization.unwrap();
    assert!(organization.url.unwrap().0.ends_with("/oauth/token/accessible-resources"));
    assert_eq!(organization.wanted["/id"], "{{ vars.CLOUD_ID }}", "the site that was picked is checked");
}

#[test]
fn a_calendar_starts_now_by_default() {
    let events = sent("google", "list_events", &json!({}));
    assert_eq!(query(&events, "timeMin").unwrap(), "2026-12-31T09:00:00Z");
    let events = sent("google", "list_events", &json!({"from": "2026-01-01T00:00:00Z"}));
    assert_eq!(query(&events, "timeMin").unwrap(), "2026-01-01T00:00:00Z");
    let events = sent("microsoft-graph", "list_events", &json!({}));
    assert_eq!(query(&events, "startDateTime").unwrap(), "2026-12-31T09:00:00Z");
    assert_eq!(query(&events, "endDateTime").unwrap(), "2027-01-07T09:00:00Z");
    let event =
        json!({"subject": "s", "start": "a", "end": "b", "attendees": [{"email": "bob@contoso.com"}]});
    assert_eq!(body(sent("google", "create_event", &event))["attendees"][0]["email"], "bob@contoso.com");
}

#[test]
fn the_shipped_files_require_a_tenant_an_app_url_and_the_search_scope() {
    let vars = &app("microsoft-graph").vars;
    assert_eq!(
        vars["LOGIN_URL"].default, None,
        "the URL has to name a tenant, or people of any tenant could log in"
    );
    for (id, action) in [("box", "create_folder"), ("box", "upload_text"), ("box", "search")] {
        assert!(
            app(id).actions[action].link.as_ref().unwrap().0.starts_with("{{ vars.APP_URL }}"),
            "{action}"
        );
    }
    assert_eq!(app("box").vars["APP_URL"].default.as_deref(), Some("https://app.box.com"));
    let scopes = app("google").oauth2.unwrap().scopes;
    assert!(
        scopes.iter().any(|scope| scope.0.ends_with("/drive.metadata.readonly")),
        "the search needs this scope"
    );
}
