//! Stand-ins for Bot Framework, Entra and the apps.
fn main() {}
