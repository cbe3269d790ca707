//! The first module of the tab: who you are, and your connections.

fn main() {
    workbot_tab::start();
}
