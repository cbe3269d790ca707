//! The state of the tab: a pure reducer, tested without a browser.

use std::rc::Rc;

use workbot_shared::{ConnectionRow, Session};
use yew::Reducible;

use crate::text::words;

/// A failure, with texts for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisplayError {
    /// The actions.
    pub message: String,
    /// The correlation id for a report.
    pub report: Option<String>,
}

impl DisplayError {
    fn with_message(message: &str) -> Self {
        DisplayError { message: message.to_owned(), report: None }
    }

    /// The worker did not respond.
    pub fn unreachable() -> Self {
        Self::with_message(&words().unreachable())
    }

    /// The worker rejected the token.
    pub fn session_ended() -> Self {
        Self::with_message(words().session_ended())
    }

    /// The worker's response is invalid.
    pub fn unclear() -> Self {
        Self::with_message(&words().unclear())
    }

    /// Teams does not respond.
    pub fn silent_host() -> Self {
        Self::with_message(words().silent_host())
    }

    /// Teams issued no token.
    pub fn unknown_person() -> Self {
        Self::with_message(&words().unknown_person())
    }
}

/// The current page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SessionView {
    /// Teams and the first response are on their way.
    Loading,
    /// Outside Teams: there is no session.
    OutsideTeams,
    /// The session, and the person's connections if they came with it.
    SignedIn(Session, Option<Vec<ConnectionRow>>),
    /// It failed; the person may retry.
    Failed(DisplayError),
}

/// The page, with the number of its try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionState {
    /// Counts from [`FIRST_ATTEMPT`].
    pub attempt: u32,
    /// The page.
    pub page: SessionView,
}

/// The number of the first try.
pub const FIRST_ATTEMPT: u32 = 1;

/// The events of the reducer.
#[derive(Debug)]
pub enum Event {
    /// The person retries.
    Retry,
    /// A try ended.
    Arrived {
        /// The try.
        attempt: u32,
        /// Its result.
        page: SessionView,
    },
}

impl Reducible for SessionState {
    type Action = Event;

    fn reduce(self: Rc<Self>, event: Event) -> Rc<Self> {
        match event {
            Event::Retry if self.page == SessionView::Loading => self,
            Event::Retry => {
                SessionState { attempt: self.attempt.wrapping_add(1), page: SessionView::Loading }.into()
            }
            Event::Arrived { attempt, page } if attempt == self.attempt => {
                SessionState { attempt, page }.into()
            }
            // The response to an abandoned try.
            Event::Arrived { .. } => self,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(events: Vec<Event>) -> SessionState {
        let start = Rc::new(SessionState { attempt: FIRST_ATTEMPT, page: SessionView::Loading });
        (*events.into_iter().fold(start, |state, event| state.reduce(event))).clone()
    }

    fn failed(attempt: u32) -> Event {
        Event::Arrived { attempt, page: SessionView::Failed(DisplayError::unreachable()) }
    }

    #[test]
    fn it_starts_with_looking_for_teams_and_then_shows_who_is_here() {
        assert_eq!(after(vec![]).page, SessionView::Loading);
        let outside = Event::Arrived { attempt: 1, page: SessionView::OutsideTeams };
        assert_eq!(after(vec![outside]).page, SessionView::OutsideTeams);
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
