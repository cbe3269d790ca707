//! What an app gave becomes a connection, in the vault of its owner: a code is exchanged, a key is tried. Whatever is not
//! kept is revoked.

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use std::rc::Rc;
use workbot_domain::catalogue::{OAuth2, Revokes};
use workbot_domain::connection::{AccountIdentity, Reason, Record, TokenSet};
use workbot_domain::event::{Cause, CorrelationId, Event};
use workbot_domain::grant::{Refusal, classify, tokens_from, within_company};
use workbot_domain::owner::{Owner, VaultId};
use workbot_domain::page::Page;
use workbot_domain::text::Words;
use workbot_shared::{AppId, AuditAct, SharedSecret};

use super::due::Job;
use super::grants::oauth;
use super::protocol::{Admin, VaultAnswer, VaultRequest, ask};
use super::{Core, Trouble};
use crate::app_client::{AppClient, NoAccount};
use crate::catalogue::catalogue;
use crate::clock::now;
use crate::oauth_client::NoToken;
use crate::sql::SqlError;
use crate::values;

/// A code of an app (RFC 6749 section 4.1.2) whose browser was proven, and the verifier that belongs to it.
#[derive(Serialize, Deserialize)]
pub struct Code {
    pub app: AppId,
    pub code: String,
    pub verifier: String,
    /// How often the connection had been left when the login began.
    pub generation: i64,
}

/// What becomes of a login that succeeded.
enum Kept {
    /// It is the connection.
    Yes,
    /// Another login with the same ticket came first.
    TicketUsed,
    /// The connection was left since the login began.
    Left,
}

/// Exchanges a code and keeps what it gives. `ticket`, if it is of this vault, is used up with it; `by` is who did it for
/// the company. Returns the page at which the login ends.
pub async fn exchange(
    core: &Rc<Core>,
    code: Code,
    ticket: Option<&str>,
    by: Option<&Admin>,
    id: &CorrelationId,
) -> Result<Page, Trouble> {
    let config = core.config()?;
    let Code { app, code, verifier, generation } = code;
    let name = catalogue().app_name(&app).to_owned();
    let client = AppClient::of(&config, &app);
    let (Some(client), Some((oauth, oauth2))) = (client, client.and_then(oauth)) else {
        return Ok(Page::NotSetUp { app: name });
    };
    // Asked first: when it cannot be known, no grant has been made yet.
    let company = core.company(&app, id).await?;
    if core.is_frozen(&app).await? {
        return Ok(Page::Frozen { app: name });
    }
    let tokens = match oauth.exchange(code, verifier).await {
        Ok(answer) => tokens_from(answer, oauth2, None, now()),
        Err(problem) => {
            core.log_of(id, &Event::ExchangeFailed { app: app.clone(), cause: Cause::of(&problem) });
            return core.not_exchanged(&app, problem, oauth2, name);
        }
    };
    let account = match client.account(&tokens).await {
        Ok(account) => account,
        Err(problem) => {
            core.discard(&app, &tokens, None)?;
            return Ok(match problem {
                NoAccount::Dead | NoAccount::Refused => Page::Refused { app: name },
                NoAccount::Unreadable => Page::Unreadable { app: name },
                NoAccount::Unreachable => Page::Unreachable { app: name },
            });
        }
    };
    let allowed = &client.setup.allowed_instances;
    let refused = if !within_company(account.instance.as_deref(), company.as_deref(), allowed) {
        Page::OtherCompany { app: name, account: account.label.clone() }
    } else if is_frozen(core, &app, &tokens, &account).await? {
        Page::Frozen { app: name }
    } else {
        let kept = keep(core, &app, &tokens, &account, (ticket, generation), by);
        if kept.is_err() {
            core.discard(&app, &tokens, Some(&account))?;
        }
        match kept? {
            Kept::Yes => {
                let shared = core.id()?.owner == Owner::Shared;
                return Ok(Page::Connected { app: name, account: account.label, shared });
            }
            Kept::TicketUsed => Page::AlreadyConnected { app: name },
            Kept::Left => Page::Expired,
        }
    };
    core.discard(&app, &tokens, Some(&account))?;
    Ok(refused)
}

/// The app took its time, and an admin may have used it. What cannot be known is not taken for a no.
async fn is_frozen(
    core: &Core,
    app: &AppId,
    tokens: &TokenSet,
    account: &AccountIdentity,
) -> Result<bool, Trouble> {
    let frozen = core.is_frozen(app).await;
    if frozen.is_err() {
        core.discard(app, tokens, Some(account))?;
    }
    frozen
}

/// Tries a key at its app and keeps it, if it works.
pub async fn set_secret(
    core: &Rc<Core>,
    words: Words,
    app: &AppId,
    secret: SharedSecret,
    by: &Admin,
) -> Result<VaultAnswer, Trouble> {
    let config = core.config()?;
    let name = catalogue().app_name(app);
    let Some(client) = AppClient::of(&config, app) else {
        return Ok(VaultAnswer::SecretRefused(words.not_set_up(name)));
    };
    if core.is_frozen(app).await? {
        return Ok(VaultAnswer::SecretRefused(words.frozen(name)));
    }
    let generation = core.generation(app)?;
    let tokens = TokenSet::of_secret(secret);
    let account = match client.account(&tokens).await {
        Ok(account) => account,
        Err(NoAccount::Dead | NoAccount::Refused) => {
            return Ok(VaultAnswer::SecretRefused(words.key_refused(name)));
        }
        Err(NoAccount::Unreadable) => {
            return Ok(VaultAnswer::SecretRefused(words.key_not_understood(name)));
        }
        Err(NoAccount::Unreachable) => {
            return Ok(VaultAnswer::SecretRefused(words.app_busy(name)));
        }
    };
    if core.is_frozen(app).await? {
        return Ok(VaultAnswer::SecretRefused(words.frozen(name)));
    }
    keep(core, app, &tokens, &account, (None, generation), Some(by))?;
    super::leaving::list(core, words.0)
}

/// The tokens become the connection, unless something came first.
fn keep(
    core: &Core,
    app: &AppId,
    tokens: &TokenSet,
    account: &AccountIdentity,
    (ticket, generation): (Option<&str>, i64),
    by: Option<&Admin>,
) -> Result<Kept, Trouble> {
    let kept = core.sql.transaction(|| {
        if core.generation(app)? != generation {
            return Ok(Kept::Left);
        }
        if let Some(ticket) = ticket
            && !core.use_up(ticket)?
        {
            return Ok(Kept::TicketUsed);
        }
        core.retire(app, core.is_to_be_revoked(app, account)?)?;
        core.connect(app, tokens, account)?;
        core.wake(app)?;
        core.report(by, AuditAct::SharedConnected, app, &account.label)?;
        Ok(Kept::Yes)
    })?;
    if matches!(kept, Kept::Yes) {
        core.log(&Event::Connected { app: app.clone(), shared: core.is_shared() });
    }
    Ok(kept)
}

impl Core {
    /// Uses up a ticket; tells whether it was still to be used.
    pub(super) fn use_up(&self, ticket: &str) -> Result<bool, SqlError> {
        self.sql.changed("UPDATE ticket SET used = 1 WHERE id = ? AND used = 0 RETURNING 1", values![ticket])
    }

    /// The company at an app, as the shared connection names it; a private connection must be of the same.
    async fn company(&self, app: &AppId, asked: &CorrelationId) -> Result<Option<String>, Trouble> {
        let id = self.id()?;
        if id.owner == Owner::Shared {
            return Ok(None);
        }
        let request = VaultRequest::Company { app: app.clone() };
        match ask(&self.env, &VaultId::shared(&id.tenant), &request, asked).await {
            Ok(VaultAnswer::Company(company)) => Ok(company),
            _ => Err(Trouble::Elsewhere),
        }
    }

    /// The instance of a connection that was not left.
    pub(super) fn instance(&self, app: &AppId) -> Result<Option<String>, SqlError> {
        Ok(match self.record(app)? {
            None | Some(Record::Disconnected { .. }) => None,
            Some(record) => record.account().instance.clone(),
        })
    }

    /// The page for a code that gave no tokens. Of an answer that cannot be used, what it holds is revoked.
    fn not_exchanged(
        &self,
        app: &AppId,
        problem: NoToken,
        oauth2: &OAuth2,
        name: String,
    ) -> Result<Page, Trouble> {
        Ok(match problem {
            NoToken::Unreadable { tokens, .. } => {
                self.discard_each(app, tokens, None)?;
                Page::Unreadable { app: name }
            }
            NoToken::Refused { said, .. } if classify(&said, &oauth2.errors) != Refusal::Transient => {
                Page::Refused { app: name }
            }
            NoToken::Misconfigured => Page::NotSetUp { app: name },
            NoToken::Refused { .. } | NoToken::Busy { .. } | NoToken::Unknown => {
                Page::Unreachable { app: name }
            }
        })
    }

    /// The tokens of an answer that cannot be used are revoked.
    pub(super) fn discard_each(
        &self,
        app: &AppId,
        tokens: Vec<SecretString>,
        account: Option<&AccountIdentity>,
    ) -> Result<(), SqlError> {
        self.sql.transaction(|| {
            let mut tokens = tokens.into_iter().map(TokenSet::to_be_revoked);
            tokens.try_for_each(|tokens| self.revoke_later(app, &tokens, account))
        })
    }

    /// A grant that is not stored is revoked.
    fn discard(
        &self,
        app: &AppId,
        tokens: &TokenSet,
        account: Option<&AccountIdentity>,
    ) -> Result<(), SqlError> {
        self.sql.transaction(|| self.revoke_later(app, tokens, account))
    }

    /// How often the connection to an app was left. A login counts only in the generation in which it began.
    pub(super) fn generation(&self, app: &AppId) -> Result<i64, SqlError> {
        let row = self.sql.row("SELECT generation FROM generation WHERE app = ?", values![app.as_str()])?;
        Ok(row.map(|row| row.int(0)).transpose()?.unwrap_or(0))
    }

    /// Whether the grant that a new login replaces is to be revoked: apps count approvals. Where revoking one token ends
    /// every grant of the account, the grant of the same account is left alone.
    fn is_to_be_revoked(&self, app: &AppId, account: &AccountIdentity) -> Result<bool, SqlError> {
        let oauth2 = catalogue().apps.get(app).and_then(|app| app.oauth2.as_ref());
        let Some(oauth2) = oauth2.filter(|oauth2| oauth2.revoke_url.is_some()) else { return Ok(false) };
        Ok(match self.record(app)? {
            Some(Record::NeedsLogin { reason: Reason::GrantGone, .. } | Record::Disconnected { .. })
            | None => false,
            Some(old) => oauth2.revokes == Revokes::Token || old.account().id != account.id,
        })
    }

    /// One login wakes every run that waits for that app.
    pub(super) fn wake(&self, app: &AppId) -> Result<(), SqlError> {
        for run in self.runs_in("waiting_login")? {
            if run.waits_for(app) {
                self.enqueue(&Job::Run { run: run.id.clone() }, now())?;
            }
        }
        Ok(())
    }
}
