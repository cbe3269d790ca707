//! Ids.

use sha2::{Digest, Sha256};

/// 32 hex digits that stand for something.
pub fn sys_id(of: &str) -> String {
    format!("{:x}", Sha256::digest(of)).chars().take(32).collect()
}
