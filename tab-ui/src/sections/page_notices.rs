//! The notices of a section.

use std::rc::Rc;

use yew::{Callback, Html, Reducible, UseReducerHandle, hook, html, use_reducer};

use crate::after_first_paint::message_bars::results;
use crate::notice::Notice;

/// The notices.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PageNotices(Vec<Notice>);

/// The events of the reducer.
#[derive(Debug)]
pub enum Event {
    /// Something was done: the last one stands alone.
    Told(Notice),
    /// The person dismisses one.
    Dismiss(usize),
}

impl Reducible for PageNotices {
    type Action = Event;

    fn reduce(self: Rc<Self>, event: Event) -> Rc<Self> {
        match event {
            Event::Told(notice) => Self(vec![notice]).into(),
            Event::Dismiss(place) => {
                let kept = self.0.iter().enumerate().filter(|(its, _)| *its != place);
                Self(kept.map(|(_, notice)| notice.clone()).collect()).into()
            }
        }
    }
}

/// The notices, how to add one, and how to dismiss one.
#[hook]
pub fn use_notices() -> (Vec<Notice>, Callback<Notice>, Callback<usize>) {
    let state: UseReducerHandle<PageNotices> = use_reducer(PageNotices::default);
    let (tell, dismiss) = (state.dispatcher(), state.dispatcher());
    (
        state.0.clone(),
        Callback::from(move |notice| tell.dispatch(Event::Told(notice))),
        Callback::from(move |place| dismiss.dispatch(Event::Dismiss(place))),
    )
}

/// Their place. Always present, so that screen readers announce its changes.
pub fn notices(notices: &[Notice], dismiss: &Callback<usize>) -> Html {
    html! { <div class="notices" role="status">{ results(notices, dismiss) }</div> }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_notice_stands_until_it_is_dismissed() {
        let told = |text: &str| Event::Told(text.to_owned().into());
        let state = Rc::new(PageNotices::default()).reduce(told("One.")).reduce(told("Two."));
        assert_eq!(state.0.iter().map(|notice| notice.text.as_str()).collect::<Vec<_>>(), ["Two."]);
        assert!(state.reduce(Event::Dismiss(0)).0.is_empty());
    }
}
