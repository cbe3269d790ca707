//! Parts of the first section that appear after a press. As `sections`, they are in the second file of the program:
//! whoever calls them has awaited it.

pub mod commands;
pub mod details;
pub mod dialog;
pub mod login_link;
pub mod message_bars;
pub mod outside_teams;
pub mod removal_question;
