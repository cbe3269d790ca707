//! The log of requests.

use std::collections::{BTreeMap, VecDeque};

use serde::Serialize;

/// The number of stored entries per endpoint group.
const LONGEST_LOG: usize = 10_000;

/// The last requests per endpoint group, and their total number.
#[derive(Default)]
pub struct RequestLog {
    serial: u64,
    parts: BTreeMap<&'static str, Part>,
}

#[derive(Default)]
struct Part {
    count: u64,
    entries: VecDeque<LoggedRequest>,
}

/// One request, without its secrets.
#[derive(Clone, Serialize)]
pub struct LoggedRequest {
    /// Rises by one per request.
    pub serial: u64,
    /// The endpoint group.
    #[serde(rename = "where")]
    pub place: &'static str,
    /// The method.
    pub method: String,
    /// The path without its query.
    pub path: String,
    /// At the token endpoints: the grant type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grant_type: Option<String>,
    /// When, RFC 3339.
    pub time: String,
    /// The status once known; 0 if the connection was closed without a response.
    pub status: Option<u16>,
}

impl RequestLog {
    /// The total number of requests, or of one endpoint group. It never decreases: dropped entries count too,
    /// so that a test can wait for the next request.
    pub fn count(&self, place: Option<&str>) -> u64 {
        self.parts(place).map(|part| part.count).sum()
    }

    /// The last requests, optionally of one endpoint group, oldest first.
    pub fn list(&self, place: Option<&str>) -> Vec<LoggedRequest> {
        let mut list: Vec<_> = self.parts(place).flat_map(|part| &part.entries).cloned().collect();
        list.sort_by_key(|seen| seen.serial);
        list
    }

    /// Clears the log.
    pub fn clear(&mut self) {
        self.parts.clear();
    }

    fn parts<'a>(&'a self, place: Option<&'a str>) -> impl Iterator<Item = &'a Part> {
        self.parts
            .iter()
            .filter(move |(name, _)| place.is_none_or(|place| **name == place))
            .map(|(_, part)| part)
    }

    pub(crate) fn add(&mut self, mut seen: LoggedRequest) -> u64 {
        self.serial += 1;
        seen.serial = self.serial;
        let part = self.parts.entry(seen.place).or_default();
        part.count += 1;
        part.entries.push_back(seen);
        if part.entries.len() > LONGEST_LOG {
            part.entries.pop_front();
        }
        self.serial
    }

    pub(crate) fn answered(&mut self, place: &str, serial: u64, status: u16) {
        let Some(part) = self.parts.get_mut(place) else { return };
        // The entry is one of the last.
        if let Some(seen) = part.entries.iter_mut().rev().find(|seen| seen.serial == serial) {
            seen.status = Some(status);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(place: &'static str) -> LoggedRequest {
        LoggedRequest {
            serial: 0,
            place,
            method: "POST".to_owned(),
            path: "/".to_owned(),
            grant_type: None,
            time: String::new(),
            status: None,
        }
    }

    #[test]
    fn a_request_is_counted_also_when_the_log_is_full() {
        let mut log = RequestLog::default();
        log.add(seen("entra.token"));
        for _ in 0..LONGEST_LOG {
            log.add(seen("connector"));
        }
        let last = log.add(seen("connector"));
        log.answered("connector", last, 200);
        assert_eq!(log.count(Some("connector")), LONGEST_LOG as u64 + 1);
        assert_eq!(log.count(None), LONGEST_LOG as u64 + 2);
        let list = log.list(None);
        assert_eq!(list.len(), LONGEST_LOG + 1);
        // Many requests to one part drop no entry of another.
        assert_eq!((list[0].place, list[LONGEST_LOG].status), ("entra.token", Some(200)));
        assert_eq!(log.list(Some("entra.token")).len(), 1);
    }
}
