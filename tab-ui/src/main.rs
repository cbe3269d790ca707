//! The first module of the tab: the session and the connections.

fn main() {
    workbot_tab::start();
}
