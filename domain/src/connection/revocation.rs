//! Revocation of tokens (RFC 7009): when tokens are revoked, how long revocation is retried, and the meaning
//! of an app's response.

use secrecy::SecretString;
use std::time::Duration;
use workbot_shared::RevocationOutcome;

use super::account::AccountIdentity;
use super::record::{Reason, Record};
use super::token_response::{
    ErrorResponse, TokenErrorClass, TokenRequestError, TokenResponse, classify_error, tokens_from,
};
use super::token_set::TokenSet;
use crate::backoff::jittered;
use crate::catalog::{GrantErrors, OAuth2, RevokedToken, Revokes};
use crate::job_policy::JobOutcome;
use crate::seal::Random;
use crate::time::Timestamp;

/// How long a revocation is retried. Its secrets are destroyed afterwards.
pub const REVOKE_FOR: Duration = Duration::from_secs(24 * 3600);
/// How long a person who presses a button waits for the app.
pub const AT_ONCE: Duration = Duration::from_secs(4);
/// An unavailable app is asked again after half of the time since the revocation was created, within these
/// limits.
const SOONEST: Duration = Duration::from_secs(15);
const LATEST: Duration = Duration::from_secs(3600);

/// Whether a revocation has been retried for long enough.
#[must_use]
pub fn is_given_up(created_at: Timestamp, now: Timestamp) -> bool {
    now - REVOKE_FOR > created_at
}

/// The result of one attempt at a revocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RevocationAttempt {
    /// The revocation has ended.
    Over(RevocationOutcome),
    /// The app refuses. The attempt is repeated.
    Refused,
    /// The result is unknown, or the app does not respond. The attempt is repeated after at least this pause.
    Later(Duration),
}

impl RevocationAttempt {
    /// Returns the outcome for the receipt.
    #[must_use]
    pub fn outcome(self) -> RevocationOutcome {
        match self {
            Self::Over(outcome) => outcome,
            Self::Refused | Self::Later(_) => RevocationOutcome::Retrying,
        }
    }

    /// Decides what the revocation's job does next. The pauses grow with the age of the revocation.
    #[must_use]
    pub fn job(self, created_at: Option<Timestamp>, now: Timestamp, random: Random<1>) -> JobOutcome {
        let stated = match self {
            Self::Over(_) => return JobOutcome::Done,
            Self::Refused => Duration::ZERO,
            Self::Later(stated) => stated,
        };
        let down_for = created_at.map_or(Duration::ZERO, |created_at| now.since(created_at));
        let pause = jittered((down_for / 2).clamp(SOONEST, LATEST), random);
        JobOutcome::Reschedule(pause.max(stated))
    }

    /// Returns how long the job waits after an attempt in the foreground; `None` if the revocation has ended.
    /// An app that just responded is not asked again at once.
    #[must_use]
    pub fn rest(self) -> Option<Duration> {
        match self {
            Self::Over(_) => None,
            Self::Refused => Some(SOONEST),
            Self::Later(stated) => Some(stated.max(SOONEST)),
        }
    }
}

/// The result of revoking one token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenRevocation {
    /// The app revoked the token, or did not know it any more.
    Done,
    /// The app refuses; the token still works.
    Refused {
        /// The HTTP status of its response.
        status: u16,
    },
    /// The app is unreachable, or asks for this pause.
    Later(Duration),
    /// The app has no revocation endpoint.
    Unsupported,
}

impl TokenRevocation {
    /// Returns `Ok` if the next token is revoked too. The refresh token goes first, because most apps revoke
    /// every access token with it.
    ///
    /// # Errors
    /// The result of the whole revocation, if it ends here.
    pub fn proceed(self, revokes: Revokes) -> Result<(), RevocationAttempt> {
        match self {
            Self::Done if revokes == Revokes::Grant => {
                Err(RevocationAttempt::Over(RevocationOutcome::Revoked))
            }
            Self::Done | Self::Unsupported => Ok(()),
            Self::Later(stated) => Err(RevocationAttempt::Later(stated)),
            Self::Refused { .. } => Err(RevocationAttempt::Refused),
        }
    }
}

/// Returns the tokens to revoke, in order: the refresh token, then the access token, or the only kind that
/// the app revokes.
#[must_use]
pub fn tokens_to_revoke<'a>(oauth2: Option<&OAuth2>, tokens: &'a TokenSet) -> Vec<&'a SecretString> {
    let only = only_kind(oauth2);
    let refresh = tokens.refresh_token.iter().filter(|_| only != Some(RevokedToken::AccessToken));
    let access = [&tokens.access_token].into_iter().filter(|_| only != Some(RevokedToken::RefreshToken));
    refresh.chain(access).collect()
}

/// Whether the access token has to be refreshed before it is revoked: the app revokes access tokens only,
/// this one has expired, and a refresh token would outlive it.
#[must_use]
pub fn is_refreshed_first(oauth2: Option<&OAuth2>, tokens: &TokenSet, now: Timestamp) -> bool {
    only_kind(oauth2) == Some(RevokedToken::AccessToken)
        && tokens.refresh_token.is_some()
        && now >= tokens.expires_at
}

fn only_kind(oauth2: Option<&OAuth2>) -> Option<RevokedToken> {
    oauth2?.revoke.as_ref()?.token
}

/// The kept value that marks tokens whose refresh token was sent. No app's file can declare this name.
const REFRESH_SENT: &str = "refresh token sent";

/// Whether the refresh token of these tokens was sent before, by an attempt that did not learn the result.
#[must_use]
pub fn is_refresh_sent(tokens: &TokenSet) -> bool {
    tokens.kept.contains_key(REFRESH_SENT)
}

/// Returns the tokens to store before their refresh token is sent.
#[must_use]
pub fn with_refresh_sent(tokens: &TokenSet) -> TokenSet {
    let mut tokens = tokens.clone();
    tokens.kept.insert(REFRESH_SENT.to_owned(), true.into());
    tokens
}

/// Returns the tokens of the response to that refresh.
#[must_use]
pub fn refreshed_to_revoke(
    response: TokenResponse,
    oauth2: &OAuth2,
    before: &TokenSet,
    now: Timestamp,
) -> TokenSet {
    let mut tokens = tokens_from(response, oauth2, Some(before), now);
    tokens.kept.remove(REFRESH_SENT);
    tokens
}

/// Returns what a failed refresh before a revocation means for it. `was_sent`: the refresh token had been
/// sent before.
///
/// A refresh token that the app does not accept belongs to a grant that has ended, unless an earlier attempt
/// may have used it up: then nobody knows the tokens of its response, and the grant may go on.
#[must_use]
pub fn after_failed_refresh(
    error: &TokenRequestError,
    words: &GrantErrors,
    was_sent: bool,
) -> RevocationAttempt {
    match error {
        TokenRequestError::Refused { response, retry_after, .. } => match classify_error(response, words) {
            TokenErrorClass::Login if !was_sent => RevocationAttempt::Over(RevocationOutcome::Revoked),
            TokenErrorClass::Login => RevocationAttempt::Refused,
            TokenErrorClass::Transient => RevocationAttempt::Later(retry_after.unwrap_or_default()),
            TokenErrorClass::Policy | TokenErrorClass::Setup | TokenErrorClass::Doubtful => {
                RevocationAttempt::Refused
            }
        },
        TokenRequestError::Busy { retry_after } => RevocationAttempt::Later(retry_after.unwrap_or_default()),
        TokenRequestError::Unknown
        | TokenRequestError::Unreadable { .. }
        | TokenRequestError::Misconfigured => RevocationAttempt::Later(Duration::ZERO),
    }
}

/// Whether the owner's own connection prevents the revocation of a grant of this account, at an app where
/// revocation ends every grant of the account. An unknown account (empty id) may belong to anyone, so it is
/// kept.
#[must_use]
pub fn is_kept_for_own(own: Option<&Record>, account_id: &str) -> bool {
    account_id.is_empty()
        || matches!(own, Some(Record::Connected(connected)) if connected.account.id == account_id)
}

/// Checks whether connections of other owners prevent the revocation. Owners in other tenants of this
/// deployment count too, because all share one client at the app. `others` holds each tenant's response;
/// `None` stands for a tenant that did not respond.
///
/// # Errors
/// [`RevocationAttempt::Over`] if another connection lives, [`RevocationAttempt::Later`] if a tenant did not
/// respond.
pub fn kept_for_others(others: &[Option<bool>]) -> Result<(), RevocationAttempt> {
    if others.contains(&Some(true)) {
        return Err(RevocationAttempt::Over(RevocationOutcome::KeptForOther));
    }
    if others.contains(&None) { Err(RevocationAttempt::Later(Duration::ZERO)) } else { Ok(()) }
}

/// Whether the grant that a new login replaces is revoked. Apps limit the number of grants per account. Where
/// revoking one token ends every grant of the account, the old grant of the same account is kept.
#[must_use]
pub fn is_revoked_when_replaced(
    old: Option<&Record>,
    account: &AccountIdentity,
    oauth2: Option<&OAuth2>,
) -> bool {
    let Some(oauth2) = oauth2.filter(|oauth2| oauth2.revoke_url.is_some()) else { return false };
    match old {
        None | Some(Record::NeedsLogin { reason: Reason::GrantGone, .. } | Record::Disconnected { .. }) => {
            false
        }
        Some(old) => oauth2.revokes == Revokes::Token || old.account().id != account.id,
    }
}

/// The meaning of a revocation endpoint's response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RevocationResponse {
    /// The token no longer works.
    Revoked,
    /// The app refused the request, most likely because of a wrong registration. The token still works.
    Refused,
    /// The app is unavailable.
    Unavailable,
}

/// Reads the response of a revocation endpoint (RFC 7009 section 2.2). A refusal counts as revoked only if it
/// is about the token, which the app then does not know. An HTML page is not a response of the app.
#[must_use]
pub fn classify_revocation(status: u16, body: &[u8]) -> RevocationResponse {
    match status {
        200..=299 if is_html(body) => RevocationResponse::Unavailable,
        200..=299 => RevocationResponse::Revoked,
        408 | 425 | 429 | 500.. => RevocationResponse::Unavailable,
        _ if ErrorResponse::read(body).is_of_the_token() => RevocationResponse::Revoked,
        _ => RevocationResponse::Refused,
    }
}

/// Whether a body is an HTML page.
fn is_html(body: &[u8]) -> bool {
    let text = String::from_utf8_lossy(body).to_ascii_lowercase();
    let text = text.trim_start_matches(|c: char| c == '\u{feff}' || c.is_whitespace());
    text.starts_with('<') && ["<html", "<!doctype html", "<body"].iter().any(|tag| text.contains(tag))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::record::Connected;
    use crate::connection::token_set::tests::tokens;
    use crate::seal::WrappedKey;
    use serde_json::json;

    const T0: Timestamp = Timestamp(1_000_000);

    #[test]
    fn a_revocation_is_retried_for_a_day() {
        assert!(!is_given_up(T0, T0 + REVOKE_FOR));
        assert!(is_given_up(T0, T0 + REVOKE_FOR + Duration::from_millis(1)));
    }

    #[test]
    fn an_unavailable_app_is_asked_again_after_half_of_the_outage() {
        let pause = |attempt: RevocationAttempt, down_for: u64| {
            let now = T0 + Duration::from_secs(down_for);
            match attempt.job(Some(T0), now, [0]) {
                JobOutcome::Reschedule(pause) => pause.as_secs(),
                other => panic!("{other:?}"),
            }
        };
        let later = |stated| RevocationAttempt::Later(Duration::from_secs(stated));
        for attempt in [RevocationAttempt::Refused, later(0)] {
            let pauses = [0, 29, 60, 3600, 24 * 3600].map(|down_for| pause(attempt, down_for));
            assert_eq!(pauses, [15, 15, 30, 1800, 3600]);
        }
        assert_eq!((pause(later(60), 0), pause(later(60), 3600)), (60, 1800), "a stated pause is kept");
        let over = RevocationAttempt::Over(RevocationOutcome::Revoked);
        assert_eq!(over.job(Some(T0), T0, [0]), JobOutcome::Done);
        assert_eq!(RevocationAttempt::Refused.job(None, T0, [0]), JobOutcome::Reschedule(SOONEST));
    }

    #[test]
    fn an_app_that_responded_while_a_person_waited_is_not_asked_again_at_once() {
        assert_eq!(RevocationAttempt::Over(RevocationOutcome::Revoked).rest(), None);
        assert_eq!(RevocationAttempt::Refused.rest(), Some(SOONEST));
        assert_eq!(RevocationAttempt::Later(Duration::ZERO).rest(), Some(SOONEST));
        let minute = Duration::from_secs(60);
        assert_eq!(RevocationAttempt::Later(minute).rest(), Some(minute));
        for attempt in [RevocationAttempt::Refused, RevocationAttempt::Later(minute)] {
            assert_eq!(attempt.outcome(), RevocationOutcome::Retrying);
        }
    }

    #[test]
    fn both_tokens_are_revoked_unless_one_of_them_ends_the_whole_grant() {
        let (token, grant) = (Revokes::Token, Revokes::Grant);
        assert_eq!(TokenRevocation::Done.proceed(token), Ok(()));
        let over = RevocationAttempt::Over(RevocationOutcome::Revoked);
        assert_eq!(TokenRevocation::Done.proceed(grant), Err(over));
        for revokes in [token, grant] {
            assert_eq!(TokenRevocation::Unsupported.proceed(revokes), Ok(()));
            let refused = TokenRevocation::Refused { status: 401 };
            assert_eq!(refused.proceed(revokes), Err(RevocationAttempt::Refused));
            let stated = Duration::from_secs(7);
            let later = TokenRevocation::Later(stated).proceed(revokes);
            assert_eq!(later, Err(RevocationAttempt::Later(stated)));
        }
    }

    fn account(id: &str) -> AccountIdentity {
        AccountIdentity { label: "ada@contoso.com".into(), id: id.into(), instance: None }
    }

    fn connected(id: &str) -> Record {
        Record::Connected(Connected {
            account: account(id),
            revision: "r1".into(),
            key: WrappedKey { kid: "k".into(), bytes: Vec::new() },
            expires_at: T0,
        })
    }

    #[test]
    fn a_grant_is_kept_while_any_connection_of_its_account_lives_or_that_is_unknown() {
        let own = connected("1");
        assert!(is_kept_for_own(Some(&own), "1") && !is_kept_for_own(Some(&own), "2"));
        assert!(is_kept_for_own(None, ""), "an unknown account may belong to anyone");
        let left = Record::NeedsLogin { account: account("1"), reason: Reason::Doubtful };
        assert!(!is_kept_for_own(Some(&left), "1") && !is_kept_for_own(None, "1"));
        let kept = RevocationAttempt::Over(RevocationOutcome::KeptForOther);
        assert_eq!(kept_for_others(&[Some(false), Some(false)]), Ok(()));
        assert_eq!(kept_for_others(&[]), Ok(()));
        assert_eq!(kept_for_others(&[None, Some(true)]), Err(kept));
        let unknown = kept_for_others(&[Some(false), None]);
        assert_eq!(unknown, Err(RevocationAttempt::Later(Duration::ZERO)), "never guessed");
    }

    #[test]
    fn a_login_that_replaces_another_revokes_its_grant_unless_that_would_end_its_own() {
        let oauth2 = |revokes: &str, revoke_url: Option<&str>| -> OAuth2 {
            serde_json::from_value(json!({
                "authorize_url": "https://app.example/a", "token_url": "https://app.example/t",
                "revoke_url": revoke_url, "rotation": "none", "revokes": revokes,
            }))
            .unwrap()
        };
        let url = Some("https://app.example/r");
        let (token, grant, none) = (oauth2("token", url), oauth2("grant", url), oauth2("token", None));
        let needs_login = |reason| Record::NeedsLogin { account: account("1"), reason };
        for (old, oauth2, id, revoked) in [
            (Some(connected("1")), &token, "1", true),
            (Some(connected("1")), &token, "2", true),
            (Some(connected("1")), &grant, "1", false),
            (Some(connected("1")), &grant, "2", true),
            (Some(connected("1")), &none, "2", false),
            (Some(needs_login(Reason::AnswerLost)), &token, "1", true),
            (Some(needs_login(Reason::GrantGone)), &token, "2", false),
            (Some(Record::Disconnected { account: account("1") }), &token, "2", false),
            (None, &token, "2", false),
        ] {
            let is_revoked = is_revoked_when_replaced(old.as_ref(), &account(id), Some(oauth2));
            assert_eq!(is_revoked, revoked, "{old:?} {id}");
        }
        assert!(!is_revoked_when_replaced(Some(&connected("1")), &account("2"), None), "a key");
    }

    #[test]
    fn only_a_refusal_about_the_token_counts_as_revoked() {
        let class_of = |status, error: &str| {
            classify_revocation(status, json!({ "error": error }).to_string().as_bytes())
        };
        for word in ["invalid_token", "invalid_grant"] {
            assert_eq!(
                (class_of(400, word), class_of(401, word)),
                (RevocationResponse::Revoked, RevocationResponse::Revoked)
            );
        }
        for word in ["invalid_client", "unauthorized_client", "invalid_request", "unsupported_token_type", ""]
        {
            assert_eq!(class_of(400, word), RevocationResponse::Refused, "{word}");
            assert_eq!(class_of(401, word), RevocationResponse::Refused, "{word}");
        }
        assert_eq!(classify_revocation(400, b"error=invalid_token"), RevocationResponse::Revoked);
        assert_eq!(classify_revocation(400, b"error=unsupported_token_type"), RevocationResponse::Refused);
        for unreadable in [&b""[..], b"<html>", b"[]", b"{\"error\": {}}"] {
            assert_eq!(classify_revocation(400, unreadable), RevocationResponse::Refused);
        }
        assert_eq!(classify_revocation(302, b""), RevocationResponse::Refused);
        for status in [429, 500, 502, 503, 520] {
            assert_eq!(class_of(status, "invalid_token"), RevocationResponse::Unavailable, "{status}");
        }
        assert_eq!(
            (class_of(200, ""), classify_revocation(204, b"")),
            (RevocationResponse::Revoked, RevocationResponse::Revoked)
        );
    }

    #[test]
    fn a_revocation_response_is_read_in_every_shape() {
        use RevocationResponse::{Refused, Revoked, Unavailable};
        for (status, body, expected) in [
            (400, "\u{feff}{\"error\":\"invalid_token\"}", Revoked),
            (400, r#"{"error":{"code":"invalid_token"}}"#, Revoked),
            (400, r#"{"error":{"code":400,"message":"invalid_token"}}"#, Revoked),
            (400, r#"{"errors":[{"code":"INVALID_TOKEN"}]}"#, Revoked),
            (400, r#""{\"error\":\"invalid_token\"}""#, Revoked),
            (401, r#"[{"errorCode":"invalid_grant"}]"#, Revoked),
            (401, r#"{"error":"Bad Request","code":"invalid_token"}"#, Revoked),
            (400, "\u{feff}error=invalid_token&error_description=gone\r\n", Revoked),
            (400, "invalid_token: it is unknown", Revoked),
            (400, r#"{"error":"invalid_request","error_description":"invalid_token is no hint"}"#, Refused),
            (400, r#"{"error":{"code":"unsupported_token_type"}}"#, Refused),
            (400, r#"{"error":"invalid_token_type"}"#, Refused),
            (403, "<html><h1>Forbidden</h1></html>", Refused),
            (408, r#"{"error":"invalid_token"}"#, Unavailable),
            (425, "", Unavailable),
            (200, "", Revoked),
            (200, "{}", Revoked),
            (200, r#"{"revoked":true}"#, Revoked),
            (200, "OK", Revoked),
            (200, "<revoked/>", Revoked),
            (200, "<!DOCTYPE html><html><body>We will be back soon</body></html>", Unavailable),
            (202, "\u{feff}\r\n<HTML>", Unavailable),
            (
                200,
                "<?xml version='1.0'?><!DOCTYPE html PUBLIC '-//W3C//DTD XHTML 1.0//EN'><html>",
                Unavailable,
            ),
            (200, "<!-- proxy --><body>Log in</body>", Unavailable),
        ] {
            assert_eq!(classify_revocation(status, body.as_bytes()), expected, "{status} {body}");
        }
    }

    fn oauth2(app: &str) -> OAuth2 {
        let catalog = crate::catalog::tests::real_catalog();
        catalog.apps[&workbot_shared::AppId::parse(app).unwrap()].oauth2.clone().unwrap()
    }

    #[test]
    fn an_app_may_revoke_only_one_kind_of_token() {
        use secrecy::ExposeSecret;
        let tokens = tokens(Timestamp(0));
        let mut oauth2 = oauth2("github");
        let sent = |oauth2: &OAuth2| -> Vec<String> {
            let sent = tokens_to_revoke(Some(oauth2), &tokens);
            sent.into_iter().map(|token| token.expose_secret().to_owned()).collect()
        };
        assert_eq!(sent(&oauth2), ["access"]);
        oauth2.revoke.as_mut().unwrap().token = Some(RevokedToken::RefreshToken);
        assert_eq!(sent(&oauth2), ["refresh"]);
        oauth2.revoke.as_mut().unwrap().token = None;
        assert_eq!(sent(&oauth2), ["refresh", "access"]);
    }

    #[test]
    fn an_expired_access_token_is_refreshed_before_it_is_revoked() {
        let tokens = tokens(Timestamp(0));
        let ended = tokens.expires_at;
        let first = |oauth2: &OAuth2, tokens: &TokenSet, now| is_refreshed_first(Some(oauth2), tokens, now);
        assert!(first(&oauth2("github"), &tokens, ended));
        assert!(!first(&oauth2("github"), &tokens, Timestamp(ended.0 - 1)));
        assert!(!first(&oauth2("github"), &tokens.without_refresh_token(), ended));
        assert!(!first(&oauth2("salesforce"), &tokens, ended), "the refresh token itself is revoked");
    }

    #[test]
    fn a_dead_refresh_token_means_a_dead_grant_unless_an_attempt_may_have_used_it() {
        let words = oauth2("github").errors;
        let refused = |error: &str| TokenRequestError::Refused {
            status: 200,
            response: ErrorResponse::read(json!({ "error": error }).to_string().as_bytes()),
            retry_after: None,
        };
        let revoked = RevocationAttempt::Over(RevocationOutcome::Revoked);
        let later = RevocationAttempt::Later(Duration::ZERO);
        for (error, was_sent, expected) in [
            (refused("bad_refresh_token"), false, revoked),
            (refused("bad_refresh_token"), true, RevocationAttempt::Refused),
            (refused("incorrect_client_credentials"), false, RevocationAttempt::Refused),
            (refused("something_else"), false, RevocationAttempt::Refused),
            (TokenRequestError::Unknown, false, later),
            (TokenRequestError::Busy { retry_after: None }, true, later),
        ] {
            assert_eq!(after_failed_refresh(&error, &words, was_sent), expected, "{error:?} {was_sent}");
        }
        let before = tokens(Timestamp(0));
        assert!(!is_refresh_sent(&before) && is_refresh_sent(&with_refresh_sent(&before)));
        let response = TokenResponse {
            access_token: "new".into(),
            refresh_token: None,
            expires_in: None,
            scopes: None,
            extra: serde_json::Map::new(),
        };
        let after =
            refreshed_to_revoke(response, &oauth2("github"), &with_refresh_sent(&before), Timestamp(9));
        assert_eq!(after.kept, before.kept);
    }
}
