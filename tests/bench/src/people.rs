//! People with connections, which they made by logging in.

use std::panic::catch_unwind;

use anyhow::{Result, anyhow};
use serde_json::{Value, json};
use workbot_e2e::{Chat, Company, Sandbox, TENANT, eventually};

/// Enough people that none exceeds the rate limit of 300 turns per minute: a bot with half of the time would
/// reach it at 2500 turns per second. A reply other than the expected one ends the benchmark.
pub const MANY: usize = 256;
/// Enough for the short rounds of a quick run.
pub const FEW: usize = 128;

/// A person with a personal chat.
#[derive(Clone)]
pub struct Person {
    /// The object id.
    pub oid: String,
    /// Their account name at the apps.
    pub upn: String,
}

/// Creates this number of people, each connected to these apps.
///
/// # Errors
/// When a login fails. The pages' texts have been printed by then.
pub async fn connected(count: usize, apps: &'static [&'static str]) -> Result<Vec<Person>> {
    let made = tokio::task::spawn_blocking(move || {
        let person = |_| {
            let chat = Chat::new();
            for app in apps {
                chat.connect_to(app);
            }
            Person { oid: chat.oid, upn: chat.upn }
        };
        catch_unwind(|| (0..count).map(person).collect())
    });
    made.await?.map_err(|_| anyhow!("a login failed"))
}

/// Creates a person who is connected to Salesforce and Box and has used both.
///
/// # Errors
/// When a login or a command fails. The texts have been printed by then.
pub async fn with_used_connections() -> Result<Person> {
    let made = tokio::task::spawn_blocking(|| {
        catch_unwind(|| {
            let chat = Chat::new();
            for app in ["salesforce", "box"] {
                chat.connect_to(app);
            }
            chat.create_opportunity();
            chat.say("find file words: Acme");
            eventually("both connections used", || {
                let rows = chat.call("GET", "connections", "").json();
                let rows = rows.get("connections")?.as_array()?;
                let is_used = |row: &&Value| row.get("last_used_at").is_some_and(Value::is_string);
                let used = rows.iter().filter(is_used).count();
                (used == 2).then_some(())
            });
            Person { oid: chat.oid, upn: chat.upn }
        })
    });
    made.await?.map_err(|_| anyhow!("a login or a command failed"))
}

/// Connects Salesforce for the company. Returns the account.
///
/// # Errors
/// When the login fails.
pub async fn share_salesforce() -> Result<String> {
    let made =
        tokio::task::spawn_blocking(|| catch_unwind(|| Company::of(TENANT.to_owned()).connect_salesforce()));
    made.await?.map_err(|_| anyhow!("the login for the company failed"))
}

/// Sets `find account` to run as the person.
///
/// # Errors
/// When the setting cannot be changed.
pub async fn verify_find_account() -> Result<()> {
    let set = tokio::task::spawn_blocking(|| {
        catch_unwind(|| {
            let body = json!({ "verify_user_access": { "salesforce": true } }).to_string();
            Chat::new().call_as_admin("PUT", "admin/recipes/find-account/settings", &body).status
        })
    });
    match set.await? {
        Ok(200) => Ok(()),
        other => Err(anyhow!("cannot change the setting: {other:?}")),
    }
}

/// Expires the access tokens of an account at Salesforce.
///
/// # Errors
/// When the sandbox does not respond.
pub async fn expire(upn: &str) -> Result<()> {
    let body = json!({ "username": upn });
    let response = tokio::task::spawn_blocking(move || {
        catch_unwind(|| Sandbox.post("salesforce/expire-access-tokens", &body)).is_ok()
    });
    if response.await? { Ok(()) } else { Err(anyhow!("the sandbox did not respond")) }
}

/// The tenant of these people.
pub const COMPANY: &str = TENANT;
