//! Establishes a connection in its owner's vault: exchanges a code, or checks an API key. A grant that is not
//! kept is revoked.

use std::rc::Rc;
use workbot_domain::audit::Admin;
use workbot_domain::call::stated_account;
use workbot_domain::connection::account::IdentityError;
use workbot_domain::connection::revocation::is_revoked_when_replaced;
use workbot_domain::connection::token_response::{TokenRequestError, tokens_from};
use workbot_domain::connection::{AccountIdentity, TokenSet};
use workbot_domain::correlation_id::CorrelationId;
use workbot_domain::ids::TicketId;
use workbot_domain::log_event::{Cause, Event};
use workbot_domain::login::{
    EstablishError, company_mismatch, establish_refusal, exchange_refusal, unknown_account,
};
use workbot_domain::login_page::LoginPage;
use workbot_domain::owner::{Owner, VaultId};
use workbot_domain::present::text::Texts;
use workbot_shared::{AppId, AuditAction, SharedSecret};

use super::list::list;
use crate::clients::app::AppClient;
use crate::context::VaultCtx;
use crate::error::VaultError;
use crate::installed_catalog::catalog;
use crate::protocol::{AuthorizationCode, VaultRequest, VaultResponse, ask};

/// Exchanges a code and stores the tokens as the connection. `ticket` is consumed in the same transaction; it
/// is `None` if it belongs to another vault. `by` is the admin who connects the company. Returns the final
/// page of the login.
///
/// The order decides what a crash can lose:
///
/// 1. The workspace and the company's vault are asked before the exchange, so that their failure leaves no
///    grant behind.
/// 2. After the exchange a revocation is stored that is due in 2 minutes. It is what ends the grant if the
///    object crashes.
/// 3. The account is read and checked against the company boundary and the freezes.
/// 4. One transaction takes the revocation back and stores the connection; otherwise the revocation becomes
///    due now.
///
/// # Errors
/// When another object does not respond, or the database fails.
pub async fn exchange(
    ctx: &Rc<VaultCtx>,
    code: AuthorizationCode,
    ticket: Option<&TicketId>,
    by: Option<&Admin>,
    id: &CorrelationId,
) -> Result<LoginPage, VaultError> {
    let config = ctx.config()?;
    let AuthorizationCode { app, code, verifier, generation, kept } = code;
    let name = catalog().app_name(&app).to_owned();
    let client = AppClient::of(ctx, &config, &app);
    let Some((client, oauth)) = client.and_then(|client| Some((client, client.oauth()?))) else {
        return Ok(LoginPage::NotSetUp { app: name });
    };
    let Some(oauth2) = &client.app.oauth2 else { return Ok(LoginPage::NotSetUp { app: name }) };
    // Asked before the exchange: an unknown result leaves no grant behind.
    let company = ctx.company(&app, id).await?;
    if ctx.is_frozen(&app).await? {
        return Ok(LoginPage::Frozen { app: name });
    }
    let (mut tokens, stated) = match oauth.exchange(ctx, code, verifier).await {
        Ok(response) => {
            let stated = client.app.account.url.is_none().then(|| stated_account(response.extra.clone()));
            (tokens_from(response, oauth2, None, ctx.now()), stated)
        }
        Err(error) => {
            ctx.log_of(id, &Event::ExchangeFailed { app: app.clone(), cause: Cause::of(&error) });
            let page = exchange_refusal(&error, &oauth2.errors, name);
            // Revoke the tokens of a response that cannot be used.
            if let TokenRequestError::Unreadable { tokens, .. } = error {
                ctx.discard_each(&app, tokens, None)?;
            }
            return Ok(page);
        }
    };
    tokens.kept.extend(kept);
    let revocation = ctx.revoke_unless_kept(&app, &tokens)?;
    let account = match client.identify(&mut tokens, stated).await {
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

/// An admin may have frozen the app during the exchange. An unknown result is an error, not a refusal; the
/// grant is revoked in both cases.
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

/// Checks an API key, or a user name and password, at its app and stores it as the shared connection.
///
/// # Errors
/// When the workspace does not respond, or the database fails. A refusal by the app is a response, not an
/// error.
pub async fn set_secret(
    ctx: &Rc<VaultCtx>,
    words: Texts,
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
    let mut tokens = TokenSet::of_secret(secret);
    let account = match client.identify(&mut tokens, None).await {
        Ok(account) => account,
        Err(IdentityError::Dead | IdentityError::Refused) => {
            return Ok(VaultResponse::SecretRefused(words.key_refused(name)));
        }
        Err(IdentityError::Unreadable | IdentityError::OtherOrganization) => {
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

/// Stores the tokens as the connection and takes back their pending revocation, in one transaction. Refuses
/// if a disconnect or another login came first.
fn store_connection(
    ctx: &VaultCtx,
    app: &AppId,
    tokens: &TokenSet,
    account: &AccountIdentity,
    (ticket, generation): (Option<&TicketId>, i64),
    (by, revocation): (Option<&Admin>, Option<&str>),
) -> Result<Option<EstablishError>, VaultError> {
    let refused = ctx.sql.transaction(|tx| {
        let takes_ticket = || ticket.map_or(Ok(true), |ticket| ctx.consume_ticket(ticket));
        if let Some(refused) = establish_refusal(ctx.generation(app)?, generation, takes_ticket)? {
            return Ok(Some(refused));
        }
        // If the revocation has already run, the tokens are dead.
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
    /// The company's instance at an app (a Salesforce organization, a Box enterprise) according to the shared
    /// connection. A private connection must belong to the same one.
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
