//! The agent door: recipes as tools of the Model Context Protocol (MCP), for agents that act as a person.
//!
//! # Layers
//!
//! - `json_rpc`: messages
//! - `uri`: the URIs of clients
//! - `request`: an MCP request in one of two eras
//! - `client`: who an agent is
//! - `document_cache`: metadata documents of clients, kept for a while
//! - `cross_origin`: clients in a browser
//! - `oauth`: the requests and responses of the authorization server
//! - `authorization`: the way of the browser through an authorization request
//! - `consent_page`: the page on which the person decides
//! - `token`: what the authorization server hands out
//! - `grant`: a person's consent
//! - `policy`: what admins allow; the limit of calls
//! - `tool`: recipes as tools
//! - `result`: the results of the methods
//!
//! # The specification
//!
//! Model Context Protocol, version 2026-07-28, as its repository had it on 2026-08-22. What a server MUST do
//! there, and where it is done:
//!
//! 1. Messages follow JSON-RPC 2.0; ids are texts or whole numbers, never null; a response has the id of its
//!    request (basic): `json_rpc`
//! 2. A result has a `resultType` (basic): `result::completed`
//! 3. No error code outside of the defined ones, and none of an earlier version (basic): `request`; `-32042`
//!    goes to legacy clients only
//! 4. No state between requests (basic, "Statelessness"): everything is in `_meta`, the token and
//!    `requestState`; a legacy session is its own sealed id
//! 5. A request without the required `_meta` fields: `-32602` and 400 (basic): `request`
//! 6. No use of a capability that the client did not declare (basic, elicitation): `request::opens_urls`
//! 7. An unsupported version: `-32022` with the list of the supported ones (versioning): `request`
//! 8. `server/discover` (versioning): `result::discovered`
//! 9. `tools/list` does not vary by connection, and has caching hints (tools, caching): `tool::definitions`,
//!    `result::tools`
//! 10. Input schemas are valid JSON Schema 2020-12 objects; structured results fit their output schema
//!     (tools): `tool`, tests of `result`
//! 11. Tool inputs are validated, access is controlled, calls are limited (tools, "Security"):
//!     `tool::recipe_arguments`, the vault
//! 12. `InputRequiredResult` only for `tools/call`, with `inputRequests` or `requestState` (mrtr):
//!     `result::logins_required`
//! 13. `requestState` is untrusted: sealed, bound to person, client, call and time (mrtr): `token::CallState`
//! 14. No assumption that the client answers or retries (mrtr): the run waits and goes on by itself
//! 15. `MCP-Protocol-Version`, `Mcp-Method` and `Mcp-Name` repeat the body, else `-32020` and 400; encoded
//!     names are decoded first (Streamable HTTP): `request::mirrors`
//! 16. An unknown method: `-32601` and 404 (Streamable HTTP): `request::Method`
//! 17. Secrets are asked for at an address, never in a form; the address holds no personal data and no access
//!     (elicitation): tickets, `crate::login`
//! 18. Who opens the address has to be the person who was asked (elicitation, "Phishing"): `crate::login`
//! 19. Protected resource metadata and authorization server metadata (authorization): `oauth::Door`
//! 20. PKCE S256 only (security considerations): `oauth::AuthorizationRequest`
//! 21. Redirect URIs are compared exactly, and are https or loopback (security considerations): `client`
//! 22. A metadata document is for its own address, has a media type of JSON, and is valid JSON with the
//!     required members (client registration): `client::Client::from_document`, `client::is_document_type`
//! 23. Refresh tokens of public clients are rotated (security considerations): `grant::Grant::rotate`
//! 24. Tokens are accepted only for this resource, and none is passed on (security considerations):
//!     `token::AccessToken`
//! 25. An invalid token gets 401, and the challenge names the metadata (authorization): `oauth::Door`
//! 26. An `Origin` that is not valid gets 403 (Streamable HTTP): `cross_origin::is_valid_origin`

pub mod authorization;
pub mod client;
pub mod consent_page;
pub mod cross_origin;
pub mod document_cache;
pub mod grant;
pub mod json_rpc;
pub mod oauth;
pub mod policy;
pub mod request;
pub mod result;
pub mod token;
pub mod tool;
pub mod uri;
