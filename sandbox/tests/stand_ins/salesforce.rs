use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::fixture::{Response, VERIFIER, World};
use crate::oauth_flow_driver::{SALESFORCE, text};

const ADA: &str = "ada@contoso.com";
const DATA: &str = "/salesforce-org/00Dxx0000001gPLEAY/services/data/v65.0";

async fn authorize(world: &mut World, changes: &[(&'static str, &str)]) -> Response {
    SALESFORCE.authorize(world, changes).await
}

async fn refresh(world: &mut World, refresh_token: &str) -> Value {
    SALESFORCE.refresh(world, refresh_token).await
}

/// A new grant of Ada's, from login to tokens.
async fn grant(world: &mut World) -> Value {
    SALESFORCE.grant(world, ADA).await
}

#[tokio::test]
async fn a_token_answer_has_salesforces_own_fields() {
    let mut world = World::new();
    let response = grant(&mut world).await;
    assert!(response.get("expires_in").is_none());
    assert!(text(&response, "issued_at").parse::<u64>().unwrap() > 1_700_000_000_000);
    assert!(text(&response, "access_token").starts_with("00Dxx0000001gPL!"));
    assert_eq!(response["instance_url"], "http://localhost:8788/salesforce-org/00Dxx0000001gPLEAY");
}

#[tokio::test]
async fn pkce_is_enforced() {
    let mut world = World::new();
    for change in [("code_challenge", ""), ("code_challenge_method", "plain"), ("code_challenge", "short")] {
        let response = authorize(&mut world, &[change]).await;
        assert_eq!(response.parameter("error").as_deref(), Some("invalid_request"));
    }
    SALESFORCE.log_in(&mut world, ADA).await;
    for (verifier, error) in [("", "invalid_grant"), ("another", "invalid_request")] {
        let code = SALESFORCE.decide(&mut world, "allow").await.parameter("code").unwrap();
        assert_eq!(SALESFORCE.redeem(&mut world, &code, verifier).await.json()["error"], error);
        assert_eq!(
            SALESFORCE.redeem(&mut world, &code, VERIFIER).await.json()["error"],
            "invalid_grant",
            "used up"
        );
    }
}

#[tokio::test]
async fn declining_says_so_and_grants_nothing() {
    let mut world = World::new();
    SALESFORCE.log_in(&mut world, ADA).await;
    let response = SALESFORCE.decide(&mut world, "deny").await;
    assert_eq!(response.parameter("error").as_deref(), Some("access_denied"));
    assert_eq!(response.parameter("error_description").as_deref(), Some("end-user denied authorization"));
    assert_eq!(response.parameter("state").as_deref(), Some("s1"));
}

#[tokio::test]
async fn an_approval_is_remembered_until_it_is_revoked() {
    let mut world = World::new();
    assert!(authorize(&mut world, &[]).await.text.contains("name=\"password\""));
    let response = grant(&mut world).await;
    assert!(authorize(&mut world, &[]).await.parameter("code").is_some());
    assert!(authorize(&mut world, &[("prompt", "login")]).await.text.contains("name=\"password\""));
    let form = [("token", text(&response, "refresh_token"))];
    assert_eq!(world.post("/salesforce/services/oauth2/revoke", &form).await.status, StatusCode::OK);
    assert!(authorize(&mut world, &[]).await.text.contains("value=\"allow\""));
}

#[tokio::test]
async fn revoking_twice_answers_with_a_form() {
    let mut world = World::new();
    let response = grant(&mut world).await;
    let form = [("token", text(&response, "refresh_token"))];
    world.post("/salesforce/services/oauth2/revoke", &form).await;
    let again = world.post("/salesforce/services/oauth2/revoke", &form).await;
    assert_eq!(again.status, StatusCode::BAD_REQUEST);
    assert!(again.text.starts_with("error=invalid_token&"));
}

#[tokio::test]
async fn the_sixth_grant_ends_the_oldest() {
    let mut world = World::new();
    let mut grants = Vec::new();
    for _ in 0..6 {
        grants.push(grant(&mut world).await);
    }
    assert_eq!(refresh(&mut world, text(&grants[0], "refresh_token")).await["error"], "invalid_grant");
    for grant in &grants[1..] {
        let response = refresh(&mut world, text(grant, "refresh_token")).await;
        assert!(response.get("access_token").is_some());
        assert!(response.get("refresh_token").is_none(), "no rotation by default");
    }
}

#[tokio::test]
async fn with_rotation_reuse_kills_the_live_tokens() {
    let mut world = World::new();
    world.call("", "POST", "/_control/salesforce/rotation", json!({ "on": true })).await;
    let first = grant(&mut world).await;
    let second = refresh(&mut world, text(&first, "refresh_token")).await;
    assert_eq!(refresh(&mut world, text(&first, "refresh_token")).await["error"], "invalid_grant");
    assert_eq!(refresh(&mut world, text(&second, "refresh_token")).await["error"], "invalid_grant");
    let path = format!("{DATA}/limits");
    let response = world.get_as(text(&second, "access_token"), &path, &[]).await;
    assert_eq!(response.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_bad_token_gets_an_array_from_rest_and_plain_text_from_identity() {
    let mut world = World::new();
    let response = world.get_as("bad", &format!("{DATA}/limits"), &[]).await;
    assert_eq!(response.json()[0]["errorCode"], "INVALID_SESSION_ID");
    let response = world.get_as("bad", "/salesforce/id/00Dxx0000001gPLEAY/005", &[]).await;
    assert_eq!((response.status, response.text.as_str()), (StatusCode::FORBIDDEN, "Bad_OAuth_Token"));
}

#[tokio::test]
async fn the_identity_url_names_the_user() {
    let mut world = World::new();
    let response = grant(&mut world).await;
    let path = text(&response, "id").trim_start_matches("http://localhost:8788").to_owned();
    let identity = world.get_as(text(&response, "access_token"), &path, &[]).await.json();
    assert_eq!(identity["username"], ADA);
    assert_eq!(identity["organization_id"], "00Dxx0000001gPLEAY");
}

#[tokio::test]
async fn a_record_knows_who_created_it() {
    let mut world = World::new();
    let response = grant(&mut world).await;
    let token = text(&response, "access_token");
    let path = format!("{DATA}/sobjects/Opportunity");
    let refused = world.call(token, "POST", &path, json!({ "Name": "Acme" })).await.json();
    assert_eq!(refused[0]["errorCode"], "REQUIRED_FIELD_MISSING");
    assert_eq!(refused[0]["fields"], json!(["StageName", "CloseDate"]));

    let fields =
        json!({ "Name": "Acme's", "StageName": "Prospecting", "CloseDate": "2026-12-31", "Amount": 5000 });
    let created = world.call(token, "POST", &path, fields).await;
    assert_eq!(created.status, StatusCode::CREATED);
    let soql = r"SELECT Id, CreatedBy.Username FROM Opportunity WHERE Name LIKE '%me\'s' AND Amount > 4999 ORDER BY Name LIMIT 5";
    let found = world.get_as(token, &format!("{DATA}/query"), &[("q", soql)]).await.json();
    assert_eq!(found["totalSize"], 1, "{found}");
    assert_eq!(found["records"][0]["Id"], created.json()["id"]);
    assert_eq!(found["records"][0]["CreatedBy"]["Username"], ADA);

    let path = format!("{path}/{}", text(&created.json(), "id"));
    assert_eq!(world.call(token, "DELETE", &path, Value::Null).await.status, StatusCode::NO_CONTENT);
    assert_eq!(world.call(token, "DELETE", &path, Value::Null).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn queries_are_ordered_and_cut_and_checked() {
    let mut world = World::new();
    let response = grant(&mut world).await;
    let token = text(&response, "access_token");
    for serial in 0..3 {
        let fields = json!({ "Name": format!("Account {serial}") });
        world.call(token, "POST", &format!("{DATA}/sobjects/Account"), fields).await;
    }
    let soql = "SELECT Name FROM Account WHERE Name LIKE 'Account %' ORDER BY Name DESC LIMIT 2 OFFSET 1";
    let found = world.get_as(token, &format!("{DATA}/query"), &[("q", soql)]).await.json();
    assert_eq!(found["records"][0]["Name"], "Account 1");
    assert_eq!(found["done"], true);
    for wrong in [
        "SELECT FROM Account",
        "SELECT Name FROM Account WHERE Name = 'x",
        "SELECT Name FROM Account LIMIT x",
        "SELECT Name FROM Account WHERE Name LIKE 5",
        r"SELECT Name FROM Account WHERE Name LIKE '\x'",
        r"SELECT Name FROM Account WHERE Name = '100\%'",
    ] {
        let refused = world.get_as(token, &format!("{DATA}/query"), &[("q", wrong)]).await.json();
        assert_eq!(refused[0]["errorCode"], "MALFORMED_QUERY", "{wrong}");
    }
}

#[tokio::test]
async fn a_search_finds_the_first_accounts() {
    let mut world = World::new();
    let response = grant(&mut world).await;
    let soql =
        "SELECT Id, Name, Industry, BillingCity FROM Account WHERE Name LIKE '%Acme%' ORDER BY Name LIMIT 6";
    let path = format!("{DATA}/query");
    let found = world.get_as(text(&response, "access_token"), &path, &[("q", soql)]).await.json();
    assert_eq!(found["totalSize"], 2, "{found}");
    let first = &found["records"][0];
    assert_eq!(
        (&first["Name"], &first["Industry"], &first["BillingCity"]),
        (&json!("Acme Corporation"), &json!("Manufacturing"), &json!("Seattle"))
    );
    assert!(text(first, "Id").starts_with("001"));
    assert_eq!(found["records"][1]["Name"], "Acme Labs");
}

#[tokio::test]
async fn what_a_person_typed_is_searched_for_as_it_is() {
    let mut world = World::new();
    let response = grant(&mut world).await;
    let token = text(&response, "access_token");
    for name in ["100% Cotton", "1000 Cottons", r"O'Neil\Sons"] {
        world.call(token, "POST", &format!("{DATA}/sobjects/Account"), json!({ "Name": name })).await;
    }
    for (literal, expected) in
        [(r"100\%%", "100% Cotton"), (r"%cotton_", "1000 Cottons"), (r"O\'Neil\\%", r"O'Neil\Sons")]
    {
        let soql = format!("SELECT Name FROM Account WHERE Name LIKE '{literal}'");
        let found = world.get_as(token, &format!("{DATA}/query"), &[("q", &soql)]).await.json();
        assert_eq!(found["totalSize"], 1, "{literal}: {found}");
        assert_eq!(found["records"][0]["Name"], expected);
    }
}

#[tokio::test]
async fn an_answer_can_be_lost_after_the_work_is_done() {
    let mut world = World::new();
    let response = grant(&mut world).await;
    let fault = json!({ "where": "salesforce.rest", "match": "Lost Inc", "status": 504, "after": true });
    world.call("", "POST", "/_control/faults", fault).await;
    let path = format!("{DATA}/sobjects/Account");
    let token = text(&response, "access_token");
    let lost = world.call(token, "POST", &path, json!({ "Name": "Lost Inc" })).await;
    assert_eq!(lost.status, StatusCode::GATEWAY_TIMEOUT);
    let records = world.get("/_control/salesforce/records", &[("object", "Account")]).await.json();
    let last = records["records"].as_array().unwrap().last().unwrap();
    assert_eq!(last["fields"]["Name"], "Lost Inc");
}

#[tokio::test]
async fn an_upsert_creates_once_and_refuses_to_choose() {
    let mut world = World::new();
    let response = grant(&mut world).await;
    let token = text(&response, "access_token");
    let accounts = format!("{DATA}/sobjects/Account");
    let path = format!("{accounts}/Workbot_Key__c/run-1");
    let created = world.call(token, "PATCH", &path, json!({ "Name": "Acme" })).await;
    assert_eq!(created.status, StatusCode::CREATED);
    let again = world.call(token, "PATCH", &path, json!({ "Phone": "1" })).await;
    assert_eq!(again.status, StatusCode::OK);
    assert_eq!(again.json()["id"], created.json()["id"]);
    assert_eq!(world.get_as(token, &path, &[]).await.json()["Name"], "Acme");

    let twin = json!({ "Name": "Twin", "Workbot_Key__c": "run-1" });
    world.call(token, "POST", &accounts, twin).await;
    let unclear = world.call(token, "PATCH", &path, json!({ "Phone": "2" })).await;
    assert_eq!(unclear.status, StatusCode::MULTIPLE_CHOICES);
    assert_eq!(unclear.json().as_array().unwrap().len(), 2);

    let missing = format!("{accounts}/Workbot_Key__c/run-2?updateOnly=true");
    let refused = world.call(token, "PATCH", &missing, json!({ "Name": "New" })).await;
    assert_eq!(refused.json()[0]["errorCode"], "NOT_FOUND");
}

#[tokio::test]
async fn the_stages_are_the_companys_own() {
    let mut world = World::new();
    let response = grant(&mut world).await;
    let token = text(&response, "access_token");
    let list = format!("{DATA}/ui-api/object-info/Opportunity/picklist-values");
    let picklist = world.get_as(token, &format!("{list}/012000000000000AAA/StageName"), &[]).await.json();
    let values: Vec<_> =
        picklist["values"].as_array().unwrap().iter().map(|value| text(value, "value")).collect();
    assert!(values.contains(&"Closed Won") && values.contains(&"Legal Review"), "{picklist}");
    let unknown = world.get_as(token, &format!("{list}/012000000000000AAA/Nothing"), &[]).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    assert_eq!(
        world.get(&format!("{list}/012000000000000AAA/StageName"), &[]).await.status,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn a_search_leaves_out_what_is_closed() {
    let mut world = World::new();
    let response = grant(&mut world).await;
    let token = text(&response, "access_token");
    for stage in ["Prospecting", "Closed Won"] {
        let fields = json!({ "Name": "Acme", "StageName": stage, "CloseDate": "2026-12-31" });
        world.call(token, "POST", &format!("{DATA}/sobjects/Opportunity"), fields).await;
    }
    let soql =
        "SELECT Id FROM Opportunity WHERE Name LIKE '%Acme%' AND IsClosed = false ORDER BY Name LIMIT 10";
    let found = world.get_as(token, &format!("{DATA}/query"), &[("q", soql)]).await.json();
    assert_eq!(found["totalSize"], 1, "{found}");
}
