//! Results and errors as Fluent's message bars.

use yew::{Callback, Html, MouseEvent, html};

use crate::icon::{self, icon};
use crate::notice::Notice;
use crate::session_state::DisplayError;
use crate::text::words;

/// The results, each with a button that dismisses it.
pub fn results(notices: &[Notice], dismiss: &Callback<usize>) -> Html {
    html! {
        <>{ for notices.iter().enumerate().map(|(place, notice)| result(notice, dismiss.reform(move |_| place))) }</>
    }
}

fn result(notice: &Notice, onclick: Callback<MouseEvent>) -> Html {
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
            <fluent-button slot="dismiss" role="button" size="small" appearance="transparent" icon-only="" aria-label={words().dismiss()} {onclick}>
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
