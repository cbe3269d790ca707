//! `POST /api/messages`: the Bot Framework, and nobody else.
//!
//! 1. The body is bounded (413).
//! 2. The token is a Bot Framework token for this bot (401).
//! 3. The body is an activity; one of a person says whose it is (400).
//! 4. The activity fits the token, the tenant is served, the person is named (403). An event that lacks such a thing is
//!    acknowledged.
//!
//! Only then anything is written: the turn goes to the person's vault.

use futures_util::future::{Either, join, select};
use futures_util::pin_mut;
use std::cell::RefCell;
use std::time::Duration;
use workbot_domain::activity::{Activity, TurnEvent};
use workbot_domain::bot_token::{AdmissionRules, BotClaims};
use workbot_domain::connector::RecentKeys;
use workbot_domain::jwt::{TokenError, UnverifiedToken};
use workbot_domain::owner::VaultId;
use workbot_domain::present::message::text_message;
use workbot_shared::ErrorCode;
use worker::{Request, Response};

use super::body::bounded;
use super::context::RequestContext;
use super::response::RequestError;
use workbot_vault::clients::connector::Connector;
use workbot_vault::clients::token_verifier::{KeySource, VerifyError};
use workbot_vault::protocol::{VaultRequest, VaultResponse, ask};

/// A person whose vault takes what they said no sooner reads that it is being taken: nothing else says so until then.
const PATIENCE: Duration = Duration::from_secs(3);
/// The acknowledgement waits this long for such a word at most.
const COURTESY: Duration = Duration::from_secs(2);

thread_local! {
    /// The words that were said, each about one activity: Teams delivers again what is acknowledged late, or not at all.
    static SAID: RefCell<RecentKeys> = RefCell::default();
}

pub async fn receive(context: &RequestContext, mut request: Request) -> Result<Response, RequestError> {
    let body = bounded(&mut request).await?;
    let config = &context.config;
    let header = request.headers().get("authorization")?;
    let token = UnverifiedToken::from_authorization(header.as_deref()).map_err(unauthorized)?;
    let metadata = KeySource::Metadata(&config.bot_openid_metadata_url);
    let (claims, issuer, key) =
        metadata.verify::<BotClaims>(&context.isolate, token).await.map_err(|refused| match refused {
            VerifyError::Token(error) => unauthorized(error),
            VerifyError::NoKeys => RequestError::of(ErrorCode::TemporarilyUnavailable).with_cause(refused),
        })?;
    let caller =
        claims.check(&key, &issuer, &config.bot.app_id, context.isolate.now()).map_err(unauthorized)?;
    let activity = Activity::parse(&body).map_err(|error| {
        RequestError::with_message(ErrorCode::BadRequest, error.to_string()).missing("an activity")
    })?;
    let admission =
        AdmissionRules { tenants: &config.allowed_tenants, service_origins: &config.service_origins };
    let admitted = caller.admit(activity, admission);
    let turn = admitted.map_err(|error| RequestError::of(ErrorCode::Forbidden).with_cause(error))?;
    // What nobody did, or we do not know, is acknowledged and changes nothing.
    let Some(turn) = turn else { return Ok(Response::empty()?) };
    let said = matches!(turn.act, TurnEvent::Message(_) | TurnEvent::CardAction { .. }) && !turn.invoke;
    let (near, words, activity) = (turn.conversation.clone(), turn.words(), turn.activity.clone());
    // A courtesy: what the turn comes to is told by the vault, and the acknowledgement is not late for this.
    let word = async |text: &str| {
        let key = format!("{} {activity} {text}", near.id);
        if said && SAID.with_borrow_mut(|said| said.is_new(key)) {
            context
                .isolate
                .within(
                    COURTESY,
                    Connector { isolate: &context.isolate, config }.send_once(&near, &text_message(text)),
                )
                .await;
        }
    };
    let (vault, request) = (VaultId::of(&turn.subject), VaultRequest::Turn(Box::new(turn)));
    let (taking, waiting) =
        (ask(&context.isolate, &vault, &request, &context.id), context.isolate.sleep(PATIENCE));
    pin_mut!(taking, waiting);
    let taken = match select(taking, waiting).await {
        Either::Left((taken, _)) => taken,
        Either::Right(((), taking)) => join(word(words.working_on_it()), taking).await.1,
    };
    if taken.is_err() {
        word(words.may_be_lost()).await;
    }
    match taken {
        Ok(VaultResponse::TurnHandled { invoke: Some(invoke) }) => Ok(Response::from_json(&invoke)?),
        Ok(_) => Ok(Response::empty()?),
        // Teams delivers again what was not acknowledged.
        Err(problem) => Err(RequestError::of(ErrorCode::TemporarilyUnavailable).with_cause(problem)),
    }
}

fn unauthorized(error: TokenError) -> RequestError {
    RequestError::of(ErrorCode::Unauthorized).with_cause(error)
}
