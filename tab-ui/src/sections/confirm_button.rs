//! A confirmed action: a button and its question. The page tells what was done.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use yew::{AttrValue, Callback, Html, Properties, Reducible, component, html, use_reducer};

use crate::after_first_paint::dialog_and_drawer::Dialog;
use crate::after_first_paint::message_bars::refusal;
use crate::session_state::DisplayError;
use crate::text::words;

/// The state.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Stage {
    /// Idle, or done.
    #[default]
    Rest,
    /// The question is open.
    Sure,
    /// The request is under way.
    Busy,
    /// It failed. The person may retry.
    Refused(DisplayError),
}

/// The events of the reducer.
#[derive(Debug)]
pub enum Event {
    /// The person presses the button.
    Ask,
    /// The person closes the question.
    Keep,
    /// The person confirms.
    Do,
    /// The result.
    Came(Result<(), DisplayError>),
}

impl Reducible for Stage {
    type Action = Event;

    fn reduce(self: Rc<Self>, event: Event) -> Rc<Self> {
        match (&*self, event) {
            // A request under way is not sent twice.
            (Self::Busy, Event::Ask | Event::Keep | Event::Do) => self,
            (_, Event::Ask) => Self::Sure.into(),
            (_, Event::Keep | Event::Came(Ok(()))) => Self::Rest.into(),
            (_, Event::Do) => Self::Busy.into(),
            (_, Event::Came(Err(failure))) => Self::Refused(failure).into(),
        }
    }
}

/// A request to the worker.
pub type CommandFuture = Pin<Box<dyn Future<Output = Result<(), DisplayError>>>>;

/// Runs the action, and tells the page what was done.
#[derive(Clone)]
pub struct Command(Rc<dyn Fn() -> CommandFuture>);

impl Command {
    pub fn new<F: Future<Output = Result<(), DisplayError>> + 'static>(
        act: impl Fn() -> F + 'static,
    ) -> Self {
        Self(Rc::new(move || Box::pin(act())))
    }
}

/// Functions are not comparable, so a component with one is always rendered again.
impl PartialEq for Command {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

#[derive(Properties, PartialEq)]
pub struct ConfirmButtonProps {
    /// The label of the button, and of the one that confirms.
    pub label: AttrValue,
    /// The label for screen readers, which lack the context of the row.
    pub full_label: AttrValue,
    pub question: AttrValue,
    /// What it means.
    pub meaning: AttrValue,
    /// The label of the button that changes nothing.
    #[prop_or_else(|| words().0.keep().into())]
    pub keep: AttrValue,
    pub act: Command,
}

/// The button with its question.
#[component(ConfirmButton)]
pub fn confirm_button(props: &ConfirmButtonProps) -> Html {
    let stage = use_reducer(Stage::default);
    let tell = |event: fn() -> Event| {
        let dispatcher = stage.dispatcher();
        Callback::from(move |()| dispatcher.dispatch(event()))
    };
    let busy = *stage == Stage::Busy;
    let act = {
        let (dispatcher, act) = (stage.dispatcher(), props.act.clone());
        Callback::from(move |_| {
            if busy {
                return;
            }
            dispatcher.dispatch(Event::Do);
            let (dispatcher, doing) = (dispatcher.clone(), act.0());
            wasm_bindgen_futures::spawn_local(async move { dispatcher.dispatch(Event::Came(doing.await)) });
        })
    };
    let keep = tell(|| Event::Keep);
    let refused = match &*stage {
        Stage::Refused(failure) => Some(failure),
        _ => None,
    };
    let actions = html! {
        <>
            <fluent-button slot="action" appearance="primary" disabled={busy} onclick={act}>{ props.label.clone() }</fluent-button>
            <fluent-button slot="action" autofocus=true disabled={busy} onclick={keep.reform(|_| ())}>{ props.keep.clone() }</fluent-button>
        </>
    };
    html! {
        <div class="actions">
            <fluent-button aria-label={props.full_label.clone()} onclick={tell(|| Event::Ask).reform(|_| ())}>{ props.label.clone() }</fluent-button>
            if *stage != Stage::Rest {
                <Dialog title={props.question.clone()} close={keep} {actions}>
                    <p>{ props.meaning.clone() }</p>
                    { refusal(refused) }
                </Dialog>
            }
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(events: Vec<Event>) -> Stage {
        let start = Rc::new(Stage::default());
        (*events.into_iter().fold(start, |state, event| state.reduce(event))).clone()
    }

    #[test]
    fn it_is_asked_about_before_it_is_done() {
        assert_eq!(after(vec![Event::Ask]), Stage::Sure);
        assert_eq!(after(vec![Event::Ask, Event::Keep]), Stage::Rest);
        assert_eq!(after(vec![Event::Ask, Event::Do, Event::Came(Ok(()))]), Stage::Rest);
    }

    #[test]
    fn what_is_being_done_is_not_begun_again_or_given_up() {
        assert_eq!(after(vec![Event::Ask, Event::Do, Event::Do]), Stage::Busy);
        assert_eq!(after(vec![Event::Ask, Event::Do, Event::Keep]), Stage::Busy);
    }

    #[test]
    fn what_was_refused_can_be_tried_again() {
        let refused = || vec![Event::Ask, Event::Do, Event::Came(Err(DisplayError::unreachable()))];
        assert_eq!(after(refused()), Stage::Refused(DisplayError::unreachable()));
        let mut again = refused();
        again.push(Event::Do);
        assert_eq!(after(again), Stage::Busy);
    }
}
