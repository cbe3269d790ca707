//! The state of this process, shared by all of its requests and objects.

use std::cell::OnceCell;
use std::rc::Rc;
use workbot_domain::log_event::Event;
use workbot_vault::Isolate;

use crate::catalog;
use crate::config::config;
use crate::platform::Runtime;
use crate::telemetry;

thread_local! {
    static ISOLATE: OnceCell<Rc<Isolate>> = const { OnceCell::new() };
}

/// The state of this process, created by the first caller.
pub fn isolate() -> Rc<Isolate> {
    ISOLATE.with(|isolate| Rc::clone(isolate.get_or_init(begin)))
}

/// Reads the configuration. Its problems are logged here, so that each process logs them once, at its first
/// request.
fn begin() -> Rc<Isolate> {
    catalog::install();
    let config = config();
    let problems = config.as_ref().map_or_else(Vec::as_slice, |config| &config.problems);
    if !problems.is_empty() {
        telemetry::alone(&Event::misconfigured(problems));
    }
    Rc::new(Isolate::new(Rc::new(Runtime), config.ok()))
}
