//! What admins did.

use workbot_shared::AuditEntry;
use yew::{Html, component, html};

use crate::paged_list::{paged, use_paged};
use crate::place::Section;
use crate::text::words;
use crate::{api, host};

/// The page.
#[component(AuditPage)]
pub fn audit_page() -> Html {
    let list = use_paged(|asked| Box::pin(async move { api::audit(&asked).await }));
    html! {
        <section class="card" data-page="audit">
            <h2>{ words().section(Section::Audit) }</h2>
            <p class="quiet">{ words().audit_intro() }</p>
            { paged(&list, words().no_audit(), |rows| html! {
                <ul class="rows">{ for rows.iter().map(entry) }</ul>
            }) }
        </section>
    }
}

fn entry(entry: &AuditEntry) -> Html {
    let what = [entry.app.as_ref().map(ToString::to_string), entry.recipe.as_ref().map(ToString::to_string)];
    let what: Vec<_> = what.into_iter().flatten().collect();
    html! {
        <li>
            <div class="row">
                <div class="who">
                    <strong>{ words().act(entry.act) }</strong>
                    if !what.is_empty() {
                        <code>{ what.join(", ") }</code>
                    }
                    if !entry.detail.is_empty() {
                        <span dir="auto">{ &entry.detail }</span>
                    }
                    <small><bdi>{ words().by(&entry.by_name) }</bdi>{ format!(" · {}", host::time(&entry.at)) }</small>
                </div>
            </div>
        </li>
    }
}
