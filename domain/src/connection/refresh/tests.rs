//! The machines, step by step. `tests/refresh_world.rs` plays every order of events.

use secrecy::ExposeSecret;
use serde_json::{Map, json};
use std::rc::Rc;
use std::time::Duration;
use workbot_shared::AppId;

use super::access_result::{Access, AccessError};
use super::access_state_machine::{AccessEffect, AccessEvent, AccessRequest, PATIENCE};
use super::refresh_state_machine::{RefreshEffect, RefreshEvent, Refresher};
use super::step_input_and_writes::{Step, StepInput, Write};
use super::stored_token_read::TokenReadError;
use crate::catalog::App;
use crate::connection::account::AccountIdentity;
use crate::connection::lifecycle::{INTENT_HOLDS, Lifecycle, RefreshIntent, Status};
use crate::connection::record::Reason;
use crate::connection::token_response::{TokenRequestError, TokenResponse};
use crate::connection::token_set::TokenSet;
use crate::connection::token_set::tests::tokens;
use crate::time::Timestamp;

const T0: Timestamp = Timestamp(1_000_000);

fn app(auth: &str) -> App {
    let oauth2 = json!({
        "authorize_url": "https://app.example/a", "token_url": "https://app.example/t",
        "rotation": "single_use", "revokes": "token", "refresh_token_days": 60,
    });
    serde_json::from_value(json!({
        "name": "App", "auth": auth, "base_url": "https://app.example", "allowed_hosts": ["app.example"],
        "account": { "url": "/me", "label": ["/name"], "id": "/id" }, "actions": {},
        "oauth2": if auth == "oauth2" { oauth2 } else { json!(null) },
    }))
    .unwrap()
}

fn access(tokens: TokenSet) -> Access {
    let account = AccountIdentity { label: "ada@contoso.com".into(), id: "ada".into(), instance: None };
    Access { tokens: Rc::new(tokens), account, revision: "r1".into() }
}

fn moment(lifecycle: &Lifecycle, now: Timestamp) -> StepInput {
    StepInput { lifecycle: lifecycle.clone(), now, random: [0], fresh_revision: "r2".into() }
}

/// Feeds events to the machine and stores each lifecycle it writes. Returns the last step.
fn steps(
    machine: &mut Refresher<'_>,
    life: &mut Lifecycle,
    events: Vec<RefreshEvent>,
) -> Step<RefreshEffect> {
    let mut last = None;
    for event in events {
        let step = machine.step(event, &moment(life, T0));
        for write in &step.writes {
            if let Write::Lifecycle(after) = write {
                life.clone_from(after);
            }
        }
        last = Some(step);
    }
    last.unwrap()
}

fn begun(access: Access) -> Vec<RefreshEvent> {
    vec![RefreshEvent::Proceed, RefreshEvent::Read(Ok(access)), RefreshEvent::Frozen(false)]
}

fn response(refresh_token: Option<&str>) -> RefreshEvent {
    RefreshEvent::Response(Ok(TokenResponse {
        access_token: "new".into(),
        refresh_token: refresh_token.map(Into::into),
        expires_in: Some(Duration::from_secs(60)),
        scopes: None,
        extra: Map::new(),
    }))
}

fn refresh<'a>(app: &'a App, usable: bool) -> Refresher<'a> {
    Refresher::new(&AppId::parse("app").unwrap(), app, &"r1".into(), usable, &"this start".into())
}

fn error(step: &Step<RefreshEffect>) -> AccessError {
    match &step.effect {
        RefreshEffect::End(Err(error)) => error.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_refresh_stores_its_intent_before_it_sends() {
    let (app, mut life) = (app("oauth2"), Lifecycle::connected("r1".into()));
    let step = steps(&mut refresh(&app, false), &mut life, begun(access(tokens(T0))));
    assert!(matches!(&step.writes[..], [Write::Lifecycle(Lifecycle { intent: Some(_), .. })]));
    assert!(matches!(&step.effect, RefreshEffect::Send(token) if token.expose_secret() == "refresh"));
}

#[test]
fn a_request_that_cannot_be_made_ends_no_connection() {
    let (app, mut life) = (app("oauth2"), Lifecycle::connected("r1".into()));
    let mut events = begun(access(tokens(T0)));
    events.push(RefreshEvent::Response(Err(TokenRequestError::Misconfigured)));
    let step = steps(&mut refresh(&app, false), &mut life, events);
    assert_eq!((error(&step), life), (AccessError::Setup, Lifecycle::connected("r1".into())));
}

#[test]
fn only_a_new_refresh_token_renews_the_logins_expiry() {
    let app = app("oauth2");
    let is_end = |write: &Write| matches!(write, Write::LoginEnds(Some(at)) if at.since(T0).as_secs() == 60 * 24 * 3600);
    for (token, anew) in [(Some("rotated"), true), (Some("refresh"), false), (None, false)] {
        let mut life = Lifecycle::connected("r1".into());
        let mut events = begun(access(tokens(T0)));
        events.push(response(token));
        let step = steps(&mut refresh(&app, false), &mut life, events);
        assert_eq!(step.writes.iter().any(is_end), anew, "{token:?}");
        assert_eq!(life, Lifecycle::connected("r2".into()));
        let kept = step.writes.iter().find_map(|write| match write {
            Write::Journal { revision, tokens, replaces } => Some((revision, tokens, replaces)),
            _ => None,
        });
        let (revision, tokens, replaces) = kept.unwrap();
        assert_eq!((revision.as_str(), replaces.as_str()), ("r2", "r1"));
        assert_eq!(tokens.refresh_token.as_ref().unwrap().expose_secret(), token.unwrap_or("refresh"));
        assert!(!step.writes.iter().any(|write| matches!(write, Write::SyncDirectory | Write::WakeRuns)));
    }
}

#[test]
fn a_connection_ended_by_doubt_that_recovers_wakes_its_waiting_runs() {
    let app = app("oauth2");
    let status = Status::NeedsLogin { revision: "r1".into(), reason: Reason::Doubtful };
    let mut life = Lifecycle { status, intent: None };
    let mut events = begun(access(tokens(T0)));
    events.push(response(None));
    let step = steps(&mut refresh(&app, false), &mut life, events);
    assert!(step.writes.iter().any(|write| matches!(write, Write::WakeRuns)));
    assert!(step.writes.iter().any(|write| matches!(write, Write::SyncDirectory)));
}

#[test]
fn a_request_of_an_earlier_incarnation_is_waited_out_unless_the_token_works() {
    let app = app("oauth2");
    let intent = RefreshIntent {
        revision: "r1".into(),
        incarnation: "an earlier start".into(),
        since: T0,
        started_at: T0,
        sends: 1,
        unknown: false,
        doubts: 0,
        retry_at: None,
    };
    let life = Lifecycle { intent: Some(intent), ..Lifecycle::connected("r1".into()) };
    let ends = T0 + INTENT_HOLDS;
    let step = steps(&mut refresh(&app, false), &mut life.clone(), begun(access(tokens(T0))));
    assert!(matches!(step.effect, RefreshEffect::WaitUntil(at) if at == ends));
    let working = access(tokens(T0 + Duration::from_secs(60)));
    let step = steps(&mut refresh(&app, true), &mut life.clone(), begun(working));
    assert_eq!(error(&step), AccessError::Unavailable { retry_at: ends });
    let status = Status::NeedsLogin { revision: "r1".into(), reason: Reason::Doubtful };
    let mut doubtful = Lifecycle { status, ..life };
    let step = steps(&mut refresh(&app, false), &mut doubtful, begun(access(tokens(T0))));
    assert_eq!(error(&step), AccessError::NeedsLogin, "nothing waits for an ended connection");
}

#[test]
fn access_without_a_refresh_token_ends_by_expiry_or_by_the_account_call() {
    let without = |expires_at| access(TokenSet { refresh_token: None, ..tokens(expires_at) });
    let later = T0 + Duration::from_secs(60);
    for (auth, reason) in [("oauth2", Reason::NotRenewable), ("api_key", Reason::GrantGone)] {
        let app = app(auth);
        let connected = Lifecycle::connected("r1".into());
        let mut life = connected.clone();
        let step = steps(&mut refresh(&app, false), &mut life, begun(without(later)));
        assert!(matches!(step.effect, RefreshEffect::AskAccount(_)), "an API's refusal alone ends nothing");
        for is_dead in [false, true] {
            let mut life = connected.clone();
            let mut events = begun(without(later));
            events.push(RefreshEvent::Account { is_dead });
            let step = steps(&mut refresh(&app, false), &mut life, events);
            assert_eq!(matches!(step.effect, RefreshEffect::End(Ok(_))), !is_dead);
            assert_eq!(life == connected, !is_dead);
        }
        let step = steps(&mut refresh(&app, false), &mut life, begun(without(T0)));
        assert_eq!(error(&step), AccessError::NeedsLogin);
        assert_eq!(life.status, Status::NeedsLogin { revision: "r1".into(), reason });
    }
}

#[test]
fn lost_tokens_need_a_login_and_temporarily_unreadable_ones_do_not() {
    let app = app("oauth2");
    for (read, status) in [
        (TokenReadError::NotNow, Status::Connected { revision: "r1".into() }),
        (TokenReadError::Lost, Status::NeedsLogin { revision: "r1".into(), reason: Reason::StorageLost }),
    ] {
        let mut life = Lifecycle::connected("r1".into());
        let events = vec![RefreshEvent::Proceed, RefreshEvent::Read(Err(read))];
        steps(&mut refresh(&app, false), &mut life, events);
        assert_eq!(life.status, status);
    }
}

/// An access request whose tokens expire at `expires_at`. Returns it with the effect after the read.
fn requested(life: &Lifecycle, expires_at: Timestamp) -> (AccessRequest, AccessEffect) {
    let (mut request, at) = (AccessRequest::default(), moment(life, T0));
    let step = request.step(AccessEvent::Joined(None), &at);
    assert!(matches!(step.effect, AccessEffect::Read(revision) if revision.as_str() == "r1"));
    let step = request.step(AccessEvent::Read(Ok(access(tokens(expires_at)))), &at);
    (request, step.effect)
}

#[test]
fn a_token_close_to_expiry_is_used_when_its_refresh_is_slow_or_fails_for_now() {
    let life = Lifecycle::connected("r1".into());
    let (_, effect) = requested(&life, T0 + Duration::from_secs(3600));
    assert!(matches!(effect, AccessEffect::End(Ok(_))));
    let (_, effect) = requested(&life, T0);
    assert!(matches!(effect, AccessEffect::Renew { usable: false, within: None, .. }));
    let retry_at = T0 + Duration::from_secs(9);
    for (renewed, used) in [
        (None, true),
        (Some(Err(AccessError::NotNow)), true),
        (Some(Err(AccessError::Unavailable { retry_at })), true),
        (Some(Err(AccessError::NeedsLogin)), false),
        (Some(Err(AccessError::Policy)), false),
        (Some(Err(AccessError::Frozen)), false),
    ] {
        let (mut request, effect) = requested(&life, T0 + Duration::from_secs(60));
        assert!(matches!(effect, AccessEffect::Renew { usable: true, within: Some(PATIENCE), .. }));
        let step = request.step(AccessEvent::Renewed(renewed.clone()), &moment(&life, T0));
        assert_eq!(matches!(step.effect, AccessEffect::End(Ok(_))), used, "{renewed:?}");
        // An expired token is not used.
        let (mut request, _) = requested(&life, T0 + Duration::from_secs(60));
        let later = moment(&life, T0 + Duration::from_secs(61));
        let step = request.step(AccessEvent::Renewed(renewed), &later);
        assert!(matches!(step.effect, AccessEffect::End(Err(_))));
    }
}

#[test]
fn a_connection_ended_by_doubt_is_tried_by_each_caller_and_a_disconnected_one_is_not() {
    for (status, tried) in [
        (Status::NeedsLogin { revision: "r1".into(), reason: Reason::Doubtful }, true),
        (Status::NeedsLogin { revision: "r1".into(), reason: Reason::GrantGone }, false),
        (Status::Disconnected, false),
        (Status::Gone, false),
    ] {
        let (mut request, at) = (AccessRequest::default(), moment(&Lifecycle { status, intent: None }, T0));
        let step = request.step(AccessEvent::Joined(None), &at);
        let tries = matches!(&step.effect, AccessEffect::Renew { usable: false, within: None, .. });
        assert_eq!(tries, tried, "{:?}", step.effect);
        assert!(tried || matches!(step.effect, AccessEffect::End(Err(AccessError::NeedsLogin))));
    }
}
