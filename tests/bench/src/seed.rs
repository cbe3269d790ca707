//! Much of what workerd stores, made of little while it does not run (`tests/bench/seed.mjs`): owners, connections, rows
//! of the directory.

use std::ops::Range;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use workbot_domain::owner::{Owner, VaultId};
use workbot_shared::{TenantId, UserId};

use crate::people::{COMPANY, Person};
use crate::place::Place;

/// The owner of this number.
pub fn owner(number: usize) -> Person {
    Person { oid: format!("owner-{number:06}"), upn: String::new() }
}

/// Gives a person so many connections by copying the one that they have.
///
/// # Errors
/// When the database is not as expected.
pub fn connections(place: &Place, objects: &Path, person: &Person, count: usize) -> Result<()> {
    seed(place, objects, &["connections", &vault(person)?, &count.to_string()])
}

/// Lets time pass for what a person's vault has to do, and for the tokens that it keeps until KV has them for sure.
///
/// # Errors
/// When the database is not as expected.
pub fn later(place: &Place, objects: &Path, person: &Person, time: Duration) -> Result<()> {
    seed(place, objects, &["later", &vault(person)?, &time.as_millis().to_string()])
}

/// Makes owners' vaults by copying that of one.
///
/// # Errors
/// When the database is not as expected, or the disk is full.
pub fn owners(place: &Place, objects: &Path, one: &Person, range: &Range<usize>) -> Result<()> {
    let (from, to) = (range.start.to_string(), range.end.to_string());
    seed(place, objects, &["owners", &vault(one)?, &one.oid, &from, &to])
}

/// Makes the owners' rows of the company's directory by copying that of a connected person.
///
/// # Errors
/// When the database is not as expected.
pub fn directory(place: &Place, objects: &Path, one: &Person, range: &Range<usize>) -> Result<()> {
    let (from, to) = (range.start.to_string(), range.end.to_string());
    seed(place, objects, &["directory", COMPANY, &one.oid, &from, &to])
}

fn vault(person: &Person) -> Result<String> {
    let id = TenantId::parse(COMPANY).ok().zip(UserId::parse(&person.oid).ok());
    let (tenant, user) = id.context("an invalid object name")?;
    Ok(VaultId { tenant, owner: Owner::User(user) }.name())
}

fn seed(place: &Place, objects: &Path, what: &[&str]) -> Result<()> {
    let mut node = Command::new(place.at("node_modules/node/bin/node"));
    node.arg("--no-warnings").arg(place.at("tests/bench/seed.mjs")).arg(objects).args(what);
    let done = node.output().context("node could not be started")?;
    if !done.status.success() {
        bail!("making {}: {}", what.first().unwrap_or(&""), String::from_utf8_lossy(&done.stderr));
    }
    Ok(())
}
