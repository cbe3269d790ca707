//! The section *History*: what runs did for the person.

use workbot_shared::{ActivityEntry, ActivityStep, AppId, OwnerKind};
use yew::{Callback, Html, InputEvent, Properties, component, html, use_node_ref, use_state_eq};

use super::paged_list::{by_day, paged, use_paged};
use crate::badge::badge;
use crate::case_insensitive_match::contains;
use crate::fluent_js_bindings::{self as fluent, TextInput};
use crate::icon::{self, icon};
use crate::route::{Route, Section};
use crate::text::words;
use crate::{api, host, status_views};

#[derive(Properties, PartialEq)]
pub struct ActivityProps {
    /// Goes to another section.
    pub go: Callback<Route>,
}

/// The section.
#[component(ActivityPage)]
pub fn activity_page(ActivityProps { go }: &ActivityProps) -> Html {
    let list = use_paged(|asked| Box::pin(async move { api::activity(&asked).await }));
    let (filter, field) = (use_state_eq(String::new), use_node_ref());
    let oninput = {
        let (filter, field) = (filter.clone(), field.clone());
        Callback::from(move |_: InputEvent| {
            filter.set(fluent::at::<TextInput>(&field).and_then(|field| field.value()).unwrap_or_default());
        })
    };
    html! {
        <section data-page="activity">
            { status_views::heading(words().section(Section::Activity), words().activity_intro()) }
            if list.rows.as_ref().is_some_and(|rows| !rows.is_empty()) {
                <div class="search" role="search">
                    <fluent-text-input ref={field} type="search" name="filter" autocomplete="off" placeholder={words().filter()} aria-label={words().filter()} {oninput}></fluent-text-input>
                </div>
            }
            { paged(&list, words().no_activity(), |rows| {
                let found: Vec<_> = rows.iter().filter(|entry| fits(entry, &filter)).collect();
                html! {
                    <>
                        { by_day(&found, |its| &its.at, |its| entry(its, go)) }
                        if found.is_empty() && !rows.is_empty() {
                            { status_views::empty(words().nothing_found()) }
                        }
                    </>
                }
            }) }
        </section>
    }
}

/// Whether an entry contains the search text.
fn fits(entry: &ActivityEntry, filter: &str) -> bool {
    let holds = |text: &str| contains(text, filter);
    let steps =
        || entry.steps.iter().any(|step| holds(&step.app_name) || step.account.as_deref().is_some_and(holds));
    holds(&entry.name) || entry.client.as_deref().is_some_and(holds) || steps()
}

/// The apps that were used as the person, without duplicates.
fn as_person(entry: &ActivityEntry) -> Vec<(&AppId, &str)> {
    let mut apps = Vec::new();
    for step in entry.steps.iter().filter(|step| step.acts_as == OwnerKind::Person) {
        if apps.iter().all(|(app, _)| *app != &step.app) {
            apps.push((&step.app, step.app_name.as_str()));
        }
    }
    apps
}

/// One run with its steps.
fn entry(entry: &ActivityEntry, go: &Callback<Route>) -> Html {
    let through = entry.client.as_deref().map(|client| words().through(client));
    let when: Vec<_> = [Some(host::clock(&entry.at)), through].into_iter().flatten().collect();
    html! {
        <li key={entry.run.as_str()} tabindex="-1" data-run={entry.run.to_string()}>
            <div class="app"><span class="who"><strong dir="auto">{ &entry.name }</strong><small dir="auto">{ when.join(" · ") }</small></span></div>
            <div class="state">{ badge(words().outcome(entry.outcome)) }</div>
            <ul class="steps">
                { for entry.steps.iter().map(step) }
            </ul>
            { not_me(entry, go) }
        </li>
    }
}

fn step(step: &ActivityStep) -> Html {
    let what = match &step.label {
        Some(label) => format!("{}: {label}", step.app_name),
        None => format!("{}: {}", step.app_name, step.action.replace('_', " ")),
    };
    html! {
        <li data-app={step.app.to_string()}>
            <span dir="auto">{ what }</span>
            { " · " }{ words().step_outcome(step.outcome, step.writes) }
            if let Some(account) = &step.account {
                { " · " }<bdi>{ words().as_whom(step.acts_as, account) }</bdi>
            }
            if let Some(link) = &step.link {
                { " · " }<a href={link.clone()} target="_blank" rel="noopener noreferrer">{ words().open_record(&step.app_name) }</a>
            }
        </li>
    }
}

/// The help for a person who did not give this command.
fn not_me(entry: &ActivityEntry, go: &Callback<Route>) -> Html {
    let apps = as_person(entry);
    let acts_as = if apps.is_empty() { OwnerKind::Shared } else { OwnerKind::Person };
    html! {
        <details class="not-me">
            <summary>{ words().not_me() }{ icon(icon::CHEVRON, None) }</summary>
            if let Some(client) = &entry.client {
                <p dir="auto">{ words().not_me_but_an_agent(client) }</p>
            }
            <p>{ words().not_me_then(acts_as) }</p>
            <div class="actions">
                if entry.client.is_some() {
                    <fluent-button onclick={go.reform(|_| Route::of(Section::Agents))}>{ words().to_agents() }</fluent-button>
                }
                { for apps.into_iter().map(|(app, name)| {
                    let app = app.clone();
                    let onclick = go.reform(move |_| Route::disconnecting(app.clone()));
                    html! { <fluent-button {onclick}>{ words().disconnect_app(name) }</fluent-button> }
                }) }
            </div>
        </details>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use workbot_shared::{RecipeId, RunId, RunOutcome, StepOutcome};

    fn step(app: &str, acts_as: OwnerKind) -> ActivityStep {
        ActivityStep {
            app: AppId::parse(app).unwrap(),
            app_name: app.to_uppercase(),
            action: "create_record".into(),
            label: None,
            writes: true,
            outcome: StepOutcome::Done,
            acts_as,
            account: Some("Ada@contoso.com".into()),
            link: None,
        }
    }

    fn entry(steps: Vec<ActivityStep>) -> ActivityEntry {
        ActivityEntry {
            run: RunId::parse("0123456789abcdef").unwrap(),
            at: "2026-12-31T09:30:00.000Z".into(),
            recipe: RecipeId::parse("win-deal").unwrap(),
            name: "Win deal".into(),
            client: Some("Claude (claude.ai)".into()),
            outcome: RunOutcome::Done,
            steps,
        }
    }

    #[test]
    fn an_entry_is_found_by_command_agent_app_or_account_in_any_case() {
        let entry = entry(vec![step("salesforce", OwnerKind::Person)]);
        for filter in ["", " win", "DEAL", "sales", "ada@CONTOSO", "claude.AI"] {
            assert!(fits(&entry, filter), "{filter}");
        }
        assert!(!fits(&entry, "box"));
    }

    #[test]
    fn who_did_not_do_it_disconnects_each_app_that_acted_as_them_once() {
        use OwnerKind::{Person, Shared};
        let entry = entry(vec![step("box", Person), step("jira", Shared), step("box", Person)]);
        let apps: Vec<_> = as_person(&entry).into_iter().map(|(app, _)| app.as_str()).collect();
        assert_eq!(apps, ["box"]);
    }
}
