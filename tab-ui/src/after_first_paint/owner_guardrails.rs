//! What a person allows with their own connection: tags in its row, and a form in its details.

use js_sys::Date;
use wasm_bindgen::JsValue;
use workbot_shared::{ConnectionRow, Guardrails};
use yew::{Callback, Event as Changed, Html, NodeRef, Properties, SubmitEvent, component, html};
use yew::{use_node_ref, use_state_eq};

use super::connection_requests;
use crate::connection_list_state::{Dispatch, Event};
use crate::fluent_js_bindings::{self as fluent, Switch, TextInput};
use crate::text::words;
use crate::{api, host};

/// Eight hours, in milliseconds.
const EIGHT_HOURS_MS: f64 = 8.0 * 3_600_000.0;

/// The choices of an end, as the values of the field.
const NO_END: &str = "none";
const EIGHT_HOURS: &str = "hours";
const UNTIL_A_DAY: &str = "day";
const AS_SET: &str = "set";

/// The tags of what is set, beside the status.
pub fn tags(set: &Guardrails) -> Html {
    let end = set.ends_at.as_deref().map(|at| words().until(&host::moment(at)));
    let tags = [
        set.read_only.then(|| words().read_only().to_owned()),
        end,
        set.writes_a_day.map(|limit| words().changes_a_day(limit)),
    ];
    let tag = |tag| html! { <fluent-badge appearance="tint" color="informative"><span>{ tag }</span></fluent-badge> };
    html! { <>{ for tags.into_iter().flatten().map(tag) }</> }
}

/// The form in the details of a row.
pub fn form(row: &ConnectionRow, dispatch: &Dispatch, busy: bool) -> Html {
    html! { <GuardrailsForm row={row.clone()} dispatch={dispatch.clone()} {busy} /> }
}

#[derive(Properties, PartialEq)]
struct GuardrailsFormProps {
    row: ConnectionRow,
    dispatch: Dispatch,
    busy: bool,
}

#[component(GuardrailsForm)]
fn guardrails_form(GuardrailsFormProps { row, dispatch, busy }: &GuardrailsFormProps) -> Html {
    let (read_only, day, most) = (use_node_ref(), use_node_ref(), use_node_ref());
    let set = &row.guardrails;
    let end = use_state_eq(|| if set.ends_at.is_some() { AS_SET } else { NO_END }.to_owned());
    let onchange = {
        let end = end.clone();
        Callback::from(move |event: Changed| {
            let field = event.target().map(fluent::known::<TextInput>);
            end.set(field.and_then(|field| field.value()).unwrap_or_default());
        })
    };
    let onsubmit = {
        let (read_only, day, most) = (read_only.clone(), day.clone(), most.clone());
        let (row, dispatch, busy, end) = (row.clone(), dispatch.clone(), *busy, end.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let ends_at = match end.as_str() {
                EIGHT_HOURS => Some(iso(Date::now() + EIGHT_HOURS_MS)),
                UNTIL_A_DAY => end_of_day(&typed(&day)),
                AS_SET => row.guardrails.ends_at.clone(),
                _ => None,
            };
            if busy || (end.as_str() == UNTIL_A_DAY && ends_at.is_none()) {
                return;
            }
            // What cannot be read is not saved: a limit never ends by mistake.
            let (Some(read_only), Some(most)) = (fluent::at::<Switch>(&read_only), typed_value(&most)) else {
                return;
            };
            let most = most.trim();
            let writes_a_day = if most.is_empty() { Ok(None) } else { most.parse().map(Some) };
            let Ok(writes_a_day) = writes_a_day else { return };
            let wanted = Guardrails { read_only: read_only.checked(), ends_at, writes_a_day };
            let kept = if wanted.ends_at.is_some() { AS_SET } else { NO_END };
            let (app, end) = (row.app.clone(), end.clone());
            let saved = async move {
                let row = api::set_guardrails(&app, &wanted).await?;
                end.set(kept.to_owned());
                Ok(Event::Allowed(row))
            };
            connection_requests::run(&row.app, &dispatch, Box::pin(saved));
        })
    };
    let option = |value: &'static str, text: String| {
        html! { <option {value} selected={end.as_str() == value}>{ text }</option> }
    };
    let id = |field: &str| format!("{field}-{}", row.app);
    let limit = set.writes_a_day.map(|limit| limit.to_string());
    html! {
        <form class="guardrails" data-form="guardrails" {onsubmit}>
            <h3>{ words().what_you_allow() }</h3>
            <label for={id("read-only")}>{ words().read_only() }</label>
            <fluent-switch ref={read_only} id={id("read-only")} name="read_only" aria-label={words().read_only()} disabled={*busy} ~checked={set.read_only}></fluent-switch>
            <label for={id("end")}>{ words().how_long() }</label>
            <select id={id("end")} name="end" disabled={*busy} {onchange}>
                { option(NO_END, words().no_end().to_owned()) }
                { for set.ends_at.as_deref().map(|at| option(AS_SET, words().until(&host::moment(at)))) }
                { option(EIGHT_HOURS, words().for_eight_hours().to_owned()) }
                { option(UNTIL_A_DAY, words().until_a_day().to_owned()) }
            </select>
            if end.as_str() == UNTIL_A_DAY {
                <label for={id("day")}>{ words().last_day() }</label>
                <input ref={day} id={id("day")} name="day" type="date" required=true disabled={*busy} />
            }
            <label for={id("most")}>{ words().most_changes_a_day() }</label>
            <input ref={most} id={id("most")} name="most" type="number" min="0" max="1000" step="1" disabled={*busy} value={limit} />
            <fluent-button type="submit" disabled={*busy}>{ words().save() }</fluent-button>
        </form>
    }
}

fn typed(field: &NodeRef) -> String {
    typed_value(field).unwrap_or_default()
}

/// The text of a field; `None` if it is not there.
fn typed_value(field: &NodeRef) -> Option<String> {
    fluent::at::<TextInput>(field)?.value()
}

fn iso(millis: f64) -> String {
    Date::new(&JsValue::from_f64(millis)).to_iso_string().into()
}

/// The end of a day `YYYY-MM-DD` where the person is. `None`: it is no day.
fn end_of_day(day: &str) -> Option<String> {
    let mut parts = day.split('-').map(|part| part.parse::<u32>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    let month = i32::try_from(month).ok()?.checked_sub(1)?;
    let next = i32::try_from(day).ok()?.checked_add(1)?;
    Some(iso(Date::new_with_year_month_day(year, month, next).get_time()))
}
