//! A command is carried out. From below to above: prompt, action, progress, driver; history.

pub mod action;
pub mod driver;
pub mod history;
pub mod progress;
pub mod prompt;
