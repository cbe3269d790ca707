//! The paging headers of a list.

use axum::http::{HeaderMap, HeaderValue, Uri, header};

/// `X-Total-Count`, and `Link` to the other pages.
pub fn describe(headers: &mut HeaderMap, origin: &str, uri: &Uri, total: usize, limit: usize, offset: usize) {
    headers.insert("x-total-count", HeaderValue::from(total));
    if limit == 0 || total <= limit {
        return;
    }
    let last = (total - 1) / limit * limit;
    let pages = [
        ("first", Some(0)),
        ("prev", (offset > 0).then(|| offset.saturating_sub(limit))),
        ("next", (offset + limit < total).then_some(offset + limit)),
        ("last", Some(last)),
    ];
    let links: Vec<String> = pages
        .into_iter()
        .filter_map(|(name, offset)| Some(format!("<{}>;rel=\"{name}\"", page(origin, uri, offset?))))
        .collect();
    if let Ok(value) = HeaderValue::from_str(&links.join(",")) {
        headers.insert(header::LINK, value);
    }
}

fn page(origin: &str, uri: &Uri, offset: usize) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    let sent = url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    query.extend_pairs(sent.filter(|(name, _)| name != "sysparm_offset"));
    query.append_pair("sysparm_offset", &offset.to_string());
    format!("{origin}{}?{}", uri.path(), query.finish())
}
