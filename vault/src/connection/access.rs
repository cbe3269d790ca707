//! Grants: handing out access, and one refresh at a time. What may be sent to an app, and what an answer means, is decided
//! by `domain::connection::life`; here it is done.

use futures_util::FutureExt;
use secrecy::{ExposeSecret, SecretString};
use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;
use workbot_domain::catalogue::OAuth2;
use workbot_domain::connection::life::{Arrival, INTENT_HOLDS, Intent, Life, Refresh, Status};
use workbot_domain::connection::{Connected, Freshness, Reason, Record, TokenSet};
use workbot_domain::event::{Cause, CorrelationId, Ended, Event};
use workbot_domain::grant::{Refusal, classify, tokens_from};
use workbot_shared::{AppId, Auth};

use crate::access::{Access, NoAccess};
use crate::clients::app::{AppClient, NoAccount};
use crate::clients::oauth::{NoToken, OAuthClient, TOKEN_LIMIT};
use crate::connection::tokens::NotRead;
use crate::context::{VaultCtx, VaultError};
use crate::job::{Finish, Job};
use crate::sql::SqlError;
use crate::workspace;

/// A connection that changes this often while it is read is left for later.
const READS: usize = 3;

/// A caller whose access token may still work waits so long for a refresh.
const PATIENCE: Duration = Duration::from_secs(2);

/// Access to an app as this owner; refreshed before it ends. What needs a login only because its app's refusals were doubtful
/// is tried once more.
pub async fn access(ctx: &Rc<VaultCtx>, app: &AppId, id: &CorrelationId) -> Result<Access, NoAccess> {
    told(ctx, find(ctx, app, id).await)
}

/// Why there is no access, or what of ours failed on the way to it.
enum Obstruction {
    NoAccess(NoAccess),
    Ours(VaultError),
}

impl From<NoAccess> for Obstruction {
    fn from(problem: NoAccess) -> Self {
        Self::NoAccess(problem)
    }
}

impl<T: Into<VaultError>> From<T> for Obstruction {
    fn from(error: T) -> Self {
        Self::Ours(error.into())
    }
}

/// What of ours failed is reported; nothing was done.
fn told(ctx: &VaultCtx, found: Result<Access, Obstruction>) -> Result<Access, NoAccess> {
    found.map_err(|obstruction| match obstruction {
        Obstruction::NoAccess(problem) => problem,
        Obstruction::Ours(error) => {
            ctx.log(&Event::VaultTrouble { cause: Cause::of(&error) });
            NoAccess::NotNow
        }
    })
}

async fn find(ctx: &Rc<VaultCtx>, app: &AppId, id: &CorrelationId) -> Result<Access, Obstruction> {
    let flight = ctx.flights.borrow().get(app).cloned();
    // The present token may still work: the refresh is not waited for to its end.
    if let Some(flight) = flight
        && let Some(access) = ctx.within(PATIENCE, flight).await
        && !matches!(access, Err(NoAccess::NotNow | NoAccess::Unavailable { .. }))
    {
        return Ok(access?);
    }
    let access = match ctx.record(app)? {
        Some(Record::NeedsLogin { reason: Reason::Doubtful, .. }) => return try_again(ctx, app, id).await,
        _ => current(ctx, app, connected).await?,
    };
    match access.tokens.freshness(ctx.now()) {
        Freshness::Fresh => Ok(access),
        // A token that still works is used when a new one does not come at once. The refresh goes on.
        Freshness::Ending => match ctx.within(PATIENCE, renew(ctx, app, &access.revision, true, id)).await {
            None | Some(Err(NoAccess::NotNow | NoAccess::Unavailable { .. }))
                if works(ctx, &access) && still(ctx, app, &access.revision)? =>
            {
                Ok(access)
            }
            Some(renewed) => Ok(renewed?),
            None => Err(NoAccess::Unavailable { retry_at: ctx.now() + PATIENCE }.into()),
        },
        Freshness::Ended => Ok(renew(ctx, app, &access.revision, false, id).await?),
    }
}

/// Refreshes what was ended by doubt: if its app says yes now, nobody has to log in.
async fn try_again(ctx: &Rc<VaultCtx>, app: &AppId, id: &CorrelationId) -> Result<Access, Obstruction> {
    let sealed = ctx.tryable(app)?.ok_or(NoAccess::NeedsLogin)?;
    Ok(renew(ctx, app, &sealed.revision, false, id).await?)
}

/// Renews access that an app no longer takes, or that ends; `usable` tells whether it still works. Only if `revision` is
/// still the valid one: who comes late gets what the first one fetched. A refresh that was begun goes on to its end, also
/// when nobody waits for it any more.
pub async fn renew(
    ctx: &Rc<VaultCtx>,
    app: &AppId,
    revision: &str,
    usable: bool,
    id: &CorrelationId,
) -> Result<Access, NoAccess> {
    let flight = ctx.flights.borrow().get(app).cloned();
    if let Some(flight) = flight {
        return flight.await;
    }
    let (leader, app_of_leader, revision) = (Rc::clone(ctx), app.clone(), revision.to_owned());
    let id = id.clone();
    let flight = async move {
        let (began, sent) = (leader.now(), Cell::new(0));
        let result = refresh(&leader, &app_of_leader, &revision, usable, (&sent, &id)).await;
        let result = told(&leader, result);
        leader.flights.borrow_mut().remove(&app_of_leader);
        if sent.get() > 0 {
            let (app, shared, ms) = (app_of_leader, leader.is_shared(), leader.millis_since(began));
            let outcome = result.as_ref().map_or_else(NoAccess::outcome, |_| Ended::Done);
            leader.log_of(&id, &Event::Refresh { app, shared, outcome, ms });
        }
        result
    }
    .boxed_local()
    .shared();
    ctx.flights.borrow_mut().insert(app.clone(), flight.clone());
    ctx.object.wait_until(flight.clone().map(|_| ()).boxed_local());
    flight.await
}

/// As due work: sends a refresh again that the app did not answer. A run that needs it does the same meanwhile.
pub async fn refresh_again(ctx: &Rc<VaultCtx>, app: &AppId) -> Result<Finish, VaultError> {
    let Life { status: Status::Connected { .. }, intent: Some(intent) } = ctx.life(app)? else {
        return Ok(Finish::Done);
    };
    Ok(match renew(ctx, app, &intent.revision, true, &CorrelationId::default()).await {
        Err(NoAccess::Unavailable { retry_at }) => Finish::Again(retry_at.since(ctx.now())),
        Err(NoAccess::NotNow) => Finish::Failed,
        // A frozen app is sent nothing; what needs it after that sends it again.
        Ok(_) | Err(NoAccess::NeedsLogin | NoAccess::Policy | NoAccess::Setup | NoAccess::Frozen) => {
            Finish::Done
        }
    })
}

/// Whether an access token has not ended, at this very moment.
fn works(ctx: &VaultCtx, access: &Access) -> bool {
    access.tokens.freshness(ctx.now()) != Freshness::Ended
}

/// Whether a revision is the valid one of a connection that can be used, at this very moment.
fn still(ctx: &VaultCtx, app: &AppId, revision: &str) -> Result<bool, SqlError> {
    Ok(matches!(ctx.record(app)?, Some(Record::Connected(now)) if now.revision == revision))
}

/// What tells which tokens of an app count.
type Which = fn(&VaultCtx, &AppId) -> Result<Option<Connected>, SqlError>;

/// Those of a connection that can be used.
fn connected(ctx: &VaultCtx, app: &AppId) -> Result<Option<Connected>, SqlError> {
    Ok(ctx.record(app)?.and_then(|record| if let Record::Connected(now) = record { Some(now) } else { None }))
}

/// The tokens that are valid now. While they are read, their owner may leave, or log in anew: then those count.
async fn current(ctx: &VaultCtx, app: &AppId, which: Which) -> Result<Access, Obstruction> {
    for _ in 0..READS {
        let sealed = which(ctx, app)?.ok_or(NoAccess::NeedsLogin)?;
        let access = read(ctx, app, &sealed).await?;
        if which(ctx, app)?.is_some_and(|now| now.revision == sealed.revision) {
            return Ok(access);
        }
    }
    Err(NoAccess::NotNow.into())
}

async fn read(ctx: &VaultCtx, app: &AppId, connected: &Connected) -> Result<Access, Obstruction> {
    match ctx.tokens(app, connected).await {
        Ok(tokens) => Ok(Access {
            tokens: Rc::new(tokens),
            account: connected.account.clone(),
            revision: connected.revision.clone(),
        }),
        Err(NotRead::NotNow) => Err(NoAccess::NotNow.into()),
        Err(NotRead::Failed(error)) => Err(error.into()),
        Err(NotRead::Lost) => {
            ctx.needs_login(app, &connected.revision, Reason::StorageLost)?;
            Err(NoAccess::NeedsLogin.into())
        }
    }
}

/// The refresh itself. Counts in `asked` how often the app was asked. A frozen app is sent nothing; what arrives although
/// it was frozen meanwhile is kept, and handed to nobody.
async fn refresh(
    ctx: &Rc<VaultCtx>,
    app: &AppId,
    revision: &str,
    usable: bool,
    (asked, id): (&Cell<u32>, &CorrelationId),
) -> Result<Access, Obstruction> {
    let config = ctx.config()?;
    let client = AppClient::of(ctx, &config, app).ok_or(NoAccess::Setup)?;
    let mut owned = revision.to_owned();
    loop {
        let revision = owned.as_str();
        let before = current(ctx, app, VaultCtx::tryable).await?;
        if ctx.is_frozen(app).await? {
            return Err(NoAccess::Frozen.into());
        }
        let usable = usable && works(ctx, &before);
        let (Some((oauth, oauth2)), Some(token)) = (oauth(client), before.tokens.refresh_token.clone())
        else {
            return unrenewable(ctx, client, revision, usable, before).await;
        };
        let life = ctx.life(app)?;
        let is_connected = matches!(life.status, Status::Connected { .. });
        let intent = match life.refresh(revision, &ctx.holder, ctx.now()) {
            Refresh::Superseded => {
                let access = current(ctx, app, connected).await?;
                if works(ctx, &access) {
                    return Ok(access);
                }
                owned = access.revision;
                continue;
            }
            Refresh::NotConnected => return Err(NoAccess::NeedsLogin.into()),
            Refresh::NotBefore(retry_at) => return Err(NoAccess::Unavailable { retry_at }.into()),
            Refresh::Wait(_) if !is_connected => return Err(NoAccess::NeedsLogin.into()),
            Refresh::Wait(retry_at) if usable => return Err(NoAccess::Unavailable { retry_at }.into()),
            Refresh::Wait(until) => {
                ctx.sleep(until.since(ctx.now())).await;
                continue;
            }
            Refresh::Send(intent) => intent,
        };
        ctx.live(app, |life| life.intent = Some(intent.clone()))?;
        asked.set(asked.get() + 1);
        let problem = match oauth.refresh(ctx, &token).await {
            Ok(answer) => {
                let tokens = tokens_from(answer, oauth2, Some(&before.tokens), ctx.now());
                let kept = keep(ctx, app, revision, tokens, &before)?;
                if ctx.is_frozen(app).await? {
                    return Err(NoAccess::Frozen.into());
                }
                // Its owner may have left while we asked.
                return if still(ctx, app, &kept.revision)? {
                    Ok(kept)
                } else {
                    Err(NoAccess::NeedsLogin.into())
                };
            }
            Err(problem) => problem,
        };
        let busy = |stated| move |life: &mut Life| life.busy(stated, ctx.now(), ctx.random());
        let doubted = |used| move |life: &mut Life| life.doubted(revision, used, ctx.now(), ctx.random());
        let unanswered = |life: &mut Life| life.unanswered(ctx.now(), ctx.random());
        let put_off = match problem {
            // A success that cannot be read has used up what was sent, like an answer that was lost.
            NoToken::Unreadable { tokens, .. } if tokens.is_empty() => {
                put_off(ctx, app, &intent, unanswered)?
            }
            NoToken::Unreadable { refresh_token: Some(same), .. }
                if same.expose_secret() == token.expose_secret() =>
            {
                put_off(ctx, app, &intent, doubted(false))?
            }
            NoToken::Unreadable { refresh_token: Some(new), .. } => {
                let (next, put_off) = replace(ctx, app, revision, new, &before)?;
                owned = next;
                put_off
            }
            // What it holds is of this grant, which may live: it is not revoked, unless the connection was left.
            NoToken::Unreadable { tokens, .. } => {
                let put_off = put_off(ctx, app, &intent, doubted(true))?;
                if ctx.tryable(app)?.is_none_or(|now| now.revision != revision) {
                    ctx.discard_each(app, tokens, Some(&before.account))?;
                }
                put_off
            }
            NoToken::Unknown => put_off(ctx, app, &intent, unanswered)?,
            NoToken::Busy { retry_after } => put_off(ctx, app, &intent, busy(retry_after))?,
            // Nothing left us.
            NoToken::Misconfigured => {
                ctx.live(app, |life| mine(life, &intent, |life| life.refused(revision, Refusal::Setup)))?;
                return Err(refused(ctx, app, Refusal::Setup, 0).into());
            }
            NoToken::Refused { status, said, retry_after } => match classify(&said, &oauth2.errors) {
                Refusal::Transient => put_off(ctx, app, &intent, busy(retry_after))?,
                Refusal::Doubtful => {
                    let error = said.error;
                    ctx.log_of(id, &Event::RefusalUnknown { app: app.clone(), status, error });
                    put_off(ctx, app, &intent, doubted(false))?
                }
                refusal => {
                    ctx.live(app, |life| mine(life, &intent, |life| life.refused(revision, refusal)))?;
                    return Err(refused(ctx, app, refusal, status).into());
                }
            },
        };
        match put_off {
            // Three times, with a pause between: who waits gets to know within seconds.
            NoAccess::Unavailable { retry_at } if doubts(ctx, app)? => {
                ctx.sleep(retry_at.since(ctx.now())).await
            }
            put_off => return Err(put_off.into()),
        }
    }
}

/// Whether the app's last word was a doubtful refusal.
fn doubts(ctx: &VaultCtx, app: &AppId) -> Result<bool, SqlError> {
    Ok(ctx.life(app)?.intent.is_some_and(|intent| intent.doubts > 0))
}

/// Access without a refresh token, and keys. That an API does not take it says nothing about the whole: only the account
/// call tells whether it still works at all.
async fn unrenewable(
    ctx: &VaultCtx,
    client: AppClient<'_>,
    revision: &str,
    usable: bool,
    access: Access,
) -> Result<Access, Obstruction> {
    let app = &client.id;
    if usable || (access.revision != revision && works(ctx, &access)) {
        return Ok(access);
    }
    let ended = !works(ctx, &access) || client.account(&access.tokens).await == Err(NoAccount::Dead);
    if !ended {
        return if still(ctx, app, &access.revision)? {
            Ok(access)
        } else {
            Err(NoAccess::NeedsLogin.into())
        };
    }
    let key = client.app.auth != Auth::Oauth2;
    ctx.needs_login(app, revision, if key { Reason::GrantGone } else { Reason::NotRenewable })?;
    Err(NoAccess::NeedsLogin.into())
}

/// The app gave no definite answer: notes that, and when it is asked again. Due work does that, if nobody comes before; what
/// needs a login by now is tried by commands only.
fn put_off(
    ctx: &VaultCtx,
    app: &AppId,
    intent: &Intent,
    rule: impl FnOnce(&mut Life),
) -> Result<NoAccess, SqlError> {
    ctx.sql.transaction(|tx| {
        let mut life = ctx.life(app)?;
        let before = life.status.clone();
        mine(&mut life, intent, rule);
        ctx.store_life(tx, app, &life)?;
        if life.status != before {
            ctx.enqueue(&Job::Direct { app: app.clone() }, ctx.now())?;
        }
        asked_again(ctx, app, life)
    })
}

/// Notes when the app is asked again.
fn asked_again(ctx: &VaultCtx, app: &AppId, life: Life) -> Result<NoAccess, SqlError> {
    if matches!(life.status, Status::NeedsLogin { .. }) {
        return Ok(NoAccess::NeedsLogin);
    }
    let Some(retry_at) = life.intent.and_then(|intent| intent.retry_at) else {
        return Ok(NoAccess::NotNow);
    };
    ctx.enqueue(&Job::Refresh { app: app.clone() }, retry_at)?;
    Ok(NoAccess::Unavailable { retry_at })
}

/// Keeps the refresh token of an answer that cannot be used: the old one may be used up, and the next refresh sends this one.
/// If the connection was left meanwhile, it is revoked instead. Returns the revision that counts from now on.
fn replace(
    ctx: &VaultCtx,
    app: &AppId,
    revision: &str,
    refresh_token: SecretString,
    before: &Access,
) -> Result<(String, NoAccess), SqlError> {
    let next = ctx.fresh_id();
    let tokens = before.tokens.renewable_by(refresh_token, ctx.now());
    let put_off = ctx.sql.transaction(|tx| {
        let mut life = ctx.life(app)?;
        if life.replaced(revision, next.clone(), ctx.now(), ctx.random()) == Arrival::Revoke {
            ctx.revoke_later(tx, app, &tokens, Some(&before.account))?;
            return Ok(NoAccess::NeedsLogin);
        }
        ctx.store_life(tx, app, &life)?;
        ctx.journal(tx, app, &next, &tokens, Some(revision))?;
        ctx.store_end(tx, app, &tokens)?;
        ctx.enqueue(&Job::Direct { app: app.clone() }, ctx.now())?;
        asked_again(ctx, app, life)
    })?;
    Ok((next, put_off))
}

/// An answer counts only for the request that it answers.
fn mine(life: &mut Life, intent: &Intent, rule: impl FnOnce(&mut Life)) {
    if life.intent.as_ref() == Some(intent) {
        rule(life);
    }
}

fn refused(ctx: &VaultCtx, app: &AppId, refusal: Refusal, status: u16) -> NoAccess {
    match refusal {
        Refusal::Login => NoAccess::NeedsLogin,
        Refusal::Policy => NoAccess::Policy,
        Refusal::Setup => {
            ctx.log(&Event::AppSetup { app: app.clone(), status });
            NoAccess::Setup
        }
        Refusal::Doubtful | Refusal::Transient => NoAccess::NotNow,
    }
}

/// Keeps what a refresh of `revision` brought; if the connection was left meanwhile, it is revoked instead.
fn keep(
    ctx: &VaultCtx,
    app: &AppId,
    revision: &str,
    tokens: TokenSet,
    before: &Access,
) -> Result<Access, Obstruction> {
    let next = ctx.fresh_id();
    let kept = ctx.sql.transaction(|tx| {
        let mut life = ctx.life(app)?;
        let is_connected_again = !matches!(life.status, Status::Connected { .. });
        if life.arrived(revision, next.clone()) == Arrival::Revoke {
            ctx.revoke_later(tx, app, &tokens, Some(&before.account))?;
            return Ok(false);
        }
        ctx.store_life(tx, app, &life)?;
        ctx.journal(tx, app, &next, &tokens, Some(revision))?;
        if is_connected_again {
            ctx.enqueue(&Job::Direct { app: app.clone() }, ctx.now())?;
            ctx.wake(tx, app)?;
        }
        if tokens.has_another_refresh_token(&before.tokens) {
            ctx.store_end(tx, app, &tokens)?;
        }
        Ok(true)
    })?;
    let account = ctx.record(app)?.map(|record| record.account().clone());
    let Some(account) = account.filter(|_| kept) else { return Err(NoAccess::NeedsLogin.into()) };
    Ok(Access { tokens: Rc::new(tokens), account, revision: next })
}

impl VaultCtx {
    /// Whether an admin stopped all use of an app.
    pub async fn is_frozen(&self, app: &AppId) -> Result<bool, VaultError> {
        let frozen = workspace::frozen(self, &self.id()?.tenant).await;
        frozen.map(|apps| apps.contains(app)).map_err(|_| VaultError::Elsewhere)
    }
}

// The token request ends before its intent stops holding.
const _: () = assert!(TOKEN_LIMIT.as_secs() < INTENT_HOLDS.as_secs());

/// Our OAuth client at an app, if it is set up.
pub fn oauth(client: AppClient<'_>) -> Option<(OAuthClient, &'static OAuth2)> {
    Some((client.oauth()?, client.app.oauth2.as_ref()?))
}
