//! The machine of the measurement.

use std::fs;
use std::process::Command;

use workbot_sandbox::{clock, time_formats};

use crate::paths::Paths;

/// The date and machine of a section: its first line.
pub fn described(paths: &Paths) -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    let model = model.map_or("unknown processor", |(_, model)| model.trim());
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let version = |package: &str| paths.version(package).unwrap_or_else(|| "?".to_owned());
    format!(
        "{date}, {os}, {model}, {cores} cores, load average before the run {load}. workerd {workerd}, Node {node}, \
         rustc {rustc}.\n",
        date = time_formats::rfc3339(clock::now_ms()).split('T').next().unwrap_or("?"),
        os = std::env::consts::OS,
        load = load(),
        workerd = version("workerd"),
        node = version("node"),
        rustc = output_of(Command::new("rustc").arg("--version")).split(' ').nth(1).unwrap_or("?"),
    )
}

/// The load average of the last minute, if the system states it.
pub fn load() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().filter(|load| !load.is_empty()).unwrap_or("unknown").to_owned()
}

fn output_of(command: &mut Command) -> String {
    command
        .output()
        .map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
        .unwrap_or_default()
}
