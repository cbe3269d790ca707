//! Lists that come page by page.

use serde_json::Value;
use url::Url;

use super::{AppRequest, checked};
use crate::catalogue::{Action, App, NextPage, Paging};

/// The request for the page after this answer: none when the list is over, `read` pages are enough, or the next page
/// is not at one of the app's hosts.
#[must_use]
pub fn next_page(
    app: &App,
    action: &Action,
    values: &Value,
    request: &AppRequest,
    answer: &Value,
    read: usize,
) -> Option<AppRequest> {
    let paging = action.paging.as_ref()?;
    if read >= paging.pages || !has_more(paging, answer) {
        return None;
    }
    let url = match &paging.next {
        NextPage::Url(at) => {
            let url = request.url.join(answer.pointer(at)?.as_str()?).ok()?;
            checked(app, url.as_str(), at, values).ok()?
        }
        NextPage::Token { at, parameter } => {
            with_parameter(&request.url, parameter, &text(answer.pointer(at)?)?)
        }
        NextPage::Count { parameter, start, step, .. } => {
            let number = start + step * u64::try_from(read).ok()?;
            with_parameter(&request.url, parameter, &number.to_string())
        }
    };
    Some(AppRequest { url, ..request.clone() })
}

/// Whether more pages follow an answer.
pub(super) fn has_more(paging: &Paging, answer: &Value) -> bool {
    match &paging.next {
        NextPage::Url(at) | NextPage::Token { at, .. } => answer.pointer(at).and_then(text).is_some(),
        NextPage::Count { size, .. } => {
            answer.pointer(&paging.items).and_then(Value::as_array).is_some_and(|items| items.len() >= *size)
        }
    }
}

/// Adds the output of the next page to that of the pages before.
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

fn with_parameter(url: &Url, name: &str, value: &str) -> Url {
    let others: Vec<_> = url.query_pairs().filter(|(other, _)| other != name).collect();
    let mut next = url.clone();
    next.query_pairs_mut().clear().extend_pairs(others).append_pair(name, value);
    next
}

#[cfg(test)]
mod tests {
    use super::super::tests::{ACME, app, values};
    use super::super::{action_values, request};
    use super::*;
    use serde_json::json;

    fn following(paging: &Value, answer: &Value, read: usize) -> Option<String> {
        let app = app("salesforce");
        let mut action = app.actions["find_records"].clone();
        action.paging = Some(serde_json::from_value(paging.clone()).unwrap());
        let with = json!({"object": "Account", "fields": "Id", "name": "x"});
        let values = action_values(values(ACME), &action, &with);
        let request = request(&app, &action, &values).unwrap();
        let url = next_page(&app, &action, &values, &request, answer, read)?.url;
        let query = url.query_pairs().filter(|(name, _)| name != "q");
        let query: Vec<_> = query.map(|(name, value)| format!("{name}={value}")).collect();
        Some(format!("{}?{}", url.path(), query.join("&")))
    }

    #[test]
    fn the_next_page_is_where_this_one_says() {
        let paging = json!({"items": "/records", "pages": 2, "next": {"url": "/next"}});
        let next = |next: Value| following(&paging, &json!({"records": [1], "next": next}), 1);
        assert_eq!(
            next(json!("/services/data/v65.0/query/01g-2000")).unwrap(),
            "/services/data/v65.0/query/01g-2000?"
        );
        assert_eq!(next(json!(null)), None);
        assert_eq!(next(json!("https://evil.example/query")), None);
        assert_eq!(following(&paging, &json!({"next": "/x"}), 2), None, "two pages were to be read");
    }

    #[test]
    fn a_token_or_a_number_goes_into_the_query() {
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
    fn the_items_of_all_pages_are_one_list() {
        let mut action = app("salesforce").actions["find_records"].clone();
        let paging = json!({"items": "/records", "pages": 2, "next": {"url": "/next"}});
        action.paging = Some(serde_json::from_value(paging).unwrap());
        let mut all = json!({"records": [1, 2], "more": true, "link": "a"});
        append(&action, &mut all, json!({"records": [3], "more": false, "link": "b"}));
        assert_eq!(all, json!({"records": [1, 2, 3], "more": false, "link": "a"}));
    }
}
