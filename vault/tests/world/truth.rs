//! The truth: what really happened at the apps, and what of it the objects were told and have kept. The invariants compare
//! the two.

use std::collections::{BTreeMap, BTreeSet};

/// A call that was begun when an app was frozen is sent within this time, in milliseconds.
const BEGUN: i64 = 90_000;

/// What a token request asked with (RFC 6749 sections 4.1.3 and 6).
#[derive(Clone, Debug, PartialEq)]
pub enum Grant {
    /// A code.
    Code(String),
    /// A refresh token.
    Refresh(String),
}

/// What an app really made of a token request.
#[derive(Clone, Debug, PartialEq)]
pub enum Real {
    /// It gave tokens.
    Tokens { access: String, refresh: Option<String> },
    /// It refused.
    Refused { status: u16, error: String },
}

/// What whoever asked got to see.
#[derive(Clone, Debug, PartialEq)]
pub enum Seen {
    /// The real response.
    Real,
    /// Another one, of this status.
    Other(u16),
    /// None.
    Nothing,
}

/// One token request to an app.
#[derive(Clone, Debug)]
pub struct TokenRequest {
    /// When it was sent.
    pub at: i64,
    /// The app.
    pub app: String,
    /// The object that sent it.
    pub object: String,
    pub grant: Grant,
    /// Whether it left: whoever sends it may die before the commit that lets it go.
    pub left: bool,
    /// `None`: it did not get there.
    pub real: Option<Real>,
    /// `None`: whoever asked did not live to see it.
    pub seen: Option<Seen>,
    /// Whether what was seen outlived the next commit.
    pub known: bool,
}

/// That an object saw the outcome of the token request of this number.
#[derive(Clone, Debug)]
pub struct Fact {
    pub request: usize,
    pub seen: Seen,
}

/// All of it.
#[derive(Default)]
pub struct Truth {
    pub requests: Vec<TokenRequest>,
    /// What must stand nowhere in the clear.
    pub secrets: BTreeSet<String>,
    /// How often the connector's response to a message was a page: after three of them a message counts as told.
    pub pages: u32,
    /// The frozen apps, and since when.
    frozen: BTreeMap<String, i64>,
    /// What was seen to be wrong while the world went on.
    pub violations: Vec<String>,
}

impl Truth {
    /// An admin has frozen an app.
    pub fn freezes(&mut self, app: &str, at: i64) {
        self.frozen.insert(app.to_owned(), at);
    }

    /// An admin is about to let an app be used again, or to freeze it anew.
    pub fn thaws(&mut self, app: &str) {
        self.frozen.remove(app);
    }

    /// A request leaves to a place of the sandbox. A frozen app is sent nothing but revocations.
    pub fn leaves(&mut self, at: i64, place: &str, object: &str) {
        let Some((app, part)) = place.split_once('.').filter(|(_, part)| *part != "revoke") else { return };
        if self.frozen.get(app).is_some_and(|since| at > since + BEGUN) {
            self.violations.push(format!("{object} sends a request to {app} ({part}), which is frozen"));
        }
    }

    /// A token request leaves. One with a refresh token that its sender knows to be superseded must not.
    pub fn sends(&mut self, at: i64, app: &str, object: &str, grant: Grant) -> usize {
        if let Grant::Refresh(token) = &grant
            && self.requests.iter().any(|earlier| earlier.supersedes(object, token))
        {
            self.violations
                .push(format!("{object} sends {app} a refresh token that it knows to be superseded"));
        }
        self.requests.push(TokenRequest {
            at,
            app: app.to_owned(),
            object: object.to_owned(),
            grant,
            left: false,
            real: None,
            seen: None,
            known: false,
        });
        self.requests.len() - 1
    }

    /// What was seen is committed.
    pub fn know(&mut self, fact: Fact) {
        if let Some(request) = self.requests.get_mut(fact.request) {
            (request.seen, request.known) = (Some(fact.seen), true);
        }
    }

    /// The requests that were sent with a refresh token, in order.
    pub fn with_refresh<'a>(&'a self, token: &'a str) -> impl Iterator<Item = &'a TokenRequest> {
        self.requests.iter().filter(move |request| request.grant == Grant::Refresh(token.to_owned()))
    }
}

impl TokenRequest {
    /// Whether its sender knows by it that the refresh token was replaced.
    fn supersedes(&self, object: &str, token: &str) -> bool {
        self.known
            && self.object == object
            && self.seen == Some(Seen::Real)
            && self.grant == Grant::Refresh(token.to_owned())
            && matches!(&self.real, Some(Real::Tokens { refresh: Some(new), .. }) if new != token)
    }

    /// Whether it was refused in words that are about the grant (RFC 6749 section 5.2).
    pub fn is_refused(&self) -> bool {
        let is_definite = |error: &str| error == "invalid_grant";
        self.seen == Some(Seen::Real)
            && matches!(&self.real, Some(Real::Refused { error, .. }) if is_definite(error))
    }

    /// Whether it was refused in words that need not be about the grant: a page, or what ServiceNow says of a dead token and
    /// of a hiccup alike.
    pub fn is_doubtful(&self) -> bool {
        match (&self.seen, &self.real) {
            (Some(Seen::Other(status)), _) => *status == 403,
            (Some(Seen::Real), Some(Real::Refused { error, .. })) => error == "server_error",
            _ => false,
        }
    }

    /// Whether its sender cannot know what came of it.
    pub fn is_unknown(&self) -> bool {
        match &self.seen {
            None => self.left,
            Some(Seen::Nothing) => true,
            // 429 and 503 say that nothing was done; a page says nothing.
            Some(Seen::Other(status)) => !matches!(status, 429 | 503 | 403),
            Some(Seen::Real) => false,
        }
    }
}
