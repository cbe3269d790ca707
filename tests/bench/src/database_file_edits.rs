//! Changes workerd's databases while it is stopped (`tests/bench/database_file_edits.mjs`): multiplies
//! owners, connections and rows of the directory, and moves jobs into the past.

use std::ops::Range;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use workbot_domain::owner::{Owner, VaultId};
use workbot_shared::{TenantId, UserId};

use crate::paths::Paths;
use crate::people::{COMPANY, Person};

/// The owner of this number.
pub fn owner(number: usize) -> Person {
    Person { oid: format!("owner-{number:06}"), upn: String::new() }
}

/// Gives a person this number of connections, as copies of the one that they have.
///
/// # Errors
/// When the database has another schema.
pub fn connections(paths: &Paths, objects: &Path, person: &Person, count: usize) -> Result<()> {
    seed(paths, objects, &["connections", &vault(person)?, &count.to_string()])
}

/// Moves the jobs and the journal of a person's vault into the past.
///
/// # Errors
/// When the database has another schema.
pub fn later(paths: &Paths, objects: &Path, person: &Person, time: Duration) -> Result<()> {
    seed(paths, objects, &["later", &vault(person)?, &time.as_millis().to_string()])
}

/// Moves the jobs and the journals of all vaults into the past.
///
/// # Errors
/// When a database has another schema.
pub fn all_later(paths: &Paths, objects: &Path, time: Duration) -> Result<()> {
    seed(paths, objects, &["all_later", "-", &time.as_millis().to_string()])
}

/// Deletes the alarms of all vaults.
///
/// # Errors
/// When a database has another schema.
pub fn no_alarms(paths: &Paths, objects: &Path) -> Result<()> {
    seed(paths, objects, &["alarms", "-"])
}

/// Creates owners' vaults as copies of one.
///
/// # Errors
/// When the database has another schema, or the disk is full.
pub fn owners(paths: &Paths, objects: &Path, one: &Person, range: &Range<usize>) -> Result<()> {
    let (from, to) = (range.start.to_string(), range.end.to_string());
    seed(paths, objects, &["owners", &vault(one)?, &one.oid, &from, &to])
}

/// Creates the owners' rows of the company's directory as copies of a connected person's row.
///
/// # Errors
/// When the database has another schema.
pub fn directory(paths: &Paths, objects: &Path, one: &Person, range: &Range<usize>) -> Result<()> {
    let (from, to) = (range.start.to_string(), range.end.to_string());
    seed(paths, objects, &["directory", COMPANY, &one.oid, &from, &to])
}

fn vault(person: &Person) -> Result<String> {
    let id = TenantId::parse(COMPANY).ok().zip(UserId::parse(&person.oid).ok());
    let (tenant, user) = id.context("not the name of a vault")?;
    Ok(VaultId { tenant, owner: Owner::User(user) }.name())
}

fn seed(paths: &Paths, objects: &Path, what: &[&str]) -> Result<()> {
    let mut node = Command::new(paths.at("node_modules/node/bin/node"));
    node.arg("--no-warnings").arg(paths.at("tests/bench/database_file_edits.mjs")).arg(objects).args(what);
    let done = node.output().context("cannot start node")?;
    if !done.status.success() {
        bail!("seeding {} failed: {}", what.first().unwrap_or(&""), String::from_utf8_lossy(&done.stderr));
    }
    Ok(())
}
