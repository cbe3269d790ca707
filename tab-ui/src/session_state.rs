//! What the tab shows, and how that changes. Pure: tested without a browser.

use std::rc::Rc;

use workbot_shared::Session;
use yew::Reducible;

use crate::text::words;

/// What went wrong, in words for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisplayError {
    /// What happened.
    pub message: String,
    /// What to mention in a report.
    pub report: Option<String>,
}

impl DisplayError {
    fn with_message(message: &str) -> Self {
        DisplayError { message: message.to_owned(), report: None }
    }

    /// The worker did not answer.
    pub fn unreachable() -> Self {
        Self::with_message(&words().unreachable())
    }

    /// What Teams says about who is here is no longer believed.
    pub fn session_ended() -> Self {
        Self::with_message(words().session_ended())
    }

    /// The worker's answer makes no sense.
    pub fn unclear() -> Self {
        Self::with_message(&words().unclear())
    }

    /// Teams does not answer.
    pub fn silent_host() -> Self {
        Self::with_message(words().silent_host())
    }

    /// Teams would not say who is here.
    pub fn unknown_person() -> Self {
        Self::with_message(&words().unknown_person())
    }
}

/// The one page that is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SessionView {
    /// Looking for Teams.
    Loading,
    /// Teams is here; the worker is asked who the person is, beside what it is asked for the connections.
    Met,
    /// Not inside Teams: nobody can say who is here.
    OutsideTeams,
    /// Who is here.
    SignedIn(Session),
    /// It did not work; it may the next time.
    Failed(DisplayError),
}

/// The page, and which try it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionState {
    /// Counts from 1.
    pub attempt: u32,
    /// What is shown.
    pub page: SessionView,
}

impl Default for SessionState {
    fn default() -> Self {
        SessionState { attempt: 1, page: SessionView::Loading }
    }
}

/// What happened.
#[derive(Debug)]
pub enum Event {
    /// The person asks for another try.
    Retry,
    /// Teams is here, says a try.
    Met {
        /// The try.
        attempt: u32,
    },
    /// A try came to its end.
    Arrived {
        /// The try.
        attempt: u32,
        /// What it came to.
        page: SessionView,
    },
}

impl Reducible for SessionState {
    type Action = Event;

    fn reduce(self: Rc<Self>, event: Event) -> Rc<Self> {
        match event {
            Event::Retry if matches!(self.page, SessionView::Loading | SessionView::Met) => self,
            Event::Retry => {
                SessionState { attempt: self.attempt.wrapping_add(1), page: SessionView::Loading }.into()
            }
            Event::Met { attempt } if attempt == self.attempt && self.page == SessionView::Loading => {
                SessionState { attempt, page: SessionView::Met }.into()
            }
            Event::Arrived { attempt, page } if attempt == self.attempt => {
                SessionState { attempt, page }.into()
            }
            // The answer to a try that was given up.
            Event::Met { .. } | Event::Arrived { .. } => self,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(events: Vec<Event>) -> SessionState {
        let start = Rc::new(SessionState::default());
        (*events.into_iter().fold(start, |state, event| state.reduce(event))).clone()
    }

    fn failed(attempt: u32) -> Event {
        Event::Arrived { attempt, page: SessionView::Failed(DisplayError::unreachable()) }
    }

    #[test]
    fn it_starts_with_looking_for_teams_and_then_asks_who_is_here() {
        assert_eq!(after(vec![]).page, SessionView::Loading);
        assert_eq!(after(vec![Event::Met { attempt: 1 }]).page, SessionView::Met);
        assert_eq!(after(vec![Event::Met { attempt: 0 }]).page, SessionView::Loading, "said by an older try");
    }

    #[test]
    fn a_failure_can_be_tried_again() {
        let state = after(vec![failed(1), Event::Retry]);
        assert_eq!((state.attempt, state.page), (2, SessionView::Loading));
    }

    #[test]
    fn a_late_answer_does_not_replace_that_of_a_newer_try() {
        let late = Event::Arrived { attempt: 1, page: SessionView::OutsideTeams };
        assert_eq!(after(vec![failed(1), Event::Retry, late]).page, SessionView::Loading);
    }

    #[test]
    fn asking_twice_makes_one_try() {
        assert_eq!(after(vec![failed(1), Event::Retry, Event::Retry]).attempt, 2);
    }
}
