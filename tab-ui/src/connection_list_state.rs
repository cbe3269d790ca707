//! The state of a list of connections: a pure reducer, tested without a browser.

use std::rc::Rc;

use workbot_shared::{AppId, ConnectionRow, ConnectionStatus, Receipt};
use yew::{Properties, Reducible, UseReducerDispatcher};

use crate::notice::Notice;
use crate::removal_kind::Removal;
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
    /// The rows whose login link was requested before the press, and the links that came.
    pub links: Vec<(AppId, Option<String>)>,
    /// The row that waits for a login in another browser tab, with its previous state and the link.
    pub waiting: Option<(ConnectionRow, String)>,
    /// The row with an error.
    pub refused: Option<(AppId, DisplayError)>,
    /// The row whose details are open.
    pub open: Option<AppId>,
    /// The last results.
    pub notices: Vec<Notice>,
    /// A counter that triggers a reload.
    pub version: u32,
}

/// The part of the list that one row shows: a row is drawn again only if its own part changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RowState {
    /// Its open question.
    pub asking: Option<Question>,
    /// Whether it has a request under way.
    pub busy: bool,
    /// Whether its login link was requested, and the link.
    pub link: Option<Option<String>>,
    /// The link of the login that it waits for.
    pub waiting: Option<String>,
    /// Its error.
    pub refused: Option<DisplayError>,
    /// Whether its details are open.
    pub open: bool,
}

/// Dispatches an action to the list.
pub type Dispatch = UseReducerDispatcher<ConnectionListState>;

/// The form for an API key or a password.
#[derive(Properties, PartialEq)]
pub struct CredentialsFormProps {
    /// The connection.
    pub row: ConnectionRow,
    /// Whether it has a request under way.
    pub busy: bool,
    /// Its error.
    pub refused: Option<DisplayError>,
    /// The list.
    pub dispatch: Dispatch,
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
    /// The pointer or the focus is near the button: its link was requested.
    Near(AppId),
    /// The requested link arrived, or did not.
    Ready(AppId, Result<String, DisplayError>),
    /// The link has served its time.
    Stale(AppId),
    /// The person opens or closes a row's details.
    Toggle(AppId),
    /// The person dismisses a notice.
    Dismiss(usize),
    /// A request was sent.
    Busy(AppId),
    /// The request failed.
    Refused(AppId, DisplayError),
    /// The login was opened by this link, or is about to be.
    Link(AppId, String),
    /// The person abandons the login.
    GiveUp,
    /// A connection was disconnected or deleted.
    Left(Receipt),
    /// A connection was made with the typed secret.
    Connected(ConnectionRow),
    /// What the person allows was saved.
    Allowed(ConnectionRow),
}

impl ConnectionListState {
    /// Clears the question and the request of the row of `app`, and triggers a reload.
    fn settle(&mut self, app: &AppId) {
        self.free(app);
        self.links.retain(|(its, _)| its != app);
        self.asking.take_if(|(its, _)| its == app);
        self.waiting.take_if(|(before, _)| before.app == *app);
        self.version = self.version.wrapping_add(1);
    }

    /// The part of one row.
    pub fn row_state(&self, app: &AppId) -> RowState {
        RowState {
            asking: self.asking.as_ref().filter(|(its, _)| its == app).map(|(_, question)| *question),
            busy: self.busy.contains(app),
            link: self.links.iter().find(|(its, _)| its == app).map(|(_, link)| link.clone()),
            waiting: self
                .waiting
                .as_ref()
                .filter(|(before, _)| before.app == *app)
                .map(|(_, link)| link.clone()),
            refused: self.refused.as_ref().filter(|(its, _)| its == app).map(|(_, failure)| failure.clone()),
            open: self.open.as_ref() == Some(app),
        }
    }

    fn wait(&mut self, app: &AppId, link: String) {
        self.free(app);
        self.links.retain(|(its, _)| its != app);
        let row = self.rows.iter().flatten().find(|row| row.app == *app).cloned();
        self.waiting = row.map(|row| (row, link));
    }

    fn free(&mut self, app: &AppId) {
        self.busy.retain(|its| its != app);
    }

    fn forget_words(&mut self) {
        self.notices.clear();
        self.refused = None;
    }

    fn row_mut(&mut self, app: &AppId) -> Option<&mut ConnectionRow> {
        self.rows.iter_mut().flatten().find(|row| row.app == *app)
    }
}

fn connected(row: &ConnectionRow) -> Notice {
    let text = words().connected(&row.app_name, row.account.as_deref());
    Notice { text, link: None }
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
                    next.notices.push(connected(row));
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
            // The answer to what was confirmed is awaited.
            Event::Keep if next.asking.as_ref().is_some_and(|(app, _)| next.busy.contains(app)) => {
                return self;
            }
            Event::Keep => {
                next.asking = None;
                next.refused = None;
            }
            Event::Near(app) if next.links.iter().any(|(its, _)| *its == app) => return self,
            Event::Near(app) => next.links.push((app, None)),
            // Pressed before it came.
            Event::Ready(app, Ok(link)) if next.busy.contains(&app) => next.wait(&app, link),
            Event::Ready(app, Ok(link)) => {
                next.links.retain(|(its, _)| *its != app);
                next.links.push((app, Some(link)));
            }
            Event::Ready(app, Err(failure)) => {
                next.links.retain(|(its, _)| *its != app);
                if next.busy.contains(&app) {
                    next.free(&app);
                    next.refused = Some((app, failure));
                }
            }
            Event::Stale(app) => next.links.retain(|(its, _)| *its != app),
            Event::Toggle(app) => next.open = if next.open.as_ref() == Some(&app) { None } else { Some(app) },
            Event::Dismiss(place) => {
                if place < next.notices.len() {
                    next.notices.remove(place);
                }
            }
            Event::Busy(app) => {
                next.busy.push(app);
                next.forget_words();
            }
            Event::Refused(app, failure) => {
                next.free(&app);
                next.refused = Some((app, failure));
            }
            Event::Link(app, link) => {
                next.forget_words();
                next.wait(&app, link);
            }
            Event::GiveUp => next.waiting = None,
            Event::Left(receipt) => {
                next.settle(&receipt.app);
                if let Some(row) = next.row_mut(&receipt.app) {
                    row.status = receipt.status;
                }
                next.notices.push(Notice { text: receipt.message, link: receipt.link });
            }
            Event::Allowed(row) => {
                next.free(&row.app);
                next.notices.push(Notice { text: words().allowed(&row.app_name), link: None });
                if let Some(place) = next.row_mut(&row.app) {
                    *place = row;
                }
            }
            Event::Connected(row) => {
                next.settle(&row.app);
                next.notices.push(connected(&row));
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

    fn texts(notices: &[Notice]) -> Vec<&str> {
        notices.iter().map(|notice| notice.text.as_str()).collect()
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
        assert_eq!((list.waiting, texts(&list.notices)), (None, vec!["Salesforce connected."]));
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
        assert_eq!(list.notices[0].link.as_deref(), Some("https://app/remove"));
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
        assert!(after(vec![left(None), Event::Ask(other(), Question::Secret)]).notices.is_empty());
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
        assert_eq!(texts(&list.notices), ["Salesforce connected as svc."]);
    }

    #[test]
    fn a_list_that_does_not_come_can_be_tried_again() {
        let failed = || Event::Failed(DisplayError::unreachable());
        assert!(after(vec![failed()]).failure.is_some());
        let list = after(vec![failed(), Event::Retry]);
        assert_eq!((list.failure, list.version), (None, 1));
    }

    /// The link for the press.
    fn ready() -> Event {
        Event::Ready(app(), Ok("https://x".into()))
    }

    #[test]
    fn a_link_that_came_before_the_press_opens_the_login_by_it() {
        let near = || vec![came(NotConnected, None), Event::Near(app())];
        assert_eq!(after(near()).row_state(&app()).link, Some(None), "requested");
        let mut events = near();
        events.extend([Event::Near(app()), ready()]);
        let list = after(events);
        assert_eq!(list.row_state(&app()).link, Some(Some("https://x".into())));
        assert!(list.waiting.is_none() && list.links.len() == 1, "nothing is opened by coming near");
    }

    #[test]
    fn a_press_before_the_link_came_waits_for_the_same_link() {
        let list = after(vec![came(NotConnected, None), Event::Near(app()), Event::Busy(app()), ready()]);
        assert_eq!(list.row_state(&app()).waiting.as_deref(), Some("https://x"));
        assert!(list.busy.is_empty() && list.links.is_empty());
    }

    #[test]
    fn a_link_that_does_not_come_says_so_only_to_the_person_who_pressed() {
        let refused = || Event::Ready(app(), Err(DisplayError::unreachable()));
        let list = after(vec![came(NotConnected, None), Event::Near(app()), refused()]);
        assert_eq!((list.refused, list.links.len()), (None, 0));
        let list = after(vec![came(NotConnected, None), Event::Near(app()), Event::Busy(app()), refused()]);
        assert!(list.refused.is_some() && list.busy.is_empty());
    }

    #[test]
    fn a_link_that_has_served_its_time_is_not_offered() {
        let list = after(vec![came(NotConnected, None), Event::Near(app()), ready(), Event::Stale(app())]);
        assert_eq!(list.row_state(&app()).link, None);
    }

    #[test]
    fn what_was_confirmed_is_awaited() {
        let ask = Event::Ask(app(), Question::Sure(Removal::Delete));
        assert!(after(vec![ask, Event::Busy(app()), Event::Keep]).asking.is_some());
    }

    #[test]
    fn what_a_person_allows_is_shown_in_its_row_and_confirmed() {
        let guardrails = workbot_shared::Guardrails { read_only: true, ..Default::default() };
        let row = ConnectionRow { guardrails, ..example(Connected, Some("t1")) };
        let list = after(vec![came(Connected, Some("t1")), Event::Busy(app()), Event::Allowed(row)]);
        assert!(list.rows.unwrap()[0].guardrails.read_only && list.busy.is_empty());
        assert_eq!(list.notices.len(), 1);
    }

    #[test]
    fn a_notice_is_dismissed_alone() {
        let list = after(vec![left(None), left(None), Event::Dismiss(0), Event::Dismiss(7)]);
        assert_eq!(list.notices.len(), 1);
    }
}
