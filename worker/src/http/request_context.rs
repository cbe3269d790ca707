//! The context of a request.

use std::rc::Rc;
use workbot_domain::config::Config;
use workbot_domain::correlation_id::CorrelationId;
use workbot_domain::present::text::Texts;
use workbot_shared::Language;
use workbot_vault::Isolate;

/// The context of a request, for its handler.
pub struct RequestContext {
    /// The process.
    pub isolate: Rc<Isolate>,
    /// The deployment's configuration.
    pub config: Rc<Config>,
    /// The language of the response, from `Accept-Language`.
    pub language: Language,
    /// The correlation id, which all log lines of this request hold.
    pub id: CorrelationId,
}

impl RequestContext {
    /// The texts in the language of the response.
    pub fn words(&self) -> Texts {
        Texts(self.language)
    }
}
