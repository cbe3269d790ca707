//! The section *People*: everyone's connections, by person, and freezes of apps.

use std::rc::Rc;

use workbot_shared::{AppRow, ConnectionStatus, PersonConnection, UserId};
use yew::{Callback, Html, Properties, component, html, use_node_ref, use_state_eq};

use super::confirm_button::{Command, ConfirmButton};
use super::page_notices::{notices, use_notices};
use super::paged_list::{paged, searching, use_paged};
use super::paged_list_state::Event;
use crate::badge::badge;
use crate::icon::{self, icon};
use crate::notice::Notice;
use crate::route::Section;
use crate::status_views::initials;
use crate::text::words;
use crate::{api, host, status_views};

/// The section.
#[component(People)]
pub fn people() -> Html {
    let list = use_paged(|asked| Box::pin(async move { api::people(&asked).await }));
    let apps = use_paged(|_| Box::pin(async move { api::apps().await.map(|apps| (apps, None)) }));
    let (told, tell, dismiss) = use_notices();
    let field = use_node_ref();
    let onsubmit = searching(&list, &field);
    let empty = if list.asked.search.is_empty() { words().no_people() } else { words().nothing_found() };
    let left = {
        let (dispatcher, tell) = (list.dispatcher(), tell.clone());
        Callback::from(move |left: Left| {
            tell.emit(Notice::from(left.said));
            let (user, gone) = (left.user, left.apps);
            dispatcher.dispatch(Event::Changed(Rc::new(move |row: &mut PersonConnection| {
                if row.user == user && gone.contains(&row.app) {
                    row.status = ConnectionStatus::Disconnected;
                }
            })));
        })
    };
    let frozen = {
        let dispatcher = apps.dispatcher();
        Callback::from(move |now: AppRow| {
            tell.emit(words().was_frozen(now.frozen, &now.app_name).into());
            dispatcher.dispatch(Event::Changed(Rc::new(move |row: &mut AppRow| {
                if row.app == now.app {
                    row.frozen = now.frozen;
                }
            })));
        })
    };
    html! {
        <section data-page="people">
            { status_views::heading(words().section(Section::People), words().people_intro()) }
            { notices(&told, &dismiss) }
            <form class="search" role="search" {onsubmit}>
                <fluent-text-input ref={field} type="search" name="search" autocomplete="off" placeholder={words().search_people()} aria-label={words().search_people()}></fluent-text-input>
                <fluent-button type="submit">{ words().search() }</fluent-button>
            </form>
            { paged(&list, empty, |rows| html! {
                <ul class="list people">
                    { for by_person(rows).into_iter().map(|(user, rows)| html! {
                        <Person key={user.as_str()} rows={rows} left={left.clone()} />
                    }) }
                </ul>
            }) }
            <section data-page="apps">
                <h2>{ words().apps() }</h2>
                <p>{ words().apps_intro() }</p>
                { paged(&apps, words().no_apps_yet(), |rows| html! {
                    <ul class="list three">{ for rows.iter().map(|row| app(row, &frozen)) }</ul>
                }) }
            </section>
        </section>
    }
}

/// Connections that were disconnected, and what was said.
struct Left {
    user: UserId,
    apps: Vec<workbot_shared::AppId>,
    said: String,
}

/// The connections of each person, in the order of their first.
fn by_person(rows: &[PersonConnection]) -> Vec<(UserId, Vec<PersonConnection>)> {
    let mut people: Vec<(UserId, Vec<PersonConnection>)> = Vec::new();
    for row in rows {
        match people.iter_mut().find(|(user, _)| *user == row.user) {
            Some((_, theirs)) => theirs.push(row.clone()),
            None => people.push((row.user.clone(), vec![row.clone()])),
        }
    }
    people
}

/// Whether it can be disconnected.
fn lives(row: &PersonConnection) -> bool {
    matches!(row.status, ConnectionStatus::Connected | ConnectionStatus::NeedsLogin)
}

#[derive(Properties, PartialEq)]
struct PersonProps {
    /// Their connections: at least one.
    rows: Vec<PersonConnection>,
    left: Callback<Left>,
}

#[component(Person)]
fn person(PersonProps { rows, left }: &PersonProps) -> Html {
    let open = use_state_eq(|| false);
    let Some(first) = rows.first() else { return Html::default() };
    // The name may still be unknown.
    let name = if first.name.is_empty() { first.user.as_str() } else { first.name.as_str() };
    let living: Vec<_> = rows.iter().filter(|row| lives(row)).map(|row| row.app.clone()).collect();
    let used = rows.iter().filter_map(|row| row.last_used_at.as_deref()).max();
    let act = {
        let (user, apps, left) = (first.user.clone(), living.clone(), left.clone());
        Command::new(move || {
            let (user, apps, left) = (user.clone(), apps.clone(), left.clone());
            async move {
                let receipts = api::disconnect_everything(&user).await?;
                let said: Vec<_> = receipts.into_iter().map(|receipt| receipt.message).collect();
                left.emit(Left { user, apps, said: said.join(" ") });
                Ok(())
            }
        })
    };
    let toggle = {
        let open = open.clone();
        Callback::from(move |_| open.set(!*open))
    };
    let meaning = format!("{} {}", words().disconnect_all_means(living.len()), words().agents_end_too());
    let place = format!("person-{}", first.user);
    html! {
        <li tabindex="-1" data-user={first.user.to_string()}>
            <div class="app">
                <span class="portrait" aria-hidden="true">{ initials(name) }</span>
                <span class="who"><strong dir="auto">{ name }</strong><small dir="ltr">{ &first.account }</small></span>
            </div>
            <div class="chips">
                { for rows.iter().map(|row| html! {
                    <span class={if lives(row) { "tag" } else { "tag gone" }} dir="auto" title={row.account.clone()}>{ &row.app_name }</span>
                }) }
            </div>
            <div class="used">{ used.map(host::recent).unwrap_or_default() }</div>
            if living.is_empty() {
                <div class="actions"></div>
            } else {
                <ConfirmButton label={words().disconnect_all()} full_label={format!("{}: {name}", words().disconnect_all())}
                    question={words().really_disconnect_all(name)} {meaning} {act} />
            }
            <fluent-button class="expander" role="button" appearance="transparent" icon-only="" aria-expanded={open.to_string()}
                aria-controls={place.clone()} aria-label={words().details_of(name)} onclick={toggle}>{ icon(icon::CHEVRON, None) }</fluent-button>
            <ul id={place} class="theirs" hidden={!*open}>
                if *open {
                    { for rows.iter().map(|row| connection(row, name, left)) }
                }
            </ul>
        </li>
    }
}

/// One connection of a person.
fn connection(row: &PersonConnection, name: &str, left: &Callback<Left>) -> Html {
    let act = {
        let (row, left) = (row.clone(), left.clone());
        Command::new(move || {
            let (row, left) = (row.clone(), left.clone());
            async move {
                let said = api::disconnect_person(&row.user, &row.app).await?.message;
                left.emit(Left { user: row.user, apps: vec![row.app], said });
                Ok(())
            }
        })
    };
    let mut details = vec![words().0.since(&host::day(&row.connected_at))];
    details.extend(row.last_used_at.as_deref().map(|at| words().0.last_used(&host::day(at))));
    html! {
        <li key={row.app.as_str()} tabindex="-1" data-user={row.user.to_string()} data-app={row.app.to_string()}>
            <span class="who">
                <span><bdi>{ &row.app_name }</bdi>{ ": " }<bdi dir="ltr">{ &row.account }</bdi></span>
                <small>{ details.join(" · ") }</small>
            </span>
            { badge(words().status(row.status)) }
            if lives(row) {
                <ConfirmButton label={words().0.leave(false)} full_label={format!("{}: {name}", words().disconnect_app(&row.app_name))}
                    question={words().really_disconnect_person(name, &row.app_name, &row.account)} meaning={words().disconnect_all_means(1)} {act} />
            }
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
                done.emit(AppRow { frozen, ..row });
                Ok(())
            }
        })
    };
    html! {
        <li key={row.app.as_str()} tabindex="-1" data-app={row.app.to_string()} data-frozen={row.frozen.to_string()}>
            <div class="app"><span class="who"><strong dir="auto">{ &row.app_name }</strong></span></div>
            <div class="state">{ badge(words().frozen(row.frozen)) }</div>
            <ConfirmButton label={words().freeze(freeze)} full_label={format!("{}: {}", words().freeze(freeze), row.app_name)}
                question={words().really_freeze(freeze, &row.app_name)} meaning={words().freeze_means(freeze)} {act} />
        </li>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use workbot_shared::AppId;

    #[test]
    fn the_connections_of_a_person_stand_together() {
        let row = |user: &str, app: &str| PersonConnection {
            user: UserId::parse(user).unwrap(),
            name: String::new(),
            app: AppId::parse(app).unwrap(),
            app_name: app.into(),
            account: String::new(),
            status: ConnectionStatus::Connected,
            connected_at: String::new(),
            last_used_at: None,
        };
        let people = by_person(&[row("ada", "box"), row("bob", "box"), row("ada", "jira")]);
        let apps =
            |rows: &[PersonConnection]| rows.iter().map(|row| row.app_name.clone()).collect::<Vec<_>>();
        let all: Vec<_> = people.iter().map(|(user, rows)| (user.as_str(), apps(rows))).collect();
        assert_eq!(
            all,
            [("ada", vec!["box".to_owned(), "jira".to_owned()]), ("bob", vec!["box".to_owned()])]
        );
    }
}
