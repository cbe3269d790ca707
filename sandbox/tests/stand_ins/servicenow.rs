use axum::http::StatusCode;
use serde_json::{Value, json};
use workbot_sandbox::clock;

use crate::fixture::{Response, VERIFIER, World};
use crate::oauth_flow_driver::{SERVICENOW, text};

const ADA: &str = "ada@contoso.com";
const BOB: &str = "bob@contoso.com";
const TABLE: &str = "/servicenow/api/now/table";
const INCIDENT: &str = "/servicenow/api/now/table/incident";
const APPROVER: &str = "/servicenow/api/now/table/sysapproval_approver";
const SELF: &str = "javascript:gs.getUserID()";

async fn token_of(world: &mut World, username: &str) -> String {
    text(&SERVICENOW.grant(world, username).await, "access_token").to_owned()
}

async fn create(world: &mut World, token: &str, fields: Value) -> Value {
    let response = world.call(token, "POST", INCIDENT, fields).await;
    assert_eq!(response.status, StatusCode::CREATED, "{}", response.text);
    response.json()["result"].clone()
}

async fn find(world: &mut World, token: &str, query: &str) -> Vec<Value> {
    let response = world.get_as(token, INCIDENT, &[("sysparm_query", query)]).await;
    response.json()["result"].as_array().unwrap().clone()
}

fn column(rows: &[Value], field: &str) -> Vec<String> {
    rows.iter().map(|row| text(row, field).to_owned()).collect()
}

/// The id of the user that a token stands for, and an approval of theirs that waits.
async fn waiting(world: &mut World, token: &str) -> Value {
    let query = format!("approver={SELF}^state=requested");
    let response = world.get_as(token, APPROVER, &[("sysparm_query", &query)]).await.json();
    response["result"][0].clone()
}

fn refusal(response: &Response) -> (StatusCode, String) {
    let body = response.json();
    assert_eq!(body["status"], "failure");
    (response.status, text(&body["error"], "message").to_owned())
}

#[tokio::test]
async fn a_token_answer_has_servicenows_own_fields() {
    let mut world = World::new();
    let response = SERVICENOW.grant(&mut world, ADA).await;
    assert_eq!((&response["expires_in"], &response["scope"]), (&json!(1800), &json!("useraccount")));
    assert_eq!(text(&response, "access_token").len(), 86);
}

#[tokio::test]
async fn a_request_without_state_stays_on_a_page() {
    let mut world = World::new();
    let response = SERVICENOW.authorize(&mut world, &[("state", "")]).await;
    assert!(response.text.contains("Missing State parameter in request."));
}

#[tokio::test]
async fn all_that_goes_wrong_at_the_token_endpoint_looks_the_same() {
    let mut world = World::new();
    let grant = SERVICENOW.grant(&mut world, ADA).await;
    let refresh = text(&grant, "refresh_token");
    let good = [("grant_type", "refresh_token"), ("refresh_token", refresh)];
    let mut responses = Vec::new();
    for wrong in
        [("client_secret", "x"), ("client_id", "x"), ("refresh_token", "x"), ("grant_type", "password")]
    {
        let mut form = good.to_vec();
        form.push(wrong);
        responses.push(SERVICENOW.token_response(&mut world, &form).await);
    }
    let body = json!({
        "grant_type": "refresh_token", "refresh_token": refresh, "client_id": "snow-app", "client_secret": "snow-secret",
    });
    responses.push(world.post_as("", SERVICENOW.token, "application/json", body.to_string()).await);
    for response in responses {
        assert_eq!(response.status, StatusCode::UNAUTHORIZED);
        assert_eq!(response.json(), json!({ "error_description": "access_denied", "error": "server_error" }));
    }
    assert!(SERVICENOW.refresh(&mut world, refresh).await.get("access_token").is_some());
}

#[tokio::test]
async fn a_challenge_is_heeded_where_there_is_one() {
    let mut world = World::new();
    let code = SERVICENOW.code(&mut world, ADA).await;
    let wrong = SERVICENOW.redeem(&mut world, &code, "another").await;
    assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
    let page = SERVICENOW.authorize(&mut world, &[("code_challenge", "")]).await;
    assert!(page.text.contains("value=\"allow\""));
}

#[tokio::test]
async fn all_logins_and_refreshes_of_a_person_give_the_same_tokens() {
    let mut world = World::new();
    let first = SERVICENOW.grant(&mut world, ADA).await;
    let second = SERVICENOW.grant(&mut world, ADA).await;
    let refreshed = SERVICENOW.refresh(&mut world, text(&first, "refresh_token")).await;
    assert_eq!((&second, &refreshed), (&first, &first));
    let bobs = SERVICENOW.grant(&mut world, BOB).await;
    assert_ne!(bobs["refresh_token"], first["refresh_token"]);

    let whose = json!({ "username": ADA });
    world.call("", "POST", "/_control/servicenow/expire-access-tokens", whose).await;
    let fresh = SERVICENOW.refresh(&mut world, text(&first, "refresh_token")).await;
    assert_ne!(fresh["access_token"], first["access_token"]);
    assert_eq!(fresh["refresh_token"], first["refresh_token"]);
}

#[tokio::test]
async fn only_a_login_renews_the_life_of_a_refresh_token() {
    let mut world = World::new();
    let knobs = json!({ "username": ADA, "refresh_token_seconds": 1 });
    world.call("", "POST", "/_control/servicenow/oauth", knobs).await;
    let login = clock::now_ms();
    clock::set(login);
    let grant = SERVICENOW.grant(&mut world, ADA).await;
    for (passed_ms, is_good) in [(600, true), (1200, false)] {
        clock::set(login + passed_ms);
        let response = SERVICENOW.refresh(&mut world, text(&grant, "refresh_token")).await;
        assert_eq!(response.get("access_token").is_some(), is_good);
    }
}

#[tokio::test]
async fn a_revocation_needs_nobody_and_ends_one_token() {
    let mut world = World::new();
    let grant = SERVICENOW.grant(&mut world, ADA).await;
    let (access, refresh) = (text(&grant, "access_token"), text(&grant, "refresh_token"));
    let path = "/servicenow/oauth_revoke_token.do";
    assert_eq!(world.post(path, &[("token", refresh)]).await.status, StatusCode::OK);
    assert!(SERVICENOW.refresh(&mut world, refresh).await.get("access_token").is_none());
    assert!(SERVICENOW.is_let_in(&mut world, access).await, "the other token lives on");
    for _ in 0..2 {
        assert_eq!(world.get(path, &[("token", access)]).await.status, StatusCode::OK);
        assert!(!SERVICENOW.is_let_in(&mut world, access).await);
    }
}

#[tokio::test]
async fn who_wants_to_be_another_logs_out_before() {
    let mut world = World::new();
    SERVICENOW.log_in(&mut world, ADA).await;
    assert!(!SERVICENOW.authorize(&mut world, &[("prompt", "login")]).await.text.contains("password"));
    world.get("/servicenow/logout.do", &[]).await;
    assert!(SERVICENOW.authorize(&mut world, &[]).await.text.contains("name=\"password\""));
}

#[tokio::test]
async fn a_script_in_a_query_finds_who_asks() {
    let mut world = World::new();
    let token = token_of(&mut world, ADA).await;
    let query = [
        ("sysparm_query", format!("sys_id={SELF}")),
        ("sysparm_fields", "sys_id,user_name,name,email".to_owned()),
        ("sysparm_limit", "1".to_owned()),
    ];
    let query: Vec<_> = query.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let found = world.get_as(&token, &format!("{TABLE}/sys_user"), &query).await.json();
    let user = &found["result"][0];
    assert_eq!(
        (&user["user_name"], &user["email"], &user["name"]),
        (&json!(ADA), &json!(ADA), &json!("Ada Lovelace"))
    );
    let current = world.get_as(&token, SERVICENOW.door, &[]).await.json();
    assert_eq!(current["result"]["user_sys_id"], user["sys_id"]);
    assert_eq!(current["result"]["user_name"], ADA);
}

#[tokio::test]
async fn a_dead_token_is_told_in_servicenows_words() {
    let mut world = World::new();
    let response = world.get_as("dead", INCIDENT, &[]).await;
    assert_eq!(refusal(&response), (StatusCode::UNAUTHORIZED, "User Not Authenticated".to_owned()));
    assert_eq!(response.headers["www-authenticate"], "Basic realm=\"Service-now\"");
}

#[tokio::test]
async fn an_incident_is_made_and_read_as_strings() {
    let mut world = World::new();
    let token = token_of(&mut world, ADA).await;
    let fields = json!({ "short_description": "No network", "urgency": 1, "impact": "2", "unknown": "x" });
    let response = world.call(&token, "POST", INCIDENT, fields).await;
    let made = response.json()["result"].clone();
    assert!(text(&made, "number").starts_with("INC00"));
    assert_eq!(
        (&made["urgency"], &made["priority"], &made["active"]),
        (&json!("1"), &json!("2"), &json!("true"))
    );
    assert_eq!((&made["sys_created_by"], made.get("unknown")), (&json!(ADA), None));
    let link = format!("http://localhost:8788{INCIDENT}/{}", text(&made, "sys_id"));
    assert_eq!(response.headers["location"], link.as_str());
    assert_eq!(response.headers["x-ratelimit-limit"], "5000");
    assert!(response.headers.contains_key("x-ratelimit-rule"));
    let path = format!("{INCIDENT}/{}", text(&made, "sys_id"));
    assert_eq!(world.get_as(&token, &path, &[]).await.json()["result"], made);
    let missing = world.get_as(&token, &format!("{INCIDENT}/0"), &[]).await;
    assert_eq!(refusal(&missing), (StatusCode::NOT_FOUND, "No Record found".to_owned()));
}

#[tokio::test]
async fn a_reference_is_shown_as_the_request_wants_it() {
    let mut world = World::new();
    let token = token_of(&mut world, ADA).await;
    let made = create(&mut world, &token, json!({ "short_description": "x", "state": "2" })).await;
    let path = format!("{INCIDENT}/{}", text(&made, "sys_id"));
    let (id, link) = (&made["opened_by"]["value"], &made["opened_by"]["link"]);
    for (query, expected) in [
        (vec![("sysparm_exclude_reference_link", "true")], json!({ "opened_by": id, "state": "2" })),
        (
            vec![("sysparm_display_value", "true")],
            json!({ "opened_by": { "display_value": "Ada Lovelace", "link": link }, "state": "In Progress" }),
        ),
        (
            vec![("sysparm_display_value", "all"), ("sysparm_exclude_reference_link", "true")],
            json!({
                "opened_by": { "display_value": "Ada Lovelace", "value": id },
                "state": { "display_value": "In Progress", "value": "2" },
            }),
        ),
    ] {
        let mut query = query;
        query.push(("sysparm_fields", "opened_by,state,nothing"));
        assert_eq!(world.get_as(&token, &path, &query).await.json()["result"], expected);
    }
}

#[tokio::test]
async fn an_encoded_query_finds_and_orders() {
    let mut world = World::new();
    let token = token_of(&mut world, ADA).await;
    let found = find(&mut world, &token, "short_descriptionLIKEvpn^ORDERBYDESCnumber").await;
    assert_eq!(column(&found, "short_description"), ["VPN token is lost", "VPN drops every ten minutes"]);
    let found = find(&mut world, &token, "state=2^ORcategory=hardware^ORDERBYshort_description").await;
    assert_eq!(column(&found, "state"), ["1", "2"]);
    let found = find(&mut world, &token, "caller_id.user_name=bob@contoso.com^NQurgency=1").await;
    assert_eq!(found.len(), 2);
    let ignored = find(&mut world, &token, "nonsense=1^stateISEMPTY^colourNOPEx").await;
    assert_eq!(ignored.len(), 0);
    assert_eq!(find(&mut world, &token, "nonsense=1").await.len(), 3, "a wrong part is ignored");
}

#[tokio::test]
async fn a_list_says_how_much_there_is_and_where_it_goes_on() {
    let mut world = World::new();
    let token = token_of(&mut world, ADA).await;
    let query = [("sysparm_limit", "2"), ("sysparm_query", "ORDERBYnumber")];
    let response = world.get_as(&token, INCIDENT, &query).await;
    assert_eq!(response.headers["x-total-count"], "3");
    let link = response.headers["link"].to_str().unwrap();
    assert!(link.contains("sysparm_offset=2>;rel=\"next\"") && !link.contains("prev"), "{link}");
    let query = [("sysparm_limit", "2"), ("sysparm_offset", "2")];
    let rest = world.get_as(&token, INCIDENT, &query).await;
    assert_eq!(rest.json()["result"].as_array().unwrap().len(), 1);
    let unknown = world.get_as(&token, &format!("{TABLE}/foo"), &[]).await;
    assert_eq!(refusal(&unknown), (StatusCode::BAD_REQUEST, "Invalid table foo".to_owned()));
}

#[tokio::test]
async fn a_comment_is_kept_in_the_journal_and_reads_back_empty() {
    let mut world = World::new();
    let token = token_of(&mut world, ADA).await;
    let made = create(&mut world, &token, json!({ "short_description": "x" })).await;
    let path = format!("{INCIDENT}/{}", text(&made, "sys_id"));
    for comment in ["One", "Two"] {
        let response = world.call(&token, "PATCH", &path, json!({ "comments": comment })).await;
        assert_eq!(response.json()["result"]["comments"], "");
    }
    let query = format!("element_id={}^element=comments^ORDERBYvalue", text(&made, "sys_id"));
    let journal = format!("{TABLE}/sys_journal_field");
    let entries = world.get_as(&token, &journal, &[("sysparm_query", &query)]).await.json();
    assert_eq!(column(entries["result"].as_array().unwrap(), "value"), ["One", "Two"]);
}

#[tokio::test]
async fn who_resolves_an_incident_says_how() {
    let mut world = World::new();
    let token = token_of(&mut world, ADA).await;
    let made = create(&mut world, &token, json!({ "short_description": "x" })).await;
    let path = format!("{INCIDENT}/{}", text(&made, "sys_id"));
    let refused = world.call(&token, "PATCH", &path, json!({ "state": "6" })).await;
    assert_eq!(refusal(&refused), (StatusCode::FORBIDDEN, "Operation Failed".to_owned()));
    let fields = json!({ "state": "6", "close_code": "Solved (Permanently)", "close_notes": "Rebooted" });
    assert_eq!(world.call(&token, "PATCH", &path, fields).await.json()["result"]["state"], "6");
}

#[tokio::test]
async fn nobody_makes_users_or_approvals_by_the_api() {
    let mut world = World::new();
    let token = token_of(&mut world, ADA).await;
    for path in [format!("{TABLE}/sys_user"), APPROVER.to_owned()] {
        let refused = world.call(&token, "POST", &path, json!({ "state": "approved" })).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
        let detail = refused.json()["error"]["detail"].clone();
        assert_eq!(detail, "ACL Exception Insert Failed due to security constraints");
    }
}

#[tokio::test]
async fn an_approval_is_its_approvers_alone() {
    let mut world = World::new();
    let (ada, bob) = (token_of(&mut world, ADA).await, token_of(&mut world, BOB).await);
    let approval = waiting(&mut world, &ada).await;
    let path = format!("{APPROVER}/{}", text(&approval, "sys_id"));
    let refused = world.call(&bob, "PATCH", &path, json!({ "state": "approved" })).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let refused = world.call(&ada, "PATCH", &path, json!({ "state": "rejected" })).await;
    assert_eq!(refused.json()["error"]["detail"], "Rejection comments are required");
    let body = json!({ "state": "rejected", "comments": "Not this week" });
    assert_eq!(world.call(&ada, "PATCH", &path, body).await.json()["result"]["state"], "rejected");
    let refused = world.call(&ada, "PATCH", &path, json!({ "state": "approved" })).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "it was decided");

    let change = format!("{TABLE}/change_request/{}", text(&approval["sysapproval"], "value"));
    assert_eq!(world.get_as(&ada, &change, &[]).await.json()["result"]["approval"], "rejected");
}

#[tokio::test]
async fn a_change_is_approved_when_everybody_has_approved() {
    let mut world = World::new();
    let ada = token_of(&mut world, ADA).await;
    let id = text(&waiting(&mut world, &ada).await["sysapproval"], "value").to_owned();
    let path = format!("/servicenow/api/sn_chg_rest/change/{id}/approvals");
    let change = format!("{TABLE}/change_request/{id}");
    for (username, after) in [(ADA, "requested"), (BOB, "requested"), ("alexw@contoso.com", "approved")] {
        let token = token_of(&mut world, username).await;
        let response = world.call(&token, "PATCH", &path, json!({ "state": "approved" })).await;
        assert_eq!(response.status, StatusCode::OK, "{}", response.text);
        assert_eq!(world.get_as(&token, &change, &[]).await.json()["result"]["approval"], after);
    }
    let again = world.call(&ada, "PATCH", &path, json!({ "state": "approved" })).await;
    assert_eq!(again.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_page_of_an_incident_says_who_created_it() {
    let mut world = World::new();
    let token = token_of(&mut world, ADA).await;
    let made = create(&mut world, &token, json!({ "short_description": "Broken <b>" })).await;
    let id = text(&made, "sys_id");
    for inner in [format!("incident.do?sys_id={id}"), format!("incident.do%3Fsys_id%3D{id}")] {
        let page = world.get_raw(&format!("/servicenow/nav_to.do?uri={inner}")).await.text;
        assert!(page.contains("<td id=\"created-by\">ada@contoso.com</td>"), "{page}");
        assert!(page.contains("Broken &lt;b&gt;"));
    }
    let list = world.get_raw("/servicenow/nav_to.do?uri=change_request_list.do").await.text;
    assert!(list.contains("CHG0010001"));
}

#[tokio::test]
async fn a_record_can_be_put_there_as_somebody() {
    let mut world = World::new();
    let record = json!({ "table": "sc_request", "username": ADA, "fields": { "short_description": "x" } });
    let path = "/_control/servicenow/records";
    let made = world.call("", "POST", path, record).await.json();
    assert_eq!(made["created_by"], ADA);
    let all = world.get(path, &[("table", "sc_request")]).await.json();
    assert_eq!(all["records"].as_array().unwrap().last().unwrap(), &made);
}

#[tokio::test]
async fn a_call_that_fails_for_no_reason_is_good_the_next_time() {
    let mut world = World::new();
    let hiccup = json!({ "preset": "servicenow.token_hiccup", "match": ADA, "times": 1 });
    world.call("", "POST", "/_control/faults", hiccup).await;
    let code = SERVICENOW.code(&mut world, ADA).await;
    let grant = SERVICENOW.redeem(&mut world, &code, VERIFIER).await.json();
    let refresh = text(&grant, "refresh_token");
    assert_eq!(SERVICENOW.refresh(&mut world, refresh).await["error"], "server_error");
    assert!(SERVICENOW.refresh(&mut world, refresh).await.get("access_token").is_some());
}

#[tokio::test]
async fn an_incident_has_the_caller_that_is_sent_and_no_other() {
    let mut world = World::new();
    let ada = token_of(&mut world, ADA).await;
    let silent = create(&mut world, &ada, json!({ "short_description": "s" })).await;
    assert_eq!(silent["caller_id"], "");
    assert_ne!(silent["opened_by"], "");
    let me = world
        .get_as(&ada, &format!("{TABLE}/sys_user"), &[("sysparm_query", &format!("sys_id={SELF}"))])
        .await;
    let id = text(&me.json()["result"][0], "sys_id").to_owned();
    let incident = create(&mut world, &ada, json!({ "short_description": "s", "caller_id": id })).await;
    assert_eq!(incident["caller_id"]["value"], id);
    // A choice that there is not is stored without a word.
    let odd = create(&mut world, &ada, json!({ "short_description": "s", "urgency": "urgent" })).await;
    assert_eq!(odd["urgency"], "urgent");
}

#[tokio::test]
async fn an_order_makes_a_request_with_an_item_in_it() {
    const ITEMS: &str = "/servicenow/api/sn_sc/servicecatalog/items";
    let mut world = World::new();
    let ada = token_of(&mut world, ADA).await;
    let found = world.get_as(&ada, ITEMS, &[("sysparm_text", "customer set-up")]).await.json();
    let item = text(&found["result"][0], "sys_id").to_owned();
    assert_eq!(found["result"][0]["name"], "Customer set-up");
    let none = world.get_as(&ada, ITEMS, &[("sysparm_text", "spaceship")]).await.json();
    assert_eq!(none["result"], json!([]));
    let path = format!("{ITEMS}/{item}/order_now");
    let empty = world.call(&ada, "POST", &path, json!({ "sysparm_quantity": "1", "variables": {} })).await;
    assert_eq!(refusal(&empty), (StatusCode::BAD_REQUEST, "Mandatory Variables are required".to_owned()));
    let body = json!({ "sysparm_quantity": "1", "variables": { "description": "Acme" } });
    let ordered = world.call(&ada, "POST", &path, body.clone()).await.json();
    assert!(text(&ordered["result"], "number").starts_with("REQ"), "{ordered}");
    let query = format!("request={}", text(&ordered["result"], "sys_id"));
    let items =
        world.get_as(&ada, &format!("{TABLE}/sc_req_item"), &[("sysparm_query", &query)]).await.json();
    assert_eq!(
        (&items["result"][0]["description"], items["result"].as_array().unwrap().len()),
        (&json!("Acme"), 1)
    );
    let unknown = world.call(&ada, "POST", &format!("{ITEMS}/x/order_now"), body).await;
    assert_eq!(unknown.status, StatusCode::BAD_REQUEST);
}
