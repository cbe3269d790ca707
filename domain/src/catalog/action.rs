//! One action of an app: `[actions.<name>]` in its file.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

use crate::template::Template;

/// An HTTP method.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// Reads.
    Get,
    /// Creates, usually.
    Post,
    /// Replaces.
    Put,
    /// Changes.
    Patch,
    /// Deletes.
    Delete,
}

/// One API call that an app offers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Action {
    /// What it does, for authors of recipes.
    pub about: String,
    /// The HTTP method.
    pub method: Method,
    /// What the path is below, if not the app's `base_url`.
    pub base_url: Option<Template>,
    /// Below the base URL; parameters are `with.<name>`.
    pub path: Template,
    /// Parameters that a step may leave out, and what they then are.
    #[serde(default)]
    pub defaults: BTreeMap<String, Value>,
    /// Query parameters. One whose value is empty is left out.
    #[serde(default)]
    pub query: BTreeMap<String, Template>,
    /// Headers of this action, besides the app's; one of the same name stands in place of the app's.
    #[serde(default)]
    pub headers: BTreeMap<String, Template>,
    /// The JSON body: a tree of templates.
    pub body: Option<Value>,
    /// The parts of a `multipart/form-data` body (RFC 7578), in this order, instead of `body`.
    #[serde(default)]
    pub parts: Vec<Part>,
    /// Whether it changes something.
    pub writes: bool,
    /// Whether a write may be repeated without harm.
    #[serde(default)]
    pub idempotent: bool,
    /// What a successful answer holds besides its status: JSON pointers and values. Without them it is a refusal.
    #[serde(default)]
    pub success: BTreeMap<String, Value>,
    /// The refusal that means that it was done before, and so counts as done.
    pub already: Option<AlreadyDone>,
    /// What later steps can use: JSON pointers into the answer.
    #[serde(default)]
    pub output: BTreeMap<String, String>,
    /// How a long list goes on, page by page.
    pub paging: Option<Paging>,
    /// Where a person sees the result; may use `output.<name>`.
    pub link: Option<Template>,
}

impl Action {
    /// Whether a call that may have been carried out is repeated. Any other is made at most once.
    #[must_use]
    pub fn may_repeat(&self) -> bool {
        !self.writes || self.idempotent
    }
}

/// One part of a `multipart/form-data` body.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// The field's name.
    pub name: String,
    /// What it holds, a tree of templates: a string goes as text, anything else as JSON.
    pub value: Value,
    /// The file's name, if the part is a file.
    pub file_name: Option<Template>,
}

/// An answer that says that it was done before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlreadyDone {
    /// Its HTTP status, 400 to 499.
    pub status: u16,
    /// What it must say: JSON pointers and values.
    #[serde(default)]
    pub says: BTreeMap<String, Value>,
    /// JSON pointers to the outputs; each must be there.
    #[serde(default)]
    pub output: BTreeMap<String, String>,
}

/// How a long list goes on. The pages' items are joined; the output `more` tells whether some were left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Paging {
    /// JSON pointer to the items of a page.
    pub items: String,
    /// How many pages are read at most: 2 to 10.
    pub pages: usize,
    /// Where the next page is.
    pub next: NextPage,
}

/// Where the next page is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum NextPage {
    /// At the address to which this JSON pointer points, whole or from the host's root; the last page has none.
    Url(String),
    /// By the same request, with a token of this page; the last page has none.
    Token {
        /// JSON pointer to the token.
        at: String,
        /// The parameter that takes it.
        parameter: String,
        /// Where that is.
        #[serde(default, rename = "in")]
        place: ParameterLocation,
    },
    /// By the same request, with a number that grows.
    Count {
        /// The parameter that takes the number.
        parameter: String,
        /// Where that is.
        #[serde(default, rename = "in")]
        place: ParameterLocation,
        /// The number of the first page.
        start: u64,
        /// By how much it grows from page to page.
        step: u64,
        /// How many items a full page has; the last page is the first with fewer.
        #[serde(default = "one")]
        size: usize,
    },
}

/// Where a parameter of the next page goes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ParameterLocation {
    /// Into the query.
    #[default]
    Query,
    /// Into the JSON body, beside its other fields.
    Body,
}

fn one() -> usize {
    1
}
