//! Salesforce: login and consent, OAuth with its peculiarities, identity, and the REST calls of the recipes.

mod error_response;
mod external_ids;
mod identity;
mod ids;
mod oauth_app;
mod picklists;
mod record_pages;
mod records;
mod rest;
mod schema;
mod seed;
mod soql;
mod token_endpoint;

use axum::Router;
use axum::routing::{get, post};

pub use crate::store::salesforce::{Pending, Record, Store};
pub use ids::{CONTOSO, FABRIKAM};
pub use oauth_app::APP;

use crate::Shared;

/// The login host, and below `/salesforce-org/{org}` the host of each organization.
pub fn routes() -> Router<Shared> {
    let data = "/salesforce-org/{org}/services/data/v65.0";
    Router::new()
        .merge(crate::oauth::routes(&APP))
        .route("/salesforce/services/oauth2/token", post(token_endpoint::token))
        .route("/salesforce/services/oauth2/revoke", post(token_endpoint::revoke))
        .route("/salesforce/services/oauth2/userinfo", get(identity::userinfo))
        .route("/salesforce/id/{org}/{user}", get(identity::identity))
        .route("/salesforce-org/{org}/services/data", get(rest::versions))
        .route(&format!("{data}/query"), get(rest::query))
        .route(&format!("{data}/query/{{cursor}}"), get(rest::next_page))
        .route(&format!("{data}/limits"), get(rest::limits))
        .route(&format!("{data}/sobjects/{{object}}"), post(rest::create))
        .route(
            &format!("{data}/sobjects/{{object}}/{{id}}"),
            get(rest::read).patch(rest::update).delete(rest::delete),
        )
        .route(
            &format!("{data}/sobjects/{{object}}/{{field}}/{{value}}"),
            get(external_ids::read).patch(external_ids::upsert),
        )
        .route(
            &format!("{data}/ui-api/object-info/{{object}}/picklist-values/{{record_type}}/{{field}}"),
            get(picklists::values),
        )
        .route("/salesforce-org/{org}/", get(record_pages::list))
        .route("/salesforce-org/{org}/{id}", get(record_pages::show))
}
