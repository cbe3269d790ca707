//! The state of a list of connections: a pure reducer, tested without a browser.

use std::rc::Rc;

use workbot_shared::{AppId, ConnectionRow, ConnectionStatus, Receipt};
use yew::Reducible;

use crate::removal::Removal;
use crate::session_state::DisplayError;
use crate::text::words;

/// The open question of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// Confirmation of Disconnect or Delete.
    Sure(Removal),
    /// The API key or password.
    Secret,
}

/// The result, as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The app.
    pub app: AppId,
    /// What.
    pub text: String,
    /// The page where the person removes the access.
    pub link: Option<String>,
}

/// The list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConnectionListState {
    /// The rows, once loaded.
    pub rows: Option<Vec<ConnectionRow>>,
    /// The error, if loading failed.
    pub failure: Option<DisplayError>,
    /// The row with an open question.
    pub asking: Option<(AppId, Question)>,
    /// The rows with a request under way. Their buttons are disabled.
    pub busy: Vec<AppId>,
    /// The row that waits for a login in another browser tab, with its previous state and the link.
    pub waiting: Option<(ConnectionRow, String)>,
    /// The row with an error.
    pub refused: Option<(AppId, DisplayError)>,
    /// The last result.
    pub note: Option<Notice>,
    /// A counter that triggers a reload.
    pub version: u32,
}

/// The events of the reducer.
#[derive(Debug)]
pub enum Event {
    /// The rows were loaded.
    Came(Vec<ConnectionRow>),
    /// The rows could not be loaded.
    Failed(DisplayError),
    /// The person retries.
    Retry,
    /// The person opens a question.
    Ask(AppId, Question),
    /// The person closes the question.
    Keep,
    /// A request was sent.
    Busy(AppId),
    /// The request failed.
    Refused(AppId, DisplayError),
    /// The login link arrived.
    Link(AppId, String),
    /// The person abandons the login.
    GiveUp,
    /// A connection was disconnected or deleted.
    Left(Receipt),
    /// A connection was made with the typed secret.
    Connected(ConnectionRow),
}

impl ConnectionListState {
    /// Clears the question and the request of the row of `app`, and triggers a reload.
    fn settle(&mut self, app: &AppId) {
        self.free(app);
        self.asking.take_if(|(its, _)| its == app);
        self.waiting.take_if(|(before, _)| before.app == *app);
        self.version = self.version.wrapping_add(1);
    }

    fn free(&mut self, app: &AppId) {
        self.busy.retain(|its| its != app);
    }

    fn forget_words(&mut self) {
        self.note = None;
        self.refused = None;
    }

    fn row_mut(&mut self, app: &AppId) -> Option<&mut ConnectionRow> {
        self.rows.iter_mut().flatten().find(|row| row.app == *app)
    }
}

fn connected(row: &ConnectionRow) -> Notice {
    let text = words().connected(&row.app_name, row.account.as_deref());
    Notice { app: row.app.clone(), text, link: None }
}

impl Reducible for ConnectionListState {
    type Action = Event;

    fn reduce(self: Rc<Self>, event: Event) -> Rc<Self> {
        let mut next = (*self).clone();
        match event {
            Event::Came(rows) => {
                let arrived = |before: &ConnectionRow| {
                    rows.iter().find(|row| {
                        row.app == before.app
                            && row.status == ConnectionStatus::Connected
                            && row.connected_at != before.connected_at
                    })
                };
                if let Some(row) = next.waiting.as_ref().and_then(|(before, _)| arrived(before)) {
                    next.note = Some(connected(row));
                    next.waiting = None;
                }
                next.rows = Some(rows);
                next.failure = None;
            }
            Event::Failed(failure) => next.failure = Some(failure),
            Event::Retry => {
                next.failure = None;
                next.version = next.version.wrapping_add(1);
            }
            Event::Ask(app, question) => {
                next.asking = Some((app, question));
                next.forget_words();
            }
            Event::Keep => {
                next.asking = None;
                next.refused = None;
            }
            Event::Busy(app) => {
                next.busy.push(app);
                next.forget_words();
            }
            Event::Refused(app, failure) => {
                next.free(&app);
                next.refused = Some((app, failure));
            }
            Event::Link(app, url) => {
                next.free(&app);
                let row = next.rows.iter().flatten().find(|row| row.app == app).cloned();
                next.waiting = row.map(|row| (row, url));
            }
            Event::GiveUp => next.waiting = None,
            Event::Left(receipt) => {
                next.settle(&receipt.app);
                if let Some(row) = next.row_mut(&receipt.app) {
                    row.status = receipt.status;
                }
                next.note = Some(Notice { app: receipt.app, text: receipt.message, link: receipt.link });
            }
            Event::Connected(row) => {
                next.settle(&row.app);
                next.note = Some(connected(&row));
                if let Some(place) = next.row_mut(&row.app) {
                    *place = row;
                }
            }
        }
        next.into()
    }
}

/// A row for tests.
#[cfg(test)]
pub fn example(status: ConnectionStatus, connected_at: Option<&str>) -> ConnectionRow {
    ConnectionRow {
        app: AppId::parse("salesforce").unwrap(),
        app_name: "Salesforce".into(),
        icon: None,
        auth: workbot_shared::Auth::Oauth2,
        set_up: true,
        account: None,
        status,
        reason: None,
        connected_at: connected_at.map(str::to_owned),
        last_used_at: None,
        used_by: vec![],
        scopes: vec![],
        guardrails: workbot_shared::Guardrails::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ConnectionStatus::{Connected, Disconnected, NotConnected};
    use workbot_shared::RevocationOutcome;

    fn after(events: Vec<Event>) -> ConnectionListState {
        let start = Rc::new(ConnectionListState::default());
        (*events.into_iter().fold(start, |state, event| state.reduce(event))).clone()
    }

    fn app() -> AppId {
        AppId::parse("salesforce").unwrap()
    }

    fn other() -> AppId {
        AppId::parse("box").unwrap()
    }

    fn came(status: ConnectionStatus, connected_at: Option<&str>) -> Event {
        Event::Came(vec![example(status, connected_at)])
    }

    fn link() -> Event {
        Event::Link(app(), "https://x".into())
    }

    fn left(link: Option<&str>) -> Event {
        Event::Left(Receipt {
            app: app(),
            account: "ada@contoso.com".into(),
            status: Disconnected,
            outcome: RevocationOutcome::Unsupported,
            message: "Gone.".into(),
            link: link.map(str::to_owned),
        })
    }

    #[test]
    fn a_login_in_another_tab_is_noticed_when_the_row_is_newer() {
        let opened = || vec![came(NotConnected, None), link()];
        assert!(after(opened()).waiting.is_some());
        let mut events = opened();
        events.push(came(NotConnected, None));
        assert!(after(events).waiting.is_some(), "still waiting");
        let mut events = opened();
        events.push(came(Connected, Some("t2")));
        let list = after(events);
        assert_eq!((list.waiting, list.note.unwrap().text), (None, "Salesforce connected.".into()));
    }

    #[test]
    fn switching_waits_for_a_newer_connection() {
        let events = vec![came(Connected, Some("t1")), link(), came(Connected, Some("t1"))];
        assert!(after(events).waiting.is_some());
    }

    #[test]
    fn a_login_can_be_given_up() {
        assert_eq!(after(vec![came(NotConnected, None), link(), Event::GiveUp]).waiting, None);
    }

    #[test]
    fn leaving_is_asked_about_once_and_then_the_list_is_read_again() {
        let ask = || Event::Ask(app(), Question::Sure(Removal::Delete));
        let list = after(vec![ask(), Event::Busy(app())]);
        assert!(list.asking.is_some() && list.busy.contains(&app()));
        let list = after(vec![ask(), Event::Busy(app()), left(None)]);
        assert_eq!((list.asking, list.busy.len(), list.version), (None, 0, 1));
        assert_eq!(after(vec![ask(), Event::Keep]).asking, None);
    }

    #[test]
    fn a_receipt_tells_the_status_at_once_and_where_to_do_the_rest() {
        let list = after(vec![came(Connected, Some("t1")), left(Some("https://app/remove"))]);
        assert_eq!(list.rows.unwrap()[0].status, Disconnected);
        assert_eq!(list.note.unwrap().link.as_deref(), Some("https://app/remove"));
    }

    #[test]
    fn leaving_one_app_keeps_a_login_to_another() {
        let rows =
            vec![ConnectionRow { app: other(), ..example(NotConnected, None) }, example(Connected, None)];
        let list = after(vec![Event::Came(rows), Event::Link(other(), "https://x".into()), left(None)]);
        assert_eq!(list.waiting.map(|(before, _)| before.app), Some(other()));
    }

    #[test]
    fn a_refusal_frees_the_row_and_keeps_what_it_asks() {
        let ask = Event::Ask(app(), Question::Secret);
        let list = after(vec![ask, Event::Busy(app()), Event::Refused(app(), DisplayError::unreachable())]);
        assert!(list.busy.is_empty() && list.asking.is_some());
        assert_eq!(list.refused.map(|(app, _)| app), Some(app()));
    }

    #[test]
    fn the_next_act_takes_the_words_of_the_last_away() {
        let refused = || Event::Refused(app(), DisplayError::unreachable());
        assert_eq!(after(vec![refused(), Event::Busy(app())]).refused, None);
        assert_eq!(after(vec![refused(), Event::Keep]).refused, None);
        assert_eq!(after(vec![left(None), Event::Ask(other(), Question::Secret)]).note, None);
    }

    #[test]
    fn what_was_typed_in_makes_a_connection_that_shows_at_once() {
        let row = ConnectionRow { account: Some("svc".into()), ..example(Connected, Some("t1")) };
        let list = after(vec![
            came(NotConnected, None),
            Event::Ask(app(), Question::Secret),
            Event::Busy(app()),
            Event::Connected(row.clone()),
        ]);
        assert_eq!((list.rows, list.asking, list.busy.len()), (Some(vec![row]), None, 0));
        assert_eq!(list.note.unwrap().text, "Salesforce connected as svc.");
    }

    #[test]
    fn a_list_that_does_not_come_can_be_tried_again() {
        let failed = || Event::Failed(DisplayError::unreachable());
        assert!(after(vec![failed()]).failure.is_some());
        let list = after(vec![failed(), Event::Retry]);
        assert_eq!((list.failure, list.version), (None, 1));
    }
}
