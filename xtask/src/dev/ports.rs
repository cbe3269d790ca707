//! The addresses of a local run.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result, bail};

/// The ports of a local run. All are below the range for outgoing connections: such a connection, even a
/// closed one, would block a port for a minute.
#[derive(Clone, Copy)]
pub struct Ports {
    /// `wrangler dev`.
    pub worker: u16,
    /// The sandbox.
    pub sandbox: u16,
    /// The chat.
    pub playground: u16,
}

impl Ports {
    /// The fixed ports plus an offset.
    ///
    /// # Errors
    /// If a port would be above 65535.
    pub fn new(offset: u16) -> Result<Self> {
        let ports = (8787u16.checked_add(offset), 8788u16.checked_add(offset), 8789u16.checked_add(offset));
        let (Some(worker), Some(sandbox), Some(playground)) = ports else {
            bail!("--port-offset {offset} exceeds port 65535: use at most {}", u16::MAX - 8789);
        };
        Ok(Ports { worker, sandbox, playground })
    }

    /// An offset from 100 on where nobody listens, for runs that must not disturb another.
    ///
    /// # Errors
    /// If no offset has free ports.
    pub fn free_offset() -> Result<u16> {
        Ok(*Ports::free_offsets(1)?.first().context("no offset")?)
    }

    /// As many such offsets as are asked for.
    ///
    /// # Errors
    /// When there are fewer.
    pub fn free_offsets(count: usize) -> Result<Vec<u16>> {
        let is_free = |offset: &u16| Ports::new(*offset).is_ok_and(|ports| ports.taken().is_empty());
        // Who looks at the same time begins elsewhere: between the look and the first listener another may
        // look.
        let first = u16::try_from(u64::from(std::process::id()) * 37 % 92).unwrap_or_default();
        let offsets = (0..92).map(|step| 100 + (first + step) % 92 * 100);
        let free: Vec<u16> = offsets.filter(is_free).take(count).collect();
        if free.len() < count {
            bail!("no free ports: stop some of the local runs on this machine");
        }
        Ok(free)
    }

    /// Checks that all ports are free, so that a browser cannot reach another program.
    ///
    /// # Errors
    /// If a port is in use. The error names it and says what to do.
    pub fn check_free(&self) -> Result<()> {
        let taken = self.taken();
        if taken.is_empty() {
            return Ok(());
        }
        let list: Vec<_> = taken.iter().map(|(name, port)| format!("{port} (for the {name})")).collect();
        bail!(
            "another program already listens at port {}: stop it (another `cargo xtask dev`?), or run beside it with \
             `cargo xtask dev --port-offset 100`",
            list.join(" and ")
        );
    }

    fn taken(&self) -> Vec<(&'static str, u16)> {
        let all = [("worker", self.worker), ("sandbox", self.sandbox), ("Playground", self.playground)];
        all.into_iter().filter(|(_, port)| taken(*port)).collect()
    }
}

/// A program may listen on one address family only, or on all addresses, which some systems do not report as
/// a conflict. Therefore both families are tried, by connecting and by binding.
fn taken(port: u16) -> bool {
    let families =
        [SocketAddr::from((Ipv4Addr::LOCALHOST, port)), SocketAddr::from((Ipv6Addr::LOCALHOST, port))];
    families.iter().any(|address| {
        TcpStream::connect_timeout(address, Duration::from_millis(200)).is_ok()
            || TcpListener::bind(address).is_err_and(|error| error.kind() == ErrorKind::AddrInUse)
    })
}

/// The origin at a port of this machine.
pub fn origin(port: u16) -> String {
    format!("http://localhost:{port}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_moves_every_port() {
        let ports = Ports::new(100).unwrap();
        assert_eq!((ports.worker, ports.sandbox, ports.playground), (8887, 8888, 8889));
    }

    #[test]
    fn an_offset_beyond_the_last_port_is_refused() {
        assert!(Ports::new(u16::MAX - 8788).is_err());
    }

    #[test]
    fn a_listener_of_either_family_counts() {
        for address in ["127.0.0.1:0", "[::1]:0", "0.0.0.0:0"] {
            // A machine may have no IPv6.
            let Ok(listener) = TcpListener::bind(address) else { continue };
            assert!(taken(listener.local_addr().unwrap().port()), "{address}");
        }
    }
}
