//! The page *Audit*: actions of admins and writes by shared connections.

use workbot_shared::{AuditEntry, StepOutcome};
use yew::{Callback, Html, component, html, use_state_eq};

use crate::download::download;
use crate::paged_list::{paged, use_paged};
use crate::route::Section;
use crate::session_state::DisplayError;
use crate::text::words;
use crate::{api, host, status_views};

/// The page.
#[component(AuditPage)]
pub fn audit_page() -> Html {
    let list = use_paged(|asked| Box::pin(async move { api::audit(&asked).await }));
    html! {
        <section class="card" data-page="audit">
            <h2>{ words().section(Section::Audit) }</h2>
            <p class="quiet">{ words().audit_intro() }</p>
            <Table />
            { paged(&list, words().no_audit(), |rows| html! {
                <ul class="rows">{ for rows.iter().map(entry) }</ul>
            }) }
        </section>
    }
}

/// The button that downloads the whole log.
#[component(Table)]
fn table() -> Html {
    let (busy, refused) = (use_state_eq(|| false), use_state_eq(|| None::<DisplayError>));
    let onclick = {
        let (busy, refused) = (busy.clone(), refused.clone());
        Callback::from(move |_| {
            let (busy, refused) = (busy.clone(), refused.clone());
            busy.set(true);
            refused.set(None);
            wasm_bindgen_futures::spawn_local(async move {
                let came = api::audit_table().await;
                let kept = came.and_then(|table| {
                    download("workbot-audit.csv", "text/csv", &table).map_err(|_| DisplayError::unclear())
                });
                refused.set(kept.err());
                busy.set(false);
            });
        })
    };
    html! {
        <div class="deed">
            { status_views::refusal(refused.as_ref()) }
            <fluent-button disabled={*busy} {onclick}>{ words().download_audit() }</fluent-button>
        </div>
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
                    if entry.outcome == Some(StepOutcome::Unknown) {
                        <span>{ words().step_outcome(StepOutcome::Unknown, true) }</span>
                    }
                    if let Some(link) = web_link(entry) {
                        <a href={link.to_owned()} target="_blank" rel="noopener noreferrer">{ words().open_written() }</a>
                    }
                    <small><bdi>{ words().by(&entry.by_name) }</bdi>{ format!(" · {}", host::time(&entry.at)) }</small>
                </div>
            </div>
        </li>
    }
}

/// The link of a record, if it is http or https: it comes from an app.
fn web_link(entry: &AuditEntry) -> Option<&str> {
    let link = entry.link.as_deref()?;
    (link.starts_with("https://") || link.starts_with("http://")).then_some(link)
}

#[cfg(test)]
mod tests {
    use super::*;
    use workbot_shared::{AuditAction, UserId};

    #[test]
    fn a_link_that_is_no_address_of_the_web_is_not_shown() {
        let linked = |link: &str| AuditEntry {
            at: "2026-12-31T09:30:00.000Z".into(),
            by: UserId::parse("ada").unwrap(),
            by_name: "Ada".into(),
            act: AuditAction::SharedWrite,
            app: None,
            recipe: None,
            user: None,
            detail: String::new(),
            outcome: Some(StepOutcome::Done),
            link: Some(link.into()),
        };
        for link in ["javascript:alert(1)", "data:text/html,x", " https://x.example", "//x.example", ""] {
            assert_eq!(web_link(&linked(link)), None, "{link}");
        }
        assert_eq!(web_link(&linked("https://x.example/1")), Some("https://x.example/1"));
    }
}
