//! Who lets which agent act, for admins.

use workbot_shared::PersonAgent;
use yew::{Callback, Html, Properties, component, html, use_node_ref};

use super::agent_title::title;
use super::confirm_button::{Command, ConfirmButton};
use super::paged_list::{paged, searching, use_paged};
use super::paged_list_state::Event;
use crate::notice::Notice;
use crate::status_views::initials;
use crate::text::words;
use crate::{api, host};

#[derive(Properties, PartialEq)]
pub struct AgentsOfPeopleProps {
    pub tell: Callback<Notice>,
    /// An agent's access was ended: it may be the admin's own.
    pub changed: Callback<()>,
}

/// The list with its search.
#[component(AgentsOfPeople)]
pub fn agents_of_people(AgentsOfPeopleProps { tell, changed }: &AgentsOfPeopleProps) -> Html {
    let list = use_paged(|asked| Box::pin(async move { api::agents_of_people(&asked).await }));
    let field = use_node_ref();
    let onsubmit = searching(&list, &field);
    let ended = {
        let (dispatcher, tell, changed) = (list.dispatcher(), tell.clone(), changed.clone());
        Callback::from(move |row: PersonAgent| {
            let agent = title(&row.client, row.host.as_deref());
            tell.emit(words().agent_of_was_ended(&agent, name_of(&row)).into());
            dispatcher
                .dispatch(Event::Removed(std::rc::Rc::new(move |its: &PersonAgent| its.grant == row.grant)));
            changed.emit(());
        })
    };
    let is_searched = !list.asked.search.is_empty();
    let empty = if is_searched { words().nothing_found() } else { words().nobody_has_agents() };
    html! {
        <section data-page="agents-of-people">
            <h2>{ words().agents_of_people() }</h2>
            if is_searched || list.rows.as_ref().is_some_and(|rows| !rows.is_empty()) {
                <form class="search" role="search" {onsubmit}>
                    <fluent-text-input ref={field} type="search" name="search" autocomplete="off" placeholder={words().search_agents()} aria-label={words().search_agents()}></fluent-text-input>
                    <fluent-button type="submit">{ words().search() }</fluent-button>
                </form>
            }
            { paged(&list, empty, |rows| html! {
                <ul class="list two">{ for rows.iter().map(|its| row(its, &ended)) }</ul>
            }) }
        </section>
    }
}

/// The name may still be unknown.
fn name_of(row: &PersonAgent) -> &str {
    if row.name.is_empty() { row.user.as_str() } else { &row.name }
}

fn row(row: &PersonAgent, ended: &Callback<PersonAgent>) -> Html {
    let act = {
        let (row, ended) = (row.clone(), ended.clone());
        Command::new(move || {
            let (row, ended) = (row.clone(), ended.clone());
            async move {
                api::end_agent_of(&row.user, &row.grant).await?;
                ended.emit(row);
                Ok(())
            }
        })
    };
    let (name, agent, label) =
        (name_of(row), title(&row.client, row.host.as_deref()), words().0.leave(false));
    html! {
        <li key={row.grant.clone()} tabindex="-1" data-user={row.user.to_string()} data-agent={row.grant.clone()}>
            <div class="app">
                <span class="portrait" aria-hidden="true">{ initials(name) }</span>
                <span class="who">
                    <strong dir="auto">{ name }</strong>
                    <small><bdi>{ &agent }</bdi>{ " · " }{ words().0.since(&host::day(&row.granted_at)) }</small>
                </span>
            </div>
            <ConfirmButton {label} full_label={format!("{label}: {agent}, {name}")} question={words().really_end_agent_of(&agent, name)}
                meaning={words().end_agent_of_means()} {act} />
        </li>
    }
}
