//! What a person sees of the first section after a press. As `sections`, it is in the second file of the
//! program: [`load`] waits for it.

pub mod connection_requests;
pub mod details;
pub mod dialog_and_drawer;
pub mod login_link;
pub mod message_bars;
pub mod outside_teams;
pub mod owner_guardrails;
pub mod removal_question;

use std::ops::Deref;

use wasm_split_helpers::{SplitLoaderError, wasm_split};
use workbot_shared::{AppId, ConnectionRow, Guardrails, OwnerKind};
use yew::{Callback, Html};

use crate::connection_list_state::{Dispatch, RowState};
use crate::notice::Notice;
use crate::removal_kind::Removal;
use crate::session_state::DisplayError;

/// The functions of this module that the first file calls.
pub struct Functions {
    pub come_near: fn(OwnerKind, &AppId, bool, &Dispatch),
    pub described: fn(&ConnectionRow) -> Vec<Html>,
    pub guardrails: fn(&ConnectionRow, &Dispatch, bool) -> Html,
    pub login: fn(OwnerKind, &ConnectionRow, &Dispatch, &str, bool) -> Html,
    pub outside_teams: fn() -> Html,
    pub refusal: fn(Option<&DisplayError>) -> Html,
    pub results: fn(&[Notice], &Callback<usize>) -> Html,
    pub tags: fn(&Guardrails) -> Html,
    pub sure: fn(OwnerKind, &ConnectionRow, &RowState, &Dispatch, Removal) -> Html,
}

static FUNCTIONS: Functions = Functions {
    come_near: connection_requests::come_near,
    described: details::described,
    guardrails: owner_guardrails::form,
    login: login_link::login,
    outside_teams: outside_teams::outside_teams,
    refusal: message_bars::refusal,
    results: message_bars::results,
    tags: owner_guardrails::tags,
    sure: removal_question::sure,
};

/// The functions. Who has them knows that the second file is there.
#[derive(Clone, Copy)]
pub struct Later(&'static Functions);

impl Later {
    /// For functions of the second file.
    pub fn here() -> Self {
        Self(&FUNCTIONS)
    }
}

impl Deref for Later {
    type Target = Functions;

    fn deref(&self) -> &Functions {
        self.0
    }
}

/// There is one program.
impl PartialEq for Later {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// Waits for the second file.
#[wasm_split(later, fallible)]
pub fn load() -> Result<Later, SplitLoaderError> {
    Ok(Later::here())
}
