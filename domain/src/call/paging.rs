//! Lists that an app returns in pages.

use serde_json::Value;

use super::{AppRequest, AppResponse, Body, checked};
use crate::catalog::{Action, App, NextPage, Paging, ParameterLocation};
use crate::template::Target;

/// Returns the request for the next page, or `None` if the list has ended, `read` pages are the limit, or the
/// next page is not at one of the app's hosts.
#[must_use]
pub fn next_page(
    app: &App,
    action: &Action,
    values: &Value,
    request: &AppRequest,
    response: AppResponse<'_>,
    read: usize,
) -> Option<AppRequest> {
    let paging = action.paging.as_ref()?;
    if read >= paging.pages || !has_more(paging, response) {
        return None;
    }
    let at_url = |url: &str, source: &str| {
        let url = match &paging.base_url {
            Some(base) if url.starts_with('/') => {
                format!("{}{url}", base.render(Target::Plain, values).ok()?.trim_end_matches('/'))
            }
            _ => request.url.join(url).ok()?.into(),
        };
        let url = checked(app, &url, source, values).ok()?;
        Some(AppRequest { url, ..request.clone() })
    };
    match &paging.next {
        NextPage::Url(at) => at_url(response.at(at)?.as_str()?, at),
        NextPage::Link => at_url(next_link(response)?, "Link"),
        NextPage::Token { at, parameter, place, .. } => {
            with_parameter(request, *place, parameter, response.at(at)?.clone())
        }
        NextPage::Count { parameter, place, start, step, .. } => {
            let number = start.checked_add(step.checked_mul(u64::try_from(read).ok()?)?)?;
            with_parameter(request, *place, parameter, number.into())
        }
    }
}

/// Whether more pages follow a response.
pub(super) fn has_more(paging: &Paging, response: AppResponse<'_>) -> bool {
    let has_text = |at: &str| response.at(at).and_then(text).is_some();
    match &paging.next {
        NextPage::Url(at) => has_text(at),
        NextPage::Link => next_link(response).is_some(),
        NextPage::Token { at, goes_on, .. } => {
            let goes_on = goes_on.as_ref().is_none_or(|at| response.at(at) == Some(&Value::Bool(true)));
            goes_on && has_text(at)
        }
        NextPage::Count { size, .. } => {
            let items = response.at(&paging.items).and_then(Value::as_array);
            items.is_some_and(|items| items.len() >= *size)
        }
    }
}

/// Returns the target of the relation `next` in the header `Link` (RFC 8288 section 3).
fn next_link<'a>(response: AppResponse<'a>) -> Option<&'a str> {
    let mut rest = response.headers.get("link")?.as_str();
    // A target may contain commas, so the links are read one after the other.
    while let Some((_, link)) = rest.split_once('<') {
        let (target, after) = link.split_once('>')?;
        let parameters = after.split_once('<').map_or(after, |(parameters, _)| parameters);
        let is_next = parameters.split([';', ',']).any(|parameter| {
            let Some((name, value)) = parameter.split_once('=') else { return false };
            let mut relations = value.trim().trim_matches('"').split_ascii_whitespace();
            name.trim().eq_ignore_ascii_case("rel") && relations.any(|one| one.eq_ignore_ascii_case("next"))
        });
        if is_next {
            return Some(target.trim());
        }
        rest = after;
    }
    None
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
            let Some(Body::Json(mut body)) = request.body.clone() else { return None };
            let (parent, name) = match name.strip_prefix('/') {
                Some(_) => name.rsplit_once('/')?,
                None => ("", name),
            };
            let name = name.replace("~1", "/").replace("~0", "~");
            body.pointer_mut(parent)?.as_object_mut()?.insert(name, value);
            Some(AppRequest { body: Some(Body::Json(body)), ..request.clone() })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{ACME, app, values};
    use super::super::{action_values, request};
    use super::*;
    use serde_json::json;
    use std::collections::BTreeMap;

    fn following(paging: &Value, response: &Value, read: usize) -> Option<String> {
        let app = app("salesforce");
        let mut action = app.actions["find_records"].clone();
        action.paging = Some(serde_json::from_value(paging.clone()).unwrap());
        let with = json!({"object": "Account", "fields": "Id", "name": "x"});
        let values = action_values(values(ACME), &action, &with);
        let request = request(&app, &action, &values).unwrap();
        let response =
            AppResponse { status: 200, headers: &BTreeMap::new(), body: Some(response), sent: &[] };
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
    fn an_address_without_a_host_is_appended_to_the_base_url_of_the_pages() {
        let next = json!({
            "items": "/records", "pages": 2, "next": {"url": "/next"}, "base_url": format!("{ACME}/site/1/")
        });
        let next = |at: &str| following(&next, &json!({"records": [1], "next": at}), 1);
        assert_eq!(next("/wiki/spaces?cursor=a%3Db").unwrap(), "/site/1/wiki/spaces?cursor=a=b");
        assert_eq!(next(&format!("{ACME}/spaces?cursor=a")).unwrap(), "/spaces?cursor=a");
        assert_eq!(next("//evil.example/x").unwrap(), "/site/1//evil.example/x?");
        assert_eq!(next("https://evil.example/x"), None);
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
            let body = json!({"results": [1], "paging": {"after": "20"}});
            let response =
                AppResponse { status: 200, headers: &BTreeMap::new(), body: Some(&body), sent: &[] };
            let second = next_page(&app, &action, &values, &first, response, 1).unwrap();
            assert_eq!(second.url, first.url);
            assert_eq!(second.body, Some(Body::Json(json!({"query": "x", "after": expected}))));
        }
    }

    /// The second request of a GraphQL query for `pageInfo`.
    fn after(page_info: Value) -> Option<Value> {
        let app = app("salesforce");
        let mut action = app.actions["create_record"].clone();
        let next = json!({"token": {
            "at": "/data/pageInfo/endCursor", "while": "/data/pageInfo/hasNextPage",
            "parameter": "/variables/after", "in": "body"
        }});
        let paging = json!({"items": "/data/nodes", "pages": 3, "next": next});
        action.paging = Some(serde_json::from_value(paging).unwrap());
        let fields = json!({"query": "query", "variables": {"first": 50}});
        let values = action_values(values(ACME), &action, &json!({"object": "x", "fields": fields}));
        let first = request(&app, &action, &values).unwrap();
        let body = json!({"data": {"nodes": [1], "pageInfo": page_info}});
        let response = AppResponse { status: 200, headers: &BTreeMap::new(), body: Some(&body), sent: &[] };
        match next_page(&app, &action, &values, &first, response, 1)?.body {
            Some(Body::Json(body)) => Some(body),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_cursor_is_sent_at_a_pointer_while_the_app_says_that_there_is_more() {
        assert_eq!(
            after(json!({"endCursor": "c1", "hasNextPage": true})),
            Some(json!({"query": "query", "variables": {"first": 50, "after": "c1"}}))
        );
        for page_info in [
            json!({"endCursor": "c1", "hasNextPage": false}),
            json!({"endCursor": "c1"}),
            json!({"endCursor": null, "hasNextPage": true}),
        ] {
            assert_eq!(after(page_info.clone()), None, "{page_info}");
        }
    }

    #[test]
    fn the_next_page_is_at_the_link_with_the_relation_next() {
        let next = |link: &str| {
            let headers = BTreeMap::from([("link".to_owned(), link.to_owned())]);
            let response = AppResponse { status: 200, headers: &headers, body: None, sent: &[] };
            next_link(response).map(str::to_owned)
        };
        for (link, expected) in [
            (r#"<https://a.example/x?page=2>; rel="next""#, Some("https://a.example/x?page=2")),
            (
                r#"<https://a.example/1>; rel="self", <https://a.example/2>; rel="next""#,
                Some("https://a.example/2"),
            ),
            (r#"<https://a.example/a,b;c>; rel="next"; title="x""#, Some("https://a.example/a,b;c")),
            ("</x?cursor=1> ; title=x ; REL=Next", Some("/x?cursor=1")),
            (r#"</x>; rel="last next""#, Some("/x")),
            (r#"<https://a.example/1>; rel="prev""#, None),
            (r#"<https://a.example/1>; title="rel=next""#, None),
            (r#"<https://a.example/1>; rel="nextish""#, None),
            ("https://a.example/1; rel=next", None),
            ("<https://a.example/1; rel=next", None),
            ("", None),
        ] {
            assert_eq!(next(link).as_deref(), expected, "{link}");
        }
    }

    #[test]
    fn a_link_leads_only_to_the_apps_hosts() {
        let app = app("salesforce");
        let mut action = app.actions["find_records"].clone();
        let paging = json!({"items": "/records", "pages": 2, "next": "link"});
        action.paging = Some(serde_json::from_value(paging).unwrap());
        let with = json!({"object": "Account", "fields": "Id", "name": "x"});
        let values = action_values(values(ACME), &action, &with);
        let request = request(&app, &action, &values).unwrap();
        let next = |link: &str| {
            let headers = BTreeMap::from([("link".to_owned(), format!("<{link}>; rel=next"))]);
            let response = AppResponse { status: 200, headers: &headers, body: None, sent: &[] };
            next_page(&app, &action, &values, &request, response, 1).map(|next| next.url.to_string())
        };
        assert_eq!(next("/x?after=1").unwrap(), format!("{ACME}/x?after=1"));
        assert_eq!(next("https://evil.example/x"), None);
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
