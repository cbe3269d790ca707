//! The state of this process, shared by all of its requests and objects.

use std::cell::OnceCell;
use std::rc::Rc;
use workbot_vault::Isolate;

use crate::catalog;
use crate::config::config;
use crate::platform::Runtime;

thread_local! {
    static ISOLATE: OnceCell<Rc<Isolate>> = const { OnceCell::new() };
}

/// The state of this process, created by the first caller.
pub fn isolate() -> Rc<Isolate> {
    ISOLATE.with(|isolate| Rc::clone(isolate.get_or_init(begin)))
}

fn begin() -> Rc<Isolate> {
    catalog::install();
    Rc::new(Isolate::new(Rc::new(Runtime), config()))
}
