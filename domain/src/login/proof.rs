//! The login proof. A link can be forwarded, so holding it proves nothing.
//!
//! A *ticket* is the link. Each opening of it is an *attempt*, bound to one browser by a cookie. An attempt
//! first proves, by a sign-in at Entra, that its browser belongs to the ticket's subject. Only then does it
//! redirect to the app. Each stage is consumed by value: a second use does not compile here, and finds no row
//! in the vault.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::time::Duration;
use subtle::ConstantTimeEq;
use workbot_shared::{AppId, RunId};

use crate::entra_token::Person;
use crate::ids::{AttemptId, TicketId};
use crate::owner::{Owner, Subject};
use crate::seal::Random;
use crate::time::Timestamp;

/// How long a ticket can be opened.
pub const TICKET_LIFETIME: Duration = Duration::from_secs(600);
/// How long an attempt may take, and the lifetime of its cookie.
pub const ATTEMPT_LIFETIME: Duration = Duration::from_secs(600);

/// The content of a ticket; it is sealed into the link. It identifies the one vault that can check it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    /// The person who may log in with it.
    pub subject: Subject,
    /// The owner of the resulting connection.
    pub owner: Owner,
    /// The app.
    pub app: AppId,
    /// The id of the vault's row.
    pub id: TicketId,
    /// When it expires. The vault decides by its own row.
    pub expires_at: Timestamp,
}

/// The vault's row of a ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TicketRow {
    /// The ticket's id.
    pub id: TicketId,
    /// The app.
    pub app: AppId,
    /// The run that waits for the login, if any.
    pub run: Option<RunId>,
    /// When the ticket expires.
    pub expires_at: Timestamp,
    /// Whether a login with it succeeded.
    pub used: bool,
    /// Whether the app is to ask for the account.
    pub switch_account: bool,
    /// The generation of the connection when the ticket was made. Each disconnect raises the generation and
    /// so voids the ticket.
    pub generation: i64,
}

/// Whether a ticket may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TicketStatus {
    /// It may be used.
    Open,
    /// It expired while its run still waits. It is renewed once its subject is proven.
    Renew,
    /// A login with it succeeded.
    Used,
    /// It expired, or its run no longer waits for it.
    Expired,
}

/// Decides whether a ticket may be used. `run_waits` says whether its run still waits for a login,
/// `opened_at` when the ticket was opened: an attempt that began in time has a time of its own.
#[must_use]
pub fn ticket_status(ticket: Option<&TicketRow>, run_waits: bool, opened_at: Timestamp) -> TicketStatus {
    match ticket {
        None => TicketStatus::Expired,
        Some(ticket) if ticket.used => TicketStatus::Used,
        Some(ticket) if ticket.run.is_some() && !run_waits => TicketStatus::Expired,
        Some(ticket) if opened_at < ticket.expires_at => TicketStatus::Open,
        Some(_) if run_waits => TicketStatus::Renew,
        Some(_) => TicketStatus::Expired,
    }
}

/// The step of an attempt that a state belongs to. Each step is taken once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// The silent sign-in (`prompt=none`).
    SilentSignin,
    /// The sign-in with a prompt.
    Signin,
    /// The login at the app.
    App,
}

/// The content of an OAuth `state` parameter (RFC 6749 section 10.12); it is sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoginState {
    /// The person whose vault holds the attempt.
    pub subject: Subject,
    /// The owner of the resulting connection.
    pub owner: Owner,
    /// The app.
    pub app: AppId,
    /// The attempt's id.
    pub attempt: AttemptId,
    /// The step that the state was made for.
    pub step: Step,
    /// When the state expires.
    pub expires_at: Timestamp,
}

/// Returns the redirect URI of an app (RFC 6749 section 3.1.2). Each app has its own, so that a response
/// identifies its server (RFC 9700 section 4.4).
///
/// ```
/// use workbot_domain::login::redirect_uri;
/// use workbot_shared::AppId;
///
/// let app = AppId::parse("salesforce").unwrap();
/// assert_eq!(
///     redirect_uri("https://bot.example", &app),
///     "https://bot.example/oauth/callback/salesforce"
/// );
/// ```
#[must_use]
pub fn redirect_uri(public_url: &str, app: &AppId) -> String {
    format!("{public_url}/oauth/callback/{}", app.as_str())
}

/// Why an authorization response does not come from the server of this login (RFC 9700 section 4.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MixUpError {
    /// The redirect URI belongs to another app.
    #[error("the authorization response came to another app's redirect URI")]
    RedirectUri,
    /// The response names another issuer, or none.
    #[error("the authorization response has a wrong or missing issuer")]
    Issuer,
}

impl LoginState {
    /// Checks that an authorization response comes from the app of this login. `app` is the app whose
    /// redirect URI was called, `issuer` the one that the app's file names, and `iss` the parameter of the
    /// response (RFC 9207 section 2.4).
    ///
    /// # Errors
    /// [`MixUpError`] if the redirect URI or the issuer is another server's.
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

/// One browser's attempt at a ticket, as stored in the vault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// The attempt's id. The cookie's name contains it.
    pub id: AttemptId,
    /// The ticket's id.
    pub ticket: TicketId,
    /// The owner of the resulting connection.
    pub owner: Owner,
    /// The app.
    pub app: AppId,
    /// SHA-256 of the cookie's value, in hex.
    cookie_hash: String,
    /// When the attempt expires.
    pub expires_at: Timestamp,
    /// The attempt's progress.
    pub stage: Stage,
}

/// The progress of an attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// The browser is at Entra; the person is not proven.
    Signin {
        /// The silent sign-in or the one with a prompt.
        step: Step,
        /// The nonce that the ID token has to repeat (OpenID Connect Core 1.0 section 3.1.2.1).
        nonce: String,
        /// The PKCE code verifier (RFC 7636 section 4.1).
        verifier: String,
    },
    /// The browser is at the app; it belongs to the subject.
    App {
        /// The PKCE code verifier (RFC 7636 section 4.1).
        verifier: String,
        /// The name of the person who was proven.
        #[serde(default)]
        by: String,
    },
}

/// Why an attempt ends. Nothing was stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LoginError {
    /// The attempt does not exist, or this step was taken before.
    #[error("this step of the login was taken before")]
    AlreadyTaken,
    /// The attempt has expired.
    #[error("the login attempt has expired")]
    Expired,
    /// The browser is not the one that opened the link.
    #[error("the browser is not the one that opened the link")]
    OtherBrowser,
}

fn hash(cookie: &str) -> String {
    hex::encode(Sha256::digest(cookie.as_bytes()))
}

/// Returns the name of an attempt's cookie. The prefix `__Host-` limits it to this host, all paths, and HTTPS
/// (RFC 6265bis section 4.1.3).
#[must_use]
pub fn cookie_name(attempt: &AttemptId) -> String {
    format!("__Host-login-{attempt}")
}

/// Returns a random value for a nonce or a code verifier: 64 hex characters, within the limits of RFC 7636
/// section 4.1.
///
/// ```
/// use workbot_domain::login::random_hex;
///
/// assert_eq!(random_hex([0xab; 32]), "ab".repeat(32));
/// ```
#[must_use]
pub fn random_hex(random: Random<32>) -> String {
    hex::encode(random)
}

/// The random values of a new attempt.
pub struct AttemptRandom {
    /// For its id.
    pub id: Random<16>,
    /// For the cookie: 256 bits.
    pub cookie: Random<32>,
    /// For the nonce.
    pub nonce: Random<32>,
    /// For the code verifier of the sign-in.
    pub verifier: Random<32>,
}

impl Attempt {
    /// Starts an attempt. Also returns the cookie's value, which only the browser stores.
    ///
    /// `another_account` skips the silent sign-in, which would find the same person again.
    #[must_use]
    pub fn begin(
        ticket: &Ticket,
        another_account: bool,
        random: AttemptRandom,
        now: Timestamp,
    ) -> (Self, String) {
        let cookie = random_hex(random.cookie);
        let attempt = Self {
            id: hex::encode(random.id).into(),
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

    /// Returns when the ticket was opened.
    #[must_use]
    pub fn began_at(&self) -> Timestamp {
        self.expires_at - ATTEMPT_LIFETIME
    }

    /// Returns the current step.
    #[must_use]
    pub fn step(&self) -> Step {
        match self.stage {
            Stage::Signin { step, .. } => step,
            Stage::App { .. } => Step::App,
        }
    }

    /// Returns the state for the current step.
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

    /// Checks that a callback belongs to this attempt, its current step, and the browser that started it.
    ///
    /// # Errors
    /// [`LoginError`] for a wrong cookie, an expired attempt, or another step.
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

    /// Continues after a failed silent sign-in: the same attempt with a prompt.
    #[must_use]
    pub fn fall_back_to_prompt(self, nonce: Random<32>, verifier: Random<32>) -> Self {
        let stage =
            Stage::Signin { step: Step::Signin, nonce: random_hex(nonce), verifier: random_hex(verifier) };
        Self { stage, ..self }
    }

    /// Continues to the app after a sign-in, if the person may complete this login. Returns `None` otherwise.
    ///
    /// A private connection requires the ticket's subject. A shared connection requires the subject *and* the
    /// admin role.
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
    fn only_the_browser_that_opened_the_link_continues() {
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
    fn a_shared_connection_requires_an_admin() {
        let (attempt, _) = begin(&ticket(Owner::Shared));
        assert_eq!(attempt.clone().prove_subject(&person("ada", false), &subject("ada"), [7; 32]), None);
        assert!(attempt.clone().prove_subject(&person("ada", true), &subject("ada"), [7; 32]).is_some());
        assert_eq!(attempt.prove_subject(&person("bob", true), &subject("ada"), [7; 32]), None);
    }

    #[test]
    fn the_vault_stores_no_cookie_value() {
        let (attempt, cookie) = begin(&private());
        assert_eq!(cookie.len(), 64);
        assert!(!serde_json::to_string(&attempt).unwrap().contains(&cookie));
        assert_eq!(cookie_name(&attempt.id), "__Host-login-01010101010101010101010101010101");
    }

    #[test]
    fn a_response_at_another_apps_redirect_uri_is_refused() {
        let (attempt, _) = begin(&private());
        let state = attempt.state(&subject("ada"));
        assert_eq!(state.check_sender("salesforce", None, None), Ok(()));
        for other in ["servicenow", "Salesforce", "salesforce ", ""] {
            assert_eq!(state.check_sender(other, None, None), Err(MixUpError::RedirectUri), "{other}");
        }
        // The right issuer does not change that.
        let issuer = Some("https://login.example.com");
        assert_eq!(state.check_sender("servicenow", issuer, issuer), Err(MixUpError::RedirectUri));
    }

    #[test]
    fn a_known_issuer_has_to_be_named_exactly() {
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
        // Without a known issuer the response's issuer is ignored.
        assert_eq!(state.check_sender("salesforce", None, Some("https://evil.example")), Ok(()));
    }

    #[test]
    fn an_attempt_knows_when_its_ticket_was_opened() {
        let (attempt, _) = begin(&private());
        assert_eq!(attempt.began_at(), NOW);
        let attempt = attempt.fall_back_to_prompt([5; 32], [6; 32]);
        let attempt = attempt.prove_subject(&person("ada", false), &subject("ada"), [7; 32]).unwrap();
        assert_eq!(attempt.began_at(), NOW);
    }

    #[test]
    fn a_ticket_ends_by_success_by_expiry_and_with_its_run() {
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
