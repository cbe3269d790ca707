//! Ids.

use sha2::{Digest, Sha256};

/// A fixed id of 32 hexadecimal digits, derived from a name.
pub fn sys_id(of: &str) -> String {
    format!("{:x}", Sha256::digest(of)).chars().take(32).collect()
}
