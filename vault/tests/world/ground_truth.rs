//! The truth: what really happened at the apps, and which of it the objects learned and stored. The
//! invariants compare the two.

use std::collections::{BTreeMap, BTreeSet};

/// A call that was under way when an app was frozen is sent within this time, in milliseconds.
const BEGUN: i64 = 90_000;

/// The grant of a token request (RFC 6749 sections 4.1.3 and 6).
#[derive(Clone, Debug, PartialEq)]
pub enum Grant {
    /// An authorization code.
    Code(String),
    /// A refresh token.
    Refresh(String),
}

/// The app's real response to a token request.
#[derive(Clone, Debug, PartialEq)]
pub enum Real {
    /// The app issued tokens.
    Tokens { access: String, refresh: Option<String> },
    /// The app refused.
    Refused { status: u16, error: String },
}

/// The response that the object received.
#[derive(Clone, Debug, PartialEq)]
pub enum Seen {
    /// The real response.
    Real,
    /// A different response, with this status.
    Other(u16),
    /// No response.
    Nothing,
}

/// One token request to an app.
#[derive(Clone, Debug)]
pub struct TokenRequest {
    /// The time at which it was sent.
    pub at: i64,
    /// The app.
    pub app: String,
    /// The object that sent it.
    pub object: String,
    pub grant: Grant,
    /// Whether it was sent: the object may die before the commit that sends it.
    pub left: bool,
    /// `None`: it did not reach the app.
    pub real: Option<Real>,
    /// `None`: the object died before a response arrived.
    pub seen: Option<Seen>,
    /// Whether the received response was committed.
    pub known: bool,
}

/// An object received the response to the token request of this number.
#[derive(Clone, Debug)]
pub struct Fact {
    pub request: usize,
    pub seen: Seen,
}

/// Everything recorded about a world.
#[derive(Default)]
pub struct Truth {
    pub requests: Vec<TokenRequest>,
    /// The texts that must never appear in plain text.
    pub secrets: BTreeSet<String>,
    /// How often the connector responded to a message with a page: after three of them a message counts as
    /// delivered.
    pub pages: u32,
    /// The frozen apps, each with the time of its freeze.
    frozen: BTreeMap<String, i64>,
    /// Violations that were found during the story.
    pub violations: Vec<String>,
}

impl Truth {
    /// Records that an admin froze an app.
    pub fn freezes(&mut self, app: &str, at: i64) {
        self.frozen.insert(app.to_owned(), at);
    }

    /// Records that an admin is about to unfreeze an app, or to freeze it again.
    pub fn thaws(&mut self, app: &str) {
        self.frozen.remove(app);
    }

    /// A request to a place of the sandbox is sent. A frozen app must receive only revocations.
    pub fn leaves(&mut self, at: i64, place: &str, object: &str) {
        let Some((app, part)) = place.split_once('.').filter(|(_, part)| *part != "revoke") else { return };
        if self.frozen.get(app).is_some_and(|since| at > since + BEGUN) {
            self.violations.push(format!("{object} sends a request to {app} ({part}), which is frozen"));
        }
    }

    /// A token request is sent. It must not contain a refresh token that its sender knows to be superseded.
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

    /// The received response is committed.
    pub fn know(&mut self, fact: Fact) {
        if let Some(request) = self.requests.get_mut(fact.request) {
            (request.seen, request.known) = (Some(fact.seen), true);
        }
    }

    /// The requests with this refresh token, in order.
    pub fn with_refresh<'a>(&'a self, token: &'a str) -> impl Iterator<Item = &'a TokenRequest> {
        self.requests.iter().filter(move |request| request.grant == Grant::Refresh(token.to_owned()))
    }
}

impl TokenRequest {
    /// Whether its sender knows from it that the refresh token was replaced.
    fn supersedes(&self, object: &str, token: &str) -> bool {
        self.known
            && self.object == object
            && self.seen == Some(Seen::Real)
            && self.grant == Grant::Refresh(token.to_owned())
            && matches!(&self.real, Some(Real::Tokens { refresh: Some(new), .. }) if new != token)
    }

    /// Whether the app refused it with an error about the grant (RFC 6749 section 5.2).
    pub fn is_refused(&self) -> bool {
        let is_definite = |error: &str| error == "invalid_grant";
        self.seen == Some(Seen::Real)
            && matches!(&self.real, Some(Real::Refused { error, .. }) if is_definite(error))
    }

    /// Whether the app refused it with an error that may have another cause: a page, or the response that
    /// ServiceNow gives both for a dead token and for a temporary failure.
    pub fn is_doubtful(&self) -> bool {
        match (&self.seen, &self.real) {
            (Some(Seen::Other(status)), _) => *status == 403,
            (Some(Seen::Real), Some(Real::Refused { error, .. })) => error == "server_error",
            _ => false,
        }
    }

    /// Whether its sender cannot know the outcome.
    pub fn is_unknown(&self) -> bool {
        match &self.seen {
            None => self.left,
            Some(Seen::Nothing) => true,
            // 429 and 503 mean that nothing was done; a page means nothing.
            Some(Seen::Other(status)) => !matches!(status, 429 | 503 | 403),
            Some(Seen::Real) => false,
        }
    }
}
