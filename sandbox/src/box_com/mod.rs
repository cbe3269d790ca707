//! Box: login and consent, OAuth with single-use refresh tokens, folders, files, comments and tasks.

mod api_request;
mod comments_tasks;
mod current_user;
mod error_response;
mod folder_and_file_pages;
mod folders_and_files;
mod item_rules;
mod json;
mod oauth_app;
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
pub use oauth_app::APP;

use crate::Shared;

/// The three hosts: for people, for programs, and for uploads.
pub fn routes() -> Router<Shared> {
    let api = "/box-api/2.0";
    Router::new()
        .merge(crate::oauth::routes(&APP))
        .route("/box-api/oauth2/token", post(token_endpoint::token))
        .route("/box-api/oauth2/revoke", post(token_endpoint::revoke))
        .route(&format!("{api}/users/me"), get(current_user::read))
        .route(&format!("{api}/folders"), post(folders_and_files::create))
        .route(
            &format!("{api}/folders/{{id}}"),
            get(|state, id, parameters, headers| {
                folders_and_files::read("folder", state, id, parameters, headers)
            })
            .put(|state, id, parameters, headers, body| {
                folders_and_files::change("folder", state, id, parameters, headers, body)
            }),
        )
        .route(&format!("{api}/folders/{{id}}/items"), get(folders_and_files::items))
        .route(
            &format!("{api}/files/{{id}}"),
            get(|state, id, parameters, headers| {
                folders_and_files::read("file", state, id, parameters, headers)
            })
            .put(|state, id, parameters, headers, body| {
                folders_and_files::change("file", state, id, parameters, headers, body)
            }),
        )
        .route(&format!("{api}/files/{{id}}/comments"), get(comments_tasks::comments))
        .route(&format!("{api}/files/{{id}}/tasks"), get(comments_tasks::tasks))
        .route(&format!("{api}/search"), get(search::search))
        .route(&format!("{api}/comments"), post(comments_tasks::comment))
        .route(&format!("{api}/tasks"), post(comments_tasks::task))
        .route(&format!("{api}/task_assignments"), post(comments_tasks::assign))
        .route("/box-upload/api/2.0/files/content", post(upload::upload))
        .route("/box-account/folder/{id}", get(folder_and_file_pages::folder))
        .route("/box-account/file/{id}", get(folder_and_file_pages::file))
}
