//! Grants: handing out access, one refresh at a time, and revoking what is no longer wanted.

use futures_util::FutureExt;
use futures_util::future::{LocalBoxFuture, Shared};
use serde::{Deserialize, Serialize};
use std::rc::Rc;
use std::time::Duration;
use workbot_domain::catalogue::{OAuth2, Rotation};
use workbot_domain::connection::{AccountIdentity, Connected, Freshness, Reason, Record, TokenSet};
use workbot_domain::grant::{Refusal, classify, tokens_from};
use workbot_domain::seal::{DataKey, Place, WrappedKey};
use workbot_domain::time::Timestamp;
use workbot_shared::{AppId, Auth};

use super::connections::NotRead;
use super::due::{Finish, Job};
use super::{Core, Trouble};
use crate::app_client::{AppClient, Revoked};
use crate::clock::{fresh_id, now, pause, random};
use crate::oauth_client::{NoToken, OAuthClient, TOKEN_LIMIT};
use crate::sql::SqlError;
use crate::values;

/// A refresh request may be under way this long after its intent was noted, also in a life before this one.
const INTENT_HOLDS: Duration = Duration::from_secs(30);
/// After this, what revocation needs is destroyed.
const REVOKE_FOR: Duration = Duration::from_secs(24 * 3600);

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
    /// Not now; nothing was done, and nothing is lost.
    NotNow,
    /// A policy of the app refuses now; the connection is kept.
    Policy,
    /// Our registration at the app is wrong; the connection is kept.
    Setup,
}

impl From<SqlError> for NoAccess {
    fn from(error: SqlError) -> Self {
        worker::console_error!("{{\"event\":\"vault_trouble\",\"error\":{:?}}}", error.to_string());
        Self::NotNow
    }
}

impl From<Trouble> for NoAccess {
    fn from(trouble: Trouble) -> Self {
        worker::console_error!("{{\"event\":\"vault_trouble\",\"error\":{:?}}}", trouble.to_string());
        Self::NotNow
    }
}

/// A refresh under way. Everyone who awaits it gets the same result.
pub type Flight = Shared<LocalBoxFuture<'static, Result<Access, NoAccess>>>;

/// Access to an app as this owner; refreshed before it ends.
pub async fn access(core: &Rc<Core>, app: &AppId) -> Result<Access, NoAccess> {
    let flight = core.flights.borrow().get(app).cloned();
    if let Some(flight) = flight {
        return flight.await;
    }
    let Some(Record::Connected(connected)) = core.record(app)? else { return Err(NoAccess::NeedsLogin) };
    let access = read(core, app, &connected).await?;
    match access.tokens.freshness(now()) {
        Freshness::Fresh => Ok(access),
        // A token that still works is used when a new one cannot be had now.
        Freshness::Ending => match renew(core, app, &access.revision).await {
            Err(NoAccess::NotNow) => Ok(access),
            renewed => renewed,
        },
        Freshness::Ended => renew(core, app, &access.revision).await,
    }
}

/// Renews access that an app no longer takes, or that ends. Only if `revision` is still the valid one: who comes late
/// gets what the first one fetched.
pub async fn renew(core: &Rc<Core>, app: &AppId, revision: &str) -> Result<Access, NoAccess> {
    let flight = core.flights.borrow().get(app).cloned();
    if let Some(flight) = flight {
        return flight.await;
    }
    let (leader, app_of_leader, revision) = (Rc::clone(core), app.clone(), revision.to_owned());
    let flight = async move {
        let result = refresh(&leader, &app_of_leader, &revision).await;
        leader.flights.borrow_mut().remove(&app_of_leader);
        result
    }
    .boxed_local()
    .shared();
    core.flights.borrow_mut().insert(app.clone(), flight.clone());
    flight.await
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

/// The refresh itself. Its intent is noted first, so that a crash is known to have left an unknown outcome.
async fn refresh(core: &Rc<Core>, app: &AppId, revision: &str) -> Result<Access, NoAccess> {
    let Some(Record::Connected(connected)) = core.record(app)? else { return Err(NoAccess::NeedsLogin) };
    let before = read(core, app, &connected).await?;
    if connected.revision != revision {
        return Ok(before);
    }
    let config = core.config()?;
    let client = AppClient::of(&config, app).ok_or(NoAccess::Setup)?;
    if client.app.auth != Auth::Oauth2 {
        // A key that the app no longer takes is dead: only an admin has another.
        core.needs_login(app, revision, Reason::GrantGone)?;
        return Err(NoAccess::NeedsLogin);
    }
    let (Some(oauth2), Some(oauth)) = (&client.app.oauth2, client.oauth()) else {
        return Err(NoAccess::Setup);
    };
    let Some(token) = before.tokens.refresh_token.clone() else {
        core.needs_login(app, revision, Reason::NotRenewable)?;
        return Err(NoAccess::NeedsLogin);
    };
    let may_repeat = match oauth2.rotation {
        Rotation::None | Rotation::SingleUse => true,
        Rotation::ReuseKills => core.last_refresh_kept_the_token(app)?,
    };
    let mut tries = core.wait_out_intent(app, revision).await?;
    loop {
        if tries > 0 && (!may_repeat || tries > 1) {
            if may_repeat {
                core.drop_intent(app)?;
                return Err(NoAccess::NotNow);
            }
            core.needs_login(app, revision, Reason::AnswerLost)?;
            core.drop_intent(app)?;
            return Err(NoAccess::NeedsLogin);
        }
        tries += 1;
        core.sql.run(
            "INSERT OR REPLACE INTO refresh_intent (app, revision, started_at, tries) VALUES (?, ?, ?, ?)",
            values![app.as_str(), revision, now().millis(), tries],
        )?;
        match oauth.refresh(&token).await {
            Ok(answer) => {
                let rotated = answer.refresh_token.is_some();
                let tokens = tokens_from(answer, oauth2, Some(&before.tokens), now());
                return keep(core, app, &connected, tokens, rotated).await;
            }
            Err(NoToken::Unknown) => {}
            Err(NoToken::Busy | NoToken::Unusable) => {
                core.drop_intent(app)?;
                return Err(NoAccess::NotNow);
            }
            Err(NoToken::Refused { status, error, description }) => {
                core.drop_intent(app)?;
                return Err(refused(core, app, revision, oauth2, (status, &error, &description))?);
            }
        }
    }
}

fn refused(
    core: &Core,
    app: &AppId,
    revision: &str,
    oauth2: &OAuth2,
    (status, error, description): (u16, &str, &str),
) -> Result<NoAccess, SqlError> {
    Ok(match classify(status, error, description, &oauth2.errors) {
        Refusal::Login => {
            core.needs_login(app, revision, Reason::GrantGone)?;
            NoAccess::NeedsLogin
        }
        Refusal::Policy => NoAccess::Policy,
        Refusal::Setup => {
            worker::console_error!("{{\"event\":\"app_setup\",\"app\":\"{app}\",\"status\":{status}}}");
            NoAccess::Setup
        }
        Refusal::Transient => NoAccess::NotNow,
    })
}

/// Keeps a refreshed token set; if the connection was left meanwhile, the answer is revoked instead.
async fn keep(
    core: &Rc<Core>,
    app: &AppId,
    connected: &Connected,
    tokens: TokenSet,
    rotated: bool,
) -> Result<Access, NoAccess> {
    let config = core.config()?;
    let place = Place { vault: core.id()?, app };
    let key = config.master_keys.unwrap(place, &connected.key).map_err(|_| NoAccess::NotNow)?;
    let still_there =
        matches!(core.record(app)?, Some(Record::Connected(now)) if now.revision == connected.revision);
    if !still_there {
        core.sql.transaction(|| {
            core.revoke_later(app, &tokens)?;
            core.drop_intent(app)
        })?;
        return Err(NoAccess::NeedsLogin);
    }
    let revision = core.sql.transaction(|| {
        let revision = core.journal(app, &key, &tokens, Some(&connected.revision)).map_err(in_transaction)?;
        core.sql.run(
            "UPDATE connection SET revision = ?, expires_at = ?, rotated = ? WHERE app = ?",
            values![revision.as_str(), tokens.expires_at.millis(), rotated, app.as_str()],
        )?;
        core.drop_intent(app)?;
        Ok(revision)
    })?;
    worker::console_log!("{{\"event\":\"refreshed\",\"app\":\"{app}\",\"rotated\":{rotated}}}");
    Ok(Access { tokens: Rc::new(tokens), account: connected.account.clone(), revision })
}

fn in_transaction(trouble: Trouble) -> SqlError {
    match trouble {
        Trouble::Sql(error) => error,
        other => SqlError::from(worker::Error::RustError(other.to_string())),
    }
}

/// Sends a noted revocation; tried again for a day, then its secrets are destroyed.
pub async fn revoke(core: &Core, id: &str) -> Result<Finish, Trouble> {
    let row = core
        .sql
        .row("SELECT app, kid, wrapped_key, sealed, created_at FROM revocation WHERE id = ?", values![id])?;
    let Some(row) = row else { return Ok(Finish::Done) };
    let config = core.config()?;
    let app = AppId::parse(&row.text(0)).ok();
    let tokens = app.as_ref().and_then(|app| {
        let place = Place { vault: core.id.as_ref()?, app };
        let wrapped = WrappedKey { kid: row.text(1), bytes: row.bytes(2) };
        let key = config.master_keys.unwrap(place, &wrapped).ok()?;
        TokenSet::from_bytes(&key.open(place, id, &row.bytes(3)).ok()?)
    });
    let client = app.as_ref().and_then(|app| AppClient::of(&config, app));
    let expired = now() - REVOKE_FOR > Timestamp(row.int(4));
    if let (Some(tokens), Some(client), false) = (tokens, client, expired) {
        // The refresh token first: with it goes, at most apps, every access token.
        for token in tokens.refresh_token.iter().chain([&tokens.access_token]) {
            if client.revoke(token).await == Revoked::Later {
                return Ok(Finish::Again(Duration::from_secs(300)));
            }
        }
    }
    core.sql.run("DELETE FROM revocation WHERE id = ?", values![id])?;
    Ok(Finish::Done)
}

impl Core {
    /// Notes a grant to be revoked, sealed under a key of its own. To be called in the transaction that leaves it.
    /// Returns its id.
    pub(super) fn revoke_later(&self, app: &AppId, tokens: &TokenSet) -> Result<Option<String>, SqlError> {
        let id = fresh_id();
        let (Ok(vault), Ok(config)) = (self.id(), self.config()) else { return Ok(None) };
        let place = Place { vault, app };
        let key = DataKey::new(random());
        let wrapped = config.master_keys.wrap(place, &key, random());
        let sealed = key.seal(place, &id, random(), &tokens.to_bytes());
        self.sql.run(
            "INSERT INTO revocation (id, app, kid, wrapped_key, sealed, created_at) VALUES (?, ?, ?, ?, ?, ?)",
            values![id.as_str(), app.as_str(), wrapped.kid, wrapped.bytes, sealed, now().millis()],
        )?;
        self.enqueue(&Job::Revoke { id: id.clone() }, now())?;
        Ok(Some(id))
    }

    /// A new login becomes the connection. To be called in the transaction that uses up its ticket.
    pub(super) fn connect(
        &self,
        app: &AppId,
        tokens: &TokenSet,
        account: &AccountIdentity,
        key: &DataKey,
        wrapped: &WrappedKey,
    ) -> Result<(), SqlError> {
        let replaced =
            self.sql.row("SELECT revision FROM connection WHERE app = ?", values![app.as_str()])?;
        let replaced = replaced.and_then(|row| row.optional_text(0));
        let revision = self.journal(app, key, tokens, replaced.as_deref()).map_err(in_transaction)?;
        self.sql.run(
            "INSERT OR REPLACE INTO connection (app, status, account_label, account_id, instance, scopes, revision, kid,
             wrapped_key, expires_at, connected_at, used_by) VALUES (?, 'connected', ?, ?, ?, ?, ?, ?, ?, ?, ?,
             coalesce((SELECT used_by FROM connection WHERE app = ?), '[]'))",
            values![
                app.as_str(),
                account.label.as_str(),
                account.id.as_str(),
                account.instance.clone(),
                tokens.scopes.join(" "),
                revision,
                wrapped.kid.as_str(),
                wrapped.bytes.clone(),
                tokens.expires_at.millis(),
                now().millis(),
                app.as_str(),
            ],
        )?;
        self.drop_intent(app)
    }

    fn last_refresh_kept_the_token(&self, app: &AppId) -> Result<bool, SqlError> {
        let row = self.sql.row("SELECT rotated FROM connection WHERE app = ?", values![app.as_str()])?;
        Ok(row.and_then(|row| row.optional_int(0)) == Some(0))
    }

    pub(super) fn drop_intent(&self, app: &AppId) -> Result<(), SqlError> {
        self.sql.run("DELETE FROM refresh_intent WHERE app = ?", values![app.as_str()])
    }

    /// After a crash, a request of the life before may still be under way: it is waited out. Returns how often the
    /// refresh of this revision was tried.
    async fn wait_out_intent(&self, app: &AppId, revision: &str) -> Result<i64, SqlError> {
        let row = self.sql.row(
            "SELECT started_at, tries FROM refresh_intent WHERE app = ? AND revision = ?",
            values![app.as_str(), revision],
        )?;
        let Some(row) = row else { return Ok(0) };
        let ends = Timestamp(row.int(0)) + INTENT_HOLDS;
        if now() < ends {
            let left = u64::try_from(ends.millis() - now().millis()).unwrap_or(0);
            pause(Duration::from_millis(left)).await;
        }
        Ok(row.int(1))
    }
}

// The token request ends before its intent stops holding.
const _: () = assert!(TOKEN_LIMIT.as_secs() < INTENT_HOLDS.as_secs());

/// The data key of a new connection, wrapped for its row.
pub fn new_key(core: &Core, app: &AppId) -> Result<(DataKey, WrappedKey), Trouble> {
    let config = core.config()?;
    let key = DataKey::new(random());
    let wrapped = config.master_keys.wrap(Place { vault: core.id()?, app }, &key, random());
    Ok((key, wrapped))
}

/// Our OAuth client at an app, if it is set up.
pub fn oauth(client: AppClient<'_>) -> Option<(OAuthClient, &'static OAuth2)> {
    Some((client.oauth()?, client.app.oauth2.as_ref()?))
}
