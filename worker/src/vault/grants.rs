//! Grants: handing out access, and one refresh at a time. What may be sent to an app, and what an answer means, is decided
//! by `domain::connection::life`; here it is done.

use futures_util::FutureExt;
use futures_util::future::{LocalBoxFuture, Shared};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;
use workbot_domain::catalogue::OAuth2;
use workbot_domain::connection::life::{Arrival, INTENT_HOLDS, Intent, Life, Refresh, Status};
use workbot_domain::connection::{AccountIdentity, Connected, Freshness, Reason, Record, TokenSet};
use workbot_domain::event::{Cause, CorrelationId, Ended, Event};
use workbot_domain::grant::{Refusal, classify, tokens_from};
use workbot_domain::time::Timestamp;
use workbot_shared::{AppId, Auth};

use super::connections::NotRead;
use super::due::{Finish, Job, SWEEP_EVERY};
use super::{Core, Trouble};
use crate::app_client::{AppClient, NoAccount};
use crate::catalogue::catalogue;
use crate::clock::{fresh_id, millis_since, now, pause, random, within};
use crate::oauth_client::{NoToken, OAuthClient, TOKEN_LIMIT};
use crate::report;
use crate::sql::SqlError;
use crate::{values, workspace};

/// A connection that changes this often while it is read is left for later.
const READS: usize = 3;

/// A caller whose access token may still work waits so long for a refresh.
const PATIENCE: Duration = Duration::from_secs(2);

/// Access to an app, for now.
#[derive(Clone)]
pub struct Access {
    pub tokens: Rc<TokenSet>,
    pub account: AccountIdentity,
    pub revision: String,
}

/// Why there is no access.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoAccess {
    /// The person has to log in.
    NeedsLogin,
    /// Something of ours does not answer; nothing was done, and nothing is lost.
    NotNow,
    /// The app does not answer. It is asked again at this time; nothing is lost.
    Unavailable { retry_at: Timestamp },
    /// A policy of the app refuses now; the connection is kept.
    Policy,
    /// Our registration at the app is wrong; the connection is kept.
    Setup,
    /// An admin stopped all use of the app.
    Frozen,
}

impl NoAccess {
    /// For the log.
    fn outcome(&self) -> Ended {
        match self {
            Self::NeedsLogin => Ended::NeedsLogin,
            Self::NotNow | Self::Unavailable { .. } => Ended::NotNow,
            Self::Policy | Self::Setup => Ended::Refused,
            Self::Frozen => Ended::Frozen,
        }
    }
}

impl From<SqlError> for NoAccess {
    fn from(error: SqlError) -> Self {
        Trouble::from(error).into()
    }
}

impl From<Trouble> for NoAccess {
    fn from(trouble: Trouble) -> Self {
        report::alone(&Event::VaultTrouble { cause: Cause::of(&trouble) });
        Self::NotNow
    }
}

/// A refresh under way. Everyone who awaits it gets the same result.
pub type Flight = Shared<LocalBoxFuture<'static, Result<Access, NoAccess>>>;

/// Access to an app as this owner; refreshed before it ends. What needs a login only because its app's refusals were doubtful
/// is tried once more.
pub async fn access(core: &Rc<Core>, app: &AppId, id: &CorrelationId) -> Result<Access, NoAccess> {
    let flight = core.flights.borrow().get(app).cloned();
    // The present token may still work: the refresh is not waited for to its end.
    if let Some(flight) = flight
        && let Some(access) = within(PATIENCE, flight).await
        && !matches!(access, Err(NoAccess::NotNow | NoAccess::Unavailable { .. }))
    {
        return access;
    }
    let access = match core.record(app)? {
        Some(Record::NeedsLogin { reason: Reason::Doubtful, .. }) => return try_again(core, app, id).await,
        _ => current(core, app, connected).await?,
    };
    match access.tokens.freshness(now()) {
        Freshness::Fresh => Ok(access),
        // A token that still works is used when a new one does not come at once. The refresh goes on.
        Freshness::Ending => match within(PATIENCE, renew(core, app, &access.revision, true, id)).await {
            None | Some(Err(NoAccess::NotNow | NoAccess::Unavailable { .. }))
                if works(&access) && still(core, app, &access.revision)? =>
            {
                Ok(access)
            }
            Some(renewed) => renewed,
            None => Err(NoAccess::Unavailable { retry_at: now() + PATIENCE }),
        },
        Freshness::Ended => renew(core, app, &access.revision, false, id).await,
    }
}

/// Refreshes what was ended by doubt: if its app says yes now, nobody has to log in.
async fn try_again(core: &Rc<Core>, app: &AppId, id: &CorrelationId) -> Result<Access, NoAccess> {
    let sealed = core.tryable(app)?.ok_or(NoAccess::NeedsLogin)?;
    renew(core, app, &sealed.revision, false, id).await
}

/// Renews access that an app no longer takes, or that ends; `usable` tells whether it still works. Only if `revision` is
/// still the valid one: who comes late gets what the first one fetched. A refresh that was begun goes on to its end, also
/// when nobody waits for it any more.
pub async fn renew(
    core: &Rc<Core>,
    app: &AppId,
    revision: &str,
    usable: bool,
    id: &CorrelationId,
) -> Result<Access, NoAccess> {
    let flight = core.flights.borrow().get(app).cloned();
    if let Some(flight) = flight {
        return flight.await;
    }
    let (leader, app_of_leader, revision) = (Rc::clone(core), app.clone(), revision.to_owned());
    let id = id.clone();
    let flight = async move {
        let (began, sent) = (now(), Cell::new(0));
        let result = refresh(&leader, &app_of_leader, &revision, usable, (&sent, &id)).await;
        leader.flights.borrow_mut().remove(&app_of_leader);
        if sent.get() > 0 {
            let (app, shared, ms) = (app_of_leader, leader.is_shared(), millis_since(began));
            let outcome = result.as_ref().map_or_else(NoAccess::outcome, |_| Ended::Done);
            leader.log_of(&id, &Event::Refresh { app, shared, outcome, ms });
        }
        result
    }
    .boxed_local()
    .shared();
    core.flights.borrow_mut().insert(app.clone(), flight.clone());
    core.state.wait_until(flight.clone().map(|_| ()));
    flight.await
}

/// As due work: sends a refresh again that the app did not answer. A run that needs it does the same meanwhile.
pub async fn refresh_again(core: &Rc<Core>, app: &AppId) -> Result<Finish, Trouble> {
    let Life { status: Status::Connected { .. }, intent: Some(intent) } = core.life(app)? else {
        return Ok(Finish::Done);
    };
    Ok(match renew(core, app, &intent.revision, true, &CorrelationId::default()).await {
        Err(NoAccess::Unavailable { retry_at }) => Finish::Again(retry_at.since(now())),
        Err(NoAccess::NotNow) => Finish::Failed,
        // A frozen app is sent nothing; what needs it after that sends it again.
        Ok(_) | Err(NoAccess::NeedsLogin | NoAccess::Policy | NoAccess::Setup | NoAccess::Frozen) => {
            Finish::Done
        }
    })
}

/// Whether an access token has not ended, at this very moment.
fn works(access: &Access) -> bool {
    access.tokens.freshness(now()) != Freshness::Ended
}

/// Whether a revision is the valid one of a connection that can be used, at this very moment.
fn still(core: &Core, app: &AppId, revision: &str) -> Result<bool, SqlError> {
    Ok(matches!(core.record(app)?, Some(Record::Connected(now)) if now.revision == revision))
}

/// What tells which tokens of an app count.
type Which = fn(&Core, &AppId) -> Result<Option<Connected>, SqlError>;

/// Those of a connection that can be used.
fn connected(core: &Core, app: &AppId) -> Result<Option<Connected>, SqlError> {
    Ok(core
        .record(app)?
        .and_then(|record| if let Record::Connected(now) = record { Some(now) } else { None }))
}

/// The tokens that are valid now. While they are read, their owner may leave, or log in anew: then those count.
async fn current(core: &Core, app: &AppId, which: Which) -> Result<Access, NoAccess> {
    for _ in 0..READS {
        let sealed = which(core, app)?.ok_or(NoAccess::NeedsLogin)?;
        let access = read(core, app, &sealed).await?;
        if which(core, app)?.is_some_and(|now| now.revision == sealed.revision) {
            return Ok(access);
        }
    }
    Err(NoAccess::NotNow)
}

async fn read(core: &Core, app: &AppId, connected: &Connected) -> Result<Access, NoAccess> {
    match core.tokens(app, connected).await {
        Ok(tokens) => Ok(Access {
            tokens: Rc::new(tokens),
            account: connected.account.clone(),
            revision: connected.revision.clone(),
        }),
        Err(NotRead::NotNow) => Err(NoAccess::NotNow),
        Err(NotRead::Lost) => {
            core.needs_login(app, &connected.revision, Reason::StorageLost)?;
            Err(NoAccess::NeedsLogin)
        }
    }
}

/// The refresh itself. Counts in `asked` how often the app was asked. A frozen app is sent nothing; what arrives although
/// it was frozen meanwhile is kept, and handed to nobody.
async fn refresh(
    core: &Rc<Core>,
    app: &AppId,
    revision: &str,
    usable: bool,
    (asked, id): (&Cell<u32>, &CorrelationId),
) -> Result<Access, NoAccess> {
    let config = core.config()?;
    let client = AppClient::of(&config, app).ok_or(NoAccess::Setup)?;
    let mut owned = revision.to_owned();
    loop {
        let revision = owned.as_str();
        let before = current(core, app, Core::tryable).await?;
        if core.is_frozen(app).await? {
            return Err(NoAccess::Frozen);
        }
        let usable = usable && works(&before);
        let (Some((oauth, oauth2)), Some(token)) = (oauth(client), before.tokens.refresh_token.clone())
        else {
            return unrenewable(core, client, revision, usable, before).await;
        };
        let life = core.life(app)?;
        let is_connected = matches!(life.status, Status::Connected { .. });
        let intent = match life.refresh(revision, &core.holder, now()) {
            Refresh::Superseded => {
                let access = current(core, app, connected).await?;
                if works(&access) {
                    return Ok(access);
                }
                owned = access.revision;
                continue;
            }
            Refresh::NotConnected => return Err(NoAccess::NeedsLogin),
            Refresh::NotBefore(retry_at) => return Err(NoAccess::Unavailable { retry_at }),
            Refresh::Wait(_) if !is_connected => return Err(NoAccess::NeedsLogin),
            Refresh::Wait(retry_at) if usable => return Err(NoAccess::Unavailable { retry_at }),
            Refresh::Wait(until) => {
                pause(until.since(now())).await;
                continue;
            }
            Refresh::Send(intent) => intent,
        };
        core.live(app, |life| life.intent = Some(intent.clone()))?;
        asked.set(asked.get() + 1);
        let problem = match oauth.refresh(&token).await {
            Ok(answer) => {
                let tokens = tokens_from(answer, oauth2, Some(&before.tokens), now());
                let kept = keep(core, app, revision, tokens, &before)?;
                if core.is_frozen(app).await? {
                    return Err(NoAccess::Frozen);
                }
                // Its owner may have left while we asked.
                return if still(core, app, &kept.revision)? { Ok(kept) } else { Err(NoAccess::NeedsLogin) };
            }
            Err(problem) => problem,
        };
        let busy = |stated| move |life: &mut Life| life.busy(stated, now(), random());
        let doubted = |used| move |life: &mut Life| life.doubted(revision, used, now(), random());
        let unanswered = |life: &mut Life| life.unanswered(now(), random());
        let put_off = match problem {
            // A success that cannot be read has used up what was sent, like an answer that was lost.
            NoToken::Unreadable { tokens, .. } if tokens.is_empty() => {
                put_off(core, app, &intent, unanswered)?
            }
            NoToken::Unreadable { refresh_token: Some(same), .. }
                if same.expose_secret() == token.expose_secret() =>
            {
                put_off(core, app, &intent, doubted(false))?
            }
            NoToken::Unreadable { refresh_token: Some(new), .. } => {
                let (next, put_off) = replace(core, app, revision, new, &before)?;
                owned = next;
                put_off
            }
            // What it holds is of this grant, which may live: it is not revoked, unless the connection was left.
            NoToken::Unreadable { tokens, .. } => {
                let put_off = put_off(core, app, &intent, doubted(true))?;
                if core.tryable(app)?.is_none_or(|now| now.revision != revision) {
                    core.discard_each(app, tokens, Some(&before.account))?;
                }
                put_off
            }
            NoToken::Unknown => put_off(core, app, &intent, unanswered)?,
            NoToken::Busy { retry_after } => put_off(core, app, &intent, busy(retry_after))?,
            // Nothing left us.
            NoToken::Misconfigured => {
                core.live(app, |life| mine(life, &intent, |life| life.refused(revision, Refusal::Setup)))?;
                return Err(refused(core, app, Refusal::Setup, 0));
            }
            NoToken::Refused { status, said, retry_after } => match classify(&said, &oauth2.errors) {
                Refusal::Transient => put_off(core, app, &intent, busy(retry_after))?,
                Refusal::Doubtful => {
                    let error = said.error;
                    core.log_of(id, &Event::RefusalUnknown { app: app.clone(), status, error });
                    put_off(core, app, &intent, doubted(false))?
                }
                refusal => {
                    core.live(app, |life| mine(life, &intent, |life| life.refused(revision, refusal)))?;
                    return Err(refused(core, app, refusal, status));
                }
            },
        };
        match put_off {
            // Three times, with a pause between: who waits gets to know within seconds.
            NoAccess::Unavailable { retry_at } if doubts(core, app)? => pause(retry_at.since(now())).await,
            put_off => return Err(put_off),
        }
    }
}

/// Whether the app's last word was a doubtful refusal.
fn doubts(core: &Core, app: &AppId) -> Result<bool, SqlError> {
    Ok(core.life(app)?.intent.is_some_and(|intent| intent.doubts > 0))
}

/// Access without a refresh token, and keys. That an API does not take it says nothing about the whole: only the account
/// call tells whether it still works at all.
async fn unrenewable(
    core: &Core,
    client: AppClient<'_>,
    revision: &str,
    usable: bool,
    access: Access,
) -> Result<Access, NoAccess> {
    let app = &client.id;
    if usable || (access.revision != revision && works(&access)) {
        return Ok(access);
    }
    let ended = !works(&access) || client.account(&access.tokens).await == Err(NoAccount::Dead);
    if !ended {
        return if still(core, app, &access.revision)? { Ok(access) } else { Err(NoAccess::NeedsLogin) };
    }
    let key = client.app.auth != Auth::Oauth2;
    core.needs_login(app, revision, if key { Reason::GrantGone } else { Reason::NotRenewable })?;
    Err(NoAccess::NeedsLogin)
}

/// The app gave no definite answer: notes that, and when it is asked again. Due work does that, if nobody comes before; what
/// needs a login by now is tried by commands only.
fn put_off(
    core: &Core,
    app: &AppId,
    intent: &Intent,
    rule: impl FnOnce(&mut Life),
) -> Result<NoAccess, SqlError> {
    core.sql.transaction(|| {
        let mut life = core.life(app)?;
        let before = life.status.clone();
        mine(&mut life, intent, rule);
        core.store_life(app, &life)?;
        if life.status != before {
            core.enqueue(&Job::Direct { app: app.clone() }, now())?;
        }
        asked_again(core, app, life)
    })
}

/// Notes when the app is asked again. To be called in a transaction.
fn asked_again(core: &Core, app: &AppId, life: Life) -> Result<NoAccess, SqlError> {
    if matches!(life.status, Status::NeedsLogin { .. }) {
        return Ok(NoAccess::NeedsLogin);
    }
    let Some(retry_at) = life.intent.and_then(|intent| intent.retry_at) else {
        return Ok(NoAccess::NotNow);
    };
    core.enqueue(&Job::Refresh { app: app.clone() }, retry_at)?;
    Ok(NoAccess::Unavailable { retry_at })
}

/// Keeps the refresh token of an answer that cannot be used: the old one may be used up, and the next refresh sends this one.
/// If the connection was left meanwhile, it is revoked instead. Returns the revision that counts from now on.
fn replace(
    core: &Core,
    app: &AppId,
    revision: &str,
    refresh_token: SecretString,
    before: &Access,
) -> Result<(String, NoAccess), SqlError> {
    let next = fresh_id();
    let tokens = before.tokens.renewable_by(refresh_token, now());
    let put_off = core.sql.transaction(|| {
        let mut life = core.life(app)?;
        if life.replaced(revision, next.clone(), now(), random()) == Arrival::Revoke {
            core.revoke_later(app, &tokens, Some(&before.account))?;
            return Ok(NoAccess::NeedsLogin);
        }
        core.store_life(app, &life)?;
        core.journal(app, &next, &tokens, Some(revision))?;
        core.store_end(app, &tokens)?;
        core.enqueue(&Job::Direct { app: app.clone() }, now())?;
        asked_again(core, app, life)
    })?;
    Ok((next, put_off))
}

/// An answer counts only for the request that it answers.
fn mine(life: &mut Life, intent: &Intent, rule: impl FnOnce(&mut Life)) {
    if life.intent.as_ref() == Some(intent) {
        rule(life);
    }
}

fn refused(core: &Core, app: &AppId, refusal: Refusal, status: u16) -> NoAccess {
    match refusal {
        Refusal::Login => NoAccess::NeedsLogin,
        Refusal::Policy => NoAccess::Policy,
        Refusal::Setup => {
            core.log(&Event::AppSetup { app: app.clone(), status });
            NoAccess::Setup
        }
        Refusal::Doubtful | Refusal::Transient => NoAccess::NotNow,
    }
}

/// When the login ends at the app, as far as its file says: then its refresh token does.
fn login_ends(app: &AppId, tokens: &TokenSet) -> Option<i64> {
    let oauth2 = catalogue().apps.get(app)?.oauth2.as_ref()?;
    tokens.refresh_token.as_ref()?;
    Some((now() + oauth2.refresh_token_lifetime()?).millis())
}

/// Keeps what a refresh of `revision` brought; if the connection was left meanwhile, it is revoked instead.
fn keep(
    core: &Core,
    app: &AppId,
    revision: &str,
    tokens: TokenSet,
    before: &Access,
) -> Result<Access, NoAccess> {
    let next = fresh_id();
    let kept = core.sql.transaction(|| {
        let mut life = core.life(app)?;
        let is_connected_again = !matches!(life.status, Status::Connected { .. });
        if life.arrived(revision, next.clone()) == Arrival::Revoke {
            core.revoke_later(app, &tokens, Some(&before.account))?;
            return Ok(false);
        }
        core.store_life(app, &life)?;
        core.journal(app, &next, &tokens, Some(revision))?;
        if is_connected_again {
            core.enqueue(&Job::Direct { app: app.clone() }, now())?;
            core.wake(app)?;
        }
        if tokens.has_another_refresh_token(&before.tokens) {
            core.store_end(app, &tokens)?;
        }
        Ok(true)
    })?;
    let account = core.record(app)?.map(|record| record.account().clone());
    let Some(account) = account.filter(|_| kept) else { return Err(NoAccess::NeedsLogin) };
    Ok(Access { tokens: Rc::new(tokens), account, revision: next })
}

impl Core {
    /// Whether an admin stopped all use of an app.
    pub(super) async fn is_frozen(&self, app: &AppId) -> Result<bool, Trouble> {
        let frozen = workspace::frozen(&self.env, &self.id()?.tenant).await;
        frozen.map(|apps| apps.contains(app)).map_err(|_| Trouble::Elsewhere)
    }

    /// Another refresh token: its time begins anew. To be called in a transaction.
    fn store_end(&self, app: &AppId, tokens: &TokenSet) -> Result<(), SqlError> {
        self.sql.run(
            "UPDATE connection SET ends_at = ? WHERE app = ?",
            values![login_ends(app, tokens), app.as_str()],
        )
    }

    /// A new login becomes the connection; the one before was retired. To be called in the same transaction.
    pub(super) fn connect(
        &self,
        app: &AppId,
        tokens: &TokenSet,
        account: &AccountIdentity,
    ) -> Result<(), SqlError> {
        let revision = fresh_id();
        self.sql.run(
            "INSERT OR REPLACE INTO connection (app, status, account_label, account_id, instance, scopes,
             connected_at, ends_at, used_by) VALUES (?, 'connected', ?, ?, ?, ?, ?, ?,
             coalesce((SELECT used_by FROM connection WHERE app = ?), '[]'))",
            values![
                app.as_str(),
                account.label.as_str(),
                account.id.as_str(),
                account.instance.clone(),
                tokens.scopes.join(" "),
                now().millis(),
                login_ends(app, tokens),
                app.as_str(),
            ],
        )?;
        self.store_life(app, &Life::connected(revision.clone()))?;
        // From then on somebody looks after it.
        self.enqueue(&Job::Sweep, now() + SWEEP_EVERY)?;
        self.journal(app, &revision, tokens, None)
    }
}

// The token request ends before its intent stops holding.
const _: () = assert!(TOKEN_LIMIT.as_secs() < INTENT_HOLDS.as_secs());

/// Our OAuth client at an app, if it is set up.
pub fn oauth(client: AppClient<'_>) -> Option<(OAuthClient, &'static OAuth2)> {
    Some((client.oauth()?, client.app.oauth2.as_ref()?))
}
