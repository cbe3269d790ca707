//! Once an hour each tenant's workspace does what is to be done then: among it, it walks through the owners of retired master
//! keys, so that their vaults wrap their data keys anew. When none needs such a key any more, it can be taken out of the
//! configuration.

use workbot_domain::event::{CorrelationId, Event};
use worker::Env;

use crate::configuration::configuration;
use crate::report::report;
use crate::workspace;

pub async fn begin(env: &Env) {
    let Ok(config) = configuration(env) else { return };
    for tenant in &config.allowed_tenants {
        let Ok(old) = workspace::maintain(env, tenant, config.master_keys.active()).await else { continue };
        for key in old {
            let event = Event::RetiredKeyInUse {
                kid: key.kid,
                connections: key.connections,
                revocations: key.revocations,
            };
            report(&event, &CorrelationId::default(), Some(tenant));
        }
    }
}
