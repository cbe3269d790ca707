//! One refresh (RFC 6749 section 6), as a state machine.
//!
//! The normal order is: read the tokens, check the freeze, store the intent and send the refresh token, store
//! the new tokens, check the freeze again, end. Each step takes one event and the stored lifecycle, and
//! returns the rows to write and one effect.

use crate::ids::{Incarnation, Revision};
use secrecy::{ExposeSecret, SecretString};
use std::rc::Rc;
use workbot_shared::{AppId, Auth};

use super::access_result::{Access, AccessError};
use super::step_input_and_writes::{Step, StepInput, Write, store};
use super::stored_token_read::{ReadScope, TokenRead, TokenReadError, TokenReadOutcome};
use crate::catalog::App;
use crate::connection::lifecycle::{Lifecycle, RefreshDecision, RefreshIntent, Status, TokenDisposition};
use crate::connection::record::Reason;
use crate::connection::token_response::{
    TokenErrorClass, TokenRequestError, TokenResponse, classify_error, login_ends, tokens_from,
};
use crate::connection::token_set::TokenSet;
use crate::log_event::Event;
use crate::time::Timestamp;

/// A refresh of one connection. The vault never runs two of them at the same time for a connection.
#[derive(Debug)]
pub struct Refresher<'a> {
    id: AppId,
    app: &'a App,
    /// The revision to renew.
    revision: Revision,
    /// Whether its access token worked when the refresh started.
    usable: bool,
    /// The start of the vault's object.
    incarnation: Incarnation,
    requests: u32,
    state: State,
}

#[derive(Debug)]
enum State {
    /// The refresh starts, or a pause is over.
    Ready,
    /// The vault reads the tokens.
    Reading(TokenRead),
    /// The vault checks whether the app is frozen, before anything is sent.
    Checking(Access),
    /// A token request is in progress.
    Sent { before: Access, intent: RefreshIntent },
    /// The new tokens are stored. The vault checks whether the app is frozen, before they are handed out.
    Kept(Access),
    /// The vault asks the app for the account, to find out whether the tokens work.
    AskingAccount(Access),
    /// The refresh has ended.
    Over,
}

/// An event: the result of the last effect.
#[derive(Debug)]
pub enum RefreshEvent {
    /// The refresh starts, or the pause is over.
    Proceed,
    /// The tokens were read, or could not be.
    Read(Result<Access, TokenReadError>),
    /// Whether the app is frozen.
    Frozen(bool),
    /// The result of the token request.
    Response(Result<TokenResponse, TokenRequestError>),
    /// The result of the account call. A call without a response counts as not dead.
    Account {
        /// Whether the app reports the tokens as dead.
        is_dead: bool,
    },
}

/// The next effect.
#[derive(Debug)]
pub enum RefreshEffect {
    /// Read the tokens of this revision.
    Read(Revision),
    /// Check whether the app is frozen.
    AskFrozen,
    /// Send this refresh token to the token endpoint.
    Send(SecretString),
    /// Wait until this time.
    WaitUntil(Timestamp),
    /// Ask the app for the account of this access.
    AskAccount(Access),
    /// The refresh has ended with this result.
    End(Result<Access, AccessError>),
}

type Next = Step<RefreshEffect>;

fn end(result: Result<Access, AccessError>) -> Next {
    Step::only(RefreshEffect::End(result))
}

impl<'a> Refresher<'a> {
    /// Creates a refresh of `revision`. `usable` says whether its access token still works.
    ///
    /// If another revision is current by the time the tokens are read, its tokens are returned: a caller with
    /// an outdated revision gets the tokens that an earlier refresh fetched.
    #[must_use]
    pub fn new(
        id: &AppId,
        app: &'a App,
        revision: &Revision,
        usable: bool,
        incarnation: &Incarnation,
    ) -> Self {
        Self {
            id: id.clone(),
            app,
            revision: revision.clone(),
            usable,
            incarnation: incarnation.clone(),
            requests: 0,
            state: State::Ready,
        }
    }

    /// Returns the number of token requests sent.
    #[must_use]
    pub fn requests(&self) -> u32 {
        self.requests
    }

    /// Takes an event and returns the writes and the next effect.
    ///
    /// Nothing is sent to a frozen app. Tokens that arrive after an app was frozen are stored and not handed
    /// out.
    pub fn step(&mut self, event: RefreshEvent, at: &StepInput) -> Next {
        match (std::mem::replace(&mut self.state, State::Over), event) {
            (State::Ready, RefreshEvent::Proceed) => self.read(at),
            (State::Reading(reading), RefreshEvent::Read(read)) => match reading.found(read, at) {
                TokenReadOutcome::Tokens(access) => {
                    self.state = State::Checking(access);
                    Step::only(RefreshEffect::AskFrozen)
                }
                TokenReadOutcome::Again(reading) => self.go_on_reading(reading),
                TokenReadOutcome::Nothing(error, writes) => {
                    Step { writes, effect: RefreshEffect::End(Err(error)) }
                }
            },
            (State::Checking(_) | State::Kept(_), RefreshEvent::Frozen(true)) => {
                end(Err(AccessError::Frozen))
            }
            (State::Checking(before), RefreshEvent::Frozen(false)) => self.begin(before, at),
            (State::Sent { before, intent }, RefreshEvent::Response(Ok(response))) => {
                self.on_tokens(response, &before, &intent, at)
            }
            (State::Sent { before, intent }, RefreshEvent::Response(Err(error))) => {
                self.on_error(error, &before, &intent, at)
            }
            (State::AskingAccount(_), RefreshEvent::Account { is_dead: true }) => self.invalidate(at),
            // The owner may have disconnected during the check.
            (State::Kept(access), RefreshEvent::Frozen(false))
            | (State::AskingAccount(access), RefreshEvent::Account { is_dead: false }) => {
                let is_valid = access.is_valid(&at.lifecycle);
                end(if is_valid { Ok(access) } else { Err(AccessError::NeedsLogin) })
            }
            // The event does not belong to the state.
            _ => end(Err(AccessError::NotNow)),
        }
    }

    fn read(&mut self, at: &StepInput) -> Next {
        match TokenRead::begin(ReadScope::Tryable, &at.lifecycle) {
            Some(reading) => self.go_on_reading(reading),
            None => end(Err(AccessError::NeedsLogin)),
        }
    }

    fn go_on_reading(&mut self, reading: TokenRead) -> Next {
        let revision = reading.revision();
        self.state = State::Reading(reading);
        Step::only(RefreshEffect::Read(revision))
    }

    fn wait_until(&mut self, until: Timestamp, writes: Vec<Write>) -> Next {
        self.state = State::Ready;
        Step { writes, effect: RefreshEffect::WaitUntil(until) }
    }

    /// Sends the refresh token, if it may be sent now.
    fn begin(&mut self, before: Access, at: &StepInput) -> Next {
        // The owner may have disconnected, or logged in again, during the check.
        if ReadScope::Tryable.revision(&at.lifecycle) != Some(&before.revision) {
            return self.read(at);
        }
        let is_connected = before.is_valid(&at.lifecycle);
        if before.revision != self.revision {
            if !is_connected {
                return end(Err(AccessError::NeedsLogin));
            }
            // Another refresh has renewed the tokens.
            if before.works(at.now) {
                return end(Ok(before));
            }
            self.revision.clone_from(&before.revision);
        }
        let usable = self.usable && before.works(at.now);
        let (Some(_), Some(token)) = (&self.app.oauth2, before.tokens.refresh_token.clone()) else {
            return self.unrenewable(before, usable, at);
        };
        match at.lifecycle.refresh(&self.revision, &self.incarnation, at.now) {
            RefreshDecision::Superseded => self.read(at),
            RefreshDecision::NotConnected => end(Err(AccessError::NeedsLogin)),
            RefreshDecision::NotBefore(retry_at) => end(Err(AccessError::Unavailable { retry_at })),
            RefreshDecision::Wait(_) if !is_connected => end(Err(AccessError::NeedsLogin)),
            RefreshDecision::Wait(retry_at) if usable => end(Err(AccessError::Unavailable { retry_at })),
            RefreshDecision::Wait(until) => self.wait_until(until, Vec::new()),
            RefreshDecision::Send(intent) => {
                let lifecycle = Lifecycle { intent: Some(intent.clone()), ..at.lifecycle.clone() };
                self.requests += 1;
                self.state = State::Sent { before, intent };
                Step { writes: vec![Write::Lifecycle(lifecycle)], effect: RefreshEffect::Send(token) }
            }
        }
    }

    /// Handles API keys, and access without a refresh token. A refused API call says nothing about the
    /// connection: only the account call decides whether the token still works.
    fn unrenewable(&mut self, access: Access, usable: bool, at: &StepInput) -> Next {
        if usable {
            return end(Ok(access));
        }
        if !access.works(at.now) {
            return self.invalidate(at);
        }
        self.state = State::AskingAccount(access.clone());
        Step::only(RefreshEffect::AskAccount(access))
    }

    /// Ends the connection: the tokens no longer work, and nothing renews them.
    fn invalidate(&self, at: &StepInput) -> Next {
        let is_key = self.app.auth != Auth::Oauth2;
        let mut lifecycle = at.lifecycle.clone();
        lifecycle.invalidate(&self.revision, if is_key { Reason::GrantGone } else { Reason::NotRenewable });
        Step {
            writes: store(&at.lifecycle, lifecycle),
            effect: RefreshEffect::End(Err(AccessError::NeedsLogin)),
        }
    }

    /// Stores the tokens of the response. If the connection was left during the request, they are revoked
    /// instead.
    fn on_tokens(
        &mut self,
        response: TokenResponse,
        before: &Access,
        intent: &RefreshIntent,
        at: &StepInput,
    ) -> Next {
        let Some(oauth2) = &self.app.oauth2 else {
            return self.on_error(TokenRequestError::Misconfigured, before, intent, at);
        };
        let tokens = tokens_from(response, oauth2, Some(&before.tokens), at.now);
        let mut lifecycle = at.lifecycle.clone();
        let is_connected_again = !matches!(lifecycle.status, Status::Connected { .. });
        if lifecycle.on_tokens(&self.revision, at.fresh_revision.clone()) == TokenDisposition::Revoke {
            return revoke(tokens, before);
        }
        let tokens = Rc::new(tokens);
        let mut writes = self.keep(lifecycle, Rc::clone(&tokens), at);
        if is_connected_again {
            writes.extend([Write::SyncDirectory, Write::WakeRuns]);
        }
        if tokens.has_another_refresh_token(&before.tokens) {
            writes.push(Write::LoginEnds(login_ends(oauth2, &tokens, at.now)));
        }
        let (account, revision) = (before.account.clone(), at.fresh_revision.clone());
        self.state = State::Kept(Access { tokens, account, revision });
        Step { writes, effect: RefreshEffect::AskFrozen }
    }

    fn keep(&self, lifecycle: Lifecycle, tokens: Rc<TokenSet>, at: &StepInput) -> Vec<Write> {
        let (revision, replaces) = (at.fresh_revision.clone(), self.revision.clone());
        vec![Write::Lifecycle(lifecycle), Write::Journal { revision, tokens, replaces }]
    }

    /// Handles a response without usable tokens. It changes the lifecycle only if the stored intent is the
    /// one of this request.
    fn on_error(
        &mut self,
        error: TokenRequestError,
        before: &Access,
        intent: &RefreshIntent,
        at: &StepInput,
    ) -> Next {
        let (now, random) = (at.now, at.random);
        let is_mine = at.lifecycle.intent.as_ref() == Some(intent);
        let mut changed = at.lifecycle.clone();
        let mut also = Vec::new();
        match error {
            TokenRequestError::Unknown => changed.on_no_response(now, random),
            // An unreadable success has consumed the refresh token, like a lost response.
            TokenRequestError::Unreadable { tokens, .. } if tokens.is_empty() => {
                changed.on_no_response(now, random)
            }
            TokenRequestError::Unreadable { refresh_token: Some(token), .. } => {
                if is_same(&token, before) {
                    changed.on_doubtful(&self.revision, false, now, random);
                } else {
                    return self.replace(token, before, at);
                }
            }
            // These tokens belong to the grant, which may live. They are revoked only if the connection was
            // left.
            TokenRequestError::Unreadable { tokens, .. } => {
                changed.on_doubtful(&self.revision, true, now, random);
                if ReadScope::Tryable.revision(&at.lifecycle) != Some(&self.revision) {
                    also.extend(tokens.into_iter().map(|token| Write::Revoke {
                        tokens: TokenSet::to_be_revoked(token),
                        account: before.account.clone(),
                    }));
                }
            }
            TokenRequestError::Busy { retry_after } => changed.on_busy(retry_after, now, random),
            TokenRequestError::Misconfigured => {
                return self.on_refused(TokenErrorClass::Setup, 0, is_mine, at);
            }
            TokenRequestError::Refused { status, response, retry_after } => {
                let class = self.app.oauth2.as_ref().map(|oauth2| classify_error(&response, &oauth2.errors));
                match class.unwrap_or(TokenErrorClass::Setup) {
                    TokenErrorClass::Transient => changed.on_busy(retry_after, now, random),
                    TokenErrorClass::Doubtful => {
                        changed.on_doubtful(&self.revision, false, now, random);
                        let (app, error) = (self.id.clone(), response.error);
                        also.push(Write::Log(Event::TokenErrorUnknown { app, status, error }));
                    }
                    class @ (TokenErrorClass::Login | TokenErrorClass::Policy | TokenErrorClass::Setup) => {
                        return self.on_refused(class, status, is_mine, at);
                    }
                }
            }
        }
        let lifecycle = if is_mine { changed } else { at.lifecycle.clone() };
        let mut writes = store(&at.lifecycle, lifecycle.clone());
        writes.extend(also);
        self.put_off(&lifecycle, writes)
    }

    /// Handles a definite refusal, or a request that could not be made.
    fn on_refused(&self, class: TokenErrorClass, status: u16, is_mine: bool, at: &StepInput) -> Next {
        let mut lifecycle = at.lifecycle.clone();
        if is_mine {
            lifecycle.on_refused(&self.revision, class);
        }
        let mut writes = store(&at.lifecycle, lifecycle);
        let error = match class {
            TokenErrorClass::Login => AccessError::NeedsLogin,
            TokenErrorClass::Policy => AccessError::Policy,
            TokenErrorClass::Setup => {
                writes.push(Write::Log(Event::AppSetup { app: self.id.clone(), status }));
                AccessError::Setup
            }
            TokenErrorClass::Doubtful | TokenErrorClass::Transient => AccessError::NotNow,
        };
        Step { writes, effect: RefreshEffect::End(Err(error)) }
    }

    /// Stores the refresh token of an unusable response. The old one may be consumed, and the next request
    /// sends this one. If the connection was left during the request, it is revoked instead.
    fn replace(&mut self, refresh_token: SecretString, before: &Access, at: &StepInput) -> Next {
        let tokens = before.tokens.renewable_by(refresh_token, at.now);
        let mut lifecycle = at.lifecycle.clone();
        let next = at.fresh_revision.clone();
        if lifecycle.on_new_refresh_token(&self.revision, next.clone(), at.now, at.random)
            == TokenDisposition::Revoke
        {
            return revoke(tokens, before);
        }
        let tokens = Rc::new(tokens);
        let ends = self.app.oauth2.as_ref().and_then(|oauth2| login_ends(oauth2, &tokens, at.now));
        let mut writes = self.keep(lifecycle.clone(), tokens, at);
        writes.extend([Write::LoginEnds(ends), Write::SyncDirectory]);
        self.revision = next;
        self.put_off(&lifecycle, writes)
    }

    /// Handles the absence of a definite response. A job repeats the request if no caller does before. A
    /// connection that needs a login is tried by commands only.
    fn put_off(&mut self, lifecycle: &Lifecycle, mut writes: Vec<Write>) -> Next {
        let fail = |error, writes| Step { writes, effect: RefreshEffect::End(Err(error)) };
        if matches!(lifecycle.status, Status::NeedsLogin { .. }) {
            return fail(AccessError::NeedsLogin, writes);
        }
        let Some((retry_at, doubts)) =
            lifecycle.intent.as_ref().and_then(|intent| Some((intent.retry_at?, intent.doubts)))
        else {
            return fail(AccessError::NotNow, writes);
        };
        writes.push(Write::RefreshAt(retry_at));
        // Three doubtful refusals take seconds, so the waiting caller gets a definite result.
        if doubts > 0 {
            return self.wait_until(retry_at, writes);
        }
        fail(AccessError::Unavailable { retry_at }, writes)
    }
}

/// Whether a refresh token equals the one that was sent.
fn is_same(token: &SecretString, before: &Access) -> bool {
    before.tokens.refresh_token.as_ref().is_some_and(|sent| sent.expose_secret() == token.expose_secret())
}

/// Revokes tokens that arrived after the connection was left.
fn revoke(tokens: TokenSet, before: &Access) -> Next {
    let account = before.account.clone();
    Step {
        writes: vec![Write::Revoke { tokens, account }],
        effect: RefreshEffect::End(Err(AccessError::NeedsLogin)),
    }
}
