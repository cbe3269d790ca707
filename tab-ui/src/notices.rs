//! What was done and what went wrong, as message bars that the person dismisses.

use yew::{Callback, Html, html};

use crate::icon::{self, icon};
use crate::session_state::DisplayError;
use crate::text::words;

/// A result, as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// What was done: the first sentence stands out.
    pub text: String,
    /// The page where the person does the rest, and what it is called.
    pub link: Option<String>,
}

impl From<String> for Notice {
    fn from(text: String) -> Self {
        Self { text, link: None }
    }
}

/// The place of notices. Always present, so that screen readers announce its changes.
pub fn notices(notices: &[Notice], dismiss: &Callback<usize>) -> Html {
    html! {
        <div class="notices" role="status">
            { for notices.iter().enumerate().map(|(place, notice)| bar(notice, dismiss.reform(move |_| place))) }
        </div>
    }
}

fn bar(notice: &Notice, onclick: Callback<yew::MouseEvent>) -> Html {
    let end = notice.text.find(". ").map_or(notice.text.len(), |stop| stop + 1);
    let (first, rest) = notice.text.split_at_checked(end).unwrap_or((&notice.text, ""));
    html! {
        <fluent-message-bar intent="success">
            { icon(icon::CHECKMARK, Some("icon")) }
            <span><b>{ first }</b>{ rest }
                if let Some(link) = &notice.link {
                    { " " }<a href={link.clone()} target="_blank" rel="noopener noreferrer">{ words().app_settings() }</a>
                }
            </span>
            <fluent-button slot="dismiss" size="small" appearance="transparent" icon-only="" aria-label={words().dismiss()} {onclick}>
                { icon(icon::DISMISS, None) }
            </fluent-button>
        </fluent-message-bar>
    }
}

/// An error, shown beside its action.
pub fn refusal(failure: Option<&DisplayError>) -> Html {
    // The empty element stays, so that its neighbours keep their elements and the typed text.
    let Some(failure) = failure else { return Html::default() };
    html! {
        <fluent-message-bar class="problem" role="alert" intent="error">
            { icon(icon::WARNING, Some("icon")) }
            <span>
                { &failure.message }
                if let Some(report) = &failure.report {
                    { " " }{ words().mention() }<code>{ report }</code>{ "." }
                }
            </span>
        </fluent-message-bar>
    }
}
