//! All routes.

use axum::{Router, middleware};

use crate::{
    Shared, bot_framework_issuer, box_com, connector, control, entra, fault_middleware, fixture_app,
    freshdesk, index_page, language_model, playground_relay, salesforce, sent_messages_page, servicenow,
    teams_host,
};

/// All routes of the sandbox, with faults and the request log.
pub fn router(sandbox: Shared) -> Router {
    Router::new()
        .merge(index_page::routes())
        .merge(bot_framework_issuer::routes())
        .merge(connector::routes())
        .merge(sent_messages_page::routes())
        .merge(playground_relay::routes())
        .merge(entra::routes())
        .merge(salesforce::routes())
        .merge(servicenow::routes())
        .merge(box_com::routes())
        .merge(freshdesk::routes())
        .merge(fixture_app::routes())
        .merge(language_model::routes())
        .merge(control::routes())
        .layer(middleware::from_fn_with_state(sandbox.clone(), fault_middleware::pass))
        .with_state(sandbox)
        .merge(teams_host::router())
}
