//! Lists that an app returns in pages.

use serde_json::Value;

use super::{AppRequest, Body, checked};
use crate::catalog::{Action, App, NextPage, Paging, ParameterLocation};

/// Returns the request for the next page, or `None` if the list has ended, `read` pages are the limit, or the
/// next page is not at one of the app's hosts.
#[must_use]
pub fn next_page(
    app: &App,
    action: &Action,
    values: &Value,
    request: &AppRequest,
    response: &Value,
    read: usize,
) -> Option<AppRequest> {
    let paging = action.paging.as_ref()?;
    if read >= paging.pages || !has_more(paging, response) {
        return None;
    }
    match &paging.next {
        NextPage::Url(at) => {
            let url = request.url.join(response.pointer(at)?.as_str()?).ok()?;
            let url = checked(app, url.as_str(), at, values).ok()?;
            Some(AppRequest { url, ..request.clone() })
        }
        NextPage::Token { at, parameter, place } => {
            with_parameter(request, *place, parameter, response.pointer(at)?.clone())
        }
        NextPage::Count { parameter, place, start, step, .. } => {
            let number = start.checked_add(step.checked_mul(u64::try_from(read).ok()?)?)?;
            with_parameter(request, *place, parameter, number.into())
        }
    }
}

/// Whether more pages follow a response.
pub(super) fn has_more(paging: &Paging, response: &Value) -> bool {
    match &paging.next {
        NextPage::Url(at) | NextPage::Token { at, .. } => response.pointer(at).and_then(text).is_some(),
        NextPage::Count { size, .. } => response
            .pointer(&paging.items)
            .and_then(Value::as_array)
            .is_some_and(|items| items.len() >= *size),
    }
}

/// Appends the output of a page to that of the pages before.
pub fn append(action: &Action, before: &mut Value, page: Value) {
    let (Some(paging), Value::Object(page)) = (&action.paging, page) else { return };
    for (name, value) in page {
        let is_list = action.output.get(&name) == Some(&paging.items);
        match (before.get_mut(&name), value) {
            (Some(Value::Array(all)), Value::Array(items)) if is_list => all.extend(items),
            (Some(slot), value) if name == "more" => *slot = value,
            _ => {}
        }
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Returns the request with one parameter set.
fn with_parameter(
    request: &AppRequest,
    place: ParameterLocation,
    name: &str,
    value: Value,
) -> Option<AppRequest> {
    match place {
        ParameterLocation::Query => {
            let others: Vec<_> = request.url.query_pairs().filter(|(other, _)| other != name).collect();
            let mut url = request.url.clone();
            url.query_pairs_mut().clear().extend_pairs(others).append_pair(name, &text(&value)?);
            Some(AppRequest { url, ..request.clone() })
        }
        ParameterLocation::Body => {
            let Some(Body::Json(Value::Object(mut fields))) = request.body.clone() else { return None };
            fields.insert(name.to_owned(), value);
            Some(AppRequest { body: Some(Body::Json(Value::Object(fields))), ..request.clone() })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{ACME, app, values};
    use super::super::{action_values, request};
    use super::*;
    use serde_json::json;

    fn following(paging: &Value, response: &Value, read: usize) -> Option<String> {
        let app = app("salesforce");
        let mut action = app.actions["find_records"].clone();
        action.paging = Some(serde_json::from_value(paging.clone()).unwrap());
        let with = json!({"object": "Account", "fields": "Id", "name": "x"});
        let values = action_values(values(ACME), &action, &with);
        let request = request(&app, &action, &values).unwrap();
        let url = next_page(&app, &action, &values, &request, response, read)?.url;
        let query = url.query_pairs().filter(|(name, _)| name != "q");
        let query: Vec<_> = query.map(|(name, value)| format!("{name}={value}")).collect();
        Some(format!("{}?{}", url.path(), query.join("&")))
    }

    #[test]
    fn the_next_page_is_at_the_url_in_the_response() {
        let paging = json!({"items": "/records", "pages": 2, "next": {"url": "/next"}});
        let next = |next: Value| following(&paging, &json!({"records": [1], "next": next}), 1);
        assert_eq!(
            next(json!("/services/data/v65.0/query/01g-2000")).unwrap(),
            "/services/data/v65.0/query/01g-2000?"
        );
        assert_eq!(next(json!(null)), None);
        assert_eq!(next(json!("https://evil.example/query")), None);
        assert_eq!(following(&paging, &json!({"next": "/x"}), 2), None, "two pages are the limit");
    }

    #[test]
    fn a_token_or_a_number_is_sent_in_the_query() {
        let token = json!({"items": "/records", "pages": 5, "next": {"token": {"at": "/after", "parameter": "after"}}});
        assert_eq!(
            following(&token, &json!({"after": "a&b"}), 1).unwrap(),
            "/services/data/v65.0/query?after=a&b"
        );
        assert_eq!(following(&token, &json!({"after": ""}), 1), None);
        let count = json!({"items": "/records", "pages": 5, "next": {"count": {"parameter": "page", "start": 1, "step": 1, "size": 2}}});
        assert_eq!(
            following(&count, &json!({"records": [1, 2]}), 1).unwrap(),
            "/services/data/v65.0/query?page=2"
        );
        assert_eq!(
            following(&count, &json!({"records": [1, 2]}), 2).unwrap(),
            "/services/data/v65.0/query?page=3"
        );
        assert_eq!(following(&count, &json!({"records": [1]}), 1), None);
    }

    #[test]
    fn a_token_or_a_number_is_sent_in_the_body_if_the_file_says_so() {
        let app = app("salesforce");
        let mut action = app.actions["create_record"].clone();
        let with = json!({"object": "Account", "fields": {"query": "x", "after": "0"}});
        for (next, expected) in [
            (json!({"token": {"at": "/paging/after", "parameter": "after", "in": "body"}}), json!("20")),
            (json!({"count": {"parameter": "after", "in": "body", "start": 0, "step": 5}}), json!(5)),
        ] {
            let paging = json!({"items": "/results", "pages": 3, "next": next});
            action.paging = Some(serde_json::from_value(paging).unwrap());
            let values = action_values(values(ACME), &action, &with);
            let first = request(&app, &action, &values).unwrap();
            let response = json!({"results": [1], "paging": {"after": "20"}});
            let second = next_page(&app, &action, &values, &first, &response, 1).unwrap();
            assert_eq!(second.url, first.url);
            assert_eq!(second.body, Some(Body::Json(json!({"query": "x", "after": expected}))));
        }
    }

    #[test]
    fn the_items_of_all_pages_form_one_list() {
        let mut action = app("salesforce").actions["find_records"].clone();
        let paging = json!({"items": "/records", "pages": 2, "next": {"url": "/next"}});
        action.paging = Some(serde_json::from_value(paging).unwrap());
        let mut all = json!({"records": [1, 2], "more": true, "link": "a"});
        append(&action, &mut all, json!({"records": [3], "more": false, "link": "b"}));
        assert_eq!(all, json!({"records": [1, 2, 3], "more": false, "link": "a"}));
    }
}
