//! Following the log of a service while it runs.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

/// wrangler's prefix for the output of a build that a saved file starts.
const BUILD: &str = "[custom build] ";

/// The read position.
pub struct Follower {
    file: File,
    /// An incomplete last line.
    begun: String,
}

impl Follower {
    /// Follows a log from its end. An unreadable log returns no lines.
    pub fn at_end(log: &Path) -> Option<Self> {
        let mut file = File::open(log).ok()?;
        file.seek(SeekFrom::End(0)).ok()?;
        Some(Follower { file, begun: String::new() })
    }

    /// The lines since the last call.
    pub fn lines(&mut self) -> Vec<String> {
        let mut bytes = Vec::new();
        self.file.read_to_end(&mut bytes).ok();
        self.begun.push_str(&String::from_utf8_lossy(&bytes));
        let Some(end) = self.begun.rfind('\n') else { return Vec::new() };
        let rest = self.begun.split_off(end + 1);
        std::mem::replace(&mut self.begun, rest).lines().map(str::to_owned).collect()
    }
}

/// The build output for people: steps, errors and duration, without sizes.
pub fn of_a_build(line: &str) -> Option<&str> {
    line.strip_prefix(BUILD).filter(|message| !message.trim().is_empty() && !message.ends_with(" KB gzip"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn a_log_is_read_on_line_by_line_from_where_it_was() {
        let path = std::env::temp_dir().join(format!("workbot-log-{}", std::process::id()));
        std::fs::write(&path, "before\n").unwrap();
        let mut follower = Follower::at_end(&path).unwrap();
        let mut log = File::options().append(true).open(&path).unwrap();
        write!(log, "one\ntw").unwrap();
        assert_eq!(follower.lines(), ["one"]);
        assert!(follower.lines().is_empty());
        writeln!(log, "o\nthree").unwrap();
        assert_eq!(follower.lines(), ["two", "three"]);
        std::fs::remove_file(&path).unwrap();
        assert!(Follower::at_end(&path).is_none());
    }

    #[test]
    fn of_a_build_its_mistakes_are_shown_and_its_sizes_are_not() {
        let mistake = "catalog/apps/box.toml:13: no such filter `hst`";
        assert_eq!(of_a_build(&format!("{BUILD}{mistake}")), Some(mistake));
        assert_eq!(of_a_build(&format!("{BUILD}built in 0.4 s")), Some("built in 0.4 s"));
        for line in
            ["[custom build] ", "[custom build]   index.js      32.8 KB      8.1 KB gzip", "GET /healthz"]
        {
            assert_eq!(of_a_build(line), None, "{line}");
        }
    }
}
