//! A confirmed action: a button, its question and its result.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use yew::{AttrValue, Callback, Html, Properties, Reducible, component, html, use_node_ref, use_reducer};

use crate::focus::{on_escape, use_focus_kept};
use crate::session_state::DisplayError;
use crate::status_views;
use crate::text::words;

/// The state.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Stage {
    /// Idle.
    #[default]
    Rest,
    /// The question is open.
    Sure,
    /// The request is under way.
    CommandFuture,
    /// It succeeded, with the result as text.
    Done(String),
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
    Came(Result<String, DisplayError>),
}

impl Reducible for Stage {
    type Action = Event;

    fn reduce(self: Rc<Self>, event: Event) -> Rc<Self> {
        match (&*self, event) {
            // A request under way is not sent twice.
            (Self::CommandFuture, Event::Ask | Event::Keep | Event::Do) => self,
            (_, Event::Ask) => Self::Sure.into(),
            (_, Event::Keep) => Self::Rest.into(),
            (_, Event::Do) => Self::CommandFuture.into(),
            (_, Event::Came(Ok(said))) => Self::Done(said).into(),
            (_, Event::Came(Err(failure))) => Self::Refused(failure).into(),
        }
    }
}

/// The action; returns the result as text.
pub type CommandFuture = Pin<Box<dyn Future<Output = Result<String, DisplayError>>>>;

/// Runs the action.
#[derive(Clone)]
pub struct Command(Rc<dyn Fn() -> CommandFuture>);

impl Command {
    pub fn new<F: Future<Output = Result<String, DisplayError>> + 'static>(
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
    /// Whether the action is available.
    #[prop_or(true)]
    pub offered: bool,
    pub act: Command,
}

/// The button with its question.
#[component(ConfirmButton)]
pub fn confirm_button(props: &ConfirmButtonProps) -> Html {
    let stage = use_reducer(Stage::default);
    let place = use_node_ref();
    use_focus_kept(&place, (*stage).clone());
    let tell = |event: fn() -> Event| {
        let dispatcher = stage.dispatcher();
        Callback::from(move |_| dispatcher.dispatch(event()))
    };
    let busy = *stage == Stage::CommandFuture;
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
    let escape = {
        let dispatcher = stage.dispatcher();
        move || dispatcher.dispatch(Event::Keep)
    };
    let asks = matches!(*stage, Stage::Sure | Stage::CommandFuture);
    let (said, refused) = match &*stage {
        Stage::Done(said) => (said.as_str(), None),
        Stage::Refused(failure) => ("", Some(failure)),
        _ => ("", None),
    };
    html! {
        <div ref={place} class="deed">
            // Always present, so that screen readers announce its changes.
            <p class="note" role="status" tabindex="-1" data-focus={(!said.is_empty() && !props.offered).then_some("")}>{ said }</p>
            { status_views::refusal(refused) }
            if asks {
                <div role="group" class="question" aria-label={props.full_label.clone()} onkeydown={on_escape(escape)}>
                    <p>{ props.question.clone() }</p>
                    <div class="actions">
                        <fluent-button appearance="primary" disabled={busy} onclick={act}>{ props.label.clone() }</fluent-button>
                        <fluent-button data-focus="" disabled={busy} onclick={tell(|| Event::Keep)}>{ words().0.keep() }</fluent-button>
                    </div>
                </div>
            } else if props.offered {
                <fluent-button appearance="subtle" aria-label={props.full_label.clone()} onclick={tell(|| Event::Ask)}>{ props.label.clone() }</fluent-button>
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
    fn it_is_asked_about_before_it_is_done_and_says_what_was_done() {
        assert_eq!(after(vec![Event::Ask]), Stage::Sure);
        assert_eq!(after(vec![Event::Ask, Event::Keep]), Stage::Rest);
        let done = after(vec![Event::Ask, Event::Do, Event::Came(Ok("Done.".into()))]);
        assert_eq!(done, Stage::Done("Done.".into()));
    }

    #[test]
    fn what_is_being_done_is_not_begun_again_or_given_up() {
        assert_eq!(after(vec![Event::Ask, Event::Do, Event::Do]), Stage::CommandFuture);
        assert_eq!(after(vec![Event::Ask, Event::Do, Event::Keep]), Stage::CommandFuture);
    }

    #[test]
    fn what_was_refused_can_be_tried_again() {
        let refused = || vec![Event::Ask, Event::Do, Event::Came(Err(DisplayError::unreachable()))];
        assert_eq!(after(refused()), Stage::Refused(DisplayError::unreachable()));
        let mut again = refused();
        again.push(Event::Ask);
        assert_eq!(after(again), Stage::Sure);
    }
}
