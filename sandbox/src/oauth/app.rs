//! An app with its specific OAuth behaviour.

use axum::http::StatusCode;
use axum::response::Response;

use super::authorization_request::AuthorizeRequest;
use crate::settings::Client;
use crate::state::Saved;
use crate::store::accounts::{Accounts, User};
use crate::store::grant_rules::Rules;
use crate::{Sandbox, Settings, html_page};

/// An app as its OAuth server and its control routes know it.
pub struct App {
    /// The name in control routes and endpoint groups.
    pub name: &'static str,
    /// The name on its pages.
    pub title: &'static str,
    /// Its two companies: the name of each, and the id that it has there.
    pub companies: [(&'static str, &'static str); 2],
    /// The id of the n-th user.
    pub user_id: fn(u64) -> String,
    /// The registered client, if any, by its name.
    pub client: for<'a> fn(&'static str, &'a Settings) -> Option<&'a Client>,
    /// Its part of the saved state, by its name.
    pub accounts: for<'a> fn(&'static str, &'a Saved) -> &'a Accounts,
    /// The same, to be changed.
    pub accounts_mut: for<'a> fn(&'static str, &'a mut Saved) -> &'a mut Accounts,
    /// The authorization code flow.
    pub flow: Flow,
    /// The lifetime of tokens.
    pub life: Life,
}

/// The authorization code flow of an app.
pub struct Flow {
    /// The path of the authorization endpoint.
    pub authorize: &'static str,
    /// The path below which the cookie counts, and the forms are: `{home}/login`, `{home}/consent`.
    pub home: &'static str,
    /// The available scopes, with the texts of the consent page. A request without scopes gets all.
    pub scopes: &'static [(&'static str, &'static str)],
    /// The page for another scope.
    pub unknown_scope: &'static str,
    /// The error of a request. With a wrong client or redirect URI the browser stays on a page.
    pub refusal: fn(&AuthorizeRequest, &Client, &Sandbox) -> Option<Response>,
    /// How the user can switch accounts.
    pub switch: Switch,
    /// Whether approved scopes skip the consent page.
    pub remembers: bool,
    /// The consent page's heading and buttons, and the error after a denial.
    pub words: Texts,
    /// A fresh code.
    pub code: fn() -> String,
    /// The lifetime of a code.
    pub code_seconds: u64,
    /// RFC 7636.
    pub pkce: Pkce,
    /// Further parameters of the redirect back to the client.
    pub callback: &'static [(&'static str, &'static str)],
    /// Whether a token request must repeat the `redirect_uri`.
    pub repeats_redirect: bool,
}

/// How the user can switch accounts.
pub enum Switch {
    /// The request may say `prompt`, `login_hint` and `immediate`.
    Prompt,
    /// The consent page links to this path, which logs out and starts again.
    Link(&'static str),
    /// The user must log out at this path first.
    LogOutBefore(&'static str),
}

/// The texts of the consent page.
pub struct Texts {
    /// The heading.
    pub heading: &'static str,
    /// The button that grants.
    pub allow: &'static str,
    /// The button that denies.
    pub deny: &'static str,
    /// `error_description` of a denial.
    pub denied: &'static str,
}

/// An app's support of PKCE.
#[derive(Clone, Copy, PartialEq)]
pub enum Pkce {
    /// The verifier is required and must match.
    Required,
    /// With a challenge, the verifier must match.
    IfChallenged,
    /// Nothing.
    Ignored,
}

/// The lifetime of tokens: the default rules, and the fixed ones.
pub struct Life {
    /// The default rules.
    pub rules: Rules,
    /// A fresh access token.
    pub access_token: fn(&User) -> String,
    /// A fresh refresh token.
    pub refresh_token: fn() -> String,
    /// Which grants have a refresh token.
    pub lasts: Lasts,
    /// Whether use extends the lifetime of an access token.
    pub slides: bool,
    /// Whether a refresh restarts the lifetime of the refresh token.
    pub renews: bool,
    /// Whether a repeated refresh in the class `single_use` returns the same pair.
    pub repeats: bool,
    /// Whether all logins of a user share one grant, and refreshes return the access token that is still
    /// valid.
    pub shares: bool,
    /// The effect of a revocation.
    pub revokes: Revokes,
}

/// Which grants have a refresh token.
#[derive(Clone, Copy)]
pub enum Lasts {
    /// All.
    Always,
    /// None.
    Never,
    /// Those with one of these scopes.
    WithScope(&'static [&'static str]),
}

impl Lasts {
    /// Whether a grant with these scopes has a refresh token.
    pub(super) fn covers(self, scopes: &[String]) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::WithScope(names) => scopes.iter().any(|scope| names.contains(&scope.as_str())),
        }
    }
}

/// The effect of a revocation.
#[derive(Clone, Copy, PartialEq)]
pub enum Revokes {
    /// A refresh token ends the grant, an access token only itself.
    GrantByRefreshToken,
    /// Any token ends the grant.
    Grant,
    /// A token ends only itself; the other one of the pair stays valid.
    Token,
}

impl App {
    /// The registered client, if any.
    pub fn client<'a>(&self, settings: &'a Settings) -> Option<&'a Client> {
        (self.client)(self.name, settings)
    }

    /// Its part of the saved state.
    pub fn accounts<'a>(&self, saved: &'a Saved) -> &'a Accounts {
        (self.accounts)(self.name, saved)
    }

    /// The same, to be changed.
    pub fn accounts_mut<'a>(&self, saved: &'a mut Saved) -> &'a mut Accounts {
        (self.accounts_mut)(self.name, saved)
    }

    /// The id of a company, given by name or id. An unknown name is returned unchanged.
    pub fn company_id(&self, company: &str) -> String {
        let known = self.companies.iter().find(|(name, _)| name.eq_ignore_ascii_case(company));
        known.map_or(company, |(_, id)| id).to_owned()
    }

    /// The name of the company with this id.
    pub fn company_name<'a>(&self, id: &'a str) -> &'a str {
        self.companies.iter().find(|(_, known)| *known == id).map_or(id, |(name, _)| name)
    }

    /// The issuer in its authorization responses (RFC 9207), if any.
    pub fn issuer(&self, settings: &Settings) -> String {
        format!("{}{}", settings.origin, self.flow.home)
    }

    /// The error of an app without a client: the worker's variables are older than the app.
    pub fn not_registered(&self) -> Response {
        let name = self.name.to_uppercase().replace('-', "_");
        let text = format!("Not registered: set APP_{name}_CLIENT_ID and APP_{name}_CLIENT_SECRET.");
        html_page::problem(StatusCode::SERVICE_UNAVAILABLE, self.title, &text)
    }

    /// The name of the session's cookie.
    pub(super) fn cookie(&self) -> String {
        format!("sandbox_{}", self.name)
    }
}
