//! Responses of apps.

use serde_json::json;
use std::collections::BTreeMap;
use workbot_domain::call::{AppResponse, Outcome, action_values, outcome, parse_body, says_token_is_dead};

use crate::real_catalog::real;

/// An app's response: two bytes for the action and the status, then the body. The outcome of every action can
/// be computed.
pub fn app_response(data: &[u8]) {
    let Some(([which, status], body)) = data.split_first_chunk::<2>() else { return };
    let apps = &real().apps;
    let actions: Vec<_> =
        apps.values().flat_map(|app| app.actions.values().map(move |action| (app, action))).collect();
    let (app, action) = actions[usize::from(*which) % actions.len()];
    let status = [200, 201, 204, 302, 400, 401, 403, 404, 409, 429, 500, 503][usize::from(*status) % 12];
    let body = parse_body(status, body);
    let values = action_values(json!({"vars": {}, "token": {}}), action, &json!({}));
    let response = AppResponse { status, headers: &BTreeMap::new(), body: body.as_ref(), sent: &[] };
    match outcome(app, action, response, &values) {
        Outcome::Done(output) => {
            assert!(status < 300 || action.already.is_some(), "{status} is no success");
            assert!(action.output_names().all(|name| output.get(name).is_some()), "an output is missing");
        }
        Outcome::Refused { message } => {
            assert!(!message.is_empty() && message.chars().count() <= 301, "{message:?}");
            assert!(!message.contains(char::is_control), "{message:?}");
        }
        Outcome::TokenDead { message } => {
            let says_so = body.as_ref().is_some_and(|body| says_token_is_dead(app, body));
            assert!((status == 401 || says_so) && !message.is_empty());
        }
        Outcome::Busy | Outcome::Unknown => {}
        Outcome::NotSent => panic!("an answer to nothing"),
    }
}
