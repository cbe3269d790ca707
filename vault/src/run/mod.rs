//! The execution of a command. Each module may use those before it: prompt, action, progress, driver; history
//! and open_runs stand alone.

pub mod action;
pub mod driver;
pub mod history;
pub mod open_runs;
pub mod progress;
pub mod prompt;
