//! What an app gave becomes a connection, in the vault of its owner: a code is exchanged, a key is tried. Whatever is not
//! kept is revoked.

use std::rc::Rc;
use workbot_domain::audit::Admin;
use workbot_domain::connection::account::IdentityError;
use workbot_domain::connection::revocation::is_revoked_when_replaced;
use workbot_domain::connection::token_response::{TokenRequestError, tokens_from};
use workbot_domain::connection::{AccountIdentity, TokenSet};
use workbot_domain::event::{Cause, CorrelationId, Event};
use workbot_domain::login::{
    EstablishError, company_mismatch, establish_refusal, exchange_refusal, unknown_account,
};
use workbot_domain::login_page::LoginPage;
use workbot_domain::owner::{Owner, VaultId};
use workbot_domain::present::text::Words;
use workbot_shared::{AppId, AuditAction, SharedSecret};

use super::list::list;
use crate::catalog::catalog;
use crate::clients::app::AppClient;
use crate::context::{VaultCtx, VaultError};
use crate::protocol::{AuthorizationCode, VaultRequest, VaultResponse, ask};

/// Exchanges a code and keeps what it gives. `ticket`, if it is of this vault, is used up with it; `by` is who did it for
/// the company. Returns the page at which the login ends.
pub async fn exchange(
    ctx: &Rc<VaultCtx>,
    code: AuthorizationCode,
    ticket: Option<&str>,
    by: Option<&Admin>,
    id: &CorrelationId,
) -> Result<LoginPage, VaultError> {
    let config = ctx.config()?;
    let AuthorizationCode { app, code, verifier, generation } = code;
    let name = catalog().app_name(&app).to_owned();
    let client = AppClient::of(ctx, &config, &app);
    let Some((client, oauth)) = client.and_then(|client| Some((client, client.oauth()?))) else {
        return Ok(LoginPage::NotSetUp { app: name });
    };
    let Some(oauth2) = &client.app.oauth2 else { return Ok(LoginPage::NotSetUp { app: name }) };
    // Asked first: when it cannot be known, no grant has been made yet.
    let company = ctx.company(&app, id).await?;
    if ctx.is_frozen(&app).await? {
        return Ok(LoginPage::Frozen { app: name });
    }
    let tokens = match oauth.exchange(ctx, code, verifier).await {
        Ok(response) => tokens_from(response, oauth2, None, ctx.now()),
        Err(error) => {
            ctx.log_of(id, &Event::ExchangeFailed { app: app.clone(), cause: Cause::of(&error) });
            let page = exchange_refusal(&error, &oauth2.errors, name);
            // Of a response that cannot be used, what it holds is revoked.
            if let TokenRequestError::Unreadable { tokens, .. } = error {
                ctx.discard_each(&app, tokens, None)?;
            }
            return Ok(page);
        }
    };
    let revocation = ctx.revoke_unless_kept(&app, &tokens)?;
    let account = match client.account(&tokens).await {
        Ok(account) => account,
        Err(error) => {
            ctx.discard_grant(&revocation, None)?;
            return Ok(unknown_account(error, name));
        }
    };
    let allowed = &client.setup.allowed_instances;
    let refused = if let Some(page) = company_mismatch(&account, company.as_deref(), allowed, &name) {
        page
    } else if is_frozen(ctx, &app, &revocation, &account).await? {
        LoginPage::Frozen { app: name }
    } else {
        let kept =
            store_connection(ctx, &app, &tokens, &account, (ticket, generation), (by, Some(&revocation)));
        if kept.is_err() {
            ctx.discard_grant(&revocation, Some(&account))?;
        }
        match kept? {
            None => {
                let shared = ctx.id()?.owner == Owner::Shared;
                return Ok(LoginPage::Connected { app: name, account: account.label, shared });
            }
            Some(error) => error.page(name),
        }
    };
    ctx.discard_grant(&revocation, Some(&account))?;
    Ok(refused)
}

/// The app took its time, and an admin may have used it. What cannot be known is not taken for a no.
async fn is_frozen(
    ctx: &VaultCtx,
    app: &AppId,
    revocation: &str,
    account: &AccountIdentity,
) -> Result<bool, VaultError> {
    let frozen = ctx.is_frozen(app).await;
    if frozen.is_err() {
        ctx.discard_grant(revocation, Some(account))?;
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
) -> Result<VaultResponse, VaultError> {
    let config = ctx.config()?;
    let name = catalog().app_name(app);
    let Some(client) = AppClient::of(ctx, &config, app) else {
        return Ok(VaultResponse::SecretRefused(words.not_set_up(name)));
    };
    if ctx.is_frozen(app).await? {
        return Ok(VaultResponse::SecretRefused(words.frozen(name)));
    }
    let generation = ctx.generation(app)?;
    let tokens = TokenSet::of_secret(secret);
    let account = match client.account(&tokens).await {
        Ok(account) => account,
        Err(IdentityError::Dead | IdentityError::Refused) => {
            return Ok(VaultResponse::SecretRefused(words.key_refused(name)));
        }
        Err(IdentityError::Unreadable) => {
            return Ok(VaultResponse::SecretRefused(words.key_not_understood(name)));
        }
        Err(IdentityError::Unreachable) => {
            return Ok(VaultResponse::SecretRefused(words.app_busy(name)));
        }
    };
    if ctx.is_frozen(app).await? {
        return Ok(VaultResponse::SecretRefused(words.frozen(name)));
    }
    store_connection(ctx, app, &tokens, &account, (None, generation), (Some(by), None))?;
    list(ctx, words.0)
}

/// The tokens become the connection, unless something came first. With them a noted revocation of theirs is taken back.
fn store_connection(
    ctx: &VaultCtx,
    app: &AppId,
    tokens: &TokenSet,
    account: &AccountIdentity,
    (ticket, generation): (Option<&str>, i64),
    (by, revocation): (Option<&Admin>, Option<&str>),
) -> Result<Option<EstablishError>, VaultError> {
    let refused = ctx.sql.transaction(|tx| {
        let takes_ticket = || ticket.map_or(Ok(true), |ticket| ctx.consume_ticket(ticket));
        if let Some(refused) = establish_refusal(ctx.generation(app)?, generation, takes_ticket)? {
            return Ok(Some(refused));
        }
        // Revoked meanwhile, they open nothing any more.
        if let Some(revocation) = revocation
            && !ctx.cancel_revocation(tx, revocation)?
        {
            return Ok(Some(EstablishError::Left));
        }
        let oauth2 = catalog().apps.get(app).and_then(|app| app.oauth2.as_ref());
        let revokes = is_revoked_when_replaced(ctx.record(app)?.as_ref(), account, oauth2);
        ctx.detach_tokens(tx, app, revokes)?;
        ctx.connect(tx, app, tokens, account)?;
        ctx.wake_runs(tx, app)?;
        ctx.note_for_audit(tx, by, AuditAction::SharedConnected, app, &account.label)?;
        Ok(None)
    })?;
    if refused.is_none() {
        ctx.log(&Event::Connected { app: app.clone(), shared: ctx.is_shared() });
    }
    Ok(refused)
}

impl VaultCtx {
    /// The company at an app, as the shared connection names it; a private connection must be of the same.
    async fn company(&self, app: &AppId, asked: &CorrelationId) -> Result<Option<String>, VaultError> {
        let id = self.id()?;
        if id.owner == Owner::Shared {
            return Ok(None);
        }
        let request = VaultRequest::GetConnectedInstance { app: app.clone() };
        match ask(self, &VaultId::shared(&id.tenant), &request, asked).await {
            Ok(VaultResponse::ConnectedInstance(company)) => Ok(company),
            _ => Err(VaultError::Elsewhere),
        }
    }
}
