//! The ports of one Durable Object over Cloudflare's runtime.
//!
//! Source: "SQLite-backed Durable Object Storage" (Durable Objects documentation).

use futures_util::future::{FutureExt, LocalBoxFuture};
use js_sys::{Promise, Uint8Array};
use std::time::Duration;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};
use wasm_bindgen_futures::future_to_promise;
use workbot_vault::ports::{Database, DatabaseError, Object, SqlValue};

use crate::ports_js::{RuntimeError, query, settled};

/// The largest integer that a number of JavaScript holds exactly (`Number.MAX_SAFE_INTEGER`).
const LARGEST_EXACT: i64 = (1 << 53) - 1;

#[wasm_bindgen]
extern "C" {
    /// The state that the runtime passes to an object.
    pub type State;

    #[wasm_bindgen(method, getter)]
    pub fn id(this: &State) -> ObjectId;
    #[wasm_bindgen(method, getter)]
    fn storage(this: &State) -> ObjectStorage;
    #[wasm_bindgen(method, js_name = waitUntil)]
    fn wait_until(this: &State, promise: &Promise);

    pub type ObjectId;

    #[wasm_bindgen(method, getter)]
    pub fn name(this: &ObjectId) -> Option<String>;

    type ObjectStorage;

    #[wasm_bindgen(method, getter)]
    fn sql(this: &ObjectStorage) -> JsValue;
    #[wasm_bindgen(method, catch, js_name = setAlarm)]
    fn set_alarm(this: &ObjectStorage, at: f64) -> Result<Promise, JsValue>;
    /// Rolls back if the callback throws.
    #[wasm_bindgen(method, catch, js_name = transactionSync)]
    fn transaction_sync(
        this: &ObjectStorage,
        body: &mut dyn FnMut() -> Result<JsValue, JsValue>,
    ) -> Result<JsValue, JsValue>;
}

/// The storage of an object.
pub struct Storage {
    state: State,
    storage: ObjectStorage,
    sql: JsValue,
}

impl Storage {
    /// The storage of an object with this state.
    pub fn of(state: State) -> Self {
        let storage = state.storage();
        Self { sql: storage.sql(), storage, state }
    }
}

fn failed(thrown: JsValue) -> DatabaseError {
    DatabaseError(RuntimeError::from(thrown).to_string())
}

/// A value of a placeholder.
///
/// # Errors
/// For an integer that JavaScript would round.
fn bound(value: SqlValue) -> Result<JsValue, DatabaseError> {
    Ok(match value {
        SqlValue::Null => JsValue::NULL,
        #[expect(clippy::cast_precision_loss, reason = "the range is checked")]
        SqlValue::Integer(number) if (-LARGEST_EXACT..=LARGEST_EXACT).contains(&number) => {
            JsValue::from_f64(number as f64)
        }
        SqlValue::Integer(_) => return Err(DatabaseError("an integer beyond 2^53".to_owned())),
        SqlValue::Real(number) => JsValue::from_f64(number),
        SqlValue::Text(text) => JsValue::from_str(&text),
        SqlValue::Blob(bytes) => Uint8Array::from(bytes.as_slice()).into(),
    })
}

/// A value of a column. JavaScript has one type of numbers; a number beyond 2^53 may have been rounded, so it
/// is no integer.
fn read(value: &JsValue) -> SqlValue {
    if let Some(text) = value.as_string() {
        return SqlValue::Text(text);
    }
    if let Some(number) = value.as_f64() {
        #[expect(clippy::cast_precision_loss, reason = "the constant is exact")]
        let is_exact = number.fract() == 0.0 && number.abs() <= LARGEST_EXACT as f64;
        #[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
        return if is_exact { SqlValue::Integer(number as i64) } else { SqlValue::Real(number) };
    }
    // A blob is an `ArrayBuffer`.
    if value.is_null() { SqlValue::Null } else { SqlValue::Blob(Uint8Array::new(value).to_vec()) }
}

impl Database for Storage {
    fn execute(&self, statement: &str, values: Vec<SqlValue>) -> Result<Vec<Vec<SqlValue>>, DatabaseError> {
        let values = values.into_iter().map(bound).collect::<Result<_, _>>()?;
        let read_all = query(&self.sql, statement, values).map_err(failed)?;
        let Some((count, columns)) = read_all.split_first() else { return Ok(Vec::new()) };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a length")]
        let count = count.as_f64().unwrap_or(1.0) as usize;
        let width = (columns.len() / count.max(1)).max(1);
        Ok(columns.chunks(width).map(|row| row.iter().map(read).collect()).collect())
    }

    fn transaction(&self, body: &mut dyn FnMut() -> bool) -> Result<(), DatabaseError> {
        let mut kept = None;
        let mut call = || {
            let is_kept = body();
            kept = Some(is_kept);
            if is_kept { Ok(JsValue::UNDEFINED) } else { Err(JsValue::from_str("rolled back")) }
        };
        let committed = self.storage.transaction_sync(&mut call);
        match (kept, committed) {
            // A rollback that the body asked for is no error.
            (Some(false), _) | (Some(true), Ok(_)) => Ok(()),
            (_, failed) => Err(DatabaseError(format!("transaction: {failed:?}"))),
        }
    }
}

impl Object for Storage {
    fn set_alarm(&self, after: Duration) -> LocalBoxFuture<'static, bool> {
        let set = self.storage.set_alarm(js_sys::Date::now() + after.as_secs_f64() * 1000.0);
        async move {
            match set {
                Ok(set) => settled(set).await.is_ok(),
                Err(_) => false,
            }
        }
        .boxed_local()
    }

    fn wait_until(&self, future: LocalBoxFuture<'static, ()>) {
        self.state.wait_until(&future_to_promise(async move {
            future.await;
            Ok(JsValue::UNDEFINED)
        }));
    }
}
