//! What a handler needs.

use std::rc::Rc;
use workbot_domain::config::Config;
use workbot_domain::event::CorrelationId;
use workbot_domain::present::text::Words;
use workbot_shared::Language;
use workbot_vault::Isolate;
use worker::Env;

/// What a handler needs.
pub struct RequestContext {
    pub env: Env,
    pub isolate: Rc<Isolate>,
    pub config: Rc<Config>,
    pub language: Language,
    /// Finds the log lines of this request.
    pub id: CorrelationId,
}

impl RequestContext {
    /// Speaks as the browser asks.
    pub fn words(&self) -> Words {
        Words(self.language)
    }
}
