//! The faults of a request, random or planned by a test.

use crate::seeded_random::Dice;

/// A fault of a request.
#[derive(Clone, Copy, Debug)]
pub enum Fault {
    /// The request does not arrive.
    Refused,
    /// The request is carried out, and its response is lost.
    Lost,
    /// No response and no error arrives.
    Silence { carried_out: bool },
    /// The response takes this number of milliseconds.
    Slow(u64),
    /// A proxy responds in place of the server.
    Instead { status: u16, retry_after: Option<u64>, carried_out: bool },
    /// The server's response is truncated.
    Cut,
}

impl Fault {
    /// A random fault.
    pub fn any(dice: &mut Dice) -> Self {
        let carried_out = dice.happens(500);
        match dice.below(10) {
            0 => Self::Refused,
            1 | 2 => Self::Lost,
            3 => Self::Silence { carried_out },
            4 => Self::Slow(dice.between(1_000, 22_000)),
            5 => Self::Instead { status: 503, retry_after: None, carried_out: false },
            6 => Self::Instead { status: 429, retry_after: Some(dice.between(1, 90)), carried_out: false },
            7 => Self::Instead { status: *dice.one_of(&[500, 502, 504]), retry_after: None, carried_out },
            8 => Self::Instead { status: *dice.one_of(&[200, 403]), retry_after: None, carried_out: false },
            _ => Self::Cut,
        }
    }
}

/// A fault that a test planned.
#[derive(Clone, Debug)]
pub struct Planned {
    /// The place of the requests (`workbot_sandbox::places`); `None`: every place.
    pub place: Option<&'static str>,
    /// The text that a request must contain in its address or body.
    pub matching: String,
    /// The number of matching requests that pass first.
    pub passing: u32,
    /// The number of matching requests that get the fault then.
    pub times: u32,
    pub fault: Fault,
}

impl Planned {
    /// Whether the fault applies to this request.
    pub fn hits(&mut self, place: &str, text: &str) -> bool {
        let is_meant = self.place.is_none_or(|meant| meant == place) && text.contains(&self.matching);
        if !is_meant || self.times == 0 {
            return false;
        }
        if self.passing > 0 {
            self.passing -= 1;
            return false;
        }
        self.times -= 1;
        true
    }
}
