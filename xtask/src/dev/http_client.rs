//! A minimal HTTP client for health checks of local ports.

use std::io::{Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

/// The status and body of `GET http://localhost:{port}{path}`; `None` without a response.
pub fn get(port: u16, path: &str) -> Option<(u16, String)> {
    let address = format!("localhost:{port}");
    let mut stream = address
        .to_socket_addrs()
        .ok()?
        .find_map(|address| TcpStream::connect_timeout(&address, Duration::from_secs(1)).ok())?;
    stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
    write!(stream, "GET {path} HTTP/1.0\r\nHost: {address}\r\nConnection: close\r\n\r\n").ok()?;
    let mut bytes = Vec::new();
    stream.take(64 * 1024).read_to_end(&mut bytes).ok()?;
    let response = String::from_utf8_lossy(&bytes);
    let (head, body) = response.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some((status, body.to_owned()))
}
