//! What an app gave becomes a connection, in the vault of its owner: a code is exchanged, a key is tried. Whatever is not
//! kept is revoked.

use std::rc::Rc;
use workbot_domain::audit::Admin;
use workbot_domain::catalogue::{OAuth2, Revokes};
use workbot_domain::connection::{AccountIdentity, Reason, Record, TokenSet};
use workbot_domain::event::{Cause, CorrelationId, Event};
use workbot_domain::grant::{Refusal, classify, tokens_from, within_company};
use workbot_domain::login_page::Page;
use workbot_domain::owner::{Owner, VaultId};
use workbot_domain::present::text::Words;
use workbot_shared::{AppId, AuditAct, SharedSecret};

use super::list::list;
use crate::catalogue::catalogue;
use crate::clients::app::{AppClient, NoAccount};
use crate::clients::oauth::NoToken;
use crate::connection::access::oauth;
use crate::context::{VaultCtx, VaultError};
use crate::protocol::{Code, VaultAnswer, VaultRequest, ask};
use crate::sql::SqlError;

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
    ctx: &Rc<VaultCtx>,
    code: Code,
    ticket: Option<&str>,
    by: Option<&Admin>,
    id: &CorrelationId,
) -> Result<Page, VaultError> {
    let config = ctx.config()?;
    let Code { app, code, verifier, generation } = code;
    let name = catalogue().app_name(&app).to_owned();
    let client = AppClient::of(ctx, &config, &app);
    let (Some(client), Some((oauth, oauth2))) = (client, client.and_then(oauth)) else {
        return Ok(Page::NotSetUp { app: name });
    };
    // Asked first: when it cannot be known, no grant has been made yet.
    let company = ctx.company(&app, id).await?;
    if ctx.is_frozen(&app).await? {
        return Ok(Page::Frozen { app: name });
    }
    let tokens = match oauth.exchange(ctx, code, verifier).await {
        Ok(answer) => tokens_from(answer, oauth2, None, ctx.now()),
        Err(problem) => {
            ctx.log_of(id, &Event::ExchangeFailed { app: app.clone(), cause: Cause::of(&problem) });
            return ctx.not_exchanged(&app, problem, oauth2, name);
        }
    };
    let account = match client.account(&tokens).await {
        Ok(account) => account,
        Err(problem) => {
            ctx.discard(&app, &tokens, None)?;
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
    } else if is_frozen(ctx, &app, &tokens, &account).await? {
        Page::Frozen { app: name }
    } else {
        let kept = keep(ctx, &app, &tokens, &account, (ticket, generation), by);
        if kept.is_err() {
            ctx.discard(&app, &tokens, Some(&account))?;
        }
        match kept? {
            Kept::Yes => {
                let shared = ctx.id()?.owner == Owner::Shared;
                return Ok(Page::Connected { app: name, account: account.label, shared });
            }
            Kept::TicketUsed => Page::AlreadyConnected { app: name },
            Kept::Left => Page::Expired,
        }
    };
    ctx.discard(&app, &tokens, Some(&account))?;
    Ok(refused)
}

/// The app took its time, and an admin may have used it. What cannot be known is not taken for a no.
async fn is_frozen(
    ctx: &VaultCtx,
    app: &AppId,
    tokens: &TokenSet,
    account: &AccountIdentity,
) -> Result<bool, VaultError> {
    let frozen = ctx.is_frozen(app).await;
    if frozen.is_err() {
        ctx.discard(app, tokens, Some(account))?;
    }
    frozen
}

/// Tries a key at its app and keeps it, if it works.
pub async fn set_secret(
    ctx: &Rc<VaultCtx>,
    words: Words,
    app: &AppId,
    secret: SharedSecret,
    by: &Admin,
) -> Result<VaultAnswer, VaultError> {
    let config = ctx.config()?;
    let name = catalogue().app_name(app);
    let Some(client) = AppClient::of(ctx, &config, app) else {
        return Ok(VaultAnswer::SecretRefused(words.not_set_up(name)));
    };
    if ctx.is_frozen(app).await? {
        return Ok(VaultAnswer::SecretRefused(words.frozen(name)));
    }
    let generation = ctx.generation(app)?;
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
    if ctx.is_frozen(app).await? {
        return Ok(VaultAnswer::SecretRefused(words.frozen(name)));
    }
    keep(ctx, app, &tokens, &account, (None, generation), Some(by))?;
    list(ctx, words.0)
}

/// The tokens become the connection, unless something came first.
fn keep(
    ctx: &VaultCtx,
    app: &AppId,
    tokens: &TokenSet,
    account: &AccountIdentity,
    (ticket, generation): (Option<&str>, i64),
    by: Option<&Admin>,
) -> Result<Kept, VaultError> {
    let kept = ctx.sql.transaction(|tx| {
        if ctx.generation(app)? != generation {
            return Ok(Kept::Left);
        }
        if let Some(ticket) = ticket
            && !ctx.use_up(ticket)?
        {
            return Ok(Kept::TicketUsed);
        }
        ctx.retire(tx, app, ctx.is_to_be_revoked(app, account)?)?;
        ctx.connect(tx, app, tokens, account)?;
        ctx.wake(tx, app)?;
        ctx.note_for_audit(tx, by, AuditAct::SharedConnected, app, &account.label)?;
        Ok(Kept::Yes)
    })?;
    if matches!(kept, Kept::Yes) {
        ctx.log(&Event::Connected { app: app.clone(), shared: ctx.is_shared() });
    }
    Ok(kept)
}

impl VaultCtx {
    /// The company at an app, as the shared connection names it; a private connection must be of the same.
    async fn company(&self, app: &AppId, asked: &CorrelationId) -> Result<Option<String>, VaultError> {
        let id = self.id()?;
        if id.owner == Owner::Shared {
            return Ok(None);
        }
        let request = VaultRequest::Company { app: app.clone() };
        match ask(self, &VaultId::shared(&id.tenant), &request, asked).await {
            Ok(VaultAnswer::Company(company)) => Ok(company),
            _ => Err(VaultError::Elsewhere),
        }
    }

    /// The page for a code that gave no tokens. Of an answer that cannot be used, what it holds is revoked.
    fn not_exchanged(
        &self,
        app: &AppId,
        problem: NoToken,
        oauth2: &OAuth2,
        name: String,
    ) -> Result<Page, VaultError> {
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
}
