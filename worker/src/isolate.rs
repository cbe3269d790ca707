//! The state of this process, shared by all of its requests and objects.

use std::cell::OnceCell;
use std::rc::Rc;
use workbot_vault::Isolate;
use worker::Env;

use crate::config::config;
use crate::platform::Runtime;
use crate::{catalog, telemetry};

thread_local! {
    static ISOLATE: OnceCell<Rc<Isolate>> = const { OnceCell::new() };
}

/// The state of this process, created by the first caller.
pub fn isolate(env: &Env) -> Rc<Isolate> {
    ISOLATE.with(|isolate| Rc::clone(isolate.get_or_init(|| begin(env))))
}

fn begin(env: &Env) -> Rc<Isolate> {
    telemetry::count_in(env);
    catalog::install();
    Rc::new(Isolate::new(Rc::new(Runtime::new(env.clone())), config(env).ok()))
}
