//! The page *Audit*: actions of admins and writes by shared connections.

use workbot_shared::{AuditEntry, StepOutcome};
use yew::{Callback, Html, component, html, use_state_eq};

use super::download::download;
use super::paged_list::{by_day, paged, use_paged};
use crate::after_first_paint::message_bars::refusal;
use crate::route::Section;
use crate::session_state::DisplayError;
use crate::text::words;
use crate::{api, host, status_views};

/// The section.
#[component(AuditPage)]
pub fn audit_page() -> Html {
    let list = use_paged(|asked| Box::pin(async move { api::audit(&asked).await }));
    html! {
        <section data-page="audit">
            <div class="toolbar">
                { status_views::heading(words().section(Section::Audit), words().audit_intro()) }
                <Table />
            </div>
            { paged(&list, words().no_audit(), |rows| by_day(rows, |its| &its.at, entry)) }
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
        <div>
            <fluent-button disabled={*busy} {onclick}>{ words().download_audit() }</fluent-button>
            { refusal(refused.as_ref()) }
        </div>
    }
}

fn entry(entry: &AuditEntry) -> Html {
    let what = [entry.app.as_ref().map(ToString::to_string), entry.recipe.as_ref().map(ToString::to_string)];
    let what: Vec<_> = what.into_iter().flatten().collect();
    html! {
        <li class="event">
            <time datetime={entry.at.clone()}>{ host::clock(&entry.at) }</time>
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
            </div>
            <span class="by"><span class="hidden">{ words().by() }{ " " }</span><bdi>{ &entry.by_name }</bdi></span>
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
