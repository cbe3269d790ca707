//! Key rotation: walks the directory of each tenant, and has the vaults that still use a retired master key wrap their data
//! keys anew. When none does any more, the retired key can be taken out of the configuration.

use workbot_domain::owner::VaultId;
use worker::Env;

use crate::configuration::configuration;
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
            worker::console_log!(
                "{{\"event\":\"retired_key_in_use\",\"kid\":{:?},\"connections\":{}}}",
                key.kid,
                key.connections
            );
            for owner in key.owners {
                if visits == AT_ONCE {
                    return;
                }
                visits += 1;
                let vault = VaultId { tenant: tenant.clone(), owner };
                if ask(env, &vault, &VaultRequest::Rewrap).await.is_err() {
                    worker::console_error!("{{\"event\":\"rewrap_failed\"}}");
                }
            }
        }
    }
}
