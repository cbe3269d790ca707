//! Box's OAuth: its texts, its rules, and its checks of an authorization request.

use axum::http::StatusCode;
use axum::response::Response;

use crate::oauth::{
    App, AuthorizeRequest, Flow, Iss, Lasts, Life, Pkce, Revokes, Rotation, Rules, Switch, Texts,
};
use crate::random_name::random;
use crate::settings::Client;
use crate::{Sandbox, html_page};

/// Box.
pub static APP: App = App {
    name: "box",
    title: "Box",
    companies: [("Contoso", "1357924"), ("Fabrikam", "2468135")],
    user_id: |serial| (11_446_490_000 + serial).to_string(),
    client: |_, settings| settings.box_com.as_ref(),
    accounts: |_, saved| &saved.box_com.accounts,
    accounts_mut: |_, saved| &mut saved.box_com.accounts,
    flow: Flow {
        authorize: "/box-account/api/oauth2/authorize",
        home: "/box-account",
        scopes: &[
            ("root_readonly", "Read all files and folders stored in Box"),
            ("root_readwrite", "Read and write all files and folders stored in Box"),
        ],
        unknown_scope: "invalid_scope: the app asks for a scope that it does not have.",
        refusal,
        switch: Switch::Link("/box-account/logout"),
        remembers: false,
        words: Texts {
            heading: "Grant access to Box?",
            allow: "Grant access to Box",
            deny: "Deny access to Box",
            denied: "The user denied access to your application",
        },
        code: || random(32),
        // The code expires after 30 seconds: an exchange must not wait for another request.
        code_seconds: 30,
        pkce: Pkce::Ignored,
        callback: &[],
        repeats_redirect: false,
    },
    life: Life {
        rules: Rules {
            rotation: Rotation::SingleUse,
            access_token_seconds: 3600,
            refresh_token_seconds: Some(60 * 24 * 3600),
            iss: Iss::Right,
            max_approvals: None,
        },
        access_token: |_| random(32),
        refresh_token: || random(64),
        lasts: Lasts::Always,
        slides: false,
        renews: true,
        repeats: true,
        shares: false,
        revokes: Revokes::Grant,
    },
};

fn refusal(request: &AuthorizeRequest, client: &Client, sandbox: &Sandbox) -> Option<Response> {
    let stay = |text: &str| Some(html_page::problem(StatusCode::BAD_REQUEST, "Box", text));
    if request.client_id != client.id {
        return stay("Error: unauthorized_client. The client_id is not known.");
    }
    if request.redirect_uri.is_empty() {
        return stay("Error: redirect_uri_missing");
    }
    if request.redirect_uri != sandbox.settings.callback(APP.name) {
        return stay("Error: redirect_uri_mismatch");
    }
    if request.response_type != "code" {
        return Some(request.fail(
            &APP,
            sandbox,
            "unsupported_response_type",
            "The response_type has to be code",
        ));
    }
    None
}
