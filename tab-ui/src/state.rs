//! The state of the tab: a pure reducer, tested without a browser.

use std::rc::Rc;

use workbot_shared::Session;
use yew::Reducible;

use crate::text::words;

/// A failure, with texts for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What happened, and what to do.
    pub message: String,
    /// The correlation id for a report.
    pub report: Option<String>,
}

impl Failure {
    fn said(message: &str) -> Self {
        Failure { message: message.to_owned(), report: None }
    }

    /// The worker did not respond.
    pub fn unreachable() -> Self {
        Self::said(&words().unreachable())
    }

    /// The worker rejected the token.
    pub fn session_ended() -> Self {
        Self::said(words().session_ended())
    }

    /// The worker's response is invalid.
    pub fn unclear() -> Self {
        Self::said(&words().unclear())
    }

    /// Teams does not respond.
    pub fn silent_host() -> Self {
        Self::said(words().silent_host())
    }

    /// Teams issued no token.
    pub fn unknown_person() -> Self {
        Self::said(&words().unknown_person())
    }
}

/// The current page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Page {
    /// Initializing TeamsJS.
    Loading,
    /// TeamsJS is ready. The session and the connections load in parallel.
    Met,
    /// Outside Teams: there is no session.
    OutsideTeams,
    /// The session.
    SignedIn(Session),
    /// It failed; the person may retry.
    Failed(Failure),
}

/// The page, with the number of its try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// Counts from 1.
    pub attempt: u32,
    /// The page.
    pub page: Page,
}

impl Default for State {
    fn default() -> Self {
        State { attempt: 1, page: Page::Loading }
    }
}

/// The events of the reducer.
#[derive(Debug)]
pub enum Event {
    /// The person retries.
    Retry,
    /// A try initialized TeamsJS.
    Met {
        /// The try.
        attempt: u32,
    },
    /// A try ended.
    Arrived {
        /// The try.
        attempt: u32,
        /// Its result.
        page: Page,
    },
}

impl Reducible for State {
    type Action = Event;

    fn reduce(self: Rc<Self>, event: Event) -> Rc<Self> {
        match event {
            Event::Retry if matches!(self.page, Page::Loading | Page::Met) => self,
            Event::Retry => State { attempt: self.attempt.wrapping_add(1), page: Page::Loading }.into(),
            Event::Met { attempt } if attempt == self.attempt && self.page == Page::Loading => {
                State { attempt, page: Page::Met }.into()
            }
            Event::Arrived { attempt, page } if attempt == self.attempt => State { attempt, page }.into(),
            // The response to an abandoned try.
            Event::Met { .. } | Event::Arrived { .. } => self,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(events: Vec<Event>) -> State {
        let start = Rc::new(State::default());
        (*events.into_iter().fold(start, |state, event| state.reduce(event))).clone()
    }

    fn failed(attempt: u32) -> Event {
        Event::Arrived { attempt, page: Page::Failed(Failure::unreachable()) }
    }

    #[test]
    fn it_starts_with_looking_for_teams_and_then_asks_who_is_here() {
        assert_eq!(after(vec![]).page, Page::Loading);
        assert_eq!(after(vec![Event::Met { attempt: 1 }]).page, Page::Met);
        assert_eq!(after(vec![Event::Met { attempt: 0 }]).page, Page::Loading, "said by an older try");
    }

    #[test]
    fn a_failure_can_be_tried_again() {
        let state = after(vec![failed(1), Event::Retry]);
        assert_eq!((state.attempt, state.page), (2, Page::Loading));
    }

    #[test]
    fn a_late_answer_does_not_replace_that_of_a_newer_try() {
        let late = Event::Arrived { attempt: 1, page: Page::OutsideTeams };
        assert_eq!(after(vec![failed(1), Event::Retry, late]).page, Page::Loading);
    }

    #[test]
    fn asking_twice_makes_one_try() {
        assert_eq!(after(vec![failed(1), Event::Retry, Event::Retry]).attempt, 2);
    }
}
