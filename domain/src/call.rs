//! Calls to apps: which request an action makes, where it may go, and what the answer means.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use url::Url;
use workbot_shared::Auth;

use crate::catalogue::{Action, App, Method};
use crate::config::{AppSetup, is_safe};
use crate::connection::TokenSet;
use crate::template::{Target, Template, TemplateError, evaluate_tree};

/// A request to an app, without its token.
#[derive(Debug, Clone, PartialEq)]
pub struct AppRequest {
    /// The HTTP method.
    pub method: Method,
    /// Checked against the app's hosts.
    pub url: Url,
    /// Further headers.
    pub headers: BTreeMap<String, String>,
    /// The JSON body.
    pub body: Option<Value>,
}

/// Why there is no request: a mistake of the catalogue, the configuration or the app's token answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CannotCall {
    /// A template gave no value.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// Not an address.
    #[error("`{0}` gives no web address")]
    NotAnAddress(String),
    /// The address is not on the app's list.
    #[error("the host {0} is not one of the app's `allowed_hosts`")]
    Host(String),
}

/// The values that an app's templates may use.
#[must_use]
pub fn app_values(setup: &AppSetup, kept: &Map<String, Value>) -> Value {
    json!({ "vars": setup.vars, "token": kept })
}

/// An address of an app, checked against its hosts, so that a token goes nowhere else.
///
/// # Errors
/// [`CannotCall`].
pub fn address(app: &App, template: &Template, target: Target, values: &Value) -> Result<Url, CannotCall> {
    let text = template.render(target, values)?;
    checked(app, &text, &template.0, values)
}

fn checked(app: &App, text: &str, source: &str, values: &Value) -> Result<Url, CannotCall> {
    let url = Url::parse(text).map_err(|_| CannotCall::NotAnAddress(source.to_owned()))?;
    let host = url.host_str().unwrap_or_default();
    let shown = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    let listed = app.allowed_hosts.iter().any(|allowed| {
        allowed.render(Target::Plain, values).is_ok_and(|allowed| match allowed.strip_prefix("*.") {
            Some(domain) => {
                shown.strip_suffix(domain).is_some_and(|rest| rest.len() > 1 && rest.ends_with('.'))
            }
            None => shown == allowed,
        })
    });
    if listed && is_safe(&url) { Ok(url) } else { Err(CannotCall::Host(shown)) }
}

/// The header that proves to an app who is calling: its name and value.
///
/// # Errors
/// When the template of the app's key gives no value.
pub fn authorization(app: &App, tokens: &TokenSet) -> Result<(String, SecretString), TemplateError> {
    let secret = tokens.access_token.expose_secret();
    let value = match (app.auth, &app.api_key) {
        (Auth::ApiKey, Some(key)) => {
            let value = key.value.render(Target::Plain, &json!({ "key": secret }))?;
            return Ok((key.header.clone(), value.into()));
        }
        (Auth::Basic, _) => {
            let user = tokens.kept.get("user").and_then(Value::as_str).unwrap_or_default();
            // RFC 7617 section 2.
            format!("Basic {}", STANDARD.encode(format!("{user}:{secret}")))
        }
        // RFC 6750 section 2.1.
        _ => format!("Bearer {secret}"),
    };
    Ok(("authorization".to_owned(), value.into()))
}

/// The request that an action makes with these parameters.
///
/// # Errors
/// [`CannotCall`].
pub fn request(app: &App, action: &Action, values: &Value, with: &Value) -> Result<AppRequest, CannotCall> {
    let mut values = values.clone();
    if let Some(object) = values.as_object_mut() {
        object.insert("with".to_owned(), with.clone());
    }
    let base = app.base_url.render(Target::Plain, &values)?;
    let path = action.path.render(Target::Path, &values)?;
    let mut url = checked(app, &format!("{}{path}", base.trim_end_matches('/')), &app.base_url.0, &values)?;
    if !action.query.is_empty() {
        let mut query = url.query_pairs_mut();
        for (name, template) in &action.query {
            query.append_pair(name, &template.render(Target::Plain, &values)?);
        }
    }
    let headers = app
        .headers
        .iter()
        .map(|(name, template)| Ok((name.clone(), template.render(Target::Plain, &values)?)))
        .collect::<Result<_, TemplateError>>()?;
    let body = action.body.as_ref().map(|body| evaluate_tree(body, &values)).transpose()?;
    Ok(AppRequest { method: action.method, url, headers, body })
}

/// How a call ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// Done; what later steps can use, the link among it.
    Done(Value),
    /// The access token no longer works; nothing was done.
    TokenDead,
    /// The app refused, in its own words; nothing was done.
    Refused {
        /// For the person.
        message: String,
    },
    /// The app is busy; nothing was done.
    Busy,
    /// It is not known whether it was done.
    Unknown,
}

/// What an answer means.
#[must_use]
pub fn outcome(app: &App, action: &Action, status: u16, body: Option<&Value>, values: &Value) -> Outcome {
    match status {
        200..=299 => Outcome::Done(output(action, body.unwrap_or(&Value::Null), values)),
        401 => Outcome::TokenDead,
        429 | 503 => Outcome::Busy,
        300..=499 => {
            let said = body.and_then(|body| {
                app.errors
                    .message
                    .iter()
                    .find_map(|pointer| body.pointer(pointer)?.as_str().map(str::to_owned))
            });
            Outcome::Refused { message: said.unwrap_or_else(|| format!("answer {status}")) }
        }
        _ => Outcome::Unknown,
    }
}

fn output(action: &Action, body: &Value, values: &Value) -> Value {
    let mut output: Map<String, Value> = action
        .output
        .iter()
        .map(|(name, pointer)| (name.clone(), body.pointer(pointer).cloned().unwrap_or(Value::Null)))
        .collect();
    if let Some(link) = &action.link {
        let mut values = values.clone();
        if let Some(object) = values.as_object_mut() {
            object.insert("output".to_owned(), Value::Object(output.clone()));
        }
        if let Ok(link) = link.render(Target::Plain, &values) {
            output.insert("link".to_owned(), Value::String(link));
        }
    }
    Value::Object(output)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::ApiKey;
    use crate::catalogue::source::tests::real_catalogue;
    use crate::config::tests::configured;
    use workbot_shared::{AppId, SharedSecret};

    fn salesforce() -> App {
        real_catalogue().apps[&AppId::parse("salesforce").unwrap()].clone()
    }

    fn values(instance: &str) -> Value {
        let config = configured(&[]).unwrap();
        let setup = &config.apps[&AppId::parse("salesforce").unwrap()];
        app_values(setup, json!({"instance_url": instance}).as_object().unwrap())
    }

    const ACME: &str = "https://acme.my.salesforce.com";

    #[test]
    fn an_action_makes_its_documented_request() {
        let app = salesforce();
        let with = json!({"object": "Opportunity", "fields": {"Name": "Acme", "Amount": 5000}});
        let request = request(&app, &app.actions["create_record"], &values(ACME), &with).unwrap();
        assert_eq!(
            request.url.as_str(),
            "https://acme.my.salesforce.com/services/data/v65.0/sobjects/Opportunity"
        );
        assert_eq!(request.method, Method::Post);
        assert_eq!(request.body, Some(json!({"Name": "Acme", "Amount": 5000})));
    }

    #[test]
    fn a_token_a_key_and_a_password_each_go_in_their_own_way() {
        let shown = |app: &App, tokens: &TokenSet| {
            let (name, value) = authorization(app, tokens).unwrap();
            format!("{name}: {}", value.expose_secret())
        };
        let key = TokenSet::of_secret(SharedSecret::Key { api_key: "k".into() });
        assert_eq!(shown(&salesforce(), &key), "authorization: Bearer k");
        let mut app = real_catalogue().apps[&AppId::parse("freshdesk").unwrap()].clone();
        assert_eq!(shown(&app, &key), format!("authorization: Basic {}", STANDARD.encode("k:X")));
        app.api_key = Some(ApiKey { header: "DD-API-KEY".into(), value: Template("{{ key }}".into()) });
        assert_eq!(shown(&app, &key), "DD-API-KEY: k");
        app.auth = Auth::Basic;
        let password = SharedSecret::Password { user: "ada".into(), password: "p:w".into() };
        assert_eq!(
            shown(&app, &TokenSet::of_secret(password)),
            format!("authorization: Basic {}", STANDARD.encode("ada:p:w"))
        );
    }

    #[test]
    fn a_search_cannot_be_turned_into_another_query() {
        let app = salesforce();
        let with = json!({"object": "Account", "fields": "Id, Name", "name": "x' OR Name != '%_\\"});
        let request = request(&app, &app.actions["find_records"], &values(ACME), &with).unwrap();
        let (_, query) = request.url.query_pairs().next().unwrap();
        assert!(query.contains(r"LIKE '%x\' OR Name != \'\%\_\\%'"), "{query}");
    }

    #[test]
    fn a_value_cannot_leave_its_place_in_the_path() {
        let app = salesforce();
        let with = json!({"object": "../../oauth2/token", "id": "1?x#y"});
        let request = request(&app, &app.actions["get_record"], &values(ACME), &with).unwrap();
        assert!(request.url.path().starts_with("/services/data/v65.0/sobjects/%2E%2E%2F"), "{}", request.url);
        assert_eq!(request.url.query(), None);
    }

    #[test]
    fn a_token_goes_only_to_the_apps_hosts() {
        let app = salesforce();
        let call = |instance: &str| {
            let with = json!({"object": "Account", "id": "1"});
            request(&app, &app.actions["get_record"], &values(instance), &with)
        };
        assert!(call("https://login.salesforce.com").is_ok());
        for evil in [
            "https://evil.example",
            "https://evilsalesforce.com",
            "https://salesforce.com.evil.example",
            "http://acme.my.salesforce.com",
            "https://x@acme.my.salesforce.com",
            "https://acme.my.salesforce.com:8443",
            "https://.salesforce.com",
        ] {
            assert!(call(evil).is_err(), "{evil}");
        }
    }

    #[test]
    fn an_answer_is_done_refused_busy_or_unknown() {
        let app = salesforce();
        let action = &app.actions["create_record"];
        let answer = |status, body: Value| outcome(&app, action, status, Some(&body), &values(ACME));
        assert_eq!(
            answer(201, json!({"id": "006", "success": true})),
            Outcome::Done(json!({"id": "006", "link": "https://acme.my.salesforce.com/006"}))
        );
        assert_eq!(
            answer(400, json!([{"message": "Required fields are missing: [Name]", "errorCode": "X"}])),
            Outcome::Refused { message: "Required fields are missing: [Name]".into() }
        );
        assert_eq!(answer(404, json!(null)), Outcome::Refused { message: "answer 404".into() });
        assert_eq!(answer(401, json!([])), Outcome::TokenDead);
        assert_eq!(answer(503, json!(null)), Outcome::Busy);
        assert_eq!(answer(500, json!(null)), Outcome::Unknown);
        assert_eq!(answer(504, json!(null)), Outcome::Unknown);
    }
}
