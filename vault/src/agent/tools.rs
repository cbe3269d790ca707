//! The tools: their list, and their calls. A call of a recipe is a run of the person, by the same driver.

use futures_util::future::{Either, select};
use serde_json::{Value, json};
use std::rc::Rc;
use std::time::Duration;
use workbot_domain::agent::grant::{Grant, MOST_WAITING};
use workbot_domain::agent::json_rpc::RequestId;
use workbot_domain::agent::request::ToolCall;
use workbot_domain::agent::result::{LoginRequest, RunResult};
use workbot_domain::agent::token::{CALL_STATE_LIFETIME, CallState};
use workbot_domain::agent::tool::{
    Tool, definitions, fits_approval, is_read_only, recipe_arguments, run_argument,
};
use workbot_domain::correlation_id::CorrelationId;
use workbot_domain::ids::GrantId;
use workbot_domain::limits_per_person::OPEN_RUNS;
use workbot_domain::owner::Owner;
use workbot_domain::run::{AgentCall, Approval, Run, RunState};
use workbot_shared::{ConnectionStatus, Language, RunId};

use super::offered_recipes::OfferedRecipes;
use crate::agent_protocol::AgentResponse;
use crate::context::VaultCtx;
use crate::error::VaultError;
use crate::installed_catalog::{catalog, catalog_in};
use crate::job::{ClaimedJob, Job};
use crate::job_dispatcher;
use crate::run::open_runs::{self, Canceller};
use crate::store::agents::CallKey;

type AgentResult = Result<AgentResponse, VaultError>;

/// How long a call waits for its run. The caller of the object waits for 10 seconds.
const PATIENCE: Duration = Duration::from_secs(7);

/// The definitions of the tools that a client may call for the person.
pub async fn list(ctx: &VaultCtx, grant: &GrantId) -> AgentResult {
    let Some((_, policy)) = ctx.live_grant(grant).await? else { return Ok(AgentResponse::InvalidGrant) };
    let offered = OfferedRecipes::of(ctx, &policy).await?;
    Ok(AgentResponse::Tools(definitions(catalog(), &|id, _| offered.has(id))))
}

fn called(result: &RunResult) -> AgentResult {
    let structured = serde_json::to_value(result).map_err(crate::sql::SqlError::from)?;
    Ok(AgentResponse::Called { structured, is_error: result.is_error() })
}

fn refused(text: &str) -> AgentResult {
    called(&RunResult::refused(text))
}

/// Calls a tool.
pub async fn call(
    ctx: &Rc<VaultCtx>,
    grant: &GrantId,
    (request, opens_urls): (&RequestId, bool),
    call: &ToolCall,
    id: &CorrelationId,
) -> AgentResult {
    let Some((grant, policy)) = ctx.live_grant(grant).await? else {
        return Ok(AgentResponse::InvalidGrant);
    };
    if !ctx.agent_calls.borrow_mut().admit(&grant.client.id, ctx.now()) {
        return refused("Too many calls in one minute. Wait a minute.");
    }
    let offered = OfferedRecipes::of(ctx, &policy).await?;
    // Another call, or the person's answer, may have changed the grant meanwhile.
    let Some(mut grant) = ctx.grant(&grant.id)? else { return Ok(AgentResponse::InvalidGrant) };
    if grant.used(ctx.now()) {
        ctx.put_grant(&grant)?;
    }
    let Some(tool) = Tool::find(catalog(), &|id, _| offered.has(id), &call.name) else {
        return Ok(AgentResponse::InvalidCall(format!("Unknown tool: {}", call.name)));
    };
    let (recipe_id, recipe) = match tool {
        Tool::Recipe(id, recipe) => (id, recipe),
        Tool::ListConnections => return connections(ctx),
        Tool::GetRun | Tool::CancelRun => {
            let run = match run_argument(&call.arguments) {
                Ok(run) => run,
                Err(error) => return Ok(AgentResponse::InvalidCall(error.message)),
            };
            let cancels = tool == Tool::CancelRun;
            return about_run(ctx, &grant, &run, cancels);
        }
    };
    let given = match recipe_arguments(recipe, &call.arguments) {
        Ok(given) => given,
        Err(mistakes) => return refused(&mistakes.join(" ")),
    };
    let digest = call.digest();
    let caller = Caller { ctx, grant: &grant, opens_urls, digest: &digest };
    if let Some(state) = &call.request_state {
        let keys = &ctx.config()?.master_keys;
        let Ok(state) = CallState::open(keys, state, (&grant.id, &digest), ctx.now()) else {
            return Ok(AgentResponse::InvalidCall("The request state is invalid.".to_owned()));
        };
        if call.declined {
            open_runs::cancel(ctx, &state.run, Canceller::Agent, Language::default())?;
        }
        return caller.report(&state.run);
    }
    let request = request.to_string();
    let key = CallKey { grant: &grant.id, request: &request, call: &digest };
    if let Some(run) = ctx.run_of_call(&key)? {
        return caller.report(&run);
    }
    let writes = !is_read_only(recipe, catalog());
    let approval = match writes && policy.lets_without_asking(&grant, recipe_id) {
        true => Approval::NotNeeded,
        false => Approval::Needed,
    };
    // Also without asking: the person may want to be asked by the time of the write.
    if let (true, Err(too_long)) = (writes, fits_approval(&given)) {
        return refused(&too_long);
    }
    let asks = writes && approval == Approval::Needed;
    if let (true, Err(refusal)) = (asks, grant.may_ask(ctx.now())) {
        return refused(&refusal.to_string());
    }
    let open = ctx.open_runs()?;
    let grants = ctx.grants()?;
    // All consents to the client count together.
    let is_of_client =
        |id: &GrantId| grants.iter().any(|other| other.id == *id && other.client.id == grant.client.id);
    let theirs = |run: &&Run| run.agent.as_ref().is_some_and(|agent| is_of_client(&agent.grant));
    let many = i64::try_from(open.len()).is_ok_and(|count| count >= OPEN_RUNS);
    if many || open.iter().filter(theirs).count() >= MOST_WAITING {
        return refused("Several runs of this client wait already. Wait for them, or cancel them.");
    }
    let Some(chat) = ctx.known_chat()? else {
        return refused(
            "The person has to say hello to the bot in Microsoft Teams first: it asks them there.",
        );
    };
    let language = ctx.last_language()?.unwrap_or_default();
    let Ok(run_id) = RunId::parse(&ctx.fresh_id()) else { return refused("No run could be started.") };
    let run = Run::new(run_id.clone(), recipe_id, recipe, given, (chat, ctx.name()?), ctx.now());
    let agent = AgentCall { grant: grant.id.clone(), client: grant.client.title(), opens_urls, approval };
    let run = Run { language, correlation: id.clone(), ..run.asked_by_agent(agent) };
    let claimed = ClaimedJob::new(Job::DriveRun { run: run_id.clone() });
    // Without this commit a crash would lose the run, or the same call would run twice.
    let is_new = ctx.sql.transaction(|tx| {
        // The same call may have come while this one waited for the workspace.
        if ctx.run_of_call(&key)?.is_some() {
            return Ok(false);
        }
        ctx.enqueue_clean_up()?;
        ctx.insert_call(tx, &key, &run_id)?;
        if asks {
            ctx.note_agent_asks(tx, &grant.client.id)?;
        }
        ctx.insert_run(tx, &run)?;
        ctx.insert_claimed(&claimed)?;
        Ok(true)
    })?;
    if !is_new {
        let known = ctx.run_of_call(&key)?.unwrap_or(run_id);
        return caller.report(&known);
    }
    ctx.hand_off(vec![claimed]);
    if let Either::Right((_, rest)) =
        select(job_dispatcher::run_due(Rc::clone(ctx)), ctx.sleep(PATIENCE)).await
    {
        ctx.object.wait_until(rest);
    }
    caller.report(&run_id)
}

/// The client whose call is answered.
struct Caller<'a> {
    ctx: &'a VaultCtx,
    grant: &'a Grant,
    opens_urls: bool,
    /// The digest of the call.
    digest: &'a str,
}

impl Caller<'_> {
    /// The state of a run, with the addresses of its logins if the client shows them to the person.
    fn report(&self, id: &RunId) -> AgentResult {
        let ctx = self.ctx;
        let Some(result) = result_of(ctx, &self.grant.id, id)? else {
            return Ok(AgentResponse::InvalidCall("There is no such run of this client.".to_owned()));
        };
        let logins = match ctx.run(id)? {
            Some((run, _)) if self.opens_urls && result.status == "waiting_login" => self.logins(&run)?,
            _ => Vec::new(),
        };
        ctx.note_login_asked(id, !logins.is_empty())?;
        if logins.is_empty() {
            return called(&result);
        }
        let (grant, call) = (self.grant.id.clone(), self.digest.to_owned());
        let expires_at = ctx.now() + CALL_STATE_LIFETIME;
        let state = CallState { grant, run: id.clone(), call, expires_at };
        let state = state.seal(&ctx.config()?.master_keys, ctx.random());
        Ok(AgentResponse::Logins { run: id.clone(), logins, state })
    }

    /// New tickets for the logins that a run waits for.
    fn logins(&self, run: &Run) -> Result<Vec<LoginRequest>, VaultError> {
        let (ctx, config, subject) = (self.ctx, self.ctx.config()?, self.ctx.subject()?);
        let RunState::WaitingLogin { apps, .. } = &run.state else { return Ok(Vec::new()) };
        let login = |app| {
            let owner = Owner::User(subject.user.clone());
            let (url, _) = ctx.create_ticket(&config, &subject, app, owner, Some(&run.id), false)?;
            Ok(LoginRequest { app: app.clone(), name: catalog().app_name(app).to_owned(), url })
        };
        apps.iter().map(login).collect()
    }
}

/// The state of a run that this client started; `None` if it started no such run.
fn result_of(ctx: &VaultCtx, grant: &GrantId, id: &RunId) -> Result<Option<RunResult>, VaultError> {
    Ok(match ctx.call_of_run(grant, id)? {
        None => None,
        Some(Some(result)) => Some(result),
        Some(None) => ctx.run(id)?.map(|(run, _)| RunResult::of(&run, catalog_in(run.language))),
    })
}

/// `get_run` and `cancel_run`. A client sees its own runs only.
fn about_run(ctx: &VaultCtx, grant: &Grant, id: &RunId, cancels: bool) -> AgentResult {
    if cancels && ctx.call_of_run(&grant.id, id)?.is_some() {
        open_runs::cancel(ctx, id, Canceller::Agent, Language::default())?;
    }
    let Some(result) = result_of(ctx, &grant.id, id)? else {
        return refused("There is no such run of this client.");
    };
    // The client has its result. The same call from now on is a new one.
    if ["done", "failed", "cancelled"].contains(&result.status.as_str()) {
        ctx.note_login_asked(id, false)?;
    }
    called(&result)
}

/// `list_connections`.
fn connections(ctx: &VaultCtx) -> AgentResult {
    let row = |connection: workbot_domain::connection::ConnectionSummary| -> Value {
        let name = catalog().app_name(&connection.app);
        let status: ConnectionStatus = connection.status;
        json!({ "app": connection.app, "name": name, "account": connection.account, "status": status })
    };
    let connections: Vec<_> = ctx.overview(None)?.into_iter().map(row).collect();
    Ok(AgentResponse::Called { structured: json!({ "connections": connections }), is_error: false })
}
