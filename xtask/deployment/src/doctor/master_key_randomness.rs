//! Checks whether the master keys look random. The configuration itself checks their form.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::collections::BTreeSet;

use super::finding::Finding;

/// About one in 10^12 random keys has fewer different bytes.
const FEWEST_DIFFERENT: usize = 20;
const FIX: &str = "create a new one with `cargo xtask key`, put it in front of the others, and remove this one when \
                   nothing is sealed with it any more (docs/deploy.md, \"Keys\")";

/// Checks each key of `MASTER_KEYS`.
pub fn check(keys: &str) -> Vec<Finding> {
    let entries: Vec<_> = keys.split(',').filter_map(|entry| entry.trim().split_once(':')).collect();
    let mut findings: Vec<_> = entries.iter().filter_map(|(kid, key)| weakness(kid, key)).collect();
    if let [(newest, _), older @ ..] = entries.as_slice()
        && findings.is_empty()
    {
        findings.push(Finding::Fine(format!("MASTER_KEYS: `{newest}` seals; its bytes look random")));
        if !older.is_empty() {
            let kids: Vec<_> = older.iter().map(|(kid, _)| *kid).collect();
            findings.push(Finding::Note(format!(
                "MASTER_KEYS: {} still unseals; remove it when GET /api/admin/keys no longer lists it",
                kids.join(", ")
            )));
        }
    }
    findings
}

fn weakness(kid: &str, key: &str) -> Option<Finding> {
    let bytes = URL_SAFE_NO_PAD.decode(key.trim_end_matches('=')).ok()?;
    let what = if bytes.iter().all(u8::is_ascii_graphic) {
        "is text that somebody typed, not random bytes"
    } else if bytes.iter().collect::<BTreeSet<_>>().len() < FEWEST_DIFFERENT || counts_up(&bytes) {
        "is a pattern, not random bytes"
    } else {
        return None;
    };
    Some(Finding::problem(format!("MASTER_KEYS: the key `{kid}` {what}"), FIX))
}

/// 00 01 02 …, as in examples.
fn counts_up(bytes: &[u8]) -> bool {
    bytes.windows(2).filter(|pair| matches!(pair, [one, next] if one.wrapping_add(1) == *next)).count() > 8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(bytes: [u8; 32]) -> String {
        format!("k1:{}", URL_SAFE_NO_PAD.encode(bytes))
    }

    #[test]
    fn a_key_that_nobody_drew_by_lot_is_found_and_not_quoted() {
        let counting = std::array::from_fn(|at| u8::try_from(at).unwrap());
        for weak in [key([7; 32]), key(*b"correct-horse-battery-staple-123"), key(counting)] {
            let found = check(&weak);
            assert!(found.len() == 1 && found[0].is_problem(), "{found:?}");
            assert!(!found[0].to_string().contains(weak.strip_prefix("k1:").unwrap()));
        }
    }

    #[test]
    fn random_keys_are_fine_and_older_ones_are_mentioned() {
        let random =
            "k2:qJ0mV1m2b8dX5n3Qm1c0e7Zt9Yh4Rk6wUoPsLgTfDxA,k1:Zt9Yh4Rk6wUoPsLgTfDxAqJ0mV1m2b8dX5n3Qm1c0e4";
        let found = check(random);
        assert!(
            matches!(found.as_slice(), [Finding::Fine(_), Finding::Note(note)] if note.contains("k1")),
            "{found:?}"
        );
        assert!(check("").is_empty());
    }
}
