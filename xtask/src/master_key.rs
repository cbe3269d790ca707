//! `cargo xtask key`: a new master key.

use anyhow::Result;

use crate::random;

/// Prints a new entry for `MASTER_KEYS`, with instructions.
///
/// # Errors
/// If the system's random source fails.
pub fn run() -> Result<()> {
    let kid = hex::encode(random::bytes::<3>()?);
    println!("k{kid}:{}", random::secret()?);
    // On standard error, so that a pipe gets the key only.
    eprintln!(
        "
A new entry for MASTER_KEYS. Put it in front of the others, with a comma: `npx wrangler secret put MASTER_KEYS`.
All keys open, the first one seals. Within the hour every connection is wrapped by it; when GET /api/admin/keys no longer
lists an older one, take that out."
    );
    Ok(())
}
