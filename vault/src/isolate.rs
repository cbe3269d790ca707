//! The state that all objects of one process share: the platform, the configuration and caches in memory.
//! Cloudflare calls such a process an isolate ("How Workers works", Cloudflare documentation).

use futures_util::future::{Either, LocalBoxFuture, select};
use futures_util::pin_mut;
use secrecy::SecretString;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;
use workbot_domain::agent::document_cache::DocumentCache;
use workbot_domain::config::{Config, Problem};
use workbot_domain::connector_send_pauses::SendPauses;
use workbot_domain::correlation_id::CorrelationId;
use workbot_domain::jwks::CachedIssuer;
use workbot_domain::log_event::{Event, Report};
use workbot_domain::time::Timestamp;
use workbot_domain::verified_token_cache::VerifiedTokens;
use workbot_shared::TenantId;

use crate::ports::Platform;
use crate::run_semaphore::RunSemaphore;

/// One process.
pub struct Isolate {
    platform: Rc<dyn Platform>,
    config: Result<Rc<Config>, Vec<Problem>>,
    /// The bot's token, and until when it is reused.
    pub(crate) bot_token: RefCell<Option<(SecretString, Timestamp)>>,
    /// The conversations that the connector asked to leave alone for a while.
    pub(crate) quiet: RefCell<SendPauses>,
    /// The state of token issuers, by the URL of their metadata or keys.
    pub(crate) issuers: RefCell<HashMap<String, CachedIssuer>>,
    /// The tokens whose signature was verified.
    pub(crate) verified: RefCell<VerifiedTokens>,
    /// The runs that begin.
    pub(crate) run_semaphore: RefCell<RunSemaphore>,
    /// The metadata documents of agents' clients.
    pub(crate) agent_documents: RefCell<DocumentCache>,
}

impl Isolate {
    /// The state of a new process. It logs the mistakes in the configuration, so that each process does it
    /// once.
    pub fn new(platform: Rc<dyn Platform>, config: Result<Rc<Config>, Vec<Problem>>) -> Self {
        let isolate = Self {
            platform,
            config,
            bot_token: RefCell::default(),
            quiet: RefCell::default(),
            issuers: RefCell::default(),
            verified: RefCell::default(),
            run_semaphore: RefCell::default(),
            agent_documents: RefCell::default(),
        };
        let problems = match isolate.checked_configuration() {
            Ok(config) => &config.problems,
            Err(problems) => problems,
        };
        if !problems.is_empty() {
            isolate.report_alone(&Event::misconfigured(problems));
        }
        isolate
    }

    /// The ports.
    pub fn platform(&self) -> &dyn Platform {
        &*self.platform
    }

    /// The configuration. `None` if it is missing or invalid.
    pub fn configuration(&self) -> Option<&Rc<Config>> {
        self.config.as_ref().ok()
    }

    /// The configuration.
    ///
    /// # Errors
    /// The mistakes, if the bot itself is not configured.
    pub fn checked_configuration(&self) -> Result<&Config, &[Problem]> {
        self.config.as_ref().map(AsRef::as_ref).map_err(Vec::as_slice)
    }

    /// The current time.
    pub fn now(&self) -> Timestamp {
        self.platform.now()
    }

    /// The time since `began`, in milliseconds.
    pub fn millis_since(&self, began: Timestamp) -> u64 {
        u64::try_from(self.now().since(began).as_millis()).unwrap_or(u64::MAX)
    }

    /// Fresh random bytes.
    pub fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.platform.fill(&mut bytes);
        bytes
    }

    /// A random identifier of 128 bits, in lower-case hex.
    pub fn fresh_id(&self) -> String {
        self.random::<16>().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Ends after this time.
    pub fn sleep(&self, duration: Duration) -> LocalBoxFuture<'static, ()> {
        self.platform.sleep(duration)
    }

    /// A pause with jitter: between one and one and a half times the duration.
    pub fn jittered(&self, duration: Duration) -> Duration {
        let [dice] = self.random::<1>();
        duration + duration.mul_f64(f64::from(dice) / 512.0)
    }

    /// The output of a future, or `None` after the limit. The future is dropped then.
    pub async fn within<T>(&self, limit: Duration, future: impl Future<Output = T>) -> Option<T> {
        let limit = self.sleep(limit);
        pin_mut!(future);
        match select(future, limit).await {
            Either::Left((output, _)) => Some(output),
            Either::Right(_) => None,
        }
    }

    /// Logs an event of a request in a tenant.
    pub fn report(&self, event: &Event, correlation_id: &CorrelationId, tenant: Option<&TenantId>) {
        self.platform.write(&Report { event, correlation_id, tenant });
    }

    /// Logs an event that belongs to no request and no tenant.
    pub fn report_alone(&self, event: &Event) {
        self.report(event, &CorrelationId::default(), None);
    }
}
