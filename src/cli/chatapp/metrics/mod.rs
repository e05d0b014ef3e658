//! The counters of a server, for Prometheus: an HTTP server with one page.

mod page;
mod store;

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::CONTENT_TYPE;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::time::{sleep, timeout};

use crate::cli::chatapp::inlet::Input;
use crate::console::Console;

pub(super) use store::TimedStore;

/// The maximum number of connections; others wait.
const CONNECTIONS_MAX: usize = 16;

/// The maximum duration of a connection.
const CONNECTION_PATIENCE: Duration = Duration::from_secs(10);

/// How long to wait when the system has no free sockets.
const ACCEPT_AGAIN_AFTER: Duration = Duration::from_millis(100);

/// Why metrics cannot be served.
#[derive(Debug, thiserror::Error)]
pub(super) enum MetricsError {
    #[error(
        "cannot listen for metrics on `{0}`: it is taken; choose another address with `--metrics`, \
         or end the program that uses it"
    )]
    Taken(SocketAddr),
    #[error("cannot listen for metrics on `{address}`: choose another address with `--metrics`")]
    Refused { address: SocketAddr, source: io::Error },
}

/// Answers requests until the program ends.
#[derive(Clone)]
pub(super) struct Metrics {
    inputs: mpsc::Sender<Input>,
    /// Time until changes were stored, in seconds.
    storing: Histogram,
}

impl Metrics {
    /// Asks the loop that reads `inputs` for the counters.
    pub(super) fn new(inputs: mpsc::Sender<Input>) -> Self {
        // From 0.1 ms to 3 s.
        Self { inputs, storing: Histogram::new(exponential_buckets(0.0001, 2.0, 16)) }
    }

    /// Returns the histogram of the time that storage takes.
    pub(super) fn storing(&self) -> Histogram {
        self.storing.clone()
    }

    /// Starts to listen at an address. Returns the address.
    ///
    /// # Errors
    ///
    /// The address cannot be used.
    pub(super) async fn serve(self, address: SocketAddr) -> Result<SocketAddr, MetricsError> {
        let listener = TcpListener::bind(address).await.map_err(|source| {
            if source.kind() == io::ErrorKind::AddrInUse {
                MetricsError::Taken(address)
            } else {
                MetricsError::Refused { address, source }
            }
        })?;
        let local = listener.local_addr();
        let local = local.map_err(|source| MetricsError::Refused { address, source })?;
        tokio::spawn(self.accept_all(listener));
        Ok(local)
    }

    async fn accept_all(self, listener: TcpListener) {
        let room = Arc::new(Semaphore::new(CONNECTIONS_MAX));
        while let Ok(permit) = Arc::clone(&room).acquire_owned().await {
            let Ok((stream, _)) = listener.accept().await else {
                sleep(ACCEPT_AGAIN_AFTER).await;
                continue;
            };
            let metrics = self.clone();
            tokio::spawn(async move {
                timeout(CONNECTION_PATIENCE, metrics.converse(stream)).await.ok();
                drop(permit);
            });
        }
    }

    async fn converse(self, stream: TcpStream) {
        let service = service_fn(|request: Request<_>| {
            let metrics = self.clone();
            async move {
                let answer = metrics.answer(request.method(), request.uri().path()).await;
                Ok::<_, Infallible>(answer)
            }
        });
        let mut server = http1::Builder::new();
        server.timer(TokioTimer::new()).keep_alive(false);
        // A client that disconnects needs no answer.
        server.serve_connection(TokioIo::new(stream), service).await.ok();
    }

    async fn answer(&self, method: &Method, path: &str) -> Response<Full<Bytes>> {
        if path != "/metrics" {
            return respond(
                StatusCode::NOT_FOUND,
                "text/plain",
                "metrics are at /metrics\n".into(),
            );
        }
        if !matches!(*method, Method::GET | Method::HEAD) {
            let allowed = "metrics can only be read: GET /metrics\n";
            return respond(StatusCode::METHOD_NOT_ALLOWED, "text/plain", allowed.into());
        }
        let (asker, answer) = oneshot::channel();
        let look = Input::Look(Box::new(|actor: &(dyn Console + 'static)| {
            // The receiver may be gone.
            asker.send(actor.stats()).ok();
        }));
        self.inputs.send(look).await.ok();
        match answer.await.ok().flatten() {
            Some(stats) => respond(StatusCode::OK, page::CONTENT, page::of(&stats, self.storing())),
            None => respond(
                StatusCode::SERVICE_UNAVAILABLE,
                "text/plain",
                "the server is shutting down\n".into(),
            ),
        }
    }
}

fn respond(status: StatusCode, content: &'static str, text: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(text.into()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, hyper::header::HeaderValue::from_static(content));
    response
}
