//! Checks the configured apps: reachable, and with a valid registration.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::ExposeSecret as _;
use workbot_domain::call::{address, app_values, parameters};
use workbot_domain::catalog::{Catalog, ClientAuth, TokenRequest};
use workbot_domain::config::Config;
use workbot_domain::connection::token_response::{
    ErrorResponse, TokenErrorClass, TokenRequestError, classify_error, read,
};
use workbot_domain::login::redirect_uri;
use workbot_domain::template::Target;
use workbot_shared::AppId;

use super::finding::Finding;
use crate::http_client::{Answer, Question};

/// Sends an invalid code to each app's token endpoint: the error shows whether the app knows the client.
pub fn questions(config: &Config, catalog: &Catalog) -> Vec<(AppId, Question)> {
    let question = |id: &AppId| {
        let (app, setup) = (catalog.apps.get(id)?, config.apps.get(id)?);
        let values = app_values(setup, &serde_json::Map::new());
        let (Some(oauth2), Some(client)) = (&app.oauth2, &setup.client) else {
            let base = address(app, &app.base_url, Target::Plain, &values).ok()?;
            return Some((id.clone(), Question::get(base)));
        };
        let url = address(app, &oauth2.token_url, Target::Plain, &values).ok()?;
        let redirect_uri = redirect_uri(&config.public_url, id);
        let mut fields = vec![
            ("grant_type", "authorization_code"),
            ("code", "none"),
            ("redirect_uri", redirect_uri.as_str()),
        ];
        let params = oauth2.token_params.iter().map(|(name, template)| (name.as_str(), template));
        let params = parameters(params, &values).ok()?;
        fields.extend(params.iter().map(|(name, value)| (*name, value.as_str())));
        let secret = client.secret.expose_secret();
        if oauth2.client_auth == ClientAuth::Body {
            fields.extend([("client_id", client.id.as_str()), ("client_secret", secret)]);
        }
        let question = match oauth2.token_request {
            TokenRequest::Form => Question::form(url, &fields),
            TokenRequest::Json => Question::json(url, &fields),
        };
        let basic = || format!("Basic {}", STANDARD.encode(format!("{}:{secret}", client.id)));
        let question = match oauth2.client_auth {
            ClientAuth::Basic => question.with("authorization", basic()),
            ClientAuth::Body => question,
        };
        Some((id.clone(), question))
    };
    config.apps.keys().filter_map(question).collect()
}

/// The finding for an app's response.
pub fn judge(catalog: &Catalog, id: &AppId, response: &Answer) -> Finding {
    let name = catalog.app_name(id);
    let Some(status) = response.status else {
        let fix = format!("check the variables APP_{}_… and the network", id.as_str().to_ascii_uppercase());
        return Finding::problem(format!("{name} cannot be reached ({})", response.in_short()), fix);
    };
    let Some(oauth2) = catalog.apps.get(id).and_then(|app| app.oauth2.as_ref()) else {
        return Finding::Fine(format!("{name} responds"));
    };
    let error_response = match read(status, response.body.as_bytes(), None, None) {
        Err(TokenRequestError::Refused { response, .. }) => response,
        _ => ErrorResponse::default(),
    };
    match classify_error(&error_response, &oauth2.errors) {
        TokenErrorClass::Setup => Finding::problem(
            format!("{name} rejects our registration ({})", error_response.error),
            format!(
                "check APP_{0}_CLIENT_ID, APP_{0}_CLIENT_SECRET and the redirect URI there",
                id.as_str().to_ascii_uppercase().replace('-', "_")
            ),
        ),
        TokenErrorClass::Login => Finding::Fine(format!("{name} accepts our registration")),
        _ => Finding::Note(format!(
            "{name} responds; the first login will show whether our registration is valid"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checked_catalog;
    use crate::settings::Settings;
    use serde_json::json;

    #[test]
    fn an_app_that_does_not_know_us_is_told_apart_from_one_that_does_and_one_that_does_not_say() {
        let catalog = checked_catalog::tests::real_catalog();
        let found = |app: &str, status, error: &str| {
            let body = json!({"error": error, "error_description": "words"}).to_string();
            let response = Answer { status: Some(status), body, ..Answer::default() };
            judge(&catalog, &AppId::parse(app).unwrap(), &response)
        };
        let stranger = found("salesforce", 400, "invalid_client_id");
        assert!(stranger.to_string().contains("APP_SALESFORCE_CLIENT_ID"), "{stranger}");
        assert!(matches!(found("box", 400, "invalid_grant"), Finding::Fine(_)));
        assert!(matches!(found("servicenow", 401, "server_error"), Finding::Note(_)));
        let nobody = judge(&catalog, &AppId::parse("box").unwrap(), &Answer::default());
        assert!(nobody.is_problem(), "{nobody}");
    }

    #[test]
    fn each_app_that_is_set_up_is_asked_once() {
        let catalog = checked_catalog::tests::real_catalog();
        let settings = Settings::of_a_bot(&[
            ("APP_BOX_CLIENT_ID", "c"),
            ("APP_BOX_CLIENT_SECRET", "s"),
            ("APP_FRESHDESK_SITE_URL", "https://contoso.freshdesk.com"),
        ]);
        let config = Config::read(&catalog, &|name| settings.get(name)).unwrap();
        let asked: Vec<_> = questions(&config, &catalog).into_iter().map(|(id, _)| id.to_string()).collect();
        assert_eq!(asked, ["box", "freshdesk"]);
    }
}
