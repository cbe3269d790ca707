//! Logins: who may finish one, and how it ends.

mod outcome;
mod proof;

pub use outcome::{
    ENTRA, LATE_AFTER, LoginError, SigninRefusal, app_refusal, declined_exchange, grant_refusal, is_late,
    kept_out, nobody_proven, not_the_subject, signin_refusal, ticket_refusal, unknown_account,
};
pub use proof::{
    ATTEMPT_LIFETIME, Admittance, Attempt, AttemptRandom, Halt, LoginState, MixUpError, Stage, Step,
    TICKET_LIFETIME, Ticket, TicketRow, admit, cookie_name, fresh, redirect_uri,
};
