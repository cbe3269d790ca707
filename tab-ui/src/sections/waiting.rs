//! The section *Waiting*: the runs that wait or run, with Cancel.

use workbot_shared::RunRow;
use yew::{Callback, Html, component, html};

use super::confirm_button::{Command, ConfirmButton};
use super::page_notices::{notices, use_notices};
use super::paged_list::{paged, use_paged};
use super::paged_list_state::Event;
use crate::badge::badge;
use crate::route::Section;
use crate::text::words;
use crate::{api, host, status_views};

/// The section.
#[component(Waiting)]
pub fn waiting() -> Html {
    let list = use_paged(|_| Box::pin(async move { api::runs().await.map(|runs| (runs, None)) }));
    let (told, tell, dismiss) = use_notices();
    let cancelled = {
        let dispatcher = list.dispatcher();
        Callback::from(move |name: String| {
            tell.emit(words().was_cancelled(&name).into());
            // What waits no longer is not in the list.
            dispatcher.dispatch(Event::Retry);
        })
    };
    html! {
        <section data-page="waiting">
            { status_views::heading(words().section(Section::Waiting), words().waiting_intro()) }
            { notices(&told, &dismiss) }
            { paged(&list, words().nothing_waits(), |rows| html! {
                <ul class="list three waiting">{ for rows.iter().map(|row| run(row, &cancelled)) }</ul>
            }) }
        </section>
    }
}

fn run(row: &RunRow, cancelled: &Callback<String>) -> Html {
    let act = {
        let (run, cancelled) = (row.run.clone(), cancelled.clone());
        Command::new(move || {
            let (run, cancelled) = (run.clone(), cancelled.clone());
            async move {
                cancelled.emit(api::cancel(&run).await?.name);
                Ok(())
            }
        })
    };
    let label = words().0.cancel();
    html! {
        <li key={row.run.as_str()} tabindex="-1" data-run={row.run.to_string()}>
            <div class="app"><span class="who"><strong dir="auto">{ &row.name }</strong><small>{ host::recent(&row.at) }</small></span></div>
            <div class="state">
                { badge(words().run_status(row.status)) }
                if let Some(step) = &row.step { <small dir="auto">{ step }</small> }
            </div>
            if row.status.waits() {
                <ConfirmButton {label} full_label={format!("{label}: {}", row.name)} question={words().really_cancel(&row.name)}
                    meaning={words().cancel_means()} {act} />
            }
        </li>
    }
}
