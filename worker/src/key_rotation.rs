//! The hourly maintenance of each tenant's workspace. It starts the walk in which the vaults wrap their data
//! keys again under the active master key. A retired key that no tenant needs any more can be removed from
//! `MASTER_KEYS`.

use workbot_domain::correlation_id::CorrelationId;
use workbot_domain::log_event::Event;
use workbot_vault::{Isolate, workspace};

/// Starts the maintenance of all tenants, and logs the retired master keys that are still needed.
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
