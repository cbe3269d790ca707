//! What the sandbox knows, one file for each party. How it comes to know it, and shows it, is said above.

pub mod accounts;
pub mod box_com;
pub mod entra;
pub mod freshdesk;
pub mod grant_rules;
pub mod playground;
pub mod requests;
pub mod rosters;
pub mod salesforce;
pub mod sent;
pub mod servicenow;
