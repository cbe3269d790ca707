//! The classes of the Durable Objects.

use js_sys::{Promise, Uint8Array};
use std::rc::Rc;
use wasm_bindgen_futures::future_to_promise;

use crate::durable_object_storage::{State, Storage};

/// The promise of a response: bytes, or an error with the text of ours.
fn promised<E: std::fmt::Display>(response: impl Future<Output = Result<Vec<u8>, E>> + 'static) -> Promise {
    future_to_promise(async move {
        match response.await {
            Ok(bytes) => Ok(Uint8Array::from(bytes.as_slice()).into()),
            Err(error) => Err(js_sys::Error::new(&error.to_string()).into()),
        }
    })
}

mod class {
    #![allow(missing_docs, reason = "the macro's own items")]

    use super::{Promise, Rc, State, Storage, future_to_promise, promised};
    use crate::isolate::isolate;
    use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

    /// The Durable Object `Vault`: one per owner. `worker/main.js` makes it a class of the runtime.
    #[wasm_bindgen]
    pub struct Vault(Rc<workbot_vault::Vault>);

    #[wasm_bindgen]
    impl Vault {
        #[wasm_bindgen(constructor)]
        pub fn new(state: State) -> Self {
            let name = state.id().name();
            let vault = workbot_vault::Vault::new(isolate(), Rc::new(Storage::of(state)), name.as_deref());
            Self(Rc::new(vault))
        }

        pub fn ask(&self, request: Vec<u8>, id: String) -> Promise {
            let vault = Rc::clone(&self.0);
            promised(async move { vault.fetch(&request, id.into()).await })
        }

        pub fn alarm(&self) -> Promise {
            let vault = Rc::clone(&self.0);
            future_to_promise(async move {
                vault.alarm().await;
                Ok(JsValue::UNDEFINED)
            })
        }
    }

    /// The Durable Object `Workspace`: one per tenant.
    #[wasm_bindgen]
    pub struct Workspace(Rc<workbot_vault::Workspace>);

    #[wasm_bindgen]
    impl Workspace {
        #[wasm_bindgen(constructor)]
        pub fn new(state: State) -> Self {
            Self(Rc::new(workbot_vault::Workspace::new(isolate(), Rc::new(Storage::of(state)))))
        }

        pub fn ask(&self, request: Vec<u8>, _id: String) -> Promise {
            let workspace = Rc::clone(&self.0);
            promised(async move { workspace.fetch(&request).await })
        }

        pub fn alarm(&self) -> Promise {
            let workspace = Rc::clone(&self.0);
            future_to_promise(async move {
                workspace.alarm().await;
                Ok(JsValue::UNDEFINED)
            })
        }
    }
}

pub use class::{Vault, Workspace};
