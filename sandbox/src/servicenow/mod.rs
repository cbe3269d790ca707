//! ServiceNow: login and consent, OAuth with one error for everything, and the Table API of one instance.

mod access_rules;
mod change_approval_endpoint;
mod current_user;
mod encoded_query;
mod error_response;
mod ids;
mod json;
mod oauth_app;
mod paging_headers;
mod record_pages;
mod records;
mod seed;
mod service_catalog;
mod table_api;
mod tables;
mod token_endpoint;

use axum::Router;
use axum::routing::{get, patch, post};

pub use crate::store::servicenow::{Record, Store};
pub use oauth_app::APP;
pub use tables::Table;

use crate::Shared;

/// The instance, its address being `/servicenow`.
pub fn routes() -> Router<Shared> {
    let table = "/servicenow/api/now/table/{table}";
    Router::new()
        .merge(crate::oauth::routes(&APP))
        .route("/servicenow/oauth_token.do", post(token_endpoint::token))
        .route("/servicenow/oauth_revoke_token.do", get(token_endpoint::revoke).post(token_endpoint::revoke))
        .route(table, get(table_api::list).post(table_api::create))
        .route(
            &format!("{table}/{{sys_id}}"),
            get(table_api::read).patch(table_api::update).put(table_api::update),
        )
        .route("/servicenow/api/now/ui/user/current_user", get(current_user::read))
        .route(
            "/servicenow/api/sn_chg_rest/change/{sys_id}/approvals",
            patch(change_approval_endpoint::decide_change),
        )
        .route("/servicenow/api/sn_sc/servicecatalog/items", get(service_catalog::items))
        .route("/servicenow/api/sn_sc/servicecatalog/items/{item}/order_now", post(service_catalog::order))
        .route("/servicenow/nav_to.do", get(record_pages::navigate))
}
