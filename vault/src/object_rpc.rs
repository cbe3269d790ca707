//! Requests to Durable Objects: typed, and with a deadline.

use serde::Serialize;
use serde::de::DeserializeOwned;
use std::time::Duration;
use workbot_domain::event::CorrelationId;
use workbot_domain::json;

use crate::isolate::Isolate;
use crate::ports::{ObjectClass, ObjectError};

/// Nobody waits longer than this for an object.
pub const DEADLINE: Duration = Duration::from_secs(10);

/// Asks the object of this name. `id` says what the request came of.
///
/// # Errors
/// When no response came in time, or none that can be read.
pub async fn ask<T: DeserializeOwned>(
    isolate: &Isolate,
    class: ObjectClass,
    name: &str,
    request: &impl Serialize,
    id: &CorrelationId,
) -> Result<T, ObjectError> {
    let body = serde_json::to_vec(request).map_err(|_| ObjectError::Failed)?;
    let exchange = isolate.platform().send_to_object(class, name.to_owned(), body, id.clone());
    let response = isolate.within(DEADLINE, exchange).await.ok_or(ObjectError::TimedOut)?;
    json::stored(&response?).map_err(|_| ObjectError::Failed)
}
