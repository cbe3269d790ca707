//! The execution of a command. Each module may use those before it: prompt, action, progress, driver; history
//! stands alone.

pub mod action;
pub mod driver;
pub mod history;
pub mod progress;
pub mod prompt;
