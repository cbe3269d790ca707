//! The failures of external parties.

use serde_json::{Value, json};

use crate::Sandbox;

/// A failure.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    pub name: &'static str,
    fault: fn() -> Value,
    /// The party is overloaded, according to itself or to a proxy.
    pub is_busy: bool,
    /// The party states that it did nothing.
    pub is_refusal: bool,
    /// The response takes longer than every timeout.
    pub is_slow: bool,
    /// The connection ends without a response.
    pub is_broken_off: bool,
    /// A success status with an unreadable body.
    pub is_nonsense: bool,
}

const fn kind(name: &'static str, fault: fn() -> Value) -> Kind {
    Kind {
        name,
        fault,
        is_busy: false,
        is_refusal: false,
        is_slow: false,
        is_broken_off: false,
        is_nonsense: false,
    }
}

const fn busy(name: &'static str, fault: fn() -> Value) -> Kind {
    Kind { is_busy: true, ..kind(name, fault) }
}

const fn slow(name: &'static str, fault: fn() -> Value) -> Kind {
    Kind { is_slow: true, ..kind(name, fault) }
}

const fn broken_off(name: &'static str, fault: fn() -> Value) -> Kind {
    Kind { is_broken_off: true, ..kind(name, fault) }
}

const fn nonsense(name: &'static str, fault: fn() -> Value) -> Kind {
    Kind { is_nonsense: true, ..kind(name, fault) }
}

/// The failures that replace the party's work or damage its response.
pub const FAULTS: [Kind; 10] = [
    kind("broken", || json!({"status": 500})),
    busy("unavailable", || json!({"status": 503, "headers": {"retry-after": "1"}})),
    Kind {
        is_refusal: true,
        ..busy("too many requests", || json!({"status": 429, "headers": {"retry-after": "1"}}))
    },
    slow("no answer", || json!({"status": 504, "delay_ms": 30_000})),
    slow("drips", || json!({"drip_ms": 2_000})),
    kind("cut off", || json!({"cut_at": 5})),
    nonsense("half of the JSON", || json!({"status": 200, "body": "{\"id\": \"00"})),
    nonsense("a page instead", || json!({"status": 200, "body": "<html><h1>Welcome</h1></html>"})),
    kind("huge", || json!({"status": 200, "body": " ", "repeat": 2_000_000})),
    broken_off("hung up", || json!({"drop": true})),
];

impl Kind {
    /// Injects it into one request.
    pub fn at(self, place: &str, matching: &str) {
        let mut fault = (self.fault)();
        let more = json!({"where": place, "match": matching, "times": 1});
        fault.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        Sandbox.fault(&fault);
    }
}

/// All failures, and last a dropped connection after the work was done.
pub fn all_faults() -> impl Iterator<Item = Kind> {
    FAULTS.into_iter().chain([broken_off("done, then hung up", || json!({"drop": true, "after": true}))])
}
