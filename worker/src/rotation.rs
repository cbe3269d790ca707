//! Key rotation: walks the directory of each tenant, and has the vaults that still use a retired master key wrap their data
//! keys anew. When none does any more, the retired key can be taken out of the configuration.

use workbot_domain::event::{CorrelationId, Event};
use workbot_domain::owner::VaultId;
use worker::Env;

use crate::configuration::configuration;
use crate::report::report;
use crate::vault::protocol::{VaultRequest, ask};
use crate::workspace;

/// So many vaults are visited at one go; the next go takes the next ones.
const AT_ONCE: usize = 200;

pub async fn walk(env: &Env) {
    let Ok(config) = configuration(env) else { return };
    let mut visits = 0;
    for tenant in &config.allowed_tenants {
        let Ok(old) = workspace::old_keys(env, tenant, config.master_keys.active()).await else { continue };
        for key in old {
            let event = Event::RetiredKeyInUse { kid: key.kid, connections: key.connections };
            report(&event, &CorrelationId::default(), Some(tenant));
            for owner in key.owners {
                if visits == AT_ONCE {
                    return;
                }
                visits += 1;
                let vault = VaultId { tenant: tenant.clone(), owner };
                if ask(env, &vault, &VaultRequest::Rewrap, &CorrelationId::default()).await.is_err() {
                    report(&Event::RewrapFailed, &CorrelationId::default(), Some(tenant));
                }
            }
        }
    }
}
