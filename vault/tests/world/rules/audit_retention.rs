//! What the workspace of a company stores.

use serde_json::json;
use workbot_shared::AuditAction;
use workbot_vault::workspace;

use crate::deployment::Deployment;
use crate::directed_world::{A_DAY, A_MINUTE, Directed};
use crate::person::App;

fn acts(world: &Directed) -> Vec<AuditAction> {
    let isolate = world.deployment.isolate();
    let audit =
        world.done(async move { workspace::audit(&isolate, &Deployment::tenant(), None, 20).await.unwrap() });
    audit.entries.into_iter().map(|entry| entry.act).collect()
}

#[test]
fn the_audit_keeps_writes_for_ninety_days_and_admin_acts_forever() {
    let world = Directed::new();
    let (admin, ada) = (world.person(0), world.person(1));
    world.shares(&admin, App::Salesforce);
    world.passes(A_MINUTE);
    world.sets(&admin, "create-opportunity", json!({"verify_user_access": {"salesforce": false}}));
    world.commands(&ada, App::Salesforce);
    world.hears(&ada, "as the shared connection (");
    world.passes(A_MINUTE);
    let [connected, changed] = [AuditAction::SharedConnected, AuditAction::RecipeSettingsChanged];
    assert_eq!(acts(&world), [AuditAction::SharedWrite, changed, connected]);
    world.passes(A_DAY * 89);
    world.maintains();
    assert_eq!(acts(&world), [AuditAction::SharedWrite, changed, connected]);
    world.passes(A_DAY * 2);
    world.maintains();
    assert_eq!(acts(&world), [changed, connected]);

    // The newest entries come first, however many there are.
    let workspace = world.workspace();
    workspace.database.look("UPDATE sqlite_sequence SET seq = 3000000000 WHERE name = 'audit'");
    workspace.database.commit();
    world.sets(&admin, "create-opportunity", json!({"verify_user_access": {"salesforce": true}}));
    assert_eq!(acts(&world), [changed, changed, connected]);
}
