//! `POST /api/messages`: activities of the Bot Framework.
//!
//! 1. The body has a size limit (413).
//! 2. The token is a Bot Framework token for this bot (401).
//! 3. The body is an activity, and one of a person names its sender (400).
//! 4. Activity and token agree, the tenant is allowed, the sender is identified (403). An event without these
//!    is acknowledged.
//!
//! Nothing is written before all checks have passed. Then the person's vault handles the turn.
//!
//! Source: "Authentication with the Bot Connector API" (bot-docs).

use futures_util::future::{Either, join, select};
use futures_util::pin_mut;
use std::cell::RefCell;
use std::time::Duration;
use workbot_domain::activity::{Activity, TurnEvent};
use workbot_domain::bot_framework_token::{AdmissionRules, BotClaims};
use workbot_domain::jwt::{TokenError, UnverifiedToken};
use workbot_domain::owner::VaultId;
use workbot_domain::present::outgoing_activity::text_message;
use workbot_domain::recently_sent_messages::RecentKeys;
use workbot_shared::ErrorCode;

use super::request::{Header, Request};
use super::request_context::RequestContext;
use super::response::{RequestError, Response};
use workbot_vault::clients::connector::Connector;
use workbot_vault::clients::token_verifier::{KeySource, VerifyError};
use workbot_vault::protocol::{VaultRequest, VaultResponse, ask};

/// If the vault takes longer than this, the person gets a message that the bot is working on it.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long the acknowledgement waits for that message.
const COURTESY: Duration = Duration::from_secs(2);

thread_local! {
    /// The messages that were sent, by activity: Teams redelivers an activity that was acknowledged late or
    /// not at all.
    static SAID: RefCell<RecentKeys> = RefCell::default();
}

/// Handles an activity. 200 acknowledges it; the body is the response to an invoke. 503 makes Teams redeliver
/// it.
pub async fn receive(context: &RequestContext, request: &Request) -> Result<Response, RequestError> {
    let body = request.body().await?;
    let config = &context.config;
    let header = request.header(Header::Authorization);
    let token = UnverifiedToken::from_authorization(header).map_err(unauthorized)?;
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
    // An event without a sender, or an unknown activity, is acknowledged and has no effect.
    let Some(turn) = turn else { return Ok(Response::empty()) };
    let expects_message =
        matches!(turn.act, TurnEvent::Message(_) | TurnEvent::CardAction { .. }) && !turn.invoke;
    let (near, words, activity) = (turn.conversation.clone(), turn.words(), turn.activity.clone());
    // Best effort: the vault sends the actual reply, and the acknowledgement must not be late for this.
    let word = async |text: &str| {
        let key = format!("{} {activity} {text}", near.id);
        if expects_message && SAID.with_borrow_mut(|expects_message| expects_message.is_new(key)) {
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
        Ok(VaultResponse::TurnHandled { invoke: Some(invoke) }) => Response::json(&invoke),
        Ok(_) => Ok(Response::empty()),
        // Teams redelivers an activity that was not acknowledged.
        Err(problem) => Err(RequestError::of(ErrorCode::TemporarilyUnavailable).with_cause(problem)),
    }
}

fn unauthorized(error: TokenError) -> RequestError {
    RequestError::of(ErrorCode::Unauthorized).with_cause(error)
}
