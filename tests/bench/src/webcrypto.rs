//! Signatures and seals in wasm beside WebCrypto, both inside workerd: the figures behind the choices in
//! docs/architecture.md.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::benchmarks_page::{Section, table};
use crate::child_process::ChildProcess;
use crate::cold_start::median;
use crate::http_client::Client;
use crate::paths::Paths;
use crate::test_server::free_port;

/// The heading of the section.
pub const TITLE: &str = "Cryptography: wasm and WebCrypto";
/// The operations: their name in the script, their name on the page, and how many run per request.
const DONE: [(&str, &str, u32); 5] = [
    ("rs256-wasm", "RS256 verification, `rsa` in wasm", 100),
    ("rs256-webcrypto", "RS256 verification, WebCrypto", 500),
    ("rs256-webcrypto-import", "the same, with an import of the key each time", 500),
    ("aead-wasm", "AES-256-GCM of a record of 1 KB, sealed and opened, `aes-gcm` in wasm", 2000),
    ("aead-webcrypto", "the same, WebCrypto", 500),
];

/// Measures and returns the section.
///
/// # Errors
/// When the crate does not build or workerd does not run.
pub async fn measure(paths: &Paths) -> Result<Section> {
    let folder = built(paths)?;
    let port = free_port()?;
    let file = folder.join("workerd.capnp");
    fs::write(&file, configuration(port)).with_context(|| format!("{} cannot be written", file.display()))?;
    let mut command = Command::new(paths.at("node_modules/.bin/workerd"));
    command.arg("serve").arg(&file);
    let mut program = ChildProcess::start(command, &paths.file("crypto.log"))?;
    let (client, origin) = (Client::new(), format!("http://127.0.0.1:{port}/"));
    program.until(|| async { client.get(&format!("{origin}?what=aead-wasm&times=1")).await.is_ok() }).await?;
    let mut rows = Vec::new();
    for (what, name, times) in DONE {
        let one = time(&client, &format!("{origin}?what={what}"), times).await?;
        rows.push(vec![name.to_owned(), format!("{:.0}", one * 1e6)]);
    }
    let text = format!(
        "{}\n{}\n\
         Both run inside workerd, the wasm with the deployed profile (`opt-level = \"z\"`). A client times a batch and subtracts the time of an empty batch; median of 9. A WebCrypto call also awaits a promise; \
         `aes-gcm` is synchronous, so it can run inside a SQLite transaction.\n",
        crate::machine::described(paths),
        table(&["", "µs each"], &rows),
    );
    Ok(Section { title: TITLE, text })
}

/// The seconds per operation.
async fn time(client: &Client, url: &str, times: u32) -> Result<f64> {
    let mut seen = Vec::new();
    for _ in 0..9 {
        let mut took = [0.0; 2];
        for (took, times) in took.iter_mut().zip([0, times]) {
            let began = Instant::now();
            client.get(&format!("{url}&times={times}")).await?;
            *took = began.elapsed().as_secs_f64();
        }
        let [none, all] = took;
        seen.push((all - none) / f64::from(times));
    }
    Ok(median(seen))
}

/// Compiles the crate and binds it. Returns its folder.
fn built(paths: &Paths) -> Result<PathBuf> {
    let folder = paths.fresh("crypto")?;
    let setting = |name: &str| {
        std::env::var_os(name).with_context(|| format!("{name} is not set: run `cargo xtask bench`"))
    };
    let target = PathBuf::from(setting("CARGO_TARGET_DIR")?);
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args([
        "build",
        "--quiet",
        "--release",
        "--target",
        "wasm32-unknown-unknown",
        "--package",
        "workbot-bench-crypto",
    ]);
    run(cargo.current_dir(paths.at("tests/bench/crypto")))?;
    let mut bind = Command::new(setting("WASM_BINDGEN_BIN")?);
    bind.arg(target.join("wasm32-unknown-unknown/release/workbot_bench_crypto.wasm"));
    bind.args(["--target", "web", "--no-typescript", "--out-name", "crypto", "--out-dir"]).arg(&folder);
    run(&mut bind)?;
    fs::copy(paths.at("tests/bench/crypto.mjs"), folder.join("crypto.mjs"))?;
    Ok(folder)
}

fn run(command: &mut Command) -> Result<()> {
    let name = command.get_program().display().to_string();
    let status = command.status().with_context(|| format!("{name} could not be started"))?;
    if status.success() { Ok(()) } else { bail!("{name} failed") }
}

fn configuration(port: u16) -> String {
    format!(
        r#"using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(name = "crypto", worker = (
    modules = [
      (name = "crypto.mjs", esModule = embed "crypto.mjs"),
      (name = "crypto.js", esModule = embed "crypto.js"),
      (name = "crypto_bg.wasm", wasm = embed "crypto_bg.wasm"),
    ],
    compatibilityDate = "2026-11-01",
  ))],
  sockets = [(name = "http", address = "127.0.0.1:{port}", http = (), service = "crypto")],
);
"#
    )
}
