//! The metadata documents of clients that were fetched, in memory: one publisher's document is asked for once
//! in a while, however many people connect its client.

use std::collections::BTreeMap;
use std::time::Duration;

use super::client::Client;
use crate::time::Timestamp;

/// The most documents that are kept.
const MOST: usize = 64;
/// How long a document is kept if its response does not say.
const USUAL: Duration = Duration::from_secs(300);
/// How long a document is kept at most: a redirect URI that its publisher removed is refused a day later.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// How long a response may be kept, by its headers `Cache-Control` and `Age` (RFC 9111 sections 4.2 and
/// 5.2.2), at most a day. Zero if it may not be kept.
#[must_use]
pub fn lifetime(cache_control: Option<&str>, age: Option<&str>) -> Duration {
    let directives: Vec<_> = cache_control
        .unwrap_or_default()
        .split(',')
        .map(|directive| directive.trim().to_ascii_lowercase())
        .collect();
    if directives.iter().any(|directive| ["no-store", "no-cache"].contains(&directive.as_str())) {
        return Duration::ZERO;
    }
    let seconds = |name: &str| {
        let values = directives.iter().filter_map(|directive| directive.strip_prefix(name));
        // What cannot be read is stale (section 4.2.1).
        values.map(|value| value.trim_matches('"').parse::<u64>().unwrap_or_default()).min()
    };
    let Some(fresh) = seconds("s-maxage=").or_else(|| seconds("max-age=")) else { return USUAL };
    let age = age.and_then(|age| age.trim().parse::<u64>().ok()).unwrap_or_default();
    Duration::from_secs(fresh.saturating_sub(age)).min(LONGEST)
}

/// The clients whose documents are kept.
#[derive(Debug, Default)]
pub struct DocumentCache(BTreeMap<String, (Client, Timestamp)>);

impl DocumentCache {
    /// The client of an id, if its document is still fresh.
    #[must_use]
    pub fn get(&self, id: &str, now: Timestamp) -> Option<Client> {
        self.0.get(id).filter(|(_, until)| now < *until).map(|(client, _)| client.clone())
    }

    /// Keeps a client. Beyond 64, the one that would expire first goes.
    pub fn put(&mut self, client: Client, lifetime: Duration, now: Timestamp) {
        self.0.retain(|_, (_, until)| now < *until);
        if lifetime.is_zero() {
            return;
        }
        self.0.insert(client.id.clone(), (client, now + lifetime));
        if self.0.len() > MOST {
            let first = self.0.iter().min_by_key(|(_, (_, until))| *until).map(|(id, _)| id.clone());
            first.map(|id| self.0.remove(&id));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_000_000);

    fn client(id: &str) -> Client {
        Client { id: id.into(), name: "Agent".into(), host: None, redirect_uris: vec![] }
    }

    #[test]
    fn a_response_says_how_long_it_is_kept_within_a_day() {
        let of = |header: &str| lifetime(Some(header), None).as_secs();
        for (header, seconds) in [
            ("max-age=60", 60),
            ("public, max-age=3600, immutable", 3600),
            ("Max-Age=\"90\"", 90),
            ("max-age=60, s-maxage=120", 120),
            ("max-age=60, max-age=30", 30),
            ("max-age=31536000", 86_400),
            ("max-age=99999999999999999999", 0),
            ("max-age=-1", 0),
            ("max-age=soon", 0),
            ("max-age=0", 0),
            ("no-store", 0),
            ("max-age=60, No-Cache", 0),
            ("public", 300),
            ("", 300),
        ] {
            assert_eq!(of(header), seconds, "{header}");
        }
        assert_eq!(lifetime(None, None), USUAL);
        assert_eq!(lifetime(Some("max-age=60"), Some("45")).as_secs(), 15);
        assert_eq!(lifetime(Some("max-age=60"), Some("90")).as_secs(), 0);
    }

    #[test]
    fn a_client_is_known_until_its_document_expires() {
        let mut cache = DocumentCache::default();
        cache.put(client("a"), Duration::from_secs(60), NOW);
        cache.put(client("b"), Duration::ZERO, NOW);
        assert_eq!(cache.get("a", NOW), Some(client("a")));
        assert_eq!(cache.get("a", NOW + Duration::from_secs(60)), None);
        assert_eq!(cache.get("b", NOW), None);
    }

    #[test]
    fn only_so_many_clients_are_kept() {
        let mut cache = DocumentCache::default();
        for number in 0..200u64 {
            cache.put(client(&format!("c{number}")), Duration::from_secs(1000 + number), NOW);
        }
        assert_eq!(cache.0.len(), MOST);
        assert!(cache.get("c199", NOW).is_some() && cache.get("c0", NOW).is_none());
    }
}
