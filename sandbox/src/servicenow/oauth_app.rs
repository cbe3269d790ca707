//! ServiceNow's OAuth: `state` is required, all logins of a person share their tokens, and only another login
//! renews a refresh token.

use axum::http::StatusCode;
use axum::response::Response;

use super::ids::sys_id;
use crate::oauth::{
    App, AuthorizeRequest, Flow, Iss, Lasts, Life, Pkce, Revokes, Rotation, Rules, Switch, Texts,
};
use crate::random_name::random;
use crate::settings::Client;
use crate::{Sandbox, html_page};

/// ServiceNow: the one instance that there is.
pub static APP: App = App {
    name: "servicenow",
    title: "ServiceNow",
    companies: [("Contoso", "Contoso"), ("Fabrikam", "Fabrikam")],
    user_id: |serial| sys_id(&format!("user {serial}")),
    client: |_, settings| settings.servicenow.as_ref(),
    accounts: |_, saved| &saved.servicenow.accounts,
    accounts_mut: |_, saved| &mut saved.servicenow.accounts,
    flow: Flow {
        authorize: "/servicenow/oauth_auth.do",
        home: "/servicenow",
        scopes: &[("useraccount", "Do everything that you may do")],
        unknown_scope: "Invalid scope in request.",
        refusal,
        switch: Switch::LogOutBefore("/servicenow/logout.do"),
        remembers: false,
        words: Texts {
            heading: "Workbot would like to connect to your ServiceNow account",
            allow: "Allow",
            deny: "Deny",
            denied: "access_denied",
        },
        code: || random(86),
        // The real lifetime is undocumented: this is the shortest of the plausible ones.
        code_seconds: 60,
        pkce: Pkce::IfChallenged,
        callback: &[],
        repeats_redirect: true,
    },
    life: Life {
        rules: Rules {
            rotation: Rotation::None,
            access_token_seconds: 1800,
            refresh_token_seconds: Some(100 * 24 * 3600),
            iss: Iss::None,
            max_approvals: None,
        },
        access_token: |_| random(86),
        refresh_token: || random(86),
        lasts: Lasts::Always,
        slides: false,
        renews: false,
        repeats: false,
        shares: true,
        revokes: Revokes::Token,
    },
};

fn refusal(request: &AuthorizeRequest, client: &Client, sandbox: &Sandbox) -> Option<Response> {
    let wrong = if request.state.as_deref().unwrap_or_default().is_empty() {
        "Missing State parameter in request."
    } else if request.client_id != client.id {
        "Invalid client_id in request."
    } else if request.redirect_uri != sandbox.settings.callback(APP.name) {
        "Invalid redirect_uri in request."
    } else if request.response_type != "code" {
        "Invalid response_type in request."
    } else {
        return None;
    };
    Some(html_page::problem(StatusCode::BAD_REQUEST, "ServiceNow", wrong))
}
