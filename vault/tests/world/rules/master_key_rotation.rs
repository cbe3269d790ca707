//! Master keys are added and removed.

use std::rc::Rc;
use workbot_domain::owner::Owner;
use workbot_shared::{Language, RevocationOutcome};
use workbot_vault::protocol::VaultRequest;
use workbot_vault::workspace;

use crate::deployment::{Deployment, master_key};
use crate::directed_world::{A_MINUTE, Directed};
use crate::faults::Fault;
use crate::person::App;

/// Restarts the worker with these keys.
fn with_master_keys(world: &Directed, keys: &[(&str, u8)]) {
    let keys: Vec<String> = keys.iter().map(|(kid, byte)| master_key(kid, *byte)).collect();
    world.deployment.deploy(Some(("MASTER_KEYS", keys.join(","))));
}

/// The number of connections and revocations that each retired key still wraps.
fn of_old_keys(world: &Directed) -> Vec<(String, i64, i64)> {
    let deployment = Rc::clone(&world.deployment);
    let keys = world.done(async move {
        let (isolate, tenant) = (deployment.isolate(), Deployment::tenant());
        let active = deployment.config().master_keys.active().to_owned();
        workspace::old_keys(&isolate, &tenant, &active).await.unwrap()
    });
    keys.into_iter().map(|key| (key.kid, key.connections, key.revocations)).collect()
}

#[test]
fn a_master_key_is_retired_without_interruption_and_a_missing_one_destroys_nothing() {
    let world = Directed::new();
    let (admin, ada) = (world.person(0), world.connected(1, &[App::Salesforce]));
    world.done({
        let admin = Rc::clone(&admin);
        async move { admin.connect_in_tab(App::Salesforce, Owner::Shared).await }
    });
    world.passes(A_MINUTE);
    let (k1, new, other) = (("k1", 1), ("new", 2), ("other", 3));
    with_master_keys(&world, &[new, k1]);
    assert_eq!(of_old_keys(&world), [("k1".to_owned(), 2, 0)]);
    world.maintains();
    world.passes(A_MINUTE * 60);
    assert_eq!(of_old_keys(&world), []);

    with_master_keys(&world, &[new]);
    let name = world.commands(&ada, App::Salesforce);
    world.hears(&ada, &format!("Created [{name}]"));
    world.says(&ada, "find account Acme");
    world.hears(&ada, &format!("as the shared connection ({})", admin.upn));

    // A deployment that has lost its key: nothing works, and nothing is destroyed.
    with_master_keys(&world, &[other]);
    let name = world.commands(&ada, App::Salesforce);
    world.passes(A_MINUTE);
    assert_eq!(of_old_keys(&world), [("new".to_owned(), 2, 0)]);
    assert_eq!(world.status(&ada, App::Salesforce), "connected");
    with_master_keys(&world, &[k1, new]);
    world.asks(&ada, VaultRequest::ListConnections { language: Language::En });
    world.hears(&ada, &format!("Created [{name}]"));
}

#[test]
fn one_walk_visits_every_owner_of_a_retired_key_and_a_pending_revocation_keeps_its_key() {
    let world = Directed::new();
    let (ada, bob) = (world.connected(1, &[App::Salesforce]), world.connected(2, &[App::Salesforce]));
    // Bob disconnects while the app is unreachable: the tokens for his revocation stay sealed under the old
    // key.
    world.goes_wrong("salesforce.revoke", 1000, Fault::Refused);
    assert_eq!(world.leaves(&bob, App::Salesforce).unwrap().outcome, RevocationOutcome::Retrying);
    world.passes(A_MINUTE);

    // Three pages of owners that never finish come before Ada and Bob.
    let workspace = world.workspace();
    workspace.database.look(
        "INSERT INTO directory (rowid, owner, app, account, account_id, status, connected_at, kid, name)
         WITH RECURSIVE owners (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM owners WHERE n < 60)
         SELECT -n, json_object('user', printf('0-%03d', n)), 'box', 'x', 'x', 'connected', 0, 'k1', '' FROM owners",
    );
    workspace.database.commit();
    with_master_keys(&world, &[("walk", 2), ("k1", 1)]);
    assert_eq!(of_old_keys(&world), [("k1".to_owned(), 61, 1)]);
    world.maintains();
    world.passes(A_MINUTE * 60);
    assert_eq!(of_old_keys(&world), [("k1".to_owned(), 60, 0)]);

    // Without the old key the revocation still reaches its app.
    world.clears_up();
    workspace.database.look("DELETE FROM directory WHERE account = 'x'");
    workspace.database.commit();
    with_master_keys(&world, &[("walk", 2)]);
    assert_eq!(of_old_keys(&world), []);
    world.asks(&bob, VaultRequest::ListConnections { language: Language::En });
    // The pause before the next try has grown to the better part of an hour.
    world.passes(A_MINUTE * 120);
    world.until("the revocation", || world.live(App::Salesforce, &bob) == 0);
    assert_eq!(world.status(&ada, App::Salesforce), "connected");
}

#[test]
fn a_vault_stores_its_own_name() {
    let world = Directed::new();
    let ada = world.person(1);
    let named = world.object(&ada).database.look("SELECT name FROM object_name");
    assert_eq!(
        format!("{named:?}"),
        format!("{:?}", [[workbot_vault::ports::SqlValue::Text(ada.vault().name())]])
    );
}
