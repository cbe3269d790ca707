//! The login proof: a link can be forwarded, so holding it proves nothing.
//!
//! A *ticket* is the link. Each opening of it is an *attempt*, bound to one browser by a cookie. An attempt first
//! proves, by a sign-in at Entra, that its browser belongs to the ticket's subject, and only then goes on to the app.
//! Every stage is consumed by value: a second use does not compile here, and finds no row in the vault.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::time::Duration;
use subtle::ConstantTimeEq;
use workbot_shared::{AppId, RunId};

use crate::entra_token::Person;
use crate::owner::{Owner, Subject};
use crate::seal::Random;
use crate::time::Timestamp;

/// How long a link can be opened.
pub const TICKET_LIFETIME: Duration = Duration::from_secs(600);
/// How long one try may take, and how long its cookie lives.
pub const ATTEMPT_LIFETIME: Duration = Duration::from_secs(600);

/// What a link says, sealed. It carries enough to find the one vault that can check it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    /// Who may log in with it.
    pub subject: Subject,
    /// Whose connection it makes.
    pub owner: Owner,
    /// To which app.
    pub app: AppId,
    /// The vault's row.
    pub id: String,
    /// When it can no longer be opened.
    pub expires_at: Timestamp,
    /// Whether a run waited for the login when the ticket was made: then it may be tried after its time, too.
    #[serde(default = "yes")]
    pub for_run: bool,
}

/// Of a ticket that does not say it, the vault decides.
fn yes() -> bool {
    true
}

impl Ticket {
    /// Whether it is over for certain, so that the vault need not be asked: after its time only a waiting run keeps it.
    #[must_use]
    pub fn is_over(&self, now: Timestamp) -> bool {
        now >= self.expires_at && !self.for_run
    }
}

/// What the vault remembers of a ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TicketRow {
    /// Its id.
    pub id: String,
    /// The app.
    pub app: AppId,
    /// The run that waits for it, if any.
    pub run: Option<RunId>,
    /// When it can no longer be opened.
    pub expires_at: Timestamp,
    /// Whether it succeeded.
    pub used: bool,
    /// Whether the app shall ask which account.
    pub switch_account: bool,
    /// How often the connection had been left when it was made. It counts only as long as that stays so.
    pub generation: i64,
}

/// Whether a ticket may be tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TicketStatus {
    /// Yes.
    Open,
    /// It expired, but its run still waits: it is renewed once its subject is proven.
    Renew,
    /// It succeeded before.
    Used,
    /// It expired, or its run no longer waits for it.
    Expired,
}

/// Decides whether a ticket may be tried. `run_waits` tells whether its run still waits for a login.
#[must_use]
pub fn ticket_status(ticket: Option<&TicketRow>, run_waits: bool, now: Timestamp) -> TicketStatus {
    match ticket {
        None => TicketStatus::Expired,
        Some(ticket) if ticket.used => TicketStatus::Used,
        Some(ticket) if ticket.run.is_some() && !run_waits => TicketStatus::Expired,
        Some(ticket) if now < ticket.expires_at => TicketStatus::Open,
        Some(_) if run_waits => TicketStatus::Renew,
        Some(_) => TicketStatus::Expired,
    }
}

/// Where in an attempt a state belongs. Each is used once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// The sign-in that shows nothing (`prompt=none`).
    SilentSignin,
    /// The sign-in that a person sees.
    Signin,
    /// The login at the app.
    App,
}

/// What an OAuth `state` says, sealed (RFC 6749 section 10.12).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoginState {
    /// Whose attempt it is: finds the vault.
    pub subject: Subject,
    /// Whose connection it makes.
    pub owner: Owner,
    /// To which app.
    pub app: AppId,
    /// The attempt.
    pub attempt: String,
    /// The step that it was made for.
    pub step: Step,
    /// When it can no longer be used.
    pub expires_at: Timestamp,
}

/// The redirect URI (RFC 6749 section 3.1.2) of an app: each has its own, so that an answer tells which server it is of.
#[must_use]
pub fn redirect_uri(public_url: &str, app: &AppId) -> String {
    format!("{public_url}/oauth/callback/{}", app.as_str())
}

/// Why an answer is not of the authorization server to which the login went (RFC 9700 section 4.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MixUpError {
    /// The redirect URI is another app's.
    #[error("the answer came to another app's redirect URI")]
    RedirectUri,
    /// The answer names another issuer, or none.
    #[error("the answer names another issuer, or none")]
    Issuer,
}

impl LoginState {
    /// Checks that an answer is of the app to which the login went: `app` is the one whose redirect URI was called,
    /// `issuer` what the app's file names, if anything, and `iss` the answer's parameter (RFC 9207 section 2.4).
    ///
    /// # Errors
    /// [`MixUpError`].
    pub fn check_sender(&self, app: &str, issuer: Option<&str>, iss: Option<&str>) -> Result<(), MixUpError> {
        if self.app.as_str() != app {
            return Err(MixUpError::RedirectUri);
        }
        // Simple string comparison (RFC 3986 section 6.2.1).
        if issuer.is_some() && issuer != iss {
            return Err(MixUpError::Issuer);
        }
        Ok(())
    }
}

/// One browser's try at a ticket, as the vault keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// Its id, and the name of its cookie.
    pub id: String,
    /// The ticket.
    pub ticket: String,
    /// Whose connection it makes.
    pub owner: Owner,
    /// To which app.
    pub app: AppId,
    /// SHA-256 of the cookie's value, hex.
    cookie_hash: String,
    /// When it ends.
    pub expires_at: Timestamp,
    /// How far it is.
    pub stage: Stage,
}

/// How far an attempt is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// At Entra. Nobody is proven.
    Signin {
        /// Whether the person sees it.
        step: Step,
        /// Echoed in the id token (OpenID Connect Core section 3.1.2.1).
        nonce: String,
        /// RFC 7636 section 4.1.
        verifier: String,
    },
    /// At the app. The browser belongs to the subject.
    App {
        /// RFC 7636 section 4.1.
        verifier: String,
        /// What the person who was proven is called.
        #[serde(default)]
        by: String,
    },
}

/// Why an attempt goes no further. Nothing was stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LoginError {
    /// No such attempt, or this step of it was taken before.
    #[error("this step was taken before")]
    AlreadyTaken,
    /// It took too long.
    #[error("the attempt has expired")]
    Expired,
    /// The browser is not the one that opened the link.
    #[error("the browser is not the one that opened the link")]
    OtherBrowser,
}

fn hash(cookie: &str) -> String {
    hex::encode(Sha256::digest(cookie.as_bytes()))
}

/// The name of an attempt's cookie. `__Host-`: this host only, whole site, HTTPS only (RFC 6265bis section 4.1.3).
#[must_use]
pub fn cookie_name(attempt: &str) -> String {
    format!("__Host-login-{attempt}")
}

/// A fresh value for a nonce or a code verifier: 64 characters of hex, within RFC 7636 section 4.1.
#[must_use]
pub fn random_hex(random: Random<32>) -> String {
    hex::encode(random)
}

/// Random values for a new attempt.
pub struct AttemptRandom {
    /// For its id.
    pub id: Random<16>,
    /// For the cookie: 256 bits.
    pub cookie: Random<32>,
    /// For the nonce.
    pub nonce: Random<32>,
    /// For the sign-in's code verifier.
    pub verifier: Random<32>,
}

impl Attempt {
    /// Begins an attempt; also returns the cookie's value, which only the browser keeps.
    ///
    /// `another_account` skips the silent sign-in, which would only find the same person again.
    #[must_use]
    pub fn begin(
        ticket: &Ticket,
        another_account: bool,
        random: AttemptRandom,
        now: Timestamp,
    ) -> (Self, String) {
        let cookie = random_hex(random.cookie);
        let attempt = Self {
            id: hex::encode(random.id),
            ticket: ticket.id.clone(),
            owner: ticket.owner.clone(),
            app: ticket.app.clone(),
            cookie_hash: hash(&cookie),
            expires_at: now + ATTEMPT_LIFETIME,
            stage: Stage::Signin {
                step: if another_account { Step::Signin } else { Step::SilentSignin },
                nonce: random_hex(random.nonce),
                verifier: random_hex(random.verifier),
            },
        };
        (attempt, cookie)
    }

    /// The step that this attempt is at.
    #[must_use]
    pub fn step(&self) -> Step {
        match self.stage {
            Stage::Signin { step, .. } => step,
            Stage::App { .. } => Step::App,
        }
    }

    /// The state for the step that this attempt is at.
    #[must_use]
    pub fn state(&self, subject: &Subject) -> LoginState {
        LoginState {
            subject: subject.clone(),
            owner: self.owner.clone(),
            app: self.app.clone(),
            attempt: self.id.clone(),
            step: self.step(),
            expires_at: self.expires_at,
        }
    }

    /// Checks that a callback belongs to this attempt, this step of it, and the browser that began it.
    ///
    /// # Errors
    /// [`LoginError`].
    pub fn check(&self, step: Step, cookie: Option<&str>, now: Timestamp) -> Result<(), LoginError> {
        let hash = cookie.map(hash).unwrap_or_default();
        if !bool::from(hash.as_bytes().ct_eq(self.cookie_hash.as_bytes())) {
            return Err(LoginError::OtherBrowser);
        }
        if now >= self.expires_at {
            return Err(LoginError::Expired);
        }
        if self.step() != step {
            return Err(LoginError::AlreadyTaken);
        }
        Ok(())
    }

    /// After a silent sign-in that found nobody: the same attempt, now with a sign-in that the person sees.
    #[must_use]
    pub fn fall_back_to_prompt(self, nonce: Random<32>, verifier: Random<32>) -> Self {
        let stage =
            Stage::Signin { step: Step::Signin, nonce: random_hex(nonce), verifier: random_hex(verifier) };
        Self { stage, ..self }
    }

    /// After a sign-in: goes on to the app, if the person may finish this login.
    ///
    /// A shared connection takes its subject *and* the admin role.
    #[must_use]
    pub fn prove_subject(self, person: &Person, subject: &Subject, verifier: Random<32>) -> Option<Self> {
        let entitled = match self.owner {
            Owner::User(ref user) => *user == person.subject.user,
            Owner::Shared => person.admin,
        };
        (person.subject == *subject && entitled).then(|| Self {
            stage: Stage::App { verifier: random_hex(verifier), by: person.name.clone() },
            ..self
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use workbot_shared::{TenantId, UserId};

    const NOW: Timestamp = Timestamp(1_000_000);

    fn subject(user: &str) -> Subject {
        Subject { tenant: TenantId::parse("t").unwrap(), user: UserId::parse(user).unwrap() }
    }

    fn ticket(owner: Owner) -> Ticket {
        Ticket {
            subject: subject("ada"),
            owner,
            app: AppId::parse("salesforce").unwrap(),
            id: "t1".into(),
            expires_at: NOW + TICKET_LIFETIME,
            for_run: false,
        }
    }

    fn private() -> Ticket {
        ticket(Owner::User(UserId::parse("ada").unwrap()))
    }

    fn begin(ticket: &Ticket) -> (Attempt, String) {
        let random = AttemptRandom { id: [1; 16], cookie: [2; 32], nonce: [3; 32], verifier: [4; 32] };
        Attempt::begin(ticket, false, random, NOW)
    }

    fn person(user: &str, admin: bool) -> Person {
        Person { subject: subject(user), name: user.into(), username: None, admin }
    }

    #[test]
    fn only_the_browser_that_opened_the_link_goes_on() {
        let (attempt, cookie) = begin(&private());
        assert_eq!(attempt.check(Step::SilentSignin, Some(&cookie), NOW), Ok(()));
        assert_eq!(attempt.check(Step::SilentSignin, None, NOW), Err(LoginError::OtherBrowser));
        assert_eq!(attempt.check(Step::SilentSignin, Some("guess"), NOW), Err(LoginError::OtherBrowser));
        assert_eq!(
            attempt.check(Step::SilentSignin, Some(&cookie), NOW + ATTEMPT_LIFETIME),
            Err(LoginError::Expired)
        );
    }

    #[test]
    fn a_step_is_taken_once() {
        let (attempt, cookie) = begin(&private());
        let attempt = attempt.fall_back_to_prompt([5; 32], [6; 32]);
        assert_eq!(attempt.check(Step::SilentSignin, Some(&cookie), NOW), Err(LoginError::AlreadyTaken));
        let attempt = attempt.prove_subject(&person("ada", false), &subject("ada"), [7; 32]).unwrap();
        assert_eq!(attempt.check(Step::Signin, Some(&cookie), NOW), Err(LoginError::AlreadyTaken));
        assert_eq!(attempt.check(Step::App, Some(&cookie), NOW), Ok(()));
    }

    #[test]
    fn a_forwarded_link_connects_nobody() {
        let (attempt, _) = begin(&private());
        assert_eq!(attempt.clone().prove_subject(&person("bob", true), &subject("ada"), [7; 32]), None);
        let mut elsewhere = person("ada", false);
        elsewhere.subject.tenant = TenantId::parse("other").unwrap();
        assert_eq!(attempt.prove_subject(&elsewhere, &subject("ada"), [7; 32]), None);
    }

    #[test]
    fn a_shared_connection_takes_an_admin() {
        let (attempt, _) = begin(&ticket(Owner::Shared));
        assert_eq!(attempt.clone().prove_subject(&person("ada", false), &subject("ada"), [7; 32]), None);
        assert!(attempt.clone().prove_subject(&person("ada", true), &subject("ada"), [7; 32]).is_some());
        assert_eq!(attempt.prove_subject(&person("bob", true), &subject("ada"), [7; 32]), None);
    }

    #[test]
    fn the_vault_keeps_no_cookie() {
        let (attempt, cookie) = begin(&private());
        assert_eq!(cookie.len(), 64);
        assert!(!serde_json::to_string(&attempt).unwrap().contains(&cookie));
        assert_eq!(cookie_name(&attempt.id), "__Host-login-01010101010101010101010101010101");
    }

    #[test]
    fn an_answer_at_another_apps_redirect_uri_is_refused() {
        let (attempt, _) = begin(&private());
        let state = attempt.state(&subject("ada"));
        assert_eq!(state.check_sender("salesforce", None, None), Ok(()));
        for other in ["servicenow", "Salesforce", "salesforce ", ""] {
            assert_eq!(state.check_sender(other, None, None), Err(MixUpError::RedirectUri), "{other}");
        }
        // Not even with the right issuer.
        let issuer = Some("https://login.example.com");
        assert_eq!(state.check_sender("servicenow", issuer, issuer), Err(MixUpError::RedirectUri));
    }

    #[test]
    fn where_the_issuer_is_known_an_answer_names_it_to_the_letter() {
        let (attempt, _) = begin(&private());
        let state = attempt.state(&subject("ada"));
        let check = |iss| state.check_sender("salesforce", Some("https://login.example.com"), iss);
        assert_eq!(check(Some("https://login.example.com")), Ok(()));
        for wrong in [
            None,
            Some(""),
            Some("https://evil.example"),
            Some("https://login.example.com/"),
            Some("https://LOGIN.example.com"),
            Some("https://login.example.com:443"),
        ] {
            assert_eq!(check(wrong), Err(MixUpError::Issuer), "{wrong:?}");
        }
        // Where it is not known, nothing is expected of an answer.
        assert_eq!(state.check_sender("salesforce", None, Some("https://evil.example")), Ok(()));
    }

    #[test]
    fn after_its_time_only_a_waiting_run_keeps_a_ticket() {
        let late = NOW + TICKET_LIFETIME;
        let of_a_list = private();
        assert!(!of_a_list.is_over(NOW) && of_a_list.is_over(late));
        let of_a_run = Ticket { for_run: true, ..private() };
        assert!(!of_a_run.is_over(NOW) && !of_a_run.is_over(late));
    }

    #[test]
    fn a_ticket_that_does_not_say_whether_a_run_waits_is_left_to_the_vault() {
        let sealed = r#"{"subject":{"tenant":"t","user":"ada"},"owner":"shared","app":"box","id":"t1","expires_at":0}"#;
        let ticket: Ticket = serde_json::from_str(sealed).unwrap();
        assert!(!ticket.is_over(NOW));
    }

    #[test]
    fn a_ticket_ends_by_success_by_time_and_with_its_run() {
        let row = |run: Option<&str>, used| TicketRow {
            id: "t1".into(),
            app: AppId::parse("salesforce").unwrap(),
            run: run.map(|run| RunId::parse(run).unwrap()),
            expires_at: NOW,
            used,
            switch_account: false,
            generation: 0,
        };
        let (early, late, run) = (Timestamp(0), NOW, Some("0123456789abcdef"));
        assert_eq!(ticket_status(Some(&row(None, false)), false, early), TicketStatus::Open);
        assert_eq!(ticket_status(Some(&row(None, false)), false, late), TicketStatus::Expired);
        assert_eq!(ticket_status(Some(&row(run, false)), true, early), TicketStatus::Open);
        assert_eq!(ticket_status(Some(&row(run, false)), true, late), TicketStatus::Renew);
        assert_eq!(ticket_status(Some(&row(run, false)), false, early), TicketStatus::Expired);
        assert_eq!(ticket_status(Some(&row(run, true)), true, late), TicketStatus::Used);
        assert_eq!(ticket_status(None, true, early), TicketStatus::Expired);
    }
}
