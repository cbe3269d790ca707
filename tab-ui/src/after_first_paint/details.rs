//! The details of a connection.

use workbot_shared::ConnectionRow;
use yew::{Html, html};

use crate::host;
use crate::text::words;

/// The details: terms and what they are.
pub fn described(row: &ConnectionRow) -> Vec<Html> {
    let tags = |names: &[String]| html! { <>{ for names.iter().map(|name| html! { <span class="tag" dir="auto">{ name }</span> }) }</> };
    let day = |at: &Option<String>| at.as_deref().map(|at| html! { host::day(at) });
    let some = |names: &[String]| (!names.is_empty()).then(|| tags(names));
    let all = [
        (words().connected_since(), day(&row.connected_at)),
        (words().last_used(), day(&row.last_used_at)),
        (words().used_by(), some(&row.used_by)),
        (words().permissions(), some(&row.scopes)),
    ];
    let shown = all.into_iter().filter_map(|(term, what)| Some((term, what?)));
    shown.map(|(term, what)| html! { <><dt>{ term }</dt><dd>{ what }</dd></> }).collect()
}
