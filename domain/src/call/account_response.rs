//! The account call: identifies the account behind a token or key, and its organization.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::outcome::{is_as_expected, is_busy, parse_body, says_token_is_dead};
use crate::catalog::{App, Organization};
use crate::connection::account::{IdentityError, identity};
use crate::json;
use crate::template::evaluate_tree;

/// Reads the response of an account call. It identifies an account
/// ([`identity`]).
///
/// # Errors
/// [`IdentityError`]. Only status 401, the app's own word for a dead token, and a missing account mean that
/// the token is dead.
pub fn account_response(app: &App, status: u16, body: &[u8]) -> Result<Value, IdentityError> {
    let response = organization_response(app, status, body)?;
    // For a dead token, Zendesk responds with an anonymous user whose id is `null`.
    if response.pointer(&app.account.id) == Some(&Value::Null) {
        return Err(IdentityError::Dead);
    }
    match identity(&response, &app.account) {
        Some(_) => Ok(response),
        None if says_token_is_dead(app, &response) => Err(IdentityError::Dead),
        None => Err(IdentityError::Unreadable),
    }
}

/// Reads the response of a call for the organizations of an account.
///
/// # Errors
/// As [`account_response`].
pub fn organization_response(app: &App, status: u16, body: &[u8]) -> Result<Value, IdentityError> {
    let response = parse_body(status, body).unwrap_or_default();
    let is_expected = is_as_expected(app, None, &response);
    match status {
        200..=299 if is_expected => Ok(response),
        401 => Err(IdentityError::Dead),
        _ if says_token_is_dead(app, &response) => Err(IdentityError::Dead),
        _ if is_busy(app, &response) => Err(IdentityError::Unreachable),
        403 => Err(IdentityError::Refused),
        200..=499 if !matches!(status, 408 | 425 | 429) => Err(IdentityError::Unreadable),
        _ => Err(IdentityError::Unreachable),
    }
}

/// Returns what the fields of a token response say of the account: the fields themselves, with the claims of
/// an `id_token` in its place.
///
/// The signature of the `id_token` is not checked. It comes from the token endpoint itself, over TLS (OpenID
/// Connect Core 1.0 section 3.1.3.7).
#[must_use]
pub fn stated_account(mut fields: Map<String, Value>) -> Value {
    let claims = |token: &str| {
        let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
        json::value(&claims).ok().filter(Value::is_object)
    };
    if let Some(token) = fields.get_mut("id_token") {
        *token = token.as_str().and_then(claims).unwrap_or_default();
    }
    Value::Object(fields)
}

/// Chooses the organization of an account in a response. Returns its id and the values to store. `values` are
/// those of the app's templates.
///
/// # Errors
/// [`IdentityError::OtherOrganization`] if no item has the wanted values, [`IdentityError::Unreadable`] if
/// the response has no list, or the item no id or not all values to store.
pub fn organization(
    organization: &Organization,
    response: &Value,
    values: &Value,
) -> Result<(String, Map<String, Value>), IdentityError> {
    let items = match &organization.items {
        None => std::slice::from_ref(response),
        Some(items) => {
            let list = response.pointer(items).and_then(Value::as_array);
            list.ok_or(IdentityError::Unreadable)?.as_slice()
        }
    };
    let mut wanted = Vec::new();
    for (pointer, value) in &organization.wanted {
        wanted.push((pointer, evaluate_tree(value, values).map_err(|_| IdentityError::Unreadable)?));
    }
    // An id may be a number here and a text there.
    let is_same = |found: &Value, wanted: &Value| {
        found == wanted
            || matches!((json::text_of(found), json::text_of(wanted)), (Some(a), Some(b)) if a == b)
    };
    let has_all = |item: &&Value| {
        wanted.iter().all(|(pointer, value)| item.pointer(pointer).is_some_and(|found| is_same(found, value)))
    };
    let item = items.iter().find(has_all).ok_or(IdentityError::OtherOrganization)?;
    let id = item.pointer(&organization.id).and_then(json::text_of).filter(|id| !id.is_empty());
    let kept =
        organization.keep.iter().map(|(name, pointer)| Some((name.clone(), item.pointer(pointer)?.clone())));
    let kept: Option<Map<String, Value>> = kept.collect();
    id.zip(kept).ok_or(IdentityError::Unreadable)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn app_with(change: Value) -> App {
        let mut app = json!({
            "name": "App", "auth": "oauth2", "base_url": "https://app.example", "allowed_hosts": ["app.example"],
            "account": { "url": "/me", "label": ["/email"], "id": "/id" },
            "errors": { "code": ["/error"], "token": ["token_revoked"], "busy": ["ratelimited"] }, "actions": {},
        });
        app.as_object_mut().unwrap().extend(change.as_object().cloned().unwrap());
        serde_json::from_value(app).unwrap()
    }

    #[test]
    fn only_the_apps_definite_refusal_means_a_dead_token() {
        use IdentityError::{Dead, Refused, Unreachable, Unreadable};
        let app = app_with(json!({}));
        for (status, body, error) in [
            (401, "", Dead),
            (401, "<html>", Dead),
            (200, r#"{"id":null,"email":"guest"}"#, Dead),
            (200, r#"{"error":"token_revoked"}"#, Dead),
            (403, r#"{"error":"token_revoked"}"#, Dead),
            (500, r#"{"error":"token_revoked"}"#, Dead),
            (403, "", Refused),
            (403, r#"{"error":"other"}"#, Refused),
            (403, r#"{"error":"ratelimited"}"#, Unreachable),
            (200, "", Unreadable),
            (200, r#"{"id":"1"}"#, Unreadable),
            (302, "", Unreadable),
            (404, "", Unreadable),
            (408, "", Unreachable),
            (425, "", Unreachable),
            (429, "", Unreachable),
            (500, "", Unreachable),
            (503, "<html>", Unreachable),
        ] {
            assert_eq!(account_response(&app, status, body.as_bytes()), Err(error), "{status} {body}");
        }
        let response = account_response(&app, 200, br#"{"id":7,"email":"ada@contoso.com"}"#).unwrap();
        let ada = identity(&response, &app.account).unwrap();
        assert_eq!((ada.id.as_str(), ada.label.as_str()), ("7", "ada@contoso.com"));
    }

    #[test]
    fn an_error_with_status_200_is_read_by_the_files_words() {
        use IdentityError::{Dead, Unreachable, Unreadable};
        let slack = app_with(json!({"success": {"/ok": true}}));
        for (body, expected) in [
            (r#"{"ok":false,"error":"token_revoked"}"#, Dead),
            (r#"{"ok":false,"error":"ratelimited"}"#, Unreachable),
            (r#"{"ok":false,"error":"missing_scope","id":"1","email":"a"}"#, Unreadable),
            (r#"{"id":"1","email":"a"}"#, Unreadable),
        ] {
            assert_eq!(account_response(&slack, 200, body.as_bytes()), Err(expected), "{body}");
        }
        assert!(account_response(&slack, 200, br#"{"ok":true,"id":"1","email":"a"}"#).is_ok());
        let graph = app_with(json!({
            "absent": ["/errors"],
            "account": {"url": "/graphql", "label": ["/data/viewer/email"], "id": "/data/viewer/id"},
            "errors": {"code": ["/errors/0/extensions/code"], "token": ["AUTHENTICATION_ERROR"]}
        }));
        let dead = br#"{"data":null,"errors":[{"extensions":{"code":"AUTHENTICATION_ERROR"}}]}"#;
        assert_eq!(account_response(&graph, 200, dead), Err(Dead));
        let good = br#"{"data":{"viewer":{"id":"u","email":"a"}},"errors":[]}"#;
        assert!(account_response(&graph, 200, good).is_ok());
    }

    #[test]
    fn the_account_may_stand_in_the_token_response() {
        let claims = URL_SAFE_NO_PAD.encode(r#"{"sub":"248","email":"ada@contoso.com"}"#);
        let fields = json!({
            "owner": {"user": {"id": "u1", "person": {"email": "ada@contoso.com"}}}, "workspace_id": "w1",
            "id_token": format!("e30.{claims}.c2ln")
        });
        let stated = stated_account(fields.as_object().cloned().unwrap());
        let app = app_with(json!({"account": {
            "label": ["/owner/user/person/email"], "id": "/owner/user/id", "instance": "/workspace_id"
        }}));
        let account = identity(&stated, &app.account).unwrap();
        assert_eq!((account.id.as_str(), account.instance.as_deref()), ("u1", Some("w1")));
        assert_eq!(stated.pointer("/id_token/sub"), Some(&json!("248")));
        for odd in [json!("x"), json!("a.b.c"), json!(7), json!("e30.W10.c2ln")] {
            let fields = Map::from_iter([("id_token".to_owned(), odd.clone())]);
            assert_eq!(stated_account(fields).pointer("/id_token"), Some(&Value::Null), "{odd}");
        }
    }

    fn chosen(table: Value, response: &Value) -> Result<(String, Map<String, Value>), IdentityError> {
        let table: Organization = serde_json::from_value(table).unwrap();
        organization(&table, response, &json!({"vars": {"CLOUD_ID": "c2", "NUMBER": "12"}, "token": {}}))
    }

    #[test]
    fn an_organization_is_the_item_with_the_wanted_values() {
        let sites = json!([{"id": "c1", "url": "https://a"}, {"id": "c2", "url": "https://b"}]);
        let table = json!({"items": "", "where": {"/id": "{{ vars.CLOUD_ID }}"}, "id": "/id"});
        assert_eq!(chosen(table.clone(), &sites).unwrap().0, "c2");
        for others in [json!([]), json!([{"id": "c1"}]), json!([{"url": "c2"}])] {
            assert_eq!(chosen(table.clone(), &others), Err(IdentityError::OtherOrganization), "{others}");
        }
        for unreadable in [json!({}), json!("c2"), json!(null)] {
            assert_eq!(chosen(table.clone(), &unreadable), Err(IdentityError::Unreadable), "{unreadable}");
        }
        let accounts = json!({"accounts": [
            {"account_id": "1", "is_default": false, "base_uri": "https://na1"},
            {"account_id": "2", "is_default": true, "base_uri": "https://na2"}
        ]});
        let table = json!({
            "items": "/accounts", "where": {"/is_default": true}, "id": "/account_id",
            "keep": {"base_uri": "/base_uri", "account": "/account_id"}
        });
        let (id, kept) = chosen(table, &accounts).unwrap();
        assert_eq!(
            (id.as_str(), Value::Object(kept)),
            ("2", json!({"base_uri": "https://na2", "account": "2"}))
        );
    }

    #[test]
    fn an_id_may_be_a_number_and_a_missing_value_is_not_kept() {
        let one = |response: Value, change: Value| {
            let mut table = json!({"where": {"/id": "{{ vars.NUMBER }}"}, "id": "/id"});
            table.as_object_mut().unwrap().extend(change.as_object().cloned().unwrap());
            chosen(table, &response).map(|(id, _)| id)
        };
        assert_eq!(one(json!({"id": 12}), json!({})), Ok("12".to_owned()));
        assert_eq!(one(json!({"id": 13}), json!({})), Err(IdentityError::OtherOrganization));
        assert_eq!(one(json!({"id": 12}), json!({"keep": {"url": "/url"}})), Err(IdentityError::Unreadable));
        assert_eq!(one(json!({"id": 12}), json!({"id": "/key"})), Err(IdentityError::Unreadable));
        let unknown = json!({"where": {"/id": "{{ token.realm }}"}});
        assert_eq!(one(json!({"id": 12}), unknown), Err(IdentityError::Unreadable));
    }
}
