//! The server on both loopback families. It can close a connection without a response, which the web
//! framework does not offer.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;

use anyhow::Context;
use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tower::ServiceExt;

use crate::faults::Dropped;
use crate::router::router;
use crate::{Sandbox, Settings, Shared};

/// A running sandbox.
pub struct Running {
    /// Its data, for tests in the same process.
    pub sandbox: Shared,
    listeners: Vec<JoinHandle<()>>,
}

impl Running {
    /// Stops listening.
    pub fn stop(&self) {
        for listener in &self.listeners {
            listener.abort();
        }
    }
}

/// Binds 127.0.0.1 and ::1 (a browser resolves `localhost` to either) and serves.
pub async fn start(settings: Settings) -> anyhow::Result<Running> {
    start_with(settings, Sandbox::open).await
}

/// The same, but changes are kept in memory only. Each save writes the whole state, which under load takes
/// longer than the measured bot.
pub async fn start_unsaved(settings: Settings) -> anyhow::Result<Running> {
    start_with(settings, |settings| Ok(Sandbox::open(settings)?.unsaved())).await
}

async fn start_with(
    settings: Settings,
    open: impl FnOnce(Settings) -> anyhow::Result<Sandbox>,
) -> anyhow::Result<Running> {
    let port = settings.port;
    let v4 = bind(IpAddr::V4(Ipv4Addr::LOCALHOST), port).await?;
    let v6 = match bind(IpAddr::V6(Ipv6Addr::LOCALHOST), port).await {
        Ok(listener) => Some(listener),
        // A machine without IPv6 resolves localhost to IPv4 alone.
        Err(error) if is_missing_family(&error) => None,
        Err(error) => return Err(error),
    };
    let sandbox: Shared = Arc::new(open(settings)?);
    let app = router(sandbox.clone());
    let listeners = [Some(v4), v6]
        .into_iter()
        .flatten()
        .map(|listener| tokio::spawn(accept(listener, app.clone(), sandbox.away.subscribe())))
        .collect();
    Ok(Running { sandbox, listeners })
}

async fn bind(address: IpAddr, port: u16) -> anyhow::Result<TcpListener> {
    let address = SocketAddr::new(address, port);
    TcpListener::bind(address).await.with_context(|| {
        format!(
            "cannot listen on {address}: if the port is taken, end the other program or choose another --port"
        )
    })
}

fn is_missing_family(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| {
        matches!(error.kind(), io::ErrorKind::AddrNotAvailable | io::ErrorKind::Unsupported)
            || error.raw_os_error() == Some(97)
    })
}

async fn accept(mut listener: TcpListener, app: Router, mut back_at: watch::Receiver<Instant>) {
    loop {
        tokio::select! {
            accepted = listener.accept() => if let Ok((stream, _)) = accepted {
                tokio::spawn(serve(stream, app.clone(), back_at.clone()));
            },
            Ok(()) = back_at.changed() => {
                let Ok(address) = listener.local_addr() else { return };
                drop(listener);
                let until = *back_at.borrow_and_update();
                tokio::time::sleep_until(until).await;
                let Ok(again) = bind(address.ip(), address.port()).await else { return };
                listener = again;
            }
        }
    }
}

async fn serve(stream: TcpStream, app: Router, mut away: watch::Receiver<Instant>) {
    let service = service_fn(move |request: Request<Incoming>| {
        let app = app.clone();
        async move {
            let response: Response<Body> = match app.oneshot(request.map(Body::new)).await {
                Ok(response) => response,
                Err(never) => match never {},
            };
            if response.extensions().get::<Dropped>().is_some() {
                return Err(io::Error::from(io::ErrorKind::ConnectionAborted));
            }
            Ok(response)
        }
    });
    let mut connection = pin!(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    // Whether a fault or the peer ended the connection does not matter.
    tokio::select! {
        _ = connection.as_mut() => {}
        Ok(()) = away.changed() => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}
