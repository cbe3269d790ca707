//! Bot Framework tokens: only the Bot Framework may post to `/api/messages`.
//!
//! The checks and their order follow "Authenticate requests with the Bot Connector API" (bot-docs) and
//! botbuilder-js. [`BotClaims::check`] checks the token by itself; [`BotCaller::admit`] checks the activity
//! against the token.

use serde::Deserialize;
use workbot_shared::TenantId;

use crate::activity::{Activity, Turn};
use crate::jwks::Jwk;
use crate::jwt::{Audience, TokenError, check_time};
use crate::time::Timestamp;

/// The claims of a Bot Framework token.
#[derive(Debug, Deserialize)]
pub struct BotClaims {
    iss: String,
    aud: Audience,
    exp: i64,
    nbf: i64,
    #[serde(rename = "serviceurl")]
    service_url: Option<String>,
    /// The spelling of some documentation.
    #[serde(rename = "serviceUrl")]
    service_url_as_documented: Option<String>,
}

/// A caller with a valid Bot Framework token.
#[derive(Debug)]
pub struct BotCaller {
    service_url: String,
    endorsements: Vec<String>,
}

/// Why an activity is refused although the caller's token is valid. The HTTP response is 403.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AdmissionError {
    /// `channelId` is not `msteams`. Web Chat and Direct Line let a client choose its user id.
    #[error("the channel is not msteams")]
    Channel,
    /// The signing key is not endorsed for the activity's channel.
    #[error("the signing key is not endorsed for this channel")]
    Endorsement,
    /// The claim `serviceurl` differs from the activity's `serviceUrl`.
    #[error("the token is for another service URL")]
    ServiceUrl,
    /// The origin of the service URL is not on the trust list.
    #[error("the service URL is not trusted")]
    UntrustedServiceUrl,
    /// The activity names no tenant, two different ones, or one that this deployment does not serve.
    #[error("the tenant is not served here")]
    Tenant,
    /// A message or an invoke has no Entra object id of its sender.
    #[error("the activity does not name a directory user")]
    Person,
}

impl BotClaims {
    /// Checks issuer, audience and time.
    ///
    /// # Errors
    /// The first check that fails.
    pub fn check(
        self,
        key: &Jwk,
        issuer: &str,
        bot_app_id: &str,
        now: Timestamp,
    ) -> Result<BotCaller, TokenError> {
        if self.iss != issuer {
            return Err(TokenError::Issuer);
        }
        if !self.aud.is(bot_app_id) {
            return Err(TokenError::Audience);
        }
        check_time(self.exp, self.nbf, now)?;
        let service_url = self.service_url.xor(self.service_url_as_documented).ok_or(TokenError::Claim)?;
        Ok(BotCaller { service_url, endorsements: key.endorsements.clone() })
    }
}

/// The configured values for [`BotCaller::admit`].
#[derive(Debug, Clone, Copy)]
pub struct AdmissionRules<'a> {
    /// The served tenants.
    pub tenants: &'a [TenantId],
    /// The origins that the bot may send to.
    pub service_origins: &'a [String],
}

impl BotCaller {
    /// Checks an activity and returns its turn, if it is one.
    ///
    /// An event that lacks a field, or is of a tenant that is not served, is acknowledged without effect.
    /// Teams would stop delivering to a bot that refuses events repeatedly.
    ///
    /// # Errors
    /// The first check that fails.
    pub fn admit(
        &self,
        activity: Activity,
        admission: AdmissionRules<'_>,
    ) -> Result<Option<Turn>, AdmissionError> {
        match self.check(&activity, admission) {
            Ok(()) => Ok(activity.turn()),
            Err(Objection::Lacks(_)) if !activity.is_by_a_person() => Ok(None),
            Err(Objection::Lacks(error) | Objection::Names(error)) => Err(error),
        }
    }

    fn check(&self, activity: &Activity, admission: AdmissionRules<'_>) -> Result<(), Objection> {
        let channel = activity.channel_id.as_deref().ok_or(Objection::Lacks(AdmissionError::Channel))?;
        if channel != "msteams" {
            return Err(Objection::Names(AdmissionError::Channel));
        }
        if !self.endorsements.is_empty() && !self.endorsements.iter().any(|endorsed| endorsed == channel) {
            return Err(Objection::Names(AdmissionError::Endorsement));
        }
        let service_url =
            activity.service_url.as_deref().ok_or(Objection::Lacks(AdmissionError::ServiceUrl))?;
        // Compared as in Microsoft's SDKs: without a trailing slash, and ignoring case.
        let folded = |url: &str| url.trim_end_matches('/').to_ascii_lowercase();
        if folded(&self.service_url) != folded(service_url) {
            return Err(Objection::Names(AdmissionError::ServiceUrl));
        }
        let origin = url::Url::parse(service_url).map(|url| url.origin().ascii_serialization());
        if !origin.is_ok_and(|origin| admission.service_origins.contains(&origin)) {
            return Err(Objection::Names(AdmissionError::UntrustedServiceUrl));
        }
        let tenant = activity.tenant().ok_or(Objection::Lacks(AdmissionError::Tenant))?;
        if !admission.tenants.contains(&tenant) {
            return Err(Objection::Lacks(AdmissionError::Tenant));
        }
        if activity.is_by_a_person() && activity.user().is_none() {
            return Err(Objection::Lacks(AdmissionError::Person));
        }
        Ok(())
    }
}

/// Why an activity fails the checks.
enum Objection {
    /// A field is missing, or the tenant or the person is not served. An event is acknowledged nevertheless.
    Lacks(AdmissionError),
    /// The activity contradicts its token or the trust list.
    Names(AdmissionError),
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const NOW: Timestamp = Timestamp(1_000_000_000);

    fn claims(change: impl FnOnce(&mut Value)) -> BotClaims {
        let mut claims = json!({
            "iss": "https://api.botframework.com", "aud": "bot", "nbf": 1_000_000, "exp": 1_003_600,
            "serviceurl": "https://smba.trafficmanager.net/emea/"
        });
        change(&mut claims);
        serde_json::from_value(claims).unwrap()
    }

    fn key(endorsements: &[&str]) -> Jwk {
        serde_json::from_value(json!({"kty": "RSA", "endorsements": endorsements})).unwrap()
    }

    fn check(change: impl FnOnce(&mut Value)) -> Option<TokenError> {
        claims(change).check(&key(&["msteams"]), "https://api.botframework.com", "bot", NOW).err()
    }

    #[test]
    fn issuer_audience_and_time_are_checked() {
        assert_eq!(check(|_| {}), None);
        assert_eq!(check(|c| c["iss"] = json!("https://sts.windows.net/t/")), Some(TokenError::Issuer));
        assert_eq!(check(|c| c["aud"] = json!("another-bot")), Some(TokenError::Audience));
        assert_eq!(check(|c| c["exp"] = json!(999_700)), Some(TokenError::Time));
        assert_eq!(check(|c| c["nbf"] = json!(1_000_301)), Some(TokenError::Time));
        assert_eq!(check(|c| c["serviceurl"] = Value::Null), Some(TokenError::Claim));
    }

    fn refused(endorsements: &[&str], change: impl FnOnce(&mut Value)) -> Option<AdmissionError> {
        admit(endorsements, change).err()
    }

    fn admit(endorsements: &[&str], change: impl FnOnce(&mut Value)) -> Result<Option<Turn>, AdmissionError> {
        let mut activity = json!({
            "type": "message", "id": "1", "channelId": "msteams",
            "serviceUrl": "https://smba.trafficmanager.net/EMEA",
            "from": {"id": "29:ada", "aadObjectId": "ada"}, "recipient": {"id": "28:bot"},
            "conversation": {"id": "c", "tenantId": "T1"}, "channelData": {"tenant": {"id": "t1"}}
        });
        change(&mut activity);
        let caller =
            claims(|_| {}).check(&key(endorsements), "https://api.botframework.com", "bot", NOW).unwrap();
        let admission = AdmissionRules {
            tenants: &[TenantId::parse("t1").unwrap()],
            service_origins: &["https://smba.trafficmanager.net".to_owned()],
        };
        caller.admit(Activity::parse(activity.to_string().as_bytes()).unwrap(), admission)
    }

    #[test]
    fn an_activity_must_fit_its_token() {
        assert_eq!(refused(&["msteams"], |_| {}), None);
        assert_eq!(refused(&[], |_| {}), None);
        assert_eq!(refused(&["webchat"], |_| {}), Some(AdmissionError::Endorsement));
        assert_eq!(
            refused(&["webchat"], |a| a["channelId"] = json!("webchat")),
            Some(AdmissionError::Channel)
        );
        assert_eq!(
            refused(&[], |a| a["serviceUrl"] = json!("https://smba.trafficmanager.net/amer")),
            Some(AdmissionError::ServiceUrl)
        );
    }

    #[test]
    fn a_trusted_token_does_not_make_a_service_url_trusted() {
        let caller = BotCaller { service_url: "https://evil.example/".into(), endorsements: vec![] };
        let activity = json!({
            "type": "message", "id": "1", "channelId": "msteams", "serviceUrl": "https://evil.example",
            "from": {"id": "29:ada", "aadObjectId": "ada"}, "recipient": {"id": "28:bot"},
            "conversation": {"id": "c", "tenantId": "t1"}
        });
        let activity = Activity::parse(activity.to_string().as_bytes()).unwrap();
        let tenants = [TenantId::parse("t1").unwrap()];
        let origins = ["https://smba.trafficmanager.net".to_owned()];
        let admission = AdmissionRules { tenants: &tenants, service_origins: &origins };
        assert_eq!(caller.admit(activity, admission), Err(AdmissionError::UntrustedServiceUrl));
    }

    #[test]
    fn tenant_and_person_must_be_named_and_served() {
        assert_eq!(
            refused(&[], |a| a["channelData"]["tenant"]["id"] = json!("t2")),
            Some(AdmissionError::Tenant)
        );
        assert_eq!(
            refused(&[], |a| a["conversation"]["tenantId"] = json!("t2")),
            Some(AdmissionError::Tenant)
        );
        assert_eq!(refused(&[], |a| a["channelData"] = json!({})), None);
        assert_eq!(
            refused(&[], |a| {
                a["channelData"] = json!({});
                a["conversation"]["tenantId"] = Value::Null;
            }),
            Some(AdmissionError::Tenant)
        );
        assert_eq!(refused(&[], |a| a["from"]["aadObjectId"] = Value::Null), Some(AdmissionError::Person));
    }

    #[test]
    fn an_event_that_lacks_something_is_acknowledged_and_has_no_effect() {
        let event = |change: &dyn Fn(&mut Value)| {
            admit(&["msteams"], |a| {
                a["type"] = json!("installationUpdate");
                a["action"] = json!("remove");
                change(a);
            })
        };
        assert!(matches!(event(&|_| {}), Ok(Some(_))));
        for (path, odd) in [
            ("/from", json!({})),
            ("/from", json!({"aadObjectId": "ada"})),
            ("/from", json!(7)),
            ("/from/aadObjectId", json!(["ada"])),
            ("/recipient", json!(null)),
            ("/conversation", json!(null)),
            ("/conversation/tenantId", json!("t2")),
            ("/channelData", json!("x")),
            ("/channelData/tenant", json!(7)),
            ("/channelData/tenant/id", json!("t2")),
            ("/channelId", json!(null)),
            ("/serviceUrl", json!({})),
            ("/id", json!(7)),
        ] {
            assert_eq!(event(&|a| *a.pointer_mut(path).unwrap() = odd.clone()), Ok(None), "{path}: {odd}");
        }
        assert_eq!(event(&|a| a["channelId"] = json!("webchat")), Err(AdmissionError::Channel));
        assert_eq!(
            event(&|a| a["serviceUrl"] = json!("https://evil.example")),
            Err(AdmissionError::ServiceUrl)
        );
    }
}
