//! What all parts of a vault share.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::ops::Deref;
use std::rc::Rc;
use workbot_domain::config::Config;
use workbot_domain::event::{Cause, CorrelationId, Event};
use workbot_domain::limits::TurnLimiter;
use workbot_domain::owner::{Owner, Subject, VaultId};
use workbot_shared::AppId;

use crate::access::PendingRefresh;
use crate::clients::connector::Connector;
use crate::isolate::Isolate;
use crate::job::ClaimedJob;
use crate::ports::{KvError, Object};
use crate::sql::{Sql, SqlError};

/// Why something could not be done now. Nothing is lost; it can be tried again.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    #[error(transparent)]
    Sql(#[from] SqlError),
    #[error("this deployment is not set up: see /healthz")]
    Misconfigured,
    #[error("this object has no owner's name")]
    NoOwner,
    #[error("another object did not answer")]
    Elsewhere,
    #[error(transparent)]
    Kv(#[from] KvError),
}

/// In a transaction every trouble rolls back.
impl From<VaultError> for SqlError {
    fn from(error: VaultError) -> Self {
        match error {
            VaultError::Sql(error) => error,
            other => SqlError::RolledBack(other.to_string()),
        }
    }
}

/// What all parts of a vault share.
pub struct VaultCtx {
    id: Option<VaultId>,
    isolate: Rc<Isolate>,
    pub object: Rc<dyn Object>,
    pub sql: Sql,
    /// Names this life of the object: another life has another memory.
    pub incarnation: String,
    /// The refreshes under way: whoever comes meanwhile waits for the same one.
    pub pending_refreshes: RefCell<HashMap<AppId, PendingRefresh>>,
    /// How fast the person asks.
    pub turn_limiter: RefCell<TurnLimiter>,
    /// Jobs that were begun a moment ago.
    pub handed_off: RefCell<Vec<ClaimedJob>>,
    /// When the alarm comes that this life of the object has set, in milliseconds; it may have come by then.
    pub alarm_at: Cell<Option<i64>>,
}

/// What all objects of the process share is at hand everywhere.
impl Deref for VaultCtx {
    type Target = Isolate;

    fn deref(&self) -> &Isolate {
        &self.isolate
    }
}

impl VaultCtx {
    /// Of a life that has just begun.
    pub fn new(isolate: Rc<Isolate>, object: Rc<dyn Object>, sql: Sql, id: Option<VaultId>) -> Self {
        Self {
            id,
            object,
            sql,
            incarnation: isolate.fresh_id(),
            isolate,
            pending_refreshes: RefCell::default(),
            turn_limiter: RefCell::default(),
            handed_off: RefCell::default(),
            alarm_at: Cell::default(),
        }
    }

    /// For what goes on after the caller has its answer.
    pub fn isolate(&self) -> Rc<Isolate> {
        Rc::clone(&self.isolate)
    }

    /// Sends as the bot.
    pub fn connector<'a>(&'a self, config: &'a Config) -> Connector<'a> {
        Connector { isolate: &self.isolate, config }
    }

    pub fn id(&self) -> Result<&VaultId, VaultError> {
        self.id.as_ref().ok_or(VaultError::NoOwner)
    }

    pub fn config(&self) -> Result<Rc<Config>, VaultError> {
        self.isolate.configuration().cloned().ok_or(VaultError::Misconfigured)
    }

    /// Whether it is the company's.
    pub fn is_shared(&self) -> bool {
        self.id.as_ref().is_some_and(|id| id.owner == Owner::Shared)
    }

    /// What could be read; otherwise that is reported. For what must keep nothing else from happening: it is of a later
    /// version, and is left as it is, for one that knows it.
    pub fn if_readable<T>(&self, read: Result<T, SqlError>) -> Option<T> {
        read.inspect_err(|error| self.log(&Event::VaultFailed { cause: Cause::of(error) })).ok()
    }

    /// Reports what came of no request.
    pub fn log(&self, event: &Event) {
        self.log_of(&CorrelationId::default(), event);
    }

    /// Reports what came of a request.
    pub fn log_of(&self, id: &CorrelationId, event: &Event) {
        self.isolate.report(event, id, self.id.as_ref().map(|id| &id.tenant));
    }

    pub fn subject(&self) -> Result<Subject, VaultError> {
        match self.id()? {
            id if let Owner::User(user) = &id.owner => {
                Ok(Subject { tenant: id.tenant.clone(), user: user.clone() })
            }
            _ => Err(VaultError::NoOwner),
        }
    }
}
