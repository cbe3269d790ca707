//! How a login ends: the page for each reason that stops it.

use std::time::Duration;

use super::proof::{LoginError, Step, TicketStatus};
use crate::catalog::GrantErrors;
use crate::connection::account::{AccountIdentity, IdentityError, within_company};
use crate::connection::token_response::{TokenErrorClass, TokenRequestError, classify_error};
use crate::entra_token::Person;
use crate::login_page::LoginPage;
use crate::owner::Subject;
use crate::time::Timestamp;

/// The name of Entra for people.
pub const ENTRA: &str = "Microsoft";

/// A login that takes longer than this is reported in the chat, because the browser may be gone.
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

/// Returns the page for a ticket that cannot be used, or `None` if it can. `is_connected`: the person has
/// connected the app by another ticket.
#[must_use]
pub fn ticket_refusal(status: TicketStatus, app: &str, is_connected: bool) -> Option<LoginPage> {
    match status {
        TicketStatus::Open | TicketStatus::Renew => None,
        TicketStatus::Used => Some(LoginPage::AlreadyConnected { app: app.to_owned() }),
        TicketStatus::Expired if is_connected => Some(LoginPage::AlreadyConnected { app: app.to_owned() }),
        TicketStatus::Expired => Some(LoginPage::Expired),
    }
}

/// The reaction to an error of the Entra sign-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SigninRefusal {
    /// Repeat the sign-in with a prompt.
    Interactive,
    /// End the login with this page.
    End(LoginPage),
}

/// Decides about an error of the sign-in (OpenID Connect Core 1.0 section 3.1.2.6). A silent sign-in that
/// fails is repeated with a prompt. `access_denied` is final.
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

/// Returns the page for a sign-in that proves nobody. `is_passing`: a retry may work in a moment.
#[must_use]
pub fn nobody_proven(is_passing: bool) -> LoginPage {
    if is_passing { LoginPage::Unreachable { app: ENTRA.to_owned() } } else { LoginPage::SigninFailed }
}

/// Returns the page for a signed-in person who may not complete this login. `again` is the link that makes
/// Entra ask for an account.
#[must_use]
pub fn not_the_subject(person: &Person, subject: &Subject, again: String) -> LoginPage {
    let signed_in_as = person.username.clone().unwrap_or_else(|| person.name.clone());
    // The subject of a shared connection has to be an admin, too.
    if person.subject == *subject {
        LoginPage::NotAnAdmin { signed_in_as }
    } else {
        LoginPage::SomeoneElse { signed_in_as, again }
    }
}

/// Returns the page for an error from the app's authorization endpoint (RFC 6749 section 4.1.2.1).
#[must_use]
pub fn app_refusal(error: &str, app: String) -> LoginPage {
    // The RFC spells it with an underscore; an example in Salesforce's documentation with a hyphen.
    if matches!(error, "access_denied" | "access-denied") {
        LoginPage::Declined { app }
    } else {
        LoginPage::Refused { app }
    }
}

/// Returns the page for a code exchange without tokens.
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

/// Returns the page for an unidentified account.
#[must_use]
pub fn unknown_account(error: IdentityError, app: String) -> LoginPage {
    match error {
        IdentityError::Dead | IdentityError::Refused => LoginPage::Refused { app },
        IdentityError::Unreadable => LoginPage::Unreadable { app },
        IdentityError::OtherOrganization => LoginPage::OtherOrganization { app },
        IdentityError::Unreachable => LoginPage::Unreachable { app },
    }
}

/// Returns the page for an account outside the company boundary, or `None` if it is inside. `company` is the
/// instance of the shared connection.
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

/// Why a successful login does not become the connection. Its grant is revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EstablishError {
    /// Another login with the same ticket came first.
    #[error("the ticket is used")]
    TicketUsed,
    /// The connection was disconnected after the login started.
    #[error("the connection was disconnected during the login")]
    Left,
}

impl EstablishError {
    /// Returns the page.
    #[must_use]
    pub fn page(self, app: String) -> LoginPage {
        match self {
            Self::TicketUsed => LoginPage::AlreadyConnected { app },
            Self::Left => LoginPage::Expired,
        }
    }
}

/// Decides whether a successful login becomes the connection. `left` and `left_before` are the connection's
/// generation now and at the start of the login; each disconnect raises it. `takes_ticket` consumes the
/// ticket and returns whether it was unused.
///
/// # Errors
/// The error of `takes_ticket`.
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

/// Whether the chat reports how a login ended: the browser has waited too long, and no card shows the result.
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
    fn a_usable_ticket_has_no_page_and_every_other_has_one() {
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
    fn only_a_failed_silent_sign_in_is_repeated_and_never_after_a_refusal_by_the_person() {
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
    fn a_refusal_by_the_person_and_one_by_the_app_have_different_pages() {
        for no in ["access_denied", "access-denied"] {
            assert_eq!(app_refusal(no, app()), LoginPage::Declined { app: app() });
        }
        assert_eq!(app_refusal("server_error", app()), LoginPage::Refused { app: app() });
    }

    #[test]
    fn another_person_and_a_subject_without_the_admin_role_get_their_own_pages() {
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
    fn a_code_exchange_without_tokens_ends_at_the_page_for_its_reason() {
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
        assert_eq!(
            unknown_account(IdentityError::OtherOrganization, app()),
            LoginPage::OtherOrganization { app: app() }
        );
    }

    #[test]
    fn a_login_counts_only_with_an_unchanged_generation_and_an_unused_ticket() {
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
        assert_eq!(refused(4, true), (Some(EstablishError::Left), false), "the ticket is not consumed");
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
    fn a_late_result_is_reported_in_the_chat_unless_a_card_shows_it() {
        let late = Timestamp(0) + LATE_AFTER;
        assert!(!is_late(Timestamp(0), Timestamp(late.0 - 1), &LoginPage::Expired));
        assert!(is_late(Timestamp(0), late, &LoginPage::Expired));
        let connected = LoginPage::Connected { app: app(), account: "ada".into(), shared: false };
        assert!(!is_late(Timestamp(0), late, &connected));
    }
}
