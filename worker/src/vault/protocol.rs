//! What the edge asks a vault, and what the vault answers. One enum: caller and object share it.

use futures_util::future::{Either, select};
use futures_util::pin_mut;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::time::Duration;
use wasm_bindgen::JsValue;
use workbot_domain::activity::Turn;
use workbot_domain::login::{LoginState, Ticket};
use workbot_domain::owner::VaultId;
use workbot_domain::page::Page;
use worker::{Env, Method, Request, RequestInit};

use crate::clock::pause;

/// Nobody waits longer than this for a vault.
const DEADLINE: Duration = Duration::from_secs(10);

/// What the edge asks.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VaultRequest {
    /// A person said or pressed something.
    Turn(Box<Turn>),
    /// A browser opened a link.
    Open {
        ticket: Ticket,
        /// Ask Entra for another account.
        another_account: bool,
    },
    /// A browser came back, from Entra or from an app.
    Returned {
        state: LoginState,
        /// The value of the attempt's cookie.
        cookie: Option<String>,
        answer: Returned,
    },
}

/// What an authorization server sent the browser back with (RFC 6749 sections 4.1.2 and 4.1.2.1).
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Returned {
    /// A code.
    Code(String),
    /// An error.
    Error(String),
}

/// What the vault answers.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VaultAnswer {
    /// The turn is taken; an invoke is answered with this.
    Taken {
        /// The body of the HTTP answer to an invoke.
        invoke: Option<Value>,
    },
    /// Send the browser there.
    Redirect {
        to: String,
        /// A new attempt's id and its cookie's value.
        cookie: Option<(String, String)>,
    },
    /// The login ends here.
    Show {
        page: Page,
        /// The attempt whose cookie is no longer needed.
        ended: Option<String>,
    },
    /// The vault could not do it; nothing was changed.
    Failed,
}

/// Why a vault gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum NoAnswer {
    /// It works on; what comes of it is not known yet.
    #[error("the vault did not answer in time")]
    TimedOut,
    /// It could not be reached, or failed.
    #[error("the vault failed")]
    Failed,
}

/// Asks a vault, with a deadline.
pub async fn ask(env: &Env, vault: &VaultId, request: &VaultRequest) -> Result<VaultAnswer, NoAnswer> {
    let exchange = async {
        let body = serde_json::to_string(request).map_err(|_| NoAnswer::Failed)?;
        let mut init = RequestInit::new();
        init.with_method(Method::Post).with_body(Some(JsValue::from_str(&body)));
        let request = Request::new_with_init("https://vault/", &init)?;
        let stub = env.durable_object("VAULT")?.get_by_name(&vault.name())?;
        Ok(stub.fetch_with_request(request).await?.json::<VaultAnswer>().await?)
    };
    let deadline = pause(DEADLINE);
    pin_mut!(exchange, deadline);
    match select(exchange, deadline).await {
        Either::Left((Ok(VaultAnswer::Failed), _)) => Err(NoAnswer::Failed),
        Either::Left((answer, _)) => answer,
        Either::Right(_) => Err(NoAnswer::TimedOut),
    }
}

impl From<worker::Error> for NoAnswer {
    fn from(error: worker::Error) -> Self {
        worker::console_error!("{{\"event\":\"vault_unreachable\",\"error\":{:?}}}", error.to_string());
        Self::Failed
    }
}
