//! The names under which `worker` knows `connection::token_response`.

use secrecy::SecretString;

use crate::connection::token_response::{self, TokenRequestError};

pub use crate::connection::account::{identity, within_company};
pub use crate::connection::basic_credentials;
pub use crate::connection::revocation::{RevocationAnswer, revocation_answer};
pub use crate::connection::token_response::{
    ErrorResponse as Said, TokenErrorClass as Refusal, TokenResponse as TokenAnswer,
    classify_error as classify, tokens_from,
};

/// What a token endpoint answered.
#[derive(Debug)]
pub enum Answer {
    /// Tokens.
    Tokens(TokenAnswer),
    /// The app said no.
    Refused(Said),
    /// The app was not ready, and did not take the request.
    Busy,
    /// A success that is no token answer.
    Unreadable {
        /// Every token that it holds all the same.
        tokens: Vec<SecretString>,
        /// Of these, the refresh token at its usual place.
        refresh_token: Option<SecretString>,
    },
    /// What became of the request is not known.
    Unknown,
}

/// Reads an answer.
#[must_use]
pub fn read(status: u16, body: &[u8]) -> Answer {
    match token_response::read(status, body, None) {
        Ok(tokens) => Answer::Tokens(tokens),
        Err(TokenRequestError::Refused { response, .. }) => Answer::Refused(response),
        Err(TokenRequestError::Busy { .. }) => Answer::Busy,
        Err(TokenRequestError::Unreadable { tokens, refresh_token }) => {
            Answer::Unreadable { tokens, refresh_token }
        }
        Err(TokenRequestError::Unknown | TokenRequestError::Misconfigured) => Answer::Unknown,
    }
}
