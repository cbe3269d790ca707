//! The response of a token endpoint (RFC 6749 sections 5.1 and 5.2), and each app's own words in it.

mod body_decoding;
mod error;
mod reader;
mod salvage;
mod to_token_set;

pub(crate) use body_decoding::fields;
pub(crate) use error::contains_word;
pub use error::{ErrorResponse, TokenErrorClass, classify_error};
pub use reader::{TokenRequestError, TokenResponse, read};
pub use to_token_set::{login_ends, tokens_from};
