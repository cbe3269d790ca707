//! How a login ends: the page for whatever keeps it from going on.

use std::time::Duration;

use super::proof::{LoginError, Step, TicketStatus};
use crate::catalog::GrantErrors;
use crate::connection::account::{AccountIdentity, IdentityError, within_company};
use crate::connection::token_response::{TokenErrorClass, TokenRequestError, classify_error};
use crate::entra_token::Person;
use crate::login_page::LoginPage;
use crate::owner::Subject;
use crate::time::Timestamp;

/// What people know Entra as.
pub const ENTRA: &str = "Microsoft";

/// A browser no longer waits for what takes longer than this.
pub const LATE_AFTER: Duration = Duration::from_secs(10);

impl From<LoginError> for LoginPage {
    fn from(error: LoginError) -> Self {
        match error {
            LoginError::AlreadyTaken => Self::AlreadyTaken,
            LoginError::Expired => Self::Expired,
            LoginError::OtherBrowser => Self::OtherBrowser,
        }
    }
}

/// The page for a ticket that may not be tried now; `None`: it may. `is_connected`: another run's link did the work
/// meanwhile.
#[must_use]
pub fn ticket_refusal(status: TicketStatus, app: &str, is_connected: bool) -> Option<LoginPage> {
    match status {
        TicketStatus::Open | TicketStatus::Renew => None,
        TicketStatus::Used => Some(LoginPage::AlreadyConnected { app: app.to_owned() }),
        TicketStatus::Expired if is_connected => Some(LoginPage::AlreadyConnected { app: app.to_owned() }),
        TicketStatus::Expired => Some(LoginPage::Expired),
    }
}

/// What is done when Entra sends the browser back with an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SigninRefusal {
    /// The person signs in where they see it.
    Interactive,
    /// The login ends.
    End(LoginPage),
}

/// An error of the sign-in (OpenID Connect Core section 3.1.2.6). Whatever keeps the silent sign-in from working, a person
/// may overcome; their own no is final.
#[must_use]
pub fn signin_refusal(error: &str, step: Step) -> SigninRefusal {
    if error == "access_denied" {
        SigninRefusal::End(LoginPage::SigninCancelled)
    } else if step == Step::SilentSignin {
        SigninRefusal::Interactive
    } else {
        SigninRefusal::End(LoginPage::SigninFailed)
    }
}

/// The page when Entra proves nobody. `is_passing`: it may work in a moment.
#[must_use]
pub fn nobody_proven(is_passing: bool) -> LoginPage {
    if is_passing { LoginPage::Unreachable { app: ENTRA.to_owned() } } else { LoginPage::SigninFailed }
}

/// The page for a person who signed in and may not finish this login. `again`: the link, opened so that Entra asks for an
/// account.
#[must_use]
pub fn not_the_subject(person: &Person, subject: &Subject, again: String) -> LoginPage {
    let signed_in_as = person.username.clone().unwrap_or_else(|| person.name.clone());
    // Of the company's connection the subject must be an admin, too.
    if person.subject == *subject {
        LoginPage::NotAnAdmin { signed_in_as }
    } else {
        LoginPage::SomeoneElse { signed_in_as, again }
    }
}

/// The page when an app sends the browser back with an error (RFC 6749 section 4.1.2.1).
#[must_use]
pub fn app_refusal(error: &str, app: String) -> LoginPage {
    // The RFC spells it with an underscore; a sample of Salesforce's with a hyphen.
    if matches!(error, "access_denied" | "access-denied") {
        LoginPage::Declined { app }
    } else {
        LoginPage::Refused { app }
    }
}

/// The page for a code that brought no tokens.
#[must_use]
pub fn exchange_refusal(error: &TokenRequestError, words: &GrantErrors, app: String) -> LoginPage {
    match error {
        TokenRequestError::Unreadable { .. } => LoginPage::Unreadable { app },
        TokenRequestError::Refused { response, .. }
            if classify_error(response, words) != TokenErrorClass::Transient =>
        {
            LoginPage::Refused { app }
        }
        TokenRequestError::Misconfigured => LoginPage::NotSetUp { app },
        TokenRequestError::Refused { .. } | TokenRequestError::Busy { .. } | TokenRequestError::Unknown => {
            LoginPage::Unreachable { app }
        }
    }
}

/// The page when the app does not say whose the tokens are.
#[must_use]
pub fn unknown_account(error: IdentityError, app: String) -> LoginPage {
    match error {
        IdentityError::Dead | IdentityError::Refused => LoginPage::Refused { app },
        IdentityError::Unreadable => LoginPage::Unreadable { app },
        IdentityError::Unreachable => LoginPage::Unreachable { app },
    }
}

/// The page for an account that is not of the company; `None`: it is. `company`: what the shared connection names.
#[must_use]
pub fn company_mismatch(
    account: &AccountIdentity,
    company: Option<&str>,
    allowed: &[String],
    app: &str,
) -> Option<LoginPage> {
    let is_ours = within_company(account.instance.as_deref(), company, allowed);
    (!is_ours).then(|| LoginPage::OtherCompany { app: app.to_owned(), account: account.label.clone() })
}

/// Why a login that succeeded does not become the connection. Its grant is revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EstablishError {
    /// Another login with the same ticket came first.
    #[error("the ticket is used up")]
    TicketUsed,
    /// The connection was left since the login began.
    #[error("the connection was left meanwhile")]
    Left,
}

impl EstablishError {
    /// The page.
    #[must_use]
    pub fn page(self, app: String) -> LoginPage {
        match self {
            Self::TicketUsed => LoginPage::AlreadyConnected { app },
            Self::Left => LoginPage::Expired,
        }
    }
}

/// Whether a login that succeeded may become the connection. `left` and `left_before`: how often the connection was left by
/// now, and when the login began. `takes_ticket` uses up the ticket and tells whether it was still to be used.
///
/// # Errors
/// [`EstablishError`], or what keeps the ticket from being read.
pub fn establish_refusal<E>(
    left: i64,
    left_before: i64,
    takes_ticket: impl FnOnce() -> Result<bool, E>,
) -> Result<Option<EstablishError>, E> {
    if left != left_before {
        return Ok(Some(EstablishError::Left));
    }
    Ok(if takes_ticket()? { None } else { Some(EstablishError::TicketUsed) })
}

/// Whether the person is told in the chat how a login ended: the browser waits no longer, and no card shows it.
#[must_use]
pub fn is_late(came_back: Timestamp, now: Timestamp, page: &LoginPage) -> bool {
    now >= came_back + LATE_AFTER && !matches!(page, LoginPage::Connected { .. })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::token_response::ErrorResponse;
    use workbot_shared::{TenantId, UserId};

    fn app() -> String {
        "Box".to_owned()
    }

    #[test]
    fn a_ticket_that_may_be_tried_has_no_page_and_every_other_has_one() {
        for (status, is_connected, page) in [
            (TicketStatus::Open, true, None),
            (TicketStatus::Renew, true, None),
            (TicketStatus::Used, false, Some(LoginPage::AlreadyConnected { app: app() })),
            (TicketStatus::Expired, false, Some(LoginPage::Expired)),
            (TicketStatus::Expired, true, Some(LoginPage::AlreadyConnected { app: app() })),
        ] {
            assert_eq!(ticket_refusal(status, "Box", is_connected), page, "{status:?} {is_connected}");
        }
    }

    #[test]
    fn only_a_silent_sign_in_is_tried_again_and_never_after_a_no() {
        let interactive = SigninRefusal::Interactive;
        assert_eq!(signin_refusal("login_required", Step::SilentSignin), interactive);
        assert_eq!(signin_refusal("anything", Step::SilentSignin), interactive);
        assert_eq!(signin_refusal("anything", Step::Signin), SigninRefusal::End(LoginPage::SigninFailed));
        for step in [Step::SilentSignin, Step::Signin] {
            assert_eq!(signin_refusal("access_denied", step), SigninRefusal::End(LoginPage::SigninCancelled));
        }
        assert_eq!(nobody_proven(true), LoginPage::Unreachable { app: "Microsoft".into() });
        assert_eq!(nobody_proven(false), LoginPage::SigninFailed);
    }

    #[test]
    fn a_no_at_the_app_is_told_from_its_refusal() {
        for no in ["access_denied", "access-denied"] {
            assert_eq!(app_refusal(no, app()), LoginPage::Declined { app: app() });
        }
        assert_eq!(app_refusal("server_error", app()), LoginPage::Refused { app: app() });
    }

    #[test]
    fn whoever_is_not_the_subject_learns_so_and_the_subject_that_they_are_no_admin() {
        let subject = |user: &str| Subject {
            tenant: TenantId::parse("11111111-1111-1111-1111-111111111111").unwrap(),
            user: UserId::parse(user).unwrap(),
        };
        let person = |username: Option<&str>| Person {
            subject: subject("ada"),
            name: "Ada".into(),
            username: username.map(str::to_owned),
            admin: false,
        };
        let page = not_the_subject(&person(Some("ada@contoso.com")), &subject("bob"), "link".into());
        assert_eq!(
            page,
            LoginPage::SomeoneElse { signed_in_as: "ada@contoso.com".into(), again: "link".into() }
        );
        let page = not_the_subject(&person(None), &subject("ada"), "link".into());
        assert_eq!(page, LoginPage::NotAnAdmin { signed_in_as: "Ada".into() });
    }

    #[test]
    fn a_code_without_tokens_ends_at_the_page_that_says_whose_turn_it_is() {
        let words = GrantErrors { busy: vec!["later".into()], ..GrantErrors::default() };
        let refused = |body: &str| TokenRequestError::Refused {
            status: 400,
            response: ErrorResponse::read(body.as_bytes()),
            retry_after: None,
        };
        let unreadable = TokenRequestError::Unreadable { tokens: Vec::new(), refresh_token: None };
        for (error, page) in [
            (refused("invalid_grant"), LoginPage::Refused { app: app() }),
            (refused("come back later"), LoginPage::Unreachable { app: app() }),
            (refused("<html>?"), LoginPage::Refused { app: app() }),
            (TokenRequestError::Busy { retry_after: None }, LoginPage::Unreachable { app: app() }),
            (TokenRequestError::Unknown, LoginPage::Unreachable { app: app() }),
            (TokenRequestError::Misconfigured, LoginPage::NotSetUp { app: app() }),
            (unreadable, LoginPage::Unreadable { app: app() }),
        ] {
            assert_eq!(exchange_refusal(&error, &words, app()), page, "{error:?}");
        }
        assert_eq!(unknown_account(IdentityError::Dead, app()), LoginPage::Refused { app: app() });
        assert_eq!(unknown_account(IdentityError::Refused, app()), LoginPage::Refused { app: app() });
        assert_eq!(unknown_account(IdentityError::Unreadable, app()), LoginPage::Unreadable { app: app() });
        assert_eq!(unknown_account(IdentityError::Unreachable, app()), LoginPage::Unreachable { app: app() });
    }

    #[test]
    fn a_login_counts_only_if_nobody_left_since_and_its_ticket_is_unused() {
        let refused = |left, unused: bool| {
            let mut asked = false;
            let refusal = establish_refusal::<()>(left, 3, || {
                asked = true;
                Ok(unused)
            });
            (refusal.unwrap(), asked)
        };
        assert_eq!(refused(3, true), (None, true));
        assert_eq!(refused(3, false), (Some(EstablishError::TicketUsed), true));
        assert_eq!(refused(4, true), (Some(EstablishError::Left), false), "its ticket stays");
        assert_eq!(EstablishError::TicketUsed.page(app()), LoginPage::AlreadyConnected { app: app() });
        assert_eq!(EstablishError::Left.page(app()), LoginPage::Expired);
    }

    #[test]
    fn an_account_of_another_company_gets_a_page_that_names_it() {
        let account = AccountIdentity {
            label: "ada@fabrikam.com".into(),
            id: "1".into(),
            instance: Some("00D9".into()),
        };
        assert_eq!(company_mismatch(&account, Some("00D9"), &[], "Box"), None);
        let page = LoginPage::OtherCompany { app: app(), account: "ada@fabrikam.com".into() };
        assert_eq!(company_mismatch(&account, Some("00D1"), &[], "Box"), Some(page));
    }

    #[test]
    fn who_waited_too_long_is_told_in_the_chat_unless_a_card_shows_it() {
        let late = Timestamp(0) + LATE_AFTER;
        assert!(!is_late(Timestamp(0), Timestamp(late.0 - 1), &LoginPage::Expired));
        assert!(is_late(Timestamp(0), late, &LoginPage::Expired));
        let connected = LoginPage::Connected { app: app(), account: "ada".into(), shared: false };
        assert!(!is_late(Timestamp(0), late, &connected));
    }
}
