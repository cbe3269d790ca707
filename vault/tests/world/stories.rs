//! The stories.

use crate::person::App::{Box, Salesforce, ServiceNow};
use crate::story::Act::*;
use crate::story::{Script, Story};

/// All of them.
pub const STORIES: &[Story] = &[Story {
    name: "a first command, its login and its reply",
    before: &[],
    scripts: &[Script { who: 1, acts: &[Command(Salesforce), LogIn(Salesforce), Command(Salesforce)] }],
}];
