//! A small HTTP/1.1 server on loopback, on a thread of its own, that can hang up in the middle of an answer.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::JoinHandle;

use axum::body::Body;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;

use super::Handler;
use super::misbehave::Misbehaving;

/// A port that is taken, before anybody answers on it: a handler may need to know its own address.
pub(crate) struct Bound {
    listener: TcpListener,
    address: SocketAddr,
}

impl Bound {
    /// Takes a free port of the loopback interface.
    pub(crate) fn new() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free loopback port");
        let address = listener
            .local_addr()
            .expect("a bound listener has an address");
        Self { listener, address }
    }

    /// Returns the address that was taken.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves `handler` until the returned server is dropped.
    pub(crate) fn serve<H: Handler>(
        self,
        tls: Option<Arc<ServerConfig>>,
        handler: Arc<Misbehaving<H>>,
    ) -> Server {
        let (stop, stopped) = oneshot::channel::<()>();
        let listener = self.listener;
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime");
            runtime.block_on(async {
                tokio::select! {
                    () = accept_all(listener, tls, handler) => {}
                    _ = stopped => {}
                }
            });
        });
        Server {
            stop: Some(stop),
            thread: Some(thread),
        }
    }
}

/// A running server; dropping it closes all of its connections.
pub(crate) struct Server {
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the server shows in the test as a connection that was cut; it has been printed already.
            let _ = thread.join();
        }
    }
}

async fn accept_all<H: Handler>(
    listener: TcpListener,
    tls: Option<Arc<ServerConfig>>,
    handler: Arc<Misbehaving<H>>,
) {
    listener
        .set_nonblocking(true)
        .expect("a non-blocking listener");
    let listener = tokio::net::TcpListener::from_std(listener).expect("a listener in the runtime");
    let tls = tls.map(TlsAcceptor::from);
    loop {
        let (stream, _) = listener.accept().await.expect("a connection");
        let (tls, handler) = (tls.clone(), Arc::clone(&handler));
        tokio::spawn(async move {
            match tls {
                None => serve_connection(stream, handler).await,
                Some(tls) => {
                    // A client that does not trust us breaks off here; that is its business.
                    if let Ok(stream) = tls.accept(stream).await {
                        serve_connection(stream, handler).await;
                    }
                }
            }
        });
    }
}

async fn serve_connection<H: Handler>(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    handler: Arc<Misbehaving<H>>,
) {
    let service = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
        let handler = Arc::clone(&handler);
        async move { handler.answer(request.map(Body::new)).await }
    });
    // The error is the fault that the test ordered, or a client that left.
    let _ = http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await;
}
