//! Calls to apps: the request of an action, the hosts that it may go to, and the meaning of the response.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use url::Url;
use workbot_shared::Auth;

use crate::catalog::{Action, App, Method};
use crate::config::{AppSetup, is_safe};
use crate::connection::TokenSet;
use crate::host;
use crate::template::{Target, Template, TemplateError, evaluate_tree};

mod account_response;
mod app_response;
mod outcome;
mod paging;
mod refusal_message;
mod request_body;
mod request_parameters;
mod revocation;
#[cfg(test)]
mod shipped_app_files_tests;

pub use account_response::{account_response, organization, organization_response, stated_account};
pub use app_response::AppResponse;
pub use outcome::{Outcome, is_as_expected, is_html, outcome, parse_body, says_token_is_dead};
pub use paging::{append, next_page};
pub use request_body::Body;
pub use request_parameters::parameters;
pub use revocation::{RevocationRequest, revocation_request, revocation_response};

use request_body::body;

/// A request to an app, without its access token.
#[derive(Debug, Clone, PartialEq)]
pub struct AppRequest {
    /// The HTTP method.
    pub method: Method,
    /// The URL. Its host is one of the app's `allowed_hosts`.
    pub url: Url,
    /// The headers, names in lower case, `content-type` among them.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: Option<Body>,
}

/// Why a request cannot be made: a mistake in the catalog, the configuration, or the app's token response.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// A template yields no value.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// A template yields no URL.
    #[error("`{0}` yields no web address")]
    NotAnAddress(String),
    /// The host is not one of the app's `allowed_hosts`.
    #[error("the host {0} is not one of the app's `allowed_hosts`")]
    Host(String),
    /// A value would change the path that the template names.
    #[error("a value changes the path of `{0}`")]
    Place(String),
    /// A value contains characters that are invalid in a header.
    #[error("a value is invalid in the header `{0}`")]
    Header(String),
}

/// Returns the variables of an app's templates: `vars` and `token`.
#[must_use]
pub fn app_values(setup: &AppSetup, kept: &Map<String, Value>) -> Value {
    json!({ "vars": setup.vars, "token": kept })
}

/// Renders a URL of an app and checks its host, so that a token goes nowhere else.
///
/// # Errors
/// [`CallError`] if the template yields no URL, or if the host is not allowed.
pub fn address(app: &App, template: &Template, target: Target, values: &Value) -> Result<Url, CallError> {
    let text = template.render(target, values)?;
    checked(app, &text, &template.0, values)
}

fn checked(app: &App, text: &str, source: &str, values: &Value) -> Result<Url, CallError> {
    let url = Url::parse(text).map_err(|_| CallError::NotAnAddress(source.to_owned()))?;
    let shown = host::of(&url);
    let listed = app.allowed_hosts.iter().any(|allowed| {
        allowed.render(Target::Plain, values).is_ok_and(|allowed| host::is_allowed(&shown, &allowed))
    });
    if listed && is_safe(&url) { Ok(url) } else { Err(CallError::Host(shown)) }
}

/// Returns the name and the value of the header that authenticates a request.
///
/// # Errors
/// [`CallError`] if the template of the app's key yields no value, or one that is invalid in a header.
pub fn authorization(app: &App, tokens: &TokenSet) -> Result<(String, SecretString), CallError> {
    let secret = tokens.access_token.expose_secret();
    let mut header = "authorization";
    let value = match (app.auth, &app.api_key) {
        (Auth::ApiKey, Some(key)) => {
            header = &key.header;
            key.value.render(Target::Plain, &json!({ "key": secret }))?
        }
        (Auth::Basic, _) => {
            let user = tokens.kept.get("user").and_then(Value::as_str).unwrap_or_default();
            // RFC 7617 section 2.
            format!("Basic {}", STANDARD.encode(format!("{user}:{secret}")))
        }
        // RFC 6750 section 2.1.
        _ => format!("{} {secret}", app.oauth2.as_ref().map_or("Bearer", |oauth2| &oauth2.auth_scheme)),
    };
    if !is_header_value(&value) {
        return Err(CallError::Header(header.to_owned()));
    }
    Ok((header.to_owned(), value.into()))
}

/// Returns the credentials of a request: the secret, and the header's form of it.
#[must_use]
pub fn credentials(app: &App, tokens: &TokenSet) -> Vec<SecretString> {
    let header = authorization(app, tokens).ok();
    let form =
        header.and_then(|(_, value)| Some(value.expose_secret().rsplit(' ').next()?.to_owned().into()));
    std::iter::once(tokens.access_token.clone()).chain(form).collect()
}

/// Adds `with` to the variables of an action's templates: the action's defaults, replaced by the given
/// parameters.
#[must_use]
pub fn action_values(mut values: Value, action: &Action, with: &Value) -> Value {
    let mut all: Map<String, Value> = action.defaults.clone().into_iter().collect();
    all.extend(with.as_object().cloned().unwrap_or_default());
    if let Some(object) = values.as_object_mut() {
        object.insert("with".to_owned(), Value::Object(all));
    }
    values
}

/// Adds the variables of a call: `account`, `person`, `now` and `run`.
#[must_use]
pub fn in_context(mut values: Value, context: Value) -> Value {
    if let (Some(values), Value::Object(context)) = (values.as_object_mut(), context) {
        values.extend(context);
    }
    values
}

/// Checks whether the parameters known so far yield a valid request. `asked` holds the variables that are
/// known before access to the app is. Templates that use any other variable are skipped.
///
/// # Errors
/// The first template that yields no value.
pub fn can_be_made(
    action: &Action,
    with: &Map<String, Value>,
    asked: &Map<String, Value>,
) -> Result<(), TemplateError> {
    let mut values = asked.clone();
    let mut all: Map<String, Value> = action.defaults.clone().into_iter().collect();
    all.extend(with.clone());
    let unknown = ["vars.", "token.", "account.", "run.step"];
    let knows = |text: &str| {
        let mut parameters = text.split("with.").skip(1).map(|rest| {
            rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap_or_default()
        });
        parameters.all(|name| all.contains_key(name)) && !unknown.iter().any(|root| text.contains(root))
    };
    values.insert("with".to_owned(), Value::Object(all.clone()));
    let values = Value::Object(values);
    if knows(&action.path.0) {
        action.path.render(Target::Path, &values)?;
    }
    let texts = action.query.values().chain(action.headers.values()).chain(action.form.values());
    for template in texts.chain(&action.raw).filter(|template| knows(&template.0)) {
        template.render(Target::Plain, &values)?;
    }
    let mut trees: Vec<&Value> =
        action.body.iter().chain(action.parts.iter().map(|part| &part.value)).collect();
    while let Some(tree) = trees.pop() {
        match tree {
            Value::String(text) if knows(text) => {
                Template(text.clone()).evaluate(&values)?;
            }
            Value::Array(items) => trees.extend(items),
            Value::Object(fields) => trees.extend(fields.values()),
            _ => {}
        }
    }
    Ok(())
}

/// Builds the request of an action from its [`action_values`].
///
/// # Errors
/// [`CallError`] if a template yields no value, an invalid one, or a URL outside the app's hosts or the
/// action's path.
pub fn request(app: &App, action: &Action, values: &Value) -> Result<AppRequest, CallError> {
    let base = action.base_url.as_ref().unwrap_or(&app.base_url);
    let root = base.render(Target::Plain, values)?;
    let path = action.path.render(Target::Path, values)?;
    let root = root.trim_end_matches('/');
    let mut url = checked(app, &format!("{root}{path}"), &base.0, values)?;
    if !is_as_written(&url, root, &path) {
        return Err(CallError::Place(action.path.0.clone()));
    }
    for (name, template) in &action.query {
        let value = template.render(Target::Plain, values)?;
        if !value.is_empty() {
            url.query_pairs_mut().append_pair(name, &value);
        }
    }
    let body = body(action, values)?;
    let mut headers = headers(app.headers.iter().chain(&action.headers), values)?;
    if let Some(body) = &body {
        let content_type = action.content_type.clone().unwrap_or_else(|| body.content_type());
        headers.insert("content-type".to_owned(), content_type);
    }
    Ok(AppRequest { method: action.method, url, headers, body })
}

/// Builds the request of the account call. Returns `None` if the account stands in the token response.
///
/// # Errors
/// As [`request`].
pub fn account_request(app: &App, values: &Value) -> Result<Option<AppRequest>, CallError> {
    let Some(url) = &app.account.url else { return Ok(None) };
    let url = address(app, url, Target::Plain, values)?;
    let mut headers = headers(&app.headers, values)?;
    let body = app.account.body.as_ref().map(|body| evaluate_tree(body, values)).transpose()?.map(Body::Json);
    if let Some(body) = &body {
        headers.insert("content-type".to_owned(), body.content_type());
    }
    Ok(Some(AppRequest { method: app.account.method, url, headers, body }))
}

/// Builds the request for the organizations of an account. Returns `None` if they stand in the account's own
/// response, or if the app's file names none.
///
/// # Errors
/// As [`request`].
pub fn organization_request(app: &App, values: &Value) -> Result<Option<AppRequest>, CallError> {
    let url = app.account.organization.as_ref().and_then(|one| one.url.as_ref());
    let Some(url) = url else { return Ok(None) };
    let url = address(app, url, Target::Plain, values)?;
    Ok(Some(AppRequest { method: Method::Get, url, headers: headers(&app.headers, values)?, body: None }))
}

/// Renders headers. Their names are case-insensitive; a later one replaces one before it.
fn headers<'a>(
    templates: impl IntoIterator<Item = (&'a String, &'a Template)>,
    values: &Value,
) -> Result<BTreeMap<String, String>, CallError> {
    let mut headers = BTreeMap::new();
    for (name, template) in templates {
        let value = template.render(Target::Plain, values)?;
        if !is_header_value(&value) {
            return Err(CallError::Header(name.clone()));
        }
        headers.insert(name.to_lowercase(), value);
    }
    Ok(headers)
}

/// Whether a URL has exactly this path and query below its root.
///
/// A URL parser resolves `.` and `..` in any spelling, drops tabs and line breaks, and reads `\` as `/`
/// (WHATWG URL Standard). After any of these the URL would name another resource.
///
/// ```
/// use url::Url;
/// use workbot_domain::call::is_as_written;
///
/// let root = "https://api.example/v1";
/// let plain = Url::parse("https://api.example/v1/records/7").unwrap();
/// assert!(is_as_written(&plain, root, "/records/7"));
/// let parent = Url::parse("https://api.example/v1/records/../users").unwrap();
/// assert!(!is_as_written(&parent, root, "/records/../users"));
/// ```
#[must_use]
pub fn is_as_written(url: &Url, root: &str, path: &str) -> bool {
    let Some(base) = Url::parse(root).ok().filter(|base| base.query().is_none() && base.fragment().is_none())
    else {
        return false;
    };
    let (path, query) = match path.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (path, None),
    };
    let below = base.path().trim_end_matches('/');
    url.path().strip_prefix(below) == Some(path) && url.query() == query && url.fragment().is_none()
}

/// Whether a text is a valid header value (RFC 9110 section 5.5). Only visible ASCII, space and tab are
/// accepted.
fn is_header_value(text: &str) -> bool {
    text.chars().all(|c| c == '\t' || c == ' ' || c.is_ascii_graphic())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::catalog::ApiKey;
    use crate::catalog::tests::real_catalog;
    use crate::config::tests::configured;
    use workbot_shared::{AppId, SharedSecret};

    pub(super) fn app(id: &str) -> App {
        real_catalog().apps[&AppId::parse(id).unwrap()].clone()
    }

    fn salesforce() -> App {
        app("salesforce")
    }

    /// The request of an action of Salesforce.
    fn call(action: &str, instance: &str, with: Value) -> Result<AppRequest, CallError> {
        let app = salesforce();
        let action = &app.actions[action];
        request(&app, action, &action_values(values(instance), action, &with))
    }

    pub(super) fn values(instance: &str) -> Value {
        let config = configured(&[]).unwrap();
        let setup = &config.apps[&AppId::parse("salesforce").unwrap()];
        app_values(setup, json!({"instance_url": instance}).as_object().unwrap())
    }

    /// The outcome of a response without headers that matter.
    pub(super) fn outcome(
        app: &App,
        action: &Action,
        status: u16,
        body: Option<&Value>,
        values: &Value,
    ) -> Outcome {
        super::outcome(
            app,
            action,
            AppResponse { status, headers: &BTreeMap::new(), body, sent: &[] },
            values,
        )
    }

    pub(super) const ACME: &str = "https://acme.my.salesforce.com";

    #[test]
    fn an_action_makes_its_documented_request() {
        let with = json!({"object": "Opportunity", "fields": {"Name": "Acme", "Amount": 5000}});
        let request = call("create_record", ACME, with).unwrap();
        assert_eq!(
            request.url.as_str(),
            "https://acme.my.salesforce.com/services/data/v65.0/sobjects/Opportunity"
        );
        assert_eq!(request.method, Method::Post);
        assert_eq!(request.body, Some(Body::Json(json!({"Name": "Acme", "Amount": 5000}))));
    }

    #[test]
    fn a_token_an_api_key_and_a_password_each_use_their_own_scheme() {
        let shown = |app: &App, tokens: &TokenSet| {
            let (name, value) = authorization(app, tokens).unwrap();
            format!("{name}: {}", value.expose_secret())
        };
        let key = TokenSet::of_secret(SharedSecret::Key { api_key: "k".into() });
        assert_eq!(shown(&salesforce(), &key), "authorization: Bearer k");
        let mut app = real_catalog().apps[&AppId::parse("freshdesk").unwrap()].clone();
        assert_eq!(shown(&app, &key), format!("authorization: Basic {}", STANDARD.encode("k:X")));
        app.api_key = Some(ApiKey { header: "DD-API-KEY".into(), value: Template("{{ key }}".into()) });
        assert_eq!(shown(&app, &key), "DD-API-KEY: k");
        app.auth = Auth::Basic;
        let password = SharedSecret::Password { user: "ada".into(), password: "p:w".into() };
        let password = TokenSet::of_secret(password);
        let encoded = STANDARD.encode("ada:p:w");
        assert_eq!(shown(&app, &password), format!("authorization: Basic {encoded}"));
        let sent = credentials(&app, &password);
        let sent: Vec<_> = sent.iter().map(ExposeSecret::expose_secret).collect();
        assert_eq!(sent, ["p:w", &*encoded]);
    }

    #[test]
    fn a_value_cannot_change_the_query_of_a_search() {
        let with = json!({"object": "Account", "fields": "Id, Name", "name": "x' OR Name != '%_\\"});
        let request = call("find_records", ACME, with).unwrap();
        let (_, query) = request.url.query_pairs().next().unwrap();
        assert!(query.contains(r"LIKE '%x\' OR Name != \'\%\_\\%'"), "{query}");
    }

    #[test]
    fn a_value_cannot_change_the_path() {
        let with = json!({"object": "../../oauth2/token", "id": "1?x#y"});
        let request = call("get_record", ACME, with).unwrap();
        assert!(request.url.path().starts_with("/services/data/v65.0/sobjects/%2E%2E%2F"), "{}", request.url);
        assert_eq!(request.url.query(), None);
    }

    #[test]
    fn a_path_has_exactly_the_segments_of_its_template() {
        let mut app = salesforce();
        let action = app.actions.get_mut("get_record").unwrap();
        let url = |path: &str, with: Value| {
            let mut action = action.clone();
            action.path = Template(path.to_owned());
            let values = action_values(values(ACME), &action, &with);
            request(&salesforce(), &action, &values).map(|request| request.url.path().to_owned())
        };
        for with in [
            json!({"a": ".."}),
            json!({"a": "."}),
            json!({"a": ".", "b": "."}),
            json!({"a": "", "b": ".."}),
            json!({"a": "%2e", "b": "."}),
        ] {
            for path in
                ["/x/{{ with.a }}{{ with.b | default('') }}", "/x/{{ with.a ~ with.b | default('') }}/notes"]
            {
                let made = url(path, with.clone());
                let whole = "/services/data/v65.0/x/%252e%2E";
                assert!(
                    made.is_err() || made.as_ref().is_ok_and(|made| made.starts_with(whole)),
                    "{with} {made:?}"
                );
            }
        }
        for literal in [
            "/x/%2e{{ with.a }}",
            "/x/.{{ with.a }}/y",
            "/x\\{{ with.a }}",
            "/x\t/{{ with.a }}",
            "/x/{{ with.a }}#y",
        ] {
            assert!(url(literal, json!({"a": "."})).is_err(), "{literal}");
        }
        for fine in ["...", "..a", "a..", ".a", "a b", "ü", "\t", "\n..", "..\\", "../x", "%2e%2e", "?", "#"]
        {
            let made = url("/x/{{ with.a }}/y", json!({"a": fine})).unwrap();
            assert_eq!(made.matches('/').count(), 6, "{fine:?}: {made}");
        }
    }

    #[test]
    fn a_base_url_with_a_query_or_a_fragment_is_refused() {
        let call = |instance: &str| call("get_record", instance, json!({"object": "Account", "id": "1"}));
        for elsewhere in ["https://acme.my.salesforce.com/?x=", "https://acme.my.salesforce.com/#"] {
            assert!(call(elsewhere).is_err(), "{elsewhere}");
        }
        assert!(call("https://acme.my.salesforce.com/").is_ok());
    }

    #[test]
    fn a_value_cannot_end_its_header() {
        let mut app = salesforce();
        let action = app.actions["find_records"].clone();
        app.headers.insert("x-team".to_owned(), Template("{{ token.team }}".into()));
        let call = |team: &str| {
            let token = json!({"instance_url": ACME, "team": team});
            let with = json!({"object": "Account", "fields": "Id", "name": "x"});
            request(&app, &action, &action_values(json!({"vars": {}, "token": token}), &action, &with))
        };
        assert_eq!(call("a b").unwrap().headers["x-team"], "a b");
        for team in ["a\r\nx-admin: 1", "a\nb", "a\0", "ü"] {
            assert_eq!(call(team), Err(CallError::Header("x-team".into())), "{team:?}");
        }
        let key = TokenSet::of_secret(SharedSecret::Key { api_key: "k\r\nx-admin: 1".into() });
        assert!(authorization(&salesforce(), &key).is_err());
    }

    #[test]
    fn a_token_goes_only_to_the_apps_hosts() {
        let call = |instance: &str| call("get_record", instance, json!({"object": "Account", "id": "1"}));
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
    fn an_omitted_parameter_has_its_default_and_an_empty_one_is_not_sent() {
        let app = app("box");
        let vars = json!({"API_URL": "https://api.box.com", "UPLOAD_URL": "https://upload.box.com", "APP_URL": "https://app.box.com"});
        let url = |action: &str, with: Value| {
            let action = &app.actions[action];
            let values = action_values(json!({ "vars": vars }), action, &with);
            request(&app, action, &values).unwrap().url.to_string()
        };
        assert_eq!(
            url("search", json!({"text": "a b"})),
            "https://api.box.com/2.0/search?ancestor_folder_ids=0&fields=id%2Ctype%2Cname&limit=50&query=a+b"
        );
        assert_eq!(
            url("upload_text", json!({"name": "a", "text": "b"})),
            "https://upload.box.com/api/2.0/files/content",
            "an action may have its own base"
        );
    }

    #[test]
    fn every_action_of_the_catalog_makes_a_request() {
        for (id, app) in &real_catalog().apps {
            let host = |name: &String| if name.ends_with("URL") { "https://x.salesforce.com" } else { "x" };
            let vars: Map<String, Value> =
                app.vars.keys().map(|name| (name.clone(), json!(host(name)))).collect();
            let here = "https://x.salesforce.com";
            let token = json!({"instance_url": here, "id": format!("{here}/id"), "api_domain": "https://x.pipedrive.com"});
            let context = json!({
                "account": {"id": "x", "label": "x"}, "now": "2026-12-31T09:00:00Z", "run": {"id": "x", "step": "x"}
            });
            for (name, action) in &app.actions {
                // Every parameter exists, whatever its name.
                let texts = serde_json::to_string(action).unwrap();
                let names = texts.split("with.").skip(1).map(|rest| {
                    rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap().to_owned()
                });
                let with: Map<String, Value> = names.map(|name| (name, json!("x"))).collect();
                let values = in_context(json!({ "vars": vars, "token": token }), context.clone());
                let values = action_values(values, action, &Value::Object(with));
                let request = request(app, action, &values);
                assert!(request.is_ok(), "{id}.{name}: {request:?}");
            }
        }
    }
}
