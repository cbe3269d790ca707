//! The page *People*: everyone's connections, and freezes of apps.

use std::rc::Rc;

use workbot_shared::{AppRow, ConnectionStatus, PersonConnection};
use yew::{Callback, Html, SubmitEvent, component, html, use_node_ref};

use crate::confirm_button::{Command, ConfirmButton};
use crate::fluent::{self, TextInput};
use crate::paged_list::{paged, use_paged};
use crate::paged_list_state::Event;
use crate::route::Section;
use crate::text::words;
use crate::{api, host};

/// The page.
#[component(People)]
pub fn people() -> Html {
    let list = use_paged(|asked| Box::pin(async move { api::people(&asked).await }));
    let apps = use_paged(|_| Box::pin(async move { api::apps().await.map(|apps| (apps, None)) }));
    let field = use_node_ref();
    let onsubmit = {
        let (dispatcher, field) = (list.dispatcher(), field.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let typed = fluent::at::<TextInput>(&field).and_then(|field| field.value());
            dispatcher.dispatch(Event::Search(typed.unwrap_or_default()));
        })
    };
    let empty = if list.asked.search.is_empty() { words().no_people() } else { words().nothing_found() };
    let left = {
        let dispatcher = list.dispatcher();
        Callback::from(move |gone: PersonConnection| {
            dispatcher.dispatch(Event::Changed(Rc::new(move |row: &mut PersonConnection| {
                if (&row.user, &row.app) == (&gone.user, &gone.app) {
                    row.status = ConnectionStatus::Disconnected;
                }
            })));
        })
    };
    let frozen = {
        let dispatcher = apps.dispatcher();
        Callback::from(move |now: AppRow| {
            dispatcher.dispatch(Event::Changed(Rc::new(move |row: &mut AppRow| {
                if row.app == now.app {
                    row.frozen = now.frozen;
                }
            })));
        })
    };
    html! {
        <>
            <section class="card" data-page="people">
                <h2>{ words().section(Section::People) }</h2>
                <p class="quiet">{ words().people_intro() }</p>
                <form class="search" role="search" {onsubmit}>
                    <fluent-text-input ref={field} type="search" name="search" autocomplete="off">{ words().search_people() }</fluent-text-input>
                    <fluent-button type="submit">{ words().search() }</fluent-button>
                </form>
                { paged(&list, empty, |rows| html! {
                    <ul class="rows">{ for rows.iter().map(|row| person(row, &left)) }</ul>
                }) }
            </section>
            <section class="card" data-page="apps">
                <h2>{ words().apps() }</h2>
                <p class="quiet">{ words().apps_intro() }</p>
                { paged(&apps, words().no_apps_yet(), |rows| html! {
                    <ul class="rows">{ for rows.iter().map(|row| app(row, &frozen)) }</ul>
                }) }
            </section>
        </>
    }
}

fn person(row: &PersonConnection, left: &Callback<PersonConnection>) -> Html {
    // The name is still unknown.
    let name = if row.name.is_empty() { row.user.as_str() } else { row.name.as_str() };
    let act = {
        let (row, left) = (row.clone(), left.clone());
        Command::new(move || {
            let (row, left) = (row.clone(), left.clone());
            async move {
                let receipt = api::disconnect_person(&row.user, &row.app).await?;
                left.emit(row);
                Ok(receipt.message)
            }
        })
    };
    let mut details = vec![words().0.since(&host::day(&row.connected_at))];
    details.extend(row.last_used_at.as_deref().map(|at| words().0.last_used(&host::day(at))));
    let lives = matches!(row.status, ConnectionStatus::Connected | ConnectionStatus::NeedsLogin);
    html! {
        <li key={format!("{}/{}", row.user, row.app)} data-user={row.user.to_string()} data-app={row.app.to_string()}>
            <div class="row">
                <div class="who">
                    <strong dir="auto">{ name }</strong>
                    <span><bdi>{ &row.app_name }</bdi>{ ": " }<bdi dir="ltr">{ &row.account }</bdi></span>
                    <small>{ details.join(" · ") }</small>
                </div>
                <span class="status">{ words().status(row.status) }</span>
            </div>
            <ConfirmButton label={words().0.leave(false)} full_label={format!("{}: {name}", words().disconnect_app(&row.app_name))}
                question={words().really_disconnect_person(name, &row.app_name, &row.account)} offered={lives} {act} />
        </li>
    }
}

/// An app that can be frozen.
fn app(row: &AppRow, done: &Callback<AppRow>) -> Html {
    let freeze = !row.frozen;
    let act = {
        let (row, done) = (row.clone(), done.clone());
        Command::new(move || {
            let (row, done) = (row.clone(), done.clone());
            async move {
                let frozen = api::freeze(&row.app, !row.frozen).await?.frozen;
                let said = words().was_frozen(frozen, &row.app_name);
                done.emit(AppRow { frozen, ..row });
                Ok(said)
            }
        })
    };
    html! {
        <li key={row.app.as_str()} data-app={row.app.to_string()} data-frozen={row.frozen.to_string()}>
            <div class="row">
                <div class="who"><strong dir="auto">{ &row.app_name }</strong></div>
                <span class="status">{ words().frozen(row.frozen) }</span>
            </div>
            <ConfirmButton label={words().freeze(freeze)} full_label={format!("{}: {}", words().freeze(freeze), row.app_name)}
                question={words().really_freeze(freeze, &row.app_name)} {act} />
        </li>
    }
}
