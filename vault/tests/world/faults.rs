//! What can go wrong with a request, by chance or because a test wants it to.

use crate::dice::Dice;

/// What goes wrong with a request.
#[derive(Clone, Copy, Debug)]
pub enum Fault {
    /// It does not arrive.
    Refused,
    /// It is carried out, and its response does not arrive.
    Lost,
    /// Neither arrives, nor anything that says so.
    Silence { carried_out: bool },
    /// The response takes so many milliseconds.
    Slow(u64),
    /// Something on the way responds in place of the server.
    Instead { status: u16, retry_after: Option<u64>, carried_out: bool },
    /// The right response is cut.
    Cut,
}

impl Fault {
    /// Any of them.
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

/// What a test wants to go wrong.
#[derive(Clone, Debug)]
pub struct Planned {
    /// With requests to this place (`workbot_sandbox::places`), or to all.
    pub place: Option<&'static str>,
    /// Of them with those that hold this text in address or body.
    pub matching: String,
    /// So many of them pass first.
    pub passing: u32,
    /// With so many of them it goes wrong then.
    pub times: u32,
    pub fault: Fault,
}

impl Planned {
    /// Whether it goes wrong with this request.
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
