//! The ports of one Durable Object over Cloudflare's runtime, and the object classes.
//!
//! Source: "SQLite-backed Durable Object Storage" (Durable Objects documentation).

use futures_util::future::{FutureExt, LocalBoxFuture};
use std::rc::Rc;
use std::time::Duration;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};
use workbot_domain::event::CorrelationId;
use workbot_vault::ports::{Database, DatabaseError, Object, SqlValue};
use worker::{Request, SqlStorage, SqlStorageValue, State};

use crate::platform::CORRELATION;

#[wasm_bindgen]
extern "C" {
    type Transactional;

    /// `storage.transactionSync()`: rolls back if the callback throws.
    #[wasm_bindgen(method, catch, js_name = transactionSync)]
    fn transaction_sync(
        this: &Transactional,
        body: &mut dyn FnMut() -> Result<JsValue, JsValue>,
    ) -> Result<JsValue, JsValue>;
}

/// The storage of an object.
pub struct Storage {
    state: State,
    storage: JsValue,
    sql: SqlStorage,
}

impl Storage {
    /// The storage of an object with this state.
    pub fn of(state: State) -> Self {
        let storage = state.storage();
        Self { sql: storage.sql(), storage: storage.as_raw().into(), state }
    }
}

fn failed(error: worker::Error) -> DatabaseError {
    DatabaseError(error.to_string())
}

fn bound(value: SqlValue) -> SqlStorageValue {
    match value {
        SqlValue::Null => SqlStorageValue::Null,
        SqlValue::Integer(number) => SqlStorageValue::Integer(number),
        SqlValue::Real(number) => SqlStorageValue::Float(number),
        SqlValue::Text(text) => SqlStorageValue::String(text),
        SqlValue::Blob(bytes) => SqlStorageValue::Blob(bytes),
    }
}

fn read(value: SqlStorageValue) -> SqlValue {
    match value {
        SqlStorageValue::Null => SqlValue::Null,
        SqlStorageValue::Boolean(yes) => SqlValue::Integer(i64::from(yes)),
        SqlStorageValue::Integer(number) => SqlValue::Integer(number),
        SqlStorageValue::Float(number) => SqlValue::Real(number),
        SqlStorageValue::String(text) => SqlValue::Text(text),
        SqlStorageValue::Blob(bytes) => SqlValue::Blob(bytes),
    }
}

impl Database for Storage {
    fn execute(&self, statement: &str, values: Vec<SqlValue>) -> Result<Vec<Vec<SqlValue>>, DatabaseError> {
        let values: Vec<_> = values.into_iter().map(bound).collect();
        let cursor = self.sql.exec(statement, values).map_err(failed)?;
        cursor.raw().map(|row| Ok(row.map_err(failed)?.into_iter().map(read).collect())).collect()
    }

    fn transaction(&self, body: &mut dyn FnMut() -> bool) -> Result<(), DatabaseError> {
        let mut kept = None;
        let mut call = || {
            let is_kept = body();
            kept = Some(is_kept);
            if is_kept { Ok(JsValue::UNDEFINED) } else { Err(JsValue::from_str("rolled back")) }
        };
        let committed = self.storage.unchecked_ref::<Transactional>().transaction_sync(&mut call);
        match (kept, committed) {
            // A rollback that the body asked for is no error.
            (Some(false), _) | (Some(true), Ok(_)) => Ok(()),
            (_, failed) => Err(DatabaseError(format!("transaction: {failed:?}"))),
        }
    }
}

impl Object for Storage {
    fn set_alarm(&self, after: Duration) -> LocalBoxFuture<'static, bool> {
        let storage = self.state.storage();
        async move { storage.set_alarm(after).await.is_ok() }.boxed_local()
    }

    fn wait_until(&self, future: LocalBoxFuture<'static, ()>) {
        self.state.wait_until(future);
    }
}

/// Reads a request's body and its correlation id. `Request::json` is not used: it would add a second JSON
/// reader of every type to the module.
async fn asked(mut request: Request) -> worker::Result<(Vec<u8>, CorrelationId)> {
    let id = request.headers().get(CORRELATION)?.unwrap_or_default();
    Ok((request.bytes().await?, id.into()))
}

mod class {
    #![allow(missing_docs, reason = "the macro's own items")]

    use super::{Rc, Storage, asked};
    use crate::isolate::isolate;
    use worker::{DurableObject, Env, Request, Response, Result, State, durable_object, wasm_bindgen};

    /// The Durable Object class `Vault`: one per owner.
    #[durable_object]
    pub struct Vault(workbot_vault::Vault);

    impl DurableObject for Vault {
        fn new(state: State, env: Env) -> Self {
            let name = state.id().name();
            Self(workbot_vault::Vault::new(isolate(&env), Rc::new(Storage::of(state)), name.as_deref()))
        }

        async fn fetch(&self, request: Request) -> Result<Response> {
            let (request, id) = asked(request).await?;
            Response::from_bytes(self.0.fetch(&request, id).await?)
        }

        async fn alarm(&self) -> Result<Response> {
            self.0.alarm().await;
            Response::empty()
        }
    }

    /// The Durable Object class `Workspace`: one per tenant.
    #[durable_object]
    pub struct Workspace(workbot_vault::Workspace);

    impl DurableObject for Workspace {
        fn new(state: State, env: Env) -> Self {
            Self(workbot_vault::Workspace::new(isolate(&env), Rc::new(Storage::of(state))))
        }

        async fn fetch(&self, request: Request) -> Result<Response> {
            let (request, _) = asked(request).await?;
            let answered = self.0.fetch(&request).await;
            Response::from_bytes(answered.map_err(|error| worker::Error::RustError(error.to_string()))?)
        }

        async fn alarm(&self) -> Result<Response> {
            self.0.alarm().await;
            Response::empty()
        }
    }
}

pub use class::{Vault, Workspace};
