//! The rules of Workbot, pure: no runtime, no clock, no network.
//!
//! A rule takes values, `now` and randomness among them, and returns what is to be done; the worker does it.

pub mod activity;
pub mod audit;
pub mod bot_name;
pub mod bot_token;
mod button;
pub mod call;
pub mod catalogue;
pub mod characters;
pub mod cloud;
pub mod command;
pub mod config;
pub mod connection;
pub mod connector;
pub mod conversation;
pub mod entra_token;
pub mod event;
pub mod figures;
pub mod grant;
pub mod health;
pub mod host;
pub mod json;
pub mod jwks;
pub mod jwt;
pub mod limits;
pub mod login;
pub mod login_page;
mod message;
pub mod outage;
pub mod owner;
pub mod parameters;
pub mod person;
pub mod present;
mod quotes;
pub mod roster;
pub mod route;
pub mod run;
pub mod seal;
pub mod tab_policy;
pub mod template;
pub mod time;
