//! Salesforce's OAuth: its texts, its rules, and its checks of an authorization request.

use axum::http::StatusCode;
use axum::response::Response;

use super::ids::{CONTOSO, FABRIKAM, id18};
use crate::oauth::{
    App, AuthorizeRequest, Flow, Iss, Lasts, Life, Pkce, Revokes, Rotation, Rules, Switch, Texts, User,
};
use crate::random_name::random;
use crate::settings::Client;
use crate::{Sandbox, html_page, pkce};

/// Salesforce.
pub static APP: App = App {
    name: "salesforce",
    title: "Salesforce",
    companies: [("Contoso", CONTOSO), ("Fabrikam", FABRIKAM)],
    user_id: |serial| id18(&format!("005xx{serial:010}")),
    client: |_, settings| settings.salesforce.as_ref(),
    accounts: |_, saved| &saved.salesforce.accounts,
    accounts_mut: |_, saved| &mut saved.salesforce.accounts,
    flow: Flow {
        authorize: "/salesforce/services/oauth2/authorize",
        home: "/salesforce",
        scopes: &[
            ("api", "Manage user data via APIs"),
            ("id", "Access the identity URL service"),
            ("refresh_token", "Perform requests at any time"),
            ("offline_access", "Perform requests at any time"),
            ("openid", "Access unique user identifiers"),
            ("profile", "Access your profile"),
        ],
        unknown_scope: "OAUTH_APPROVAL_ERROR_GENERIC: the app asks for a scope that it does not have.",
        refusal,
        switch: Switch::Prompt,
        remembers: true,
        words: Texts {
            heading: "Allow access?",
            allow: "Allow",
            deny: "Deny",
            denied: "end-user denied authorization",
        },
        code: || format!("aPrx{}==", random(60)),
        code_seconds: 15 * 60,
        pkce: Pkce::Required,
        callback: &[],
        repeats_redirect: true,
    },
    life: Life {
        rules: Rules {
            rotation: Rotation::None,
            access_token_seconds: 2 * 3600,
            refresh_token_seconds: None,
            iss: Iss::None,
            max_approvals: Some(5),
        },
        access_token,
        refresh_token: || format!("5Aep861{}", random(70)),
        lasts: Lasts::WithScope(&["refresh_token", "offline_access"]),
        slides: true,
        renews: true,
        repeats: false,
        shares: false,
        revokes: Revokes::GrantByRefreshToken,
    },
};

/// Begins with the organization's id.
fn access_token(user: &User) -> String {
    let org15: String = user.org.chars().take(15).collect();
    format!("{org15}!AQ{}", random(80))
}

fn refusal(request: &AuthorizeRequest, client: &Client, sandbox: &Sandbox) -> Option<Response> {
    let stay = |text: &str| Some(html_page::problem(StatusCode::BAD_REQUEST, "Salesforce", text));
    if request.client_id != client.id {
        return stay("error=invalid_client_id&error_description=client identifier invalid");
    }
    if request.redirect_uri != sandbox.settings.callback(APP.name) {
        return stay("error=redirect_uri_mismatch&error_description=redirect_uri must match configuration");
    }
    if request.response_type != "code" {
        return Some(request.fail(&APP, sandbox, "unsupported_response_type", "response type not supported"));
    }
    let Some(challenge) = &request.code_challenge else {
        return Some(request.fail(&APP, sandbox, "invalid_request", "missing required code challenge"));
    };
    if request.code_challenge_method.as_deref() != Some("S256") || !pkce::is_challenge(challenge) {
        return Some(request.fail(&APP, sandbox, "invalid_request", "invalid code challenge"));
    }
    None
}
