//! Once an hour each tenant's workspace does what is to be done then: among it, it walks through the owners of retired master
//! keys, so that their vaults wrap their data keys anew. When none needs such a key any more, it can be taken out of the
//! configuration.

use workbot_domain::event::{CorrelationId, Event};
use workbot_vault::{Isolate, workspace};

pub async fn begin(isolate: &Isolate) {
    let Some(config) = isolate.configuration() else { return };
    for tenant in &config.allowed_tenants {
        let Ok(old) = workspace::maintain(isolate, tenant, config.master_keys.active()).await else {
            continue;
        };
        for key in old {
            let event = Event::RetiredKeyInUse {
                kid: key.kid,
                connections: key.connections,
                revocations: key.revocations,
            };
            isolate.report(&event, &CorrelationId::default(), Some(tenant));
        }
    }
}
