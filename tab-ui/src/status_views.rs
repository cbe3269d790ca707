//! The status views, one function each: a component would cost kilobytes and has no state.

use workbot_shared::Session;
use yew::{Callback, Html, html};

use crate::icon::{self, icon};
use crate::retry_button::RetryButton;
use crate::session_state::DisplayError;
use crate::text::words;

/// The heading of a section, and what it is.
pub fn heading(title: &str, intro: &str) -> Html {
    html! {
        <div class="heading">
            <h1>{ title.to_owned() }</h1>
            <p>{ intro.to_owned() }</p>
        </div>
    }
}

/// The skeleton of a section.
pub fn skeleton() -> Html {
    html! {
        <div>
            <div class="bone heading"></div>
            <div class="bone line"></div>
            { bones() }
        </div>
    }
}

/// The skeleton of rows.
pub fn bones() -> Html {
    html! {
        <div class="list bones" aria-busy="true" role="status" aria-label={words().loading()}>
            <div></div><div></div><div></div>
        </div>
    }
}

/// A list without rows: one sentence.
pub fn empty(sentence: &str) -> Html {
    html! { <p class="empty" role="status">{ sentence.to_owned() }</p> }
}

/// The browser is offline. Always present, so that screen readers announce it.
pub fn offline(off: bool) -> Html {
    html! {
        <div class="offline" role="status">
            if off {
                <fluent-message-bar intent="warning">{ icon(icon::WARNING, Some("icon")) }<span>{ words().offline() }</span></fluent-message-bar>
            }
        </div>
    }
}

/// The person, in a small line.
pub fn who(session: &Session) -> Html {
    html! {
        <span class="me">
            <span class="portrait" aria-hidden="true">{ initials(&session.name) }</span>
            <span class="name"><span class="hidden">{ words().you_are() }{ " " }</span><bdi>{ &session.name }</bdi>
                if session.admin {
                    { " · " }{ words().admin() }
                }
            </span>
        </span>
    }
}

/// The first letters of the first and the last name.
pub fn initials(name: &str) -> String {
    let mut words =
        name.split(' ').filter_map(|word| word.chars().find(|letter| !letter.is_ascii_punctuation()));
    let first = words.next();
    first.into_iter().chain(words.next_back()).map(|letter| letter.to_ascii_uppercase()).collect()
}

/// It failed; the person may retry.
pub fn failed(failure: &DisplayError, retry: &Callback<()>) -> Html {
    html! {
        <div class="empty" data-page="failed" role="alert">
            <h2>{ words().did_not_work() }</h2>
            <p>{ &failure.message }</p>
            if let Some(report) = &failure.report {
                <p>{ words().mention() }<code>{ report }</code>{ "." }</p>
            }
            <RetryButton {retry} appearance="primary" />
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::initials;

    #[test]
    fn initials_are_of_the_first_and_the_last_name() {
        for (name, letters) in [
            ("Megan Bowen", "MB"),
            ("Ada", "A"),
            ("ada de la cruz", "AC"),
            ("(x) Öz", "XÖ"),
            ("", ""),
            ("محمد علي", "مع"),
        ] {
            assert_eq!(initials(name), letters, "{name}");
        }
    }
}
