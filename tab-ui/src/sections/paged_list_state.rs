//! The state of a paged list: a pure reducer, tested without a browser.

use std::rc::Rc;
use yew::Reducible;

use crate::list_page::{Page, PageRequest};
use crate::session_state::DisplayError;

/// The list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PagedListState<R> {
    /// The rows, once loaded.
    pub rows: Option<Vec<R>>,
    /// The cursor of the next page, if there is one.
    pub next: Option<String>,
    /// The error of the last page.
    pub failure: Option<DisplayError>,
    /// Whether a page is loading.
    pub busy: bool,
    /// The last request.
    pub asked: PageRequest,
}

impl<R> Default for PagedListState<R> {
    fn default() -> Self {
        Self { rows: None, next: None, failure: None, busy: true, asked: PageRequest::default() }
    }
}

/// The events of the reducer.
pub enum Event<R> {
    /// The response to the request with this number.
    Answered(u32, Result<Page<R>, DisplayError>),
    /// The person loads more.
    More,
    /// The person retries.
    Retry,
    /// The person searches.
    Search(String),
    /// Rows were changed.
    Changed(Rc<dyn Fn(&mut R)>),
    /// The rows for which this holds are gone.
    Removed(Rc<dyn Fn(&R) -> bool>),
}

impl<R: Clone + 'static> Reducible for PagedListState<R> {
    type Action = Event<R>;

    fn reduce(self: Rc<Self>, event: Event<R>) -> Rc<Self> {
        let mut next = (*self).clone();
        match event {
            Event::Answered(attempt, _) if attempt != self.asked.attempt => return self,
            Event::Answered(_, answer) => {
                next.busy = false;
                match answer {
                    Ok((rows, cursor)) => {
                        let before = next.rows.take().filter(|_| self.asked.cursor.is_some());
                        next.rows = Some(before.into_iter().flatten().chain(rows).collect());
                        next.next = cursor;
                    }
                    Err(failure) => next.failure = Some(failure),
                }
            }
            // One page at a time.
            Event::More if self.busy || self.next.is_none() => return self,
            Event::More => next.ask(PageRequest { cursor: self.next.clone(), ..self.asked.clone() }),
            Event::Retry => next.ask(self.asked.clone()),
            Event::Search(search) => next.ask(PageRequest { search, cursor: None, ..self.asked.clone() }),
            Event::Removed(is_gone) => next.rows.iter_mut().for_each(|rows| rows.retain(|row| !is_gone(row))),
            Event::Changed(change) => next.rows.iter_mut().flatten().for_each(|row| change(row)),
        }
        next.into()
    }
}

impl<R> PagedListState<R> {
    fn ask(&mut self, asked: PageRequest) {
        self.asked = PageRequest { attempt: asked.attempt.wrapping_add(1), ..asked };
        self.busy = true;
        self.failure = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(events: Vec<Event<u8>>) -> PagedListState<u8> {
        let start = Rc::new(PagedListState::default());
        (*events.into_iter().fold(start, |state, event| state.reduce(event))).clone()
    }

    fn page(attempt: u32, rows: &[u8], next: Option<&str>) -> Event<u8> {
        Event::Answered(attempt, Ok((rows.to_vec(), next.map(str::to_owned))))
    }

    fn failed(attempt: u32) -> Event<u8> {
        Event::Answered(attempt, Err(DisplayError::unreachable()))
    }

    #[test]
    fn pages_follow_each_other() {
        let list = after(vec![page(0, &[1, 2], Some("c")), Event::More, page(1, &[3], None)]);
        assert_eq!((list.rows, list.next, list.busy), (Some(vec![1, 2, 3]), None, false));
    }

    #[test]
    fn asking_twice_for_more_asks_once() {
        let list = after(vec![page(0, &[1], Some("c")), Event::More, Event::More]);
        assert_eq!((list.asked.attempt, list.asked.cursor.as_deref()), (1, Some("c")));
        assert_eq!(after(vec![page(0, &[1], None), Event::More]).asked.attempt, 0, "there is no more");
    }

    #[test]
    fn a_search_begins_anew_and_a_late_answer_to_an_older_one_is_dropped() {
        let list = after(vec![
            page(0, &[1], Some("c")),
            Event::Search("ada".into()),
            page(0, &[9], None),
            page(1, &[2], None),
        ]);
        assert_eq!((list.rows, list.asked.cursor), (Some(vec![2]), None));
    }

    #[test]
    fn a_page_that_does_not_come_is_asked_for_again_and_the_others_stay() {
        let events = || vec![page(0, &[1], Some("c")), Event::More, failed(1)];
        let list = after(events());
        assert!(list.failure.is_some() && list.rows == Some(vec![1]) && !list.busy);
        let mut again = events();
        again.extend([Event::Retry, page(2, &[2], None)]);
        assert_eq!(after(again).rows, Some(vec![1, 2]));
    }

    #[test]
    fn what_was_done_to_a_row_shows_at_once() {
        let list = after(vec![page(0, &[1, 2], None), Event::Changed(Rc::new(|row| *row *= 10))]);
        assert_eq!(list.rows, Some(vec![10, 20]));
        let list = after(vec![page(0, &[1, 2], None), Event::Removed(Rc::new(|row| *row == 1))]);
        assert_eq!(list.rows, Some(vec![2]));
    }
}
