//! The vault: the one door to an owner's connections, and where a person's runs live. One Durable Object per owner.

mod activity;
mod asking;
mod calling;
mod chat;
mod connections;
mod directing;
mod driving;
mod due;
mod exchange;
mod expiring;
mod grants;
mod hearing;
mod leaving;
mod lending;
mod lives;
mod logins;
mod member;
mod pressing;
mod progress;
pub mod protocol;
mod revoking;
mod runs;
mod schema;
mod telling;
mod turns;

use futures_channel::oneshot;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use workbot_domain::config::Config;
use workbot_domain::event::{Cause, CorrelationId, Event};
use workbot_domain::owner::{Owner, VaultId};
use workbot_domain::pace::Pace;
use workbot_domain::text::Words;
use workbot_shared::AppId;
use worker::{Env, Request, Response, Result, State};

use crate::clock::fresh_id;
use crate::configuration::configuration;
use crate::object::asked;
use crate::report::{self, report};
use crate::sql::{Sql, SqlError};
use crate::values;
use due::Claimed;
use grants::Flight;
use leaving::Leaver;
use protocol::{VaultAnswer, VaultRequest};

/// Why something could not be done now. Nothing is lost; it can be tried again.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error(transparent)]
    Sql(#[from] SqlError),
    #[error("this deployment is not set up: see /healthz")]
    Misconfigured,
    #[error("this object has no owner's name")]
    NoOwner,
    #[error("another object did not answer")]
    Elsewhere,
}

/// In a transaction every trouble rolls back.
impl From<Trouble> for SqlError {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Sql(error) => error,
            other => worker::Error::RustError(other.to_string()).into(),
        }
    }
}

/// What all parts of a vault share.
struct Core {
    id: Option<VaultId>,
    state: State,
    env: Env,
    sql: Sql,
    /// Names this life of the object: another life has another memory.
    holder: String,
    /// The refreshes under way: whoever comes meanwhile waits for the same one.
    flights: RefCell<HashMap<AppId, Flight>>,
    /// How fast the person asks.
    pace: RefCell<Pace>,
    /// Jobs that were begun a moment ago.
    begun: RefCell<Vec<Claimed>>,
    /// When the alarm comes that this life of the object has set, in milliseconds; it may have come by then.
    alarm_at: Cell<Option<i64>>,
}

impl Core {
    fn id(&self) -> std::result::Result<&VaultId, Trouble> {
        self.id.as_ref().ok_or(Trouble::NoOwner)
    }

    fn config(&self) -> std::result::Result<Rc<Config>, Trouble> {
        configuration(&self.env).map_err(|_| Trouble::Misconfigured)
    }

    /// Whether it is the company's.
    fn is_shared(&self) -> bool {
        self.id.as_ref().is_some_and(|id| id.owner == Owner::Shared)
    }

    /// What could be read; otherwise that is reported. For what must keep nothing else from happening: it is of a later
    /// version, and is left as it is, for one that knows it.
    fn if_readable<T>(&self, read: std::result::Result<T, SqlError>) -> Option<T> {
        read.inspect_err(|error| self.log(&Event::VaultTrouble { cause: Cause::of(error) })).ok()
    }

    /// Reports what came of no request.
    fn log(&self, event: &Event) {
        self.log_of(&CorrelationId::default(), event);
    }

    /// Reports what came of a request.
    fn log_of(&self, id: &CorrelationId, event: &Event) {
        report(event, id, self.id.as_ref().map(|id| &id.tenant));
    }
}

/// Whose vault this is. The runtime says so by the object's name, except in an alarm that a life without a name set; the
/// first life that hears the name writes it down, together with the tables.
fn own_id(state: &State, sql: &Sql) -> Option<VaultId> {
    let told = state.id().name();
    let row = sql.row("SELECT name FROM object_name", values![]).ok().flatten();
    let stored = row.and_then(|row| row.text(0).ok());
    if let (Some(name), None) = (&told, &stored) {
        // A database that fails is reported by whatever comes next.
        let _ =
            sql.run("INSERT OR IGNORE INTO object_name (only, name) VALUES (1, ?)", values![name.as_str()]);
    }
    VaultId::of_object(told.as_deref(), stored.as_deref())
}

mod class {
    #![allow(missing_docs, reason = "the macro's own items")]

    use super::{Core, Rc, Sql, fresh_id, handle, own_id, report, schema};
    use std::cell::{Cell, RefCell};
    use worker::{DurableObject, Env, Request, Response, Result, State, durable_object, wasm_bindgen};

    /// The Durable Object class `Vault`.
    #[durable_object]
    pub struct Vault {
        core: Rc<Core>,
    }

    impl DurableObject for Vault {
        fn new(state: State, env: Env) -> Self {
            report::count_in(&env);
            let sql = Sql::of(&state);
            sql.migrate(&schema::MIGRATIONS);
            let id = own_id(&state, &sql);
            let core = Core {
                id,
                state,
                env,
                sql,
                holder: fresh_id(),
                flights: RefCell::default(),
                pace: RefCell::default(),
                begun: RefCell::default(),
                alarm_at: Cell::default(),
            };
            core.take_over();
            Self { core: Rc::new(core) }
        }

        async fn fetch(&self, request: Request) -> Result<Response> {
            handle(&self.core, request).await
        }

        async fn alarm(&self) -> Result<Response> {
            super::due::wake(Rc::clone(&self.core)).await;
            Response::empty()
        }
    }
}

pub use class::Vault;

/// Every request works on even when its caller has gone: a code that was exchanged must not be lost with the browser.
async fn handle(core: &Rc<Core>, request: Request) -> Result<Response> {
    let (request, id): (VaultRequest, _) = asked(request).await?;
    let (done, answer) = oneshot::channel();
    let working = Rc::clone(core);
    core.state.wait_until(async move {
        let answer = match request {
            VaultRequest::Turn(turn) => turns::take(&working, *turn, &id).await,
            VaultRequest::List { language } => leaving::list(&working, language),
            VaultRequest::Login { app, owner, switch_account, name } => {
                logins::link_for(&working, &app, owner, switch_account, &name, &id).await
            }
            VaultRequest::Activity { before, limit, language } => {
                activity::activity(&working, before.as_ref(), limit, language)
            }
            VaultRequest::Runs { language } => activity::open(&working, language),
            VaultRequest::CancelRun { run, language } => activity::cancel(&working, &run, language),
            VaultRequest::Leave { app, delete, by, language } => {
                let leaver = by.as_ref().map_or(Leaver::Owner, Leaver::Admin);
                leaving::leave(&working, Words(language), &app, delete, leaver).await.map(VaultAnswer::Left)
            }
            VaultRequest::LeaveAll { by, language } => {
                let left = leaving::leave_all(&working, Words(language), Leaver::Admin(&by)).await;
                left.map(VaultAnswer::AllLeft)
            }
            VaultRequest::Exchange { code, by } => {
                let page = exchange::exchange(&working, code, None, Some(&by), &id).await;
                page.map(|page| VaultAnswer::Show { page, ended: None })
            }
            VaultRequest::SetSecret { app, secret, by, language } => {
                exchange::set_secret(&working, Words(language), &app, secret, &by).await
            }
            VaultRequest::Company { app } => {
                working.instance(&app).map(VaultAnswer::Company).map_err(Trouble::from)
            }
            VaultRequest::Generation { app } => {
                working.generation(&app).map(VaultAnswer::Generation).map_err(Trouble::from)
            }
            VaultRequest::Lend { apps } => lending::lend(&working, &apps, &id).await,
            VaultRequest::LendAnew { app, revision } => {
                Ok(lending::lend_anew(&working, &app, &revision, &id).await)
            }
            VaultRequest::Rewrap => working.rewrap().map(|()| VaultAnswer::Done),
            VaultRequest::Open { ticket, another_account } => {
                logins::open(&working, &ticket, another_account)
            }
            VaultRequest::Returned { state, cookie, answer } => {
                logins::returned(&working, state, cookie, answer, &id).await
            }
        };
        let answer = answer.unwrap_or_else(|trouble| {
            working.log_of(&id, &Event::VaultTrouble { cause: Cause::of(&trouble) });
            VaultAnswer::Failed
        });
        // Nobody may be waiting any more.
        let _ = done.send(answer);
        due::work(working).await;
    });
    Response::from_json(&answer.await.unwrap_or(VaultAnswer::Failed))
}
