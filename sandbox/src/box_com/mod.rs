//! Box: login and consent, OAuth with single-use refresh tokens, folders, files, comments and tasks.

mod comments_tasks;
mod error_response;
mod folders;
mod item_rules;
mod json;
mod oauth;
mod pages;
mod rest;
mod search;
mod seed;
mod sha1;
mod shared_links;
mod token_endpoint;
mod tree;
mod upload;

use axum::Router;
use axum::routing::{get, post};

pub use crate::store::box_com::{Comment, Item, Store, Task};
pub use oauth::APP;

use crate::Shared;

/// The three hosts: for people, for programs, and for uploads.
pub fn routes() -> Router<Shared> {
    let api = "/box-api/2.0";
    Router::new()
        .merge(crate::oauth::routes(&APP))
        .route("/box-api/oauth2/token", post(token_endpoint::token))
        .route("/box-api/oauth2/revoke", post(token_endpoint::revoke))
        .route(&format!("{api}/users/me"), get(rest::me))
        .route(&format!("{api}/folders"), post(folders::create))
        .route(
            &format!("{api}/folders/{{id}}"),
            get(|state, id, parameters, headers| folders::read("folder", state, id, parameters, headers))
                .put(|state, id, parameters, headers, body| {
                    folders::change("folder", state, id, parameters, headers, body)
                }),
        )
        .route(&format!("{api}/folders/{{id}}/items"), get(folders::items))
        .route(
            &format!("{api}/files/{{id}}"),
            get(|state, id, parameters, headers| folders::read("file", state, id, parameters, headers)).put(
                |state, id, parameters, headers, body| {
                    folders::change("file", state, id, parameters, headers, body)
                },
            ),
        )
        .route(&format!("{api}/files/{{id}}/comments"), get(comments_tasks::comments))
        .route(&format!("{api}/files/{{id}}/tasks"), get(comments_tasks::tasks))
        .route(&format!("{api}/search"), get(search::search))
        .route(&format!("{api}/comments"), post(comments_tasks::comment))
        .route(&format!("{api}/tasks"), post(comments_tasks::task))
        .route(&format!("{api}/task_assignments"), post(comments_tasks::assign))
        .route("/box-upload/api/2.0/files/content", post(upload::upload))
        .route("/box-account/folder/{id}", get(pages::folder))
        .route("/box-account/file/{id}", get(pages::file))
}
