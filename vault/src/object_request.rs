//! Typed requests to Durable Objects, with a deadline.

use serde::Serialize;
use serde::de::DeserializeOwned;
use std::time::Duration;
use workbot_domain::correlation_id::CorrelationId;
use workbot_domain::json;

use crate::isolate::Isolate;
use crate::ports::{ObjectClass, ObjectError};

/// The deadline of a request to an object.
pub const DEADLINE: Duration = Duration::from_secs(10);

/// Sends a request to the object of this name and returns its response, both as JSON. `id` is the correlation
/// id of the original request.
///
/// # Errors
/// [`ObjectError::TimedOut`] after [`DEADLINE`], [`ObjectError::Failed`] when the response cannot be read.
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
