//! A page of the second module, in the element `page` beside the app. It is beside the app instead of inside:
//! two modules that handle events of the same tree would confuse each other's elements.

use std::cell::RefCell;

use js_sys::Function;
use wasm_bindgen::JsValue;
use workbot_shared::{AppId, OwnerKind};
use yew::{AppHandle, Callback, Html, Properties, Renderer, component, html};

use crate::activity::ActivityPage;
use crate::audit::AuditPage;
use crate::connection_list::ConnectionList;
use crate::host;
use crate::people::People;
use crate::recipe_list::Recipes;
use crate::route::{Route, Section};
use crate::shared_secret_form::{CredentialsForm, CredentialsFormProps};
use crate::text;

thread_local! {
    static SHOWN: RefCell<Option<AppHandle<PageRoot>>> = const { RefCell::new(None) };
}

/// Shows the page of `link`. Calls `leave` with an app, to open its Disconnect question.
pub fn show(link: &str, leave: Function) {
    hide();
    let Some(root) = crate::document::element("page") else { return };
    text::name_bot(&host::bot_name());
    text::speak(&host::locale());
    let leave = Callback::from(move |app: AppId| {
        let _ = leave.call1(&JsValue::NULL, &JsValue::from_str(app.as_str()));
    });
    let panel =
        Renderer::<PageRoot>::with_root_and_props(root, PageRootProps { place: Route::of_link(link), leave });
    SHOWN.replace(Some(panel.render()));
}

/// Removes the page.
pub fn hide() {
    if let Some(shown) = SHOWN.take() {
        shown.destroy();
    }
}

#[derive(Properties, PartialEq)]
struct PageRootProps {
    place: Route,
    leave: Callback<AppId>,
}

#[component(PageRoot)]
fn page_root(PageRootProps { place, leave }: &PageRootProps) -> Html {
    let first = place.app.clone().map(|app| (app, place.leave));
    html! {
        <div id={place.section.panel()} role="tabpanel" aria-labelledby={place.section.tab()}>
            { match place.section {
                // The first module shows it.
                Section::Connections => Html::default(),
                Section::Activity => html! { <ActivityPage leave={leave.clone()} /> },
                Section::Recipes => html! { <Recipes /> },
                Section::Shared => html! { <ConnectionList owner={OwnerKind::Shared} {first} secret={form()} /> },
                Section::People => html! { <People /> },
                Section::Audit => html! { <AuditPage /> },
            } }
        </div>
    }
}

fn form() -> Callback<CredentialsFormProps, Html> {
    Callback::from(|props: CredentialsFormProps| html! { <CredentialsForm ..props /> })
}
