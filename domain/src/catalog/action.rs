//! One action of an app: the table `[actions.<name>]` in its file.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

use crate::template::Template;

/// An HTTP method (RFC 9110 section 9.3; `PATCH`: RFC 5789).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// Reads a resource.
    Get,
    /// Usually creates a resource.
    Post,
    /// Replaces a resource.
    Put,
    /// Changes a resource.
    Patch,
    /// Deletes a resource.
    Delete,
}

/// An API call that an app offers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Action {
    /// The effect of the action, for authors of recipes. It is not part of the compiled catalog.
    #[serde(default, skip_serializing)]
    pub about: String,
    /// The HTTP method.
    pub method: Method,
    /// The base URL of the path; default: the app's `base_url`.
    pub base_url: Option<Template>,
    /// The path below the base URL; parameters are `with.<name>`.
    pub path: Template,
    /// Default values of the optional parameters.
    #[serde(default)]
    pub defaults: BTreeMap<String, Value>,
    /// The query parameters. A parameter with an empty value is omitted.
    #[serde(default)]
    pub query: BTreeMap<String, Template>,
    /// The headers of this action. A header replaces that of the app with the same name.
    #[serde(default)]
    pub headers: BTreeMap<String, Template>,
    /// The JSON body: a tree of templates.
    pub body: Option<Value>,
    /// The fields of a body of `application/x-www-form-urlencoded`. A field with an empty value is omitted.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub form: BTreeMap<String, Template>,
    /// The parts of a `multipart/form-data` body (RFC 7578), in this order.
    #[serde(default)]
    pub parts: Vec<Part>,
    /// The body itself, as text. `body`, `form`, `parts` and `raw` exclude each other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw: Option<Template>,
    /// The media type (RFC 9110 section 8.3) of `raw`, or of `body` if it is not `application/json`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// Whether the action changes anything at the app.
    pub writes: bool,
    /// Whether a write may be repeated without harm.
    #[serde(default)]
    pub idempotent: bool,
    /// The values that a successful response contains besides its status and the app's `success`, by JSON
    /// pointer (RFC 6901). A response without them is a refusal.
    #[serde(default)]
    pub success: BTreeMap<String, Value>,
    /// JSON pointers to what no successful response contains, besides the app's `absent`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub absent: Vec<String>,
    /// The refusal that means "done before", and so counts as done.
    pub already: Option<AlreadyDone>,
    /// The outputs for later steps: JSON pointers into the response, by name.
    #[serde(default)]
    pub output: BTreeMap<String, String>,
    /// The outputs from response headers: the headers, by name of the output. Each is a text, or null.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub output_headers: BTreeMap<String, String>,
    /// The paging of a list.
    pub paging: Option<Paging>,
    /// The URL at which a person sees the result; may use `output.<name>`.
    pub link: Option<Template>,
}

impl Action {
    /// Whether a call with an unknown outcome is repeated. Any other call is made at most once.
    #[must_use]
    pub fn may_repeat(&self) -> bool {
        !self.writes || self.idempotent
    }

    /// Returns the names of the outputs, except `link` and `more`.
    pub fn output_names(&self) -> impl Iterator<Item = &String> {
        self.output.keys().chain(self.output_headers.keys())
    }
}

/// One part of a `multipart/form-data` body.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// The field's name.
    pub name: String,
    /// The value, a tree of templates. A string is sent as text, anything else as JSON.
    pub value: Value,
    /// The file name, for a part that is a file.
    pub file_name: Option<Template>,
}

/// A response that means "done before".
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlreadyDone {
    /// The HTTP status, 400 to 499.
    pub status: u16,
    /// The values that the response has to contain, by JSON pointer.
    #[serde(default)]
    pub says: BTreeMap<String, Value>,
    /// The outputs: JSON pointers by name; each has to resolve.
    #[serde(default)]
    pub output: BTreeMap<String, String>,
}

/// The paging of a list. The items of all pages are joined; the output `more` tells whether further pages
/// exist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Paging {
    /// JSON pointer to the items of a page.
    pub items: String,
    /// Maximum number of pages: 2 to 10.
    pub pages: usize,
    /// How the next page is requested.
    pub next: NextPage,
    /// What an address of the next page that begins with a slash is appended to. Without it, that address is
    /// relative to the host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_url: Option<Template>,
}

/// How the next page is requested.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum NextPage {
    /// By the URL at this JSON pointer, absolute or relative to the host or to `base_url`. The last page has
    /// none.
    Url(String),
    /// By the URL in the header `Link` with the relation `next` (RFC 8288). The last page has none.
    Link,
    /// By the same request with a token from this page. The last page has none.
    Token {
        /// JSON pointer to the token.
        at: String,
        /// JSON pointer to a value that is `true` as long as there are more pages, if the app has one.
        #[serde(default, rename = "while", skip_serializing_if = "Option::is_none")]
        goes_on: Option<String>,
        /// The parameter that takes the token. In a body it may be a JSON pointer.
        parameter: String,
        /// The place of the parameter.
        #[serde(default, rename = "in")]
        place: ParameterLocation,
    },
    /// By the same request with a growing number.
    Count {
        /// The parameter that takes the number.
        parameter: String,
        /// The place of the parameter.
        #[serde(default, rename = "in")]
        place: ParameterLocation,
        /// The number of the first page.
        start: u64,
        /// The increment from page to page.
        step: u64,
        /// The number of items on a full page; the first page with fewer is the last.
        #[serde(default = "one")]
        size: usize,
    },
}

/// The place of a parameter.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ParameterLocation {
    /// The query.
    #[default]
    Query,
    /// The JSON body, beside its other fields, or at a JSON pointer.
    Body,
}

fn one() -> usize {
    1
}
