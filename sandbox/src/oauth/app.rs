//! An app, and how it differs from others.

use axum::http::StatusCode;
use axum::response::Response;

use super::request::AuthorizeRequest;
use crate::settings::Client;
use crate::state::Saved;
use crate::store::accounts::{Accounts, User};
use crate::store::grant_rules::Rules;
use crate::{Sandbox, Settings, pages};

/// An app as its OAuth server and its control routes know it.
pub struct App {
    /// In control routes and in the names of places.
    pub name: &'static str,
    /// As its pages call it.
    pub title: &'static str,
    /// Its two companies: the name of each, and the id that it has there.
    pub companies: [(&'static str, &'static str); 2],
    /// The id of the n-th user.
    pub user_id: fn(u64) -> String,
    /// The client that is registered there, if one is.
    pub client: fn(&Settings) -> Option<&Client>,
    /// Its part of the saved state.
    pub accounts: fn(&Saved) -> &Accounts,
    /// The same, to be changed.
    pub accounts_mut: fn(&mut Saved) -> &mut Accounts,
    /// The way to a code, and from a code to tokens.
    pub flow: Flow,
    /// The life of tokens.
    pub life: Life,
}

/// How a person gets to a code.
pub struct Flow {
    /// The path of the authorization endpoint.
    pub authorize: &'static str,
    /// The path below which the cookie counts, and the forms are: `{home}/login`, `{home}/consent`.
    pub home: &'static str,
    /// What may be asked for, with the words of the consent page; who asks for nothing, asks for all.
    pub scopes: &'static [(&'static str, &'static str)],
    /// The page for another scope.
    pub unknown_scope: &'static str,
    /// What is wrong with a request. A wrong client or address must stay on a page.
    pub refusal: fn(&AuthorizeRequest, &Client, &Sandbox) -> Option<Response>,
    /// How somebody else takes the place of who is logged in.
    pub switch: Switch,
    /// Is the consent page left out for what was approved before?
    pub remembers: bool,
    /// The consent page's heading and buttons, and what the client is told of a denial.
    pub words: Words,
    /// A fresh code.
    pub code: fn() -> String,
    /// A code is good for so long.
    pub code_seconds: u64,
    /// RFC 7636.
    pub pkce: Pkce,
    /// Must a token request repeat the `redirect_uri`?
    pub repeats_redirect: bool,
}

/// How somebody else takes the place of who is logged in.
pub enum Switch {
    /// The request may say `prompt`, `login_hint` and `immediate`.
    Prompt,
    /// The consent page links to this path, which logs out and starts again.
    Link(&'static str),
    /// One has to log out at this path before.
    LogOutBefore(&'static str),
}

/// Words of the consent page.
pub struct Words {
    /// The heading.
    pub heading: &'static str,
    /// The button that grants.
    pub allow: &'static str,
    /// The button that does not.
    pub deny: &'static str,
    /// `error_description` of a denial.
    pub denied: &'static str,
}

/// What an app makes of a code challenge.
#[derive(Clone, Copy, PartialEq)]
pub enum Pkce {
    /// The verifier has to be there and to fit.
    Required,
    /// If there was a challenge, the verifier has to fit.
    IfChallenged,
    /// Nothing.
    Ignored,
}

/// The life of tokens: what the knobs are without a turn, and what no knob changes.
pub struct Life {
    /// What counts until a knob is turned.
    pub rules: Rules,
    /// A fresh access token.
    pub access_token: fn(&User) -> String,
    /// A fresh refresh token.
    pub refresh_token: fn() -> String,
    /// Do these scopes come with a refresh token?
    pub lasts: fn(&[String]) -> bool,
    /// Does use prolong an access token?
    pub slides: bool,
    /// Does a refresh give the refresh token, the same or a new one, a life of its own?
    pub renews: bool,
    /// Does a repeat of the latest refresh, in the class `single_use`, give the same pair again?
    pub repeats: bool,
    /// Do all logins of a user share one grant, and refreshes the access token that is still good?
    pub shares: bool,
    /// What a revocation ends.
    pub revokes: Revokes,
}

/// What a revocation ends.
#[derive(Clone, Copy, PartialEq)]
pub enum Revokes {
    /// A refresh token's: the grant. An access token's: that token.
    GrantByRefreshToken,
    /// The grant, by any of its tokens.
    Grant,
    /// The token alone: the other one of the pair lives on.
    Token,
}

impl App {
    /// The id of a company that is named by its name or its id; another name stands for itself.
    pub fn company_id(&self, company: &str) -> String {
        let known = self.companies.iter().find(|(name, _)| name.eq_ignore_ascii_case(company));
        known.map_or(company, |(_, id)| id).to_owned()
    }

    /// The name of the company with this id.
    pub fn company_name<'a>(&self, id: &'a str) -> &'a str {
        self.companies.iter().find(|(_, known)| *known == id).map_or(id, |(name, _)| name)
    }

    /// The issuer that its answers name (RFC 9207), where they do.
    pub fn issuer(&self, settings: &Settings) -> String {
        format!("{}{}", settings.origin, self.flow.home)
    }

    /// Says that nobody is registered: the worker's variables are older than the app.
    pub fn not_registered(&self) -> Response {
        let name = self.name.to_uppercase();
        let text = format!("Not registered: set APP_{name}_CLIENT_ID and APP_{name}_CLIENT_SECRET.");
        pages::problem(StatusCode::SERVICE_UNAVAILABLE, self.title, &text)
    }

    /// The name of the session's cookie.
    pub(super) fn cookie(&self) -> String {
        format!("sandbox_{}", self.name)
    }
}
