//! The sandbox's data, one file per party. The modules above change and render it.

pub mod accounts;
pub mod box_com;
pub mod entra;
pub mod fixture_apps;
pub mod freshdesk;
pub mod grant_rules;
pub mod grants;
pub mod playground;
pub mod request_log;
pub mod rosters;
pub mod salesforce;
pub mod sent_messages;
pub mod servicenow;
