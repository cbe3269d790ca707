//! Tokens of Microsoft Entra: the tab's SSO token, and the ID token of the sign-in that proves who opened a
//! login link.
//!
//! Sources: "Access tokens" and "ID tokens" (Microsoft identity platform); OpenID Connect Core 1.0 section
//! 3.1.3.7.

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use subtle::ConstantTimeEq;
use workbot_shared::{TenantId, UserId};

use crate::cloud::Cloud;
use crate::json;
use crate::jwt::{Audience, TokenError, UnverifiedToken, check_time};
use crate::owner::Subject;
use crate::time::Timestamp;

/// The app role of an admin.
pub const ADMIN_ROLE: &str = "Workbot.Admin";

/// The claims of both kinds of token.
#[derive(Debug, Deserialize)]
pub struct EntraClaims {
    iss: String,
    aud: Audience,
    exp: i64,
    nbf: i64,
    tid: String,
    oid: String,
    ver: String,
    #[serde(default, deserialize_with = "json::text")]
    name: Option<String>,
    #[serde(default, deserialize_with = "json::text")]
    preferred_username: Option<String>,
    #[serde(default, deserialize_with = "json::list")]
    roles: Vec<String>,
    #[serde(default, deserialize_with = "json::strict")]
    azp: Option<String>,
    #[serde(default, deserialize_with = "json::strict")]
    scp: Option<String>,
    #[serde(default, deserialize_with = "json::strict")]
    nonce: Option<String>,
}

/// A person, proven by a token of Entra.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The tenant and the object id.
    pub subject: Subject,
    /// The display name.
    pub name: String,
    /// The sign-in name for display, if the token holds it.
    pub username: Option<String>,
    /// Whether the person has [`ADMIN_ROLE`].
    pub admin: bool,
}

/// Reads the tenant of a token and checks it *before* any key is fetched, so that a stranger's token causes
/// no request.
///
/// # Errors
/// [`TokenError::Tenant`] if the tenant is not on the list.
pub fn allowed_tenant(token: &UnverifiedToken, allowed: &[TenantId]) -> Result<TenantId, TokenError> {
    #[derive(Deserialize)]
    struct Tid {
        tid: String,
    }
    let claimed: Tid = token.peek()?;
    let tenant = TenantId::parse(&claimed.tid).map_err(|_| TokenError::Tenant)?;
    if allowed.contains(&tenant) { Ok(tenant) } else { Err(TokenError::Tenant) }
}

impl EntraClaims {
    fn check(self, authority: &str, tenant: &TenantId, now: Timestamp) -> Result<(Self, Person), TokenError> {
        if self.ver != "2.0" {
            return Err(TokenError::Claim);
        }
        let issuer = self.iss.strip_prefix(authority).and_then(|rest| rest.strip_prefix('/'));
        let issuer = issuer.and_then(|rest| rest.strip_suffix("/v2.0"));
        if !issuer.is_some_and(|tid| tid.eq_ignore_ascii_case(&self.tid)) {
            return Err(TokenError::Issuer);
        }
        check_time(self.exp, self.nbf, now)?;
        let subject = Subject {
            tenant: TenantId::parse(&self.tid).map_err(|_| TokenError::Claim)?,
            user: UserId::parse(&self.oid).map_err(|_| TokenError::Claim)?,
        };
        if subject.tenant != *tenant {
            return Err(TokenError::Tenant);
        }
        let person = Person {
            subject,
            name: self.name.clone().or_else(|| self.preferred_username.clone()).unwrap_or_default(),
            username: self.preferred_username.clone(),
            admin: self.roles.iter().any(|role| role == ADMIN_ROLE),
        };
        Ok((self, person))
    }

    /// Checks a Teams SSO token of this cloud that is signed by a key of `tenant`. Returns the person who
    /// uses the tab.
    ///
    /// # Errors
    /// The first check that fails.
    pub fn sso(
        self,
        cloud: &Cloud,
        authority: &str,
        tenant: &TenantId,
        bot_app_id: &str,
        now: Timestamp,
    ) -> Result<Person, TokenError> {
        let (claims, person) = self.check(authority, tenant, now)?;
        // The resource in the manifest is `api://{domain}/{id}` or `api://{domain}/botid-{id}`; v2 tokens
        // carry the bare id. A client may send it in upper case, as the manifest may have it.
        let audience = match &claims.aud {
            Audience::One(one) => one.to_ascii_lowercase(),
            Audience::Several(_) => return Err(TokenError::Audience),
        };
        let id = audience
            .strip_prefix("api://")
            .and_then(|resource| resource.rsplit('/').next())
            .unwrap_or(&audience);
        if !id.strip_prefix("botid-").unwrap_or(id).eq_ignore_ascii_case(bot_app_id) {
            return Err(TokenError::Audience);
        }
        if !claims
            .azp
            .is_some_and(|azp| cloud.teams_clients.iter().any(|known| azp.eq_ignore_ascii_case(known)))
        {
            return Err(TokenError::Claim);
        }
        if !claims.scp.is_some_and(|scp| scp.split(' ').any(|word| word == "access_as_user")) {
            return Err(TokenError::Claim);
        }
        Ok(person)
    }

    /// Checks the ID token of a browser sign-in that is signed by a key of `tenant`. Returns the person who
    /// opened the link.
    ///
    /// # Errors
    /// The first check that fails.
    pub fn id_token(
        self,
        authority: &str,
        tenant: &TenantId,
        bot_app_id: &str,
        nonce: &SecretString,
        now: Timestamp,
    ) -> Result<Person, TokenError> {
        let (claims, person) = self.check(authority, tenant, now)?;
        if !claims.aud.is(bot_app_id) {
            return Err(TokenError::Audience);
        }
        let nonce_claim = claims.nonce.unwrap_or_default();
        if nonce_claim.is_empty()
            || !bool::from(nonce_claim.as_bytes().ct_eq(nonce.expose_secret().as_bytes()))
        {
            return Err(TokenError::Claim);
        }
        Ok(person)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::{CLOUDS, PUBLIC};
    use serde_json::{Value, json};

    const AUTHORITY: &str = "https://login.microsoftonline.com";

    fn claims(change: impl FnOnce(&mut Value)) -> EntraClaims {
        let mut claims = json!({
            "iss": format!("{AUTHORITY}/T1/v2.0"), "aud": "bot", "nbf": 1000, "exp": 4600,
            "tid": "T1", "oid": "Ada", "ver": "2.0", "name": "Ada Lovelace",
            "preferred_username": "ada@contoso.com", "roles": [],
            "azp": PUBLIC.teams_clients[0], "scp": "profile access_as_user", "nonce": "n1"
        });
        change(&mut claims);
        serde_json::from_value(claims).unwrap()
    }

    fn tenant() -> TenantId {
        TenantId::parse("t1").unwrap()
    }

    fn sso(change: impl FnOnce(&mut Value)) -> Result<Person, TokenError> {
        claims(change).sso(&PUBLIC, AUTHORITY, &tenant(), "bot", Timestamp::from_seconds(1000))
    }

    fn id_token(change: impl FnOnce(&mut Value)) -> Result<Person, TokenError> {
        let now = Timestamp::from_seconds(1000);
        claims(change).id_token(AUTHORITY, &tenant(), "bot", &SecretString::from("n1"), now)
    }

    #[test]
    fn an_sso_token_names_the_person_and_the_role() {
        let person = sso(|c| c["roles"] = json!(["Workbot.Admin"])).unwrap();
        assert_eq!(person.subject.user, UserId::parse("ada").unwrap());
        assert_eq!(person.name, "Ada Lovelace");
        assert!(person.admin);
        assert!(!sso(|_| {}).unwrap().admin);
    }

    #[test]
    fn an_sso_token_with_a_missing_claim_is_refused() {
        assert_eq!(sso(|c| c["ver"] = json!("1.0")).err(), Some(TokenError::Claim));
        assert_eq!(sso(|c| c["iss"] = json!(format!("{AUTHORITY}/T2/v2.0"))).err(), Some(TokenError::Issuer));
        assert_eq!(sso(|c| c["aud"] = json!("another")).err(), Some(TokenError::Audience));
        assert_eq!(sso(|c| c["aud"] = json!("api://x/another")).err(), Some(TokenError::Audience));
        assert_eq!(sso(|c| c["azp"] = json!("postman")).err(), Some(TokenError::Claim));
        assert_eq!(sso(|c| c["scp"] = json!("access_as_user_too")).err(), Some(TokenError::Claim));
        assert_eq!(sso(|c| c["scp"] = Value::Null).err(), Some(TokenError::Claim));
        assert_eq!(sso(|c| c["exp"] = json!(700)).err(), Some(TokenError::Time));
        assert_eq!(sso(|c| c["nbf"] = json!(1301)).err(), Some(TokenError::Time));
        assert_eq!(sso(|c| c["oid"] = json!("")).err(), Some(TokenError::Claim));
        let elsewhere = |c: &mut Value| {
            c["tid"] = json!("T2");
            c["iss"] = json!(format!("{AUTHORITY}/T2/v2.0"));
        };
        assert_eq!(sso(elsewhere).err(), Some(TokenError::Tenant));
    }

    #[test]
    fn an_sso_token_belongs_to_its_own_cloud() {
        for cloud in CLOUDS {
            for issuer in CLOUDS {
                let token = claims(|c| c["iss"] = json!(format!("{}/T1/v2.0", issuer.entra_authority)));
                let now = Timestamp::from_seconds(1000);
                let person = token.sso(cloud, cloud.entra_authority, &tenant(), "bot", now);
                assert_eq!(person.is_ok(), issuer.entra_authority == cloud.entra_authority, "{}", cloud.name);
            }
        }
    }

    #[test]
    fn the_manifests_forms_of_the_audience_are_accepted() {
        assert!(sso(|c| c["aud"] = json!("api://bot.example/bot")).is_ok());
        assert!(sso(|c| c["aud"] = json!("api://bot.example/botid-bot")).is_ok());
        assert!(sso(|c| c["aud"] = json!(["bot", "other"])).is_err());
    }

    #[test]
    fn ids_are_compared_ignoring_case() {
        for (claim, written) in [
            ("aud", "BOT"),
            ("aud", "api://Tab.Example/BOT"),
            ("aud", "API://tab.example/BotId-Bot"),
            ("tid", "t1"),
            ("iss", "https://login.microsoftonline.com/t1/v2.0"),
            ("azp", &PUBLIC.teams_clients[0].to_uppercase()),
            ("oid", "ADA"),
        ] {
            let person = sso(|c| c[claim] = json!(written));
            assert_eq!(person.unwrap().subject.user, UserId::parse("ada").unwrap(), "{claim}: {written}");
        }
        let upper = claims(|_| {}).sso(&PUBLIC, AUTHORITY, &tenant(), "BOT", Timestamp::from_seconds(1000));
        assert!(upper.is_ok(), "the configuration may have it in capitals too");
        assert!(id_token(|c| c["aud"] = json!("Bot")).is_ok());
        assert_eq!(
            sso(|c| c["iss"] = json!("https://login.microsoftonline.com/T1/V2.0")).err(),
            Some(TokenError::Issuer)
        );
    }

    #[test]
    fn a_malformed_display_claim_refuses_no_token_and_makes_nobody_an_admin() {
        for odd in [
            json!(null),
            json!({}),
            json!(7),
            json!([]),
            json!("Workbot.Admin"),
            json!({"a": "Workbot.Admin"}),
        ] {
            let person = sso(|c| c["roles"] = odd.clone()).unwrap();
            assert!(!person.admin, "{odd}");
        }
        assert!(sso(|c| c["roles"] = json!([7, "Workbot.Admin", null])).unwrap().admin);
        assert_eq!(sso(|c| c["name"] = json!({})).unwrap().name, "ada@contoso.com");
        let read = |claim: &str, odd: Value| {
            let mut whole =
                json!({"iss": "i", "aud": "a", "exp": 1, "nbf": 1, "tid": "t", "oid": "o", "ver": "2.0"});
            whole[claim] = odd;
            serde_json::from_value::<EntraClaims>(whole).is_ok()
        };
        for claim in ["iss", "aud", "exp", "nbf", "tid", "oid", "ver", "azp", "scp", "nonce"] {
            for odd in [json!(1.5), json!(true), json!({"x": "y"}), json!([[1]])] {
                assert!(!read(claim, odd.clone()), "{claim}: {odd}");
            }
        }
    }

    #[test]
    fn an_id_token_must_carry_the_attempts_nonce() {
        assert_eq!(id_token(|_| {}).unwrap().username.as_deref(), Some("ada@contoso.com"));
        assert_eq!(id_token(|c| c["nonce"] = json!("n2")).err(), Some(TokenError::Claim));
        assert_eq!(id_token(|c| c["nonce"] = Value::Null).err(), Some(TokenError::Claim));
        assert_eq!(id_token(|c| c["aud"] = json!("api://x/bot")).err(), Some(TokenError::Audience));
    }
}
