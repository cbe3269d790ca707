//! Revoking: a grant that is no longer wanted is ended at its app. What that needs is kept sealed under a key of its own,
//! until the app did it, or for a day.

use futures_util::future::join_all;
use secrecy::SecretString;
use std::time::Duration;
use workbot_domain::catalogue::Revokes;
use workbot_domain::config::Config;
use workbot_domain::connection::{AccountIdentity, Record, TokenSet};
use workbot_domain::event::Event;
use workbot_domain::owner::VaultId;
use workbot_domain::seal::Place;
use workbot_shared::{AppId, RevocationOutcome};

use crate::clients::app::{AppClient, Revoked};
use crate::context::{VaultCtx, VaultError};
use crate::job::{Finish, Job};
use crate::sql::SqlError;
use crate::store::tokens::RevocationRow;
use crate::workspace;

/// After this, what revocation needs is destroyed.
const REVOKE_FOR: Duration = Duration::from_secs(24 * 3600);
/// A person who presses a button waits this long for the app.
const AT_ONCE: Duration = Duration::from_secs(4);
/// An app that is down is asked again after half of the time that it has been down for, within these limits.
const SOONEST: Duration = Duration::from_secs(15);
const LATEST: Duration = Duration::from_secs(3600);

/// What came of sending a revocation.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    /// It is over.
    Over(RevocationOutcome),
    /// The app refuses; it is asked again.
    Refused,
    /// It is not known, or the app does not answer; it is asked again, and not before this has passed.
    Later(Duration),
}

/// A revocation is over.
fn over(ctx: &VaultCtx, id: &str, outcome: RevocationOutcome) -> Result<Sent, VaultError> {
    ctx.end_revocation(id)?;
    Ok(Sent::Over(outcome))
}

/// Sends a noted revocation.
pub async fn revoke(ctx: &VaultCtx, id: &str) -> Result<Sent, VaultError> {
    let Some(row) = ctx.revocation(id)? else {
        return Ok(Sent::Over(RevocationOutcome::NothingToDo));
    };
    let RevocationRow { app, key, sealed, revision, account_id, created_at } = row;
    if ctx.now() - REVOKE_FOR > created_at {
        ctx.log(&Event::RevocationGivenUp { app });
        return over(ctx, id, RevocationOutcome::Retrying);
    }
    let config = ctx.config()?;
    let Some(client) = AppClient::of(ctx, &config, &app) else { return Ok(Sent::Later(Duration::ZERO)) };
    // Where the journal did not hold the tokens any more, they are in KV.
    let sealed = if sealed.is_empty() { ctx.kv_get(&app, &revision).await? } else { Some(sealed) };
    let place = Place { vault: ctx.id()?, app: &app };
    let (Some(sealed), Ok(key)) = (sealed, config.master_keys.unwrap(place, &key)) else {
        return Ok(Sent::Later(Duration::ZERO));
    };
    let tokens = key.open(place, &revision, &sealed).ok().and_then(|plain| TokenSet::from_bytes(&plain));
    // Of a version that this one does not know, most likely: kept for one that does.
    let tokens = tokens.ok_or_else(|| SqlError::unreadable("tokens of a revocation"))?;
    let ends_all = client.app.oauth2.as_ref().is_some_and(|oauth2| oauth2.revokes == Revokes::Grant);
    // The refresh token first: with it goes, at most apps, every access token.
    for token in tokens.refresh_token.iter().chain([&tokens.access_token]) {
        // Asked at the last moment: somebody may have logged in.
        if ends_all {
            match ctx.account_lives(&config, &app, &account_id).await? {
                Some(true) => return over(ctx, id, RevocationOutcome::KeptForOther),
                Some(false) => {}
                None => return Ok(Sent::Later(Duration::ZERO)),
            }
        }
        match client.revoke(token).await {
            Revoked::Done if ends_all => break,
            Revoked::Done | Revoked::Unsupported => {}
            Revoked::Later(after) => return Ok(Sent::Later(after)),
            Revoked::Refused { status } => {
                ctx.log(&Event::AppSetup { app, status });
                return Ok(Sent::Refused);
            }
        }
    }
    over(ctx, id, RevocationOutcome::Revoked)
}

/// As due work: an app that is down is asked again, each time later.
pub async fn work(ctx: &VaultCtx, id: &str) -> Result<Finish, VaultError> {
    let stated = match revoke(ctx, id).await? {
        Sent::Over(_) => return Ok(Finish::Done),
        Sent::Refused => Duration::ZERO,
        Sent::Later(stated) => stated,
    };
    let since = ctx.revocation(id)?.map(|row| row.created_at);
    let down_for = since.map_or(0, |since| ctx.now().millis() - since.millis());
    let half = Duration::from_millis(u64::try_from(down_for / 2).unwrap_or(0));
    Ok(Finish::Again(ctx.jittered(half.clamp(SOONEST, LATEST)).max(stated)))
}

/// For as long as a person waits; due work goes on after, and not before an app that answered wants to be asked again.
pub async fn at_once(ctx: &VaultCtx, id: &str) -> Result<Sent, VaultError> {
    let Some(sent) = ctx.within(AT_ONCE, revoke(ctx, id)).await.transpose()? else {
        return Ok(Sent::Later(Duration::ZERO));
    };
    let after = match sent {
        Sent::Over(_) => return Ok(sent),
        Sent::Refused => SOONEST,
        Sent::Later(stated) => stated.max(SOONEST),
    };
    ctx.postpone(&Job::Revoke { id: id.to_owned() }, ctx.now() + after)?;
    Ok(sent)
}

impl VaultCtx {
    /// The tokens of an answer that cannot be used are revoked.
    pub fn discard_each(
        &self,
        app: &AppId,
        tokens: Vec<SecretString>,
        account: Option<&AccountIdentity>,
    ) -> Result<(), SqlError> {
        self.sql.transaction(|tx| {
            let mut tokens = tokens.into_iter().map(TokenSet::to_be_revoked);
            tokens.try_for_each(|tokens| self.revoke_later(tx, app, &tokens, account))
        })
    }

    /// A grant that is not stored is revoked.
    pub fn discard(
        &self,
        app: &AppId,
        tokens: &TokenSet,
        account: Option<&AccountIdentity>,
    ) -> Result<(), SqlError> {
        self.sql.transaction(|tx| self.revoke_later(tx, app, tokens, account))
    }

    /// Whether a login with this account is in use, so that it would end with a revocation at an app where one ends them
    /// all: this owner's, another's, or one in another tenant, as all share our client there. An account that is not known
    /// (empty) could be anybody's. `None`: it cannot be told now.
    async fn account_lives(
        &self,
        config: &Config,
        app: &AppId,
        account_id: &str,
    ) -> Result<Option<bool>, VaultError> {
        let own = self.record(app)?;
        if account_id.is_empty()
            || matches!(&own, Some(Record::Connected(connected)) if connected.account.id == account_id)
        {
            return Ok(Some(true));
        }
        let VaultId { tenant: here, owner } = self.id()?;
        let asked = config.allowed_tenants.iter().map(|tenant| {
            let except = (tenant == here).then(|| owner.clone());
            workspace::has_account(self, tenant, (app.clone(), account_id.to_owned()), except)
        });
        let told = join_all(asked).await;
        if told.iter().any(|told| matches!(told, Ok(true))) {
            return Ok(Some(true));
        }
        Ok(told.iter().all(Result::is_ok).then_some(false))
    }
}
