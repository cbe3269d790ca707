//! The tab: one program. Its build writes the functions that only later sections need to a second file.

fn main() {
    workbot_tab::start();
}
