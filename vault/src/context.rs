//! The state that all parts of a vault share.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Deref;
use std::rc::Rc;
use workbot_domain::agent::policy::CallLimiter;
use workbot_domain::config::Config;
use workbot_domain::connection::refresh::Access;
use workbot_domain::correlation_id::CorrelationId;
use workbot_domain::ids::Incarnation;
use workbot_domain::limits_per_person::TurnLimiter;
use workbot_domain::log_event::{Cause, Event};
use workbot_domain::owner::{Owner, Subject, VaultId};
use workbot_shared::{AppId, RunId};

use crate::access_in_transit::PendingRefresh;
use crate::clients::connector::Connector;
use crate::error::VaultError;
use crate::in_memory_state::{RecentTurns, UnstoredRun};
use crate::isolate::Isolate;
use crate::job::ClaimedJob;
use crate::ports::Object;
use crate::sql::{Sql, SqlError};

/// The state that all parts of a vault share, for one start of the object.
pub struct VaultCtx {
    id: Option<VaultId>,
    isolate: Rc<Isolate>,
    /// The Durable Object's own ports: alarm and background work.
    pub object: Rc<dyn Object>,
    /// The object's database.
    pub sql: Sql,
    /// The incarnation: a random id of this start of the object. Memory does not survive to the next start.
    pub incarnation: Incarnation,
    /// The refreshes under way. Concurrent callers for an app await the same one.
    pub pending_refreshes: RefCell<HashMap<AppId, PendingRefresh>>,
    /// The access that was handed out last, by app. Empty in a person's vault, whose runs are few.
    pub handed_out: RefCell<HashMap<AppId, Access>>,
    /// The rate limit of the person's turns.
    pub turn_limiter: RefCell<TurnLimiter>,
    /// The rate limit of each agent's calls.
    pub agent_calls: RefCell<CallLimiter>,
    /// Jobs that were inserted with a lease a moment ago and wait for [`VaultCtx::hand_off`]'s dispatcher.
    pub handed_off: RefCell<Vec<ClaimedJob>>,
    /// The latest turns and their responses.
    pub recent_turns: RefCell<RecentTurns>,
    /// The runs that are driven in the request of their command and not stored yet.
    pub unstored_runs: RefCell<BTreeMap<RunId, UnstoredRun>>,
    /// The keys of the jobs whose row was written while their first attempt was under way in the request.
    pub early_rows: RefCell<BTreeSet<String>>,
    /// How often the message of a job without a row got a web page as its response.
    pub early_doubts: RefCell<HashMap<String, i64>>,
    /// The time of the alarm that this start of the object has set, in milliseconds since 1970. It may have
    /// fired.
    pub alarm_at: Rc<Cell<Option<i64>>>,
}

/// Gives every part access to the ports and the state of the process.
impl Deref for VaultCtx {
    type Target = Isolate;

    fn deref(&self) -> &Isolate {
        &self.isolate
    }
}

impl VaultCtx {
    /// The state at a start of the object. `id` is `None` if the runtime has not said the object's name.
    pub fn new(isolate: Rc<Isolate>, object: Rc<dyn Object>, sql: Sql, id: Option<VaultId>) -> Self {
        Self {
            id,
            object,
            sql,
            incarnation: isolate.fresh_id().into(),
            isolate,
            pending_refreshes: RefCell::default(),
            handed_out: RefCell::default(),
            turn_limiter: RefCell::default(),
            agent_calls: RefCell::default(),
            handed_off: RefCell::default(),
            recent_turns: RefCell::default(),
            unstored_runs: RefCell::default(),
            early_rows: RefCell::default(),
            early_doubts: RefCell::default(),
            alarm_at: Rc::default(),
        }
    }

    /// The process, for work that outlives the request.
    pub fn isolate(&self) -> Rc<Isolate> {
        Rc::clone(&self.isolate)
    }

    /// A client of the Bot Connector.
    pub fn connector<'a>(&'a self, config: &'a Config) -> Connector<'a> {
        Connector { isolate: &self.isolate, config }
    }

    /// Whose vault this is.
    ///
    /// # Errors
    /// [`VaultError::NoOwner`] if the object's name is unknown.
    pub fn id(&self) -> Result<&VaultId, VaultError> {
        self.id.as_ref().ok_or(VaultError::NoOwner)
    }

    /// The deployment's configuration.
    ///
    /// # Errors
    /// [`VaultError::Misconfigured`] if it is missing or invalid.
    pub fn config(&self) -> Result<Rc<Config>, VaultError> {
        self.isolate.configuration().cloned().ok_or(VaultError::Misconfigured)
    }

    /// Whether the deployment serves the tenant of this vault. Taking it off the list is an emergency stop:
    /// all that the vault then does is to end access, and to keep its rows in order.
    ///
    /// # Errors
    /// When the deployment is not configured, or the object's name is unknown.
    pub fn is_tenant_served(&self) -> Result<bool, VaultError> {
        Ok(self.config()?.allowed_tenants.contains(&self.id()?.tenant))
    }

    /// Whether this is the company's vault.
    pub fn is_shared(&self) -> bool {
        self.id.as_ref().is_some_and(|id| id.owner == Owner::Shared)
    }

    /// The value, or `None` after an error was logged. For values whose failure must not stop other work: a
    /// row that a later version wrote stays as it is.
    pub fn if_readable<T>(&self, read: Result<T, SqlError>) -> Option<T> {
        read.inspect_err(|error| self.log(&Event::VaultFailed { cause: Cause::of(error) })).ok()
    }

    /// Logs an event that belongs to no request.
    pub fn log(&self, event: &Event) {
        self.log_of(&CorrelationId::default(), event);
    }

    /// Logs an event of a request.
    pub fn log_of(&self, id: &CorrelationId, event: &Event) {
        self.isolate.report(event, id, self.id.as_ref().map(|id| &id.tenant));
    }

    /// The person whose vault this is.
    ///
    /// # Errors
    /// [`VaultError::NoOwner`] in the company's vault, or if the object's name is unknown.
    pub fn subject(&self) -> Result<Subject, VaultError> {
        match self.id()? {
            id if let Owner::User(user) = &id.owner => {
                Ok(Subject { tenant: id.tenant.clone(), user: user.clone() })
            }
            _ => Err(VaultError::NoOwner),
        }
    }
}
