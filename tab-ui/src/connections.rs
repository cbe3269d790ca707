//! The person's connections: what is shown, and how that changes. Pure: tested without a browser.

use std::rc::Rc;

use workbot_shared::{AppId, ConnectionRow, ConnectionStatus};
use yew::Reducible;

use crate::state::Failure;

/// What a person can do with a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leave {
    /// Keep the record.
    Disconnect,
    /// Forget it too.
    Delete,
}

/// The list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct List {
    /// The rows, once they are there.
    pub rows: Option<Vec<ConnectionRow>>,
    /// Why they are not.
    pub failure: Option<Failure>,
    /// Which row asks "are you sure".
    pub asking: Option<(AppId, Leave)>,
    /// Which row is being worked on: its buttons rest.
    pub busy: Option<AppId>,
    /// Which row waits for a login in a browser tab, how that row looked before, and the link for it.
    pub waiting: Option<(ConnectionRow, String)>,
    /// What was done last.
    pub receipt: Option<String>,
    /// Counts the reasons to ask the worker again.
    pub version: u32,
}

/// What happened.
#[derive(Debug)]
pub enum Event {
    /// The rows came.
    Came(Vec<ConnectionRow>),
    /// Something did not work.
    Failed(Failure),
    /// The person wants to try again.
    Retry,
    /// The person wants to leave a connection.
    Ask(AppId, Leave),
    /// The person would rather keep it.
    Keep,
    /// The person is sure, or wants a link.
    Busy(AppId),
    /// What was done, in words.
    Done(String),
    /// The link with which to log in came.
    Link(AppId, String),
}

impl Reducible for List {
    type Action = Event;

    fn reduce(self: Rc<Self>, event: Event) -> Rc<Self> {
        let mut next = (*self).clone();
        match event {
            Event::Came(rows) => {
                let arrived = |before: &ConnectionRow| {
                    rows.iter().any(|row| {
                        row.app == before.app
                            && row.status == ConnectionStatus::Connected
                            && row.connected_at != before.connected_at
                    })
                };
                if let Some((before, _)) = next.waiting.take_if(|(before, _)| arrived(before)) {
                    next.receipt = Some(format!("{} connected.", before.app_name));
                }
                next.rows = Some(rows);
                next.failure = None;
            }
            Event::Failed(failure) => {
                next.failure = Some(failure);
                next.busy = None;
            }
            Event::Retry => {
                next.failure = None;
                next.version = next.version.wrapping_add(1);
            }
            Event::Ask(app, leave) => {
                next.asking = Some((app, leave));
                next.receipt = None;
            }
            Event::Keep => next.asking = None,
            Event::Busy(app) => {
                next.busy = Some(app);
                next.receipt = None;
            }
            Event::Done(receipt) => {
                next.receipt = Some(receipt);
                next.busy = None;
                next.asking = None;
                next.waiting = None;
                next.version = next.version.wrapping_add(1);
            }
            Event::Link(app, url) => {
                next.busy = None;
                let row = next.rows.iter().flatten().find(|row| row.app == app).cloned();
                next.waiting = row.map(|row| (row, url));
            }
        }
        next.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(status: ConnectionStatus, connected_at: Option<&str>) -> ConnectionRow {
        ConnectionRow {
            app: AppId::parse("salesforce").unwrap(),
            app_name: "Salesforce".into(),
            account: None,
            status,
            reason: None,
            connected_at: connected_at.map(str::to_owned),
            last_used_at: None,
            used_by: vec![],
            scopes: vec![],
        }
    }

    fn after(events: Vec<Event>) -> List {
        let start = Rc::new(List::default());
        (*events.into_iter().fold(start, |state, event| state.reduce(event))).clone()
    }

    fn app() -> AppId {
        AppId::parse("salesforce").unwrap()
    }

    #[test]
    fn a_login_in_another_tab_is_noticed_when_the_row_is_newer() {
        use ConnectionStatus::{Connected, NotConnected};
        let opened =
            || vec![Event::Came(vec![row(NotConnected, None)]), Event::Link(app(), "https://x".into())];
        assert!(after(opened()).waiting.is_some());
        let mut events = opened();
        events.push(Event::Came(vec![row(NotConnected, None)]));
        assert!(after(events).waiting.is_some(), "still waiting");
        let mut events = opened();
        events.push(Event::Came(vec![row(Connected, Some("t2"))]));
        let list = after(events);
        assert_eq!((list.waiting, list.receipt.as_deref()), (None, Some("Salesforce connected.")));
    }

    #[test]
    fn switching_waits_for_a_newer_connection() {
        let before = row(ConnectionStatus::Connected, Some("t1"));
        let events = vec![
            Event::Came(vec![before.clone()]),
            Event::Link(app(), "https://x".into()),
            Event::Came(vec![before]),
        ];
        assert!(after(events).waiting.is_some());
    }

    #[test]
    fn leaving_is_asked_about_once_and_then_the_list_is_read_again() {
        let list = after(vec![Event::Ask(app(), Leave::Delete), Event::Busy(app())]);
        assert_eq!((list.asking, list.busy), (Some((app(), Leave::Delete)), Some(app())));
        let list = after(vec![Event::Ask(app(), Leave::Delete), Event::Done("Gone.".into())]);
        assert_eq!((list.asking, list.version), (None, 1));
        assert_eq!(after(vec![Event::Ask(app(), Leave::Delete), Event::Keep]).asking, None);
    }

    #[test]
    fn a_failure_frees_the_buttons_and_can_be_tried_again() {
        let list = after(vec![Event::Busy(app()), Event::Failed(Failure::unreachable())]);
        assert!(list.busy.is_none() && list.failure.is_some());
        assert!(after(vec![Event::Failed(Failure::unreachable()), Event::Retry]).failure.is_none());
    }
}
