//! The sandbox in a simulated world: in the process of its caller, without a runtime, a file or a clock of
//! its own.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use axum::body::{Body, to_bytes};
use axum::http::Request;
use serde_json::Value;
use tower::ServiceExt;
use workbot_sandbox::{Sandbox, clock, random_name, router};

use crate::fixture::{TENANT, settings};

const TOKEN: &str = "grant_type=client_credentials&client_id=bot&client_secret=bot-secret\
    &scope=https%3A%2F%2Fapi.botframework.com%2F.default";

/// What a future that waits for nothing comes to.
fn at_once<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it waits"),
    }
}

/// The bot's token and the name of a new browser session, in a world of this seed and time.
fn played(seed: u64, ms: u64) -> (String, String) {
    let play = move || {
        random_name::seed(seed);
        clock::set(ms);
        let app = router(Arc::new(Sandbox::in_memory(settings("no folder at all".into()))));
        let request = Request::post(format!("/entra/{TENANT}/oauth2/v2.0/token"))
            .header("content-type", "application/x-www-form-urlencoded");
        let response = at_once(app.oneshot(request.body(Body::from(TOKEN)).unwrap())).unwrap();
        let body = at_once(to_bytes(response.into_body(), usize::MAX)).unwrap();
        let response: Value = serde_json::from_slice(&body).unwrap();
        (response["access_token"].as_str().unwrap().to_owned(), random_name::random(32))
    };
    std::thread::spawn(play).join().unwrap()
}

#[test]
fn a_simulated_world_needs_no_runtime_and_repeats_itself() {
    let first = played(1, 1_000_000_000_000);
    assert_eq!(played(1, 1_000_000_000_000), first);
    let (other_token, other_name) = played(2, 2_000_000_000_000);
    assert!(other_token != first.0 && other_name != first.1);
}
