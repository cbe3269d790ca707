//! Logins: the proof that the right person completes a login, and the ways a login ends.

mod callback;
mod outcome;
mod proof;

pub use callback::callback_parameters;
pub use outcome::{
    ENTRA, EstablishError, LATE_AFTER, SigninRefusal, app_refusal, company_mismatch, establish_refusal,
    exchange_refusal, is_late, nobody_proven, not_the_subject, signin_refusal, ticket_refusal,
    unknown_account,
};
pub use proof::{
    ATTEMPT_LIFETIME, Attempt, AttemptRandom, LoginError, LoginState, MixUpError, Stage, Step,
    TICKET_LIFETIME, Ticket, TicketRow, TicketStatus, cookie_name, random_hex, redirect_uri, ticket_status,
};
