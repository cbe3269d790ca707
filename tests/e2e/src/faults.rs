//! The ways in which an outside party fails.

use serde_json::{Value, json};

use crate::Sandbox;

/// A way to fail, and whether the party may have done its work before.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    pub name: &'static str,
    fault: fn() -> Value,
    /// The party says that it did nothing.
    pub is_busy: bool,
}

/// What a party can do in place of its work, or with its answer.
pub const FAULTS: [Kind; 10] = [
    Kind { name: "broken", fault: || json!({"status": 500}), is_busy: false },
    Kind {
        name: "unavailable",
        fault: || json!({"status": 503, "headers": {"retry-after": "1"}}),
        is_busy: true,
    },
    Kind {
        name: "too many requests",
        fault: || json!({"status": 429, "headers": {"retry-after": "1"}}),
        is_busy: true,
    },
    Kind { name: "no answer", fault: || json!({"status": 504, "delay_ms": 30_000}), is_busy: false },
    Kind { name: "drips", fault: || json!({"drip_ms": 2_000}), is_busy: false },
    Kind { name: "cut off", fault: || json!({"cut_at": 5}), is_busy: false },
    Kind {
        name: "half of the JSON",
        fault: || json!({"status": 200, "body": "{\"id\": \"00"}),
        is_busy: false,
    },
    Kind {
        name: "a page instead",
        fault: || json!({"status": 200, "body": "<html><h1>Welcome</h1></html>"}),
        is_busy: false,
    },
    Kind { name: "huge", fault: || json!({"status": 200, "body": " ", "repeat": 2_000_000}), is_busy: false },
    Kind { name: "hung up", fault: || json!({"drop": true}), is_busy: false },
];

/// And hung up when the work was done.
const LOST: Kind =
    Kind { name: "done, then hung up", fault: || json!({"drop": true, "after": true}), is_busy: false };

impl Kind {
    /// Switches it on, for one request.
    pub fn at(self, place: &str, matching: &str) {
        let mut fault = (self.fault)();
        let more = json!({"where": place, "match": matching, "times": 1});
        fault.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        Sandbox.fault(&fault);
    }
}

/// Each way to fail.
pub fn all_faults() -> impl Iterator<Item = Kind> {
    FAULTS.into_iter().chain([LOST])
}
