//! What the first page does without comes when it is needed.

use yew::{Callback, hook, use_effect_with, use_state_eq};

use crate::host;

/// Whether the controls that other pages than the first need came; nothing while they are not here. They are asked for
/// once they are `needed`, and again when the callback is called.
#[hook]
pub fn use_controls(needed: bool) -> (Option<bool>, Callback<()>) {
    let came = use_state_eq(|| None);
    let set = came.setter();
    use_effect_with(needed && came.is_none(), move |&ask| {
        if ask {
            wasm_bindgen_futures::spawn_local(async move {
                set.set(Some(host::more_controls().await.is_ok()));
            });
        }
    });
    let set = came.setter();
    (*came, Callback::from(move |()| set.set(None)))
}
