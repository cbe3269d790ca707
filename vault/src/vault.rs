//! The vault: one Durable Object per owner. It holds the owner's connections, is the only access to them, and
//! holds a person's runs.

use futures_channel::oneshot;
use std::cell::OnceCell;
use std::rc::Rc;
use std::time::Duration;
use workbot_domain::correlation_id::CorrelationId;
use workbot_domain::json;
use workbot_domain::log_event::{Cause, DisconnectedBy, Event};
use workbot_domain::owner::VaultId;
use workbot_domain::present::text::Texts;

use crate::connection::{company_connection_access, disconnect, establish, list};
use crate::context::VaultCtx;
use crate::error::VaultError;
use crate::isolate::Isolate;
use crate::ports::Object;
use crate::protocol::{VaultRequest, VaultResponse};
use crate::run::history;
use crate::run::open_runs::{self, Canceller};
use crate::sql::Sql;
use crate::store::{object_name, schema};
use crate::{agent, job_dispatcher, login, turn};

/// The delay of the alarm that repeats a failed start.
const STARTED_AGAIN: Duration = Duration::from_secs(60);

/// One start of a vault's object.
pub struct Vault {
    isolate: Rc<Isolate>,
    object: Rc<dyn Object>,
    /// The object's name, if the runtime has passed it.
    name: Option<String>,
    ctx: OnceCell<Rc<VaultCtx>>,
}

impl Vault {
    /// Starts an object. `name` is its name, if the runtime has passed it.
    pub fn new(isolate: Rc<Isolate>, object: Rc<dyn Object>, name: Option<&str>) -> Self {
        let vault = Self { isolate, object, name: name.map(str::to_owned), ctx: OnceCell::new() };
        vault.begun();
        vault
    }

    /// The shared state, once the schema is migrated and the jobs of earlier starts are released. `None` if
    /// one of them failed: nothing is done then, and the next request starts the object.
    fn begun(&self) -> Option<&Rc<VaultCtx>> {
        if self.ctx.get().is_none() {
            let sql = Sql::of(Rc::clone(&self.object));
            if let Err(error) = sql.migrate(&schema::MIGRATIONS) {
                self.isolate.report_alone(&Event::MigrationFailed { cause: Cause::of(&error) });
                return None;
            }
            let name = self.name.as_deref();
            let id = VaultId::of_object(name, object_name::known(&sql, name).as_deref());
            let ctx = VaultCtx::new(Rc::clone(&self.isolate), Rc::clone(&self.object), sql, id);
            // Without it, jobs of an earlier start would wait for the end of their lease, or for hours.
            if let Err(error) = ctx.release_orphaned_claims() {
                ctx.log(&Event::JobsFailed { cause: Cause::of(&error) });
                return None;
            }
            let _ = self.ctx.set(Rc::new(ctx));
        }
        self.ctx.get()
    }

    /// Handles a request: a [`VaultRequest`] in, a [`VaultResponse`] out, both as JSON.
    ///
    /// # Errors
    /// When the request cannot be read.
    pub async fn fetch(&self, request: &[u8], id: CorrelationId) -> Result<Vec<u8>, json::ReadError> {
        let request = json::stored(request)?;
        let response = match self.begun() {
            Some(ctx) => handle(ctx, request, id).await,
            None => VaultResponse::Failed,
        };
        Ok(serde_json::to_vec(&response)?)
    }

    /// Handles the alarm. The object has no alarm after that.
    pub async fn alarm(&self) {
        match self.begun() {
            Some(ctx) => job_dispatcher::on_alarm(Rc::clone(ctx)).await,
            None => _ = self.object.set_alarm(STARTED_AGAIN).await,
        }
    }
}

/// Handles a request to its end even if its caller has gone (`Object::wait_until`), because the tokens of an
/// exchanged code must not be lost with the browser. Then runs the due jobs.
async fn handle(ctx: &Rc<VaultCtx>, request: VaultRequest, id: CorrelationId) -> VaultResponse {
    let (done, response) = oneshot::channel();
    let working = Rc::clone(ctx);
    ctx.object.wait_until(Box::pin(async move {
        let response = respond(&working, request, &id).await;
        let response = response.unwrap_or_else(|error| {
            working.log_of(&id, &Event::VaultFailed { cause: Cause::of(&error) });
            VaultResponse::Failed
        });
        // The caller may have gone.
        let _ = done.send(response);
        job_dispatcher::run_due(working).await;
    }));
    response.await.unwrap_or(VaultResponse::Failed)
}

/// Handles a request. A vault whose tenant is not served ends access, and does nothing else.
async fn respond(
    ctx: &Rc<VaultCtx>,
    request: VaultRequest,
    id: &CorrelationId,
) -> Result<VaultResponse, VaultError> {
    if !request.only_ends_access() && !ctx.is_tenant_served()? {
        return Ok(request.refused_for_tenant());
    }
    match request {
        VaultRequest::Turn(turn) => turn::handle(ctx, *turn, id).await,
        VaultRequest::ListConnections { language } => list::list(ctx, language),
        VaultRequest::CreateLoginLink { app, owner, switch_account, name } => {
            login::create_link(ctx, &app, owner, switch_account, &name, id).await
        }
        VaultRequest::ListHistory { before, limit, language } => {
            history::history(ctx, before.as_ref(), limit, language)
        }
        VaultRequest::ListOpenRuns { language } => open_runs::list(ctx, language),
        VaultRequest::CancelRun { run, language } => {
            open_runs::cancel(ctx, &run, Canceller::Person, language)
        }
        VaultRequest::Disconnect { app, removal, by, language } => {
            let who = if by.is_some() { DisconnectedBy::Admin } else { DisconnectedBy::Owner };
            disconnect::disconnect_and_revoke(ctx, Texts(language), &app, removal, (who, by.as_ref()))
                .await
                .map(VaultResponse::Disconnected)
        }
        VaultRequest::SetGuardrails { app, guardrails, language } => {
            list::set_guardrails(ctx, &app, guardrails, language)
        }
        VaultRequest::DisconnectAll { by, language } => {
            let left = disconnect::disconnect_all_and_revoke(ctx, Texts(language), &by).await;
            left.map(VaultResponse::AllDisconnected)
        }
        VaultRequest::ExchangeCode { code, by } => {
            let page = establish::exchange(ctx, code, None, Some(&by), id).await;
            page.map(|page| VaultResponse::ShowPage { page, ended: None })
        }
        VaultRequest::SetSecret { app, secret, by, language } => {
            establish::set_secret(ctx, Texts(language), &app, secret, &by).await
        }
        VaultRequest::GetConnectedInstance { app } => {
            ctx.instance(&app).map(VaultResponse::ConnectedInstance).map_err(VaultError::from)
        }
        VaultRequest::GetGeneration { app } => {
            ctx.generation(&app).map(VaultResponse::Generation).map_err(VaultError::from)
        }
        VaultRequest::GetSharedAccess { apps } => {
            company_connection_access::get_shared_access(ctx, &apps, id).await
        }
        VaultRequest::RenewSharedAccess { app, revision } => {
            Ok(company_connection_access::renew_shared_access(ctx, &app, &revision, id).await)
        }
        VaultRequest::Agent(request) => agent::handle(ctx, *request, id).await.map(VaultResponse::Agent),
        VaultRequest::RewrapKeys => ctx.rewrap_keys().map(|()| VaultResponse::Done),
        VaultRequest::BeginLogin { ticket, another_account } => login::begin(ctx, &ticket, another_account),
        VaultRequest::LoginCallback { state, cookie, response, kept } => {
            login::on_callback(ctx, state, cookie, (response, kept), id).await
        }
    }
}
