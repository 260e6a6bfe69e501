//! A small HTTP server on loopback, on a thread of its own, that can hang up in the middle of an answer. It speaks
//! HTTP/2 where its certificate offers that.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::JoinHandle;

use axum::body::Body;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
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
        Self::at(Ipv4Addr::LOCALHOST.into())
    }

    /// Takes a free port of this address.
    pub(crate) fn at(address: IpAddr) -> Self {
        let listener = TcpListener::bind((address, 0)).expect("a free loopback port");
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
                None => serve_connection(stream, Spoken::Http1, handler).await,
                Some(tls) => {
                    // A client that does not trust us breaks off here; that is its business.
                    if let Ok(stream) = tls.accept(stream).await {
                        let spoken = match stream.get_ref().1.alpn_protocol() {
                            Some(b"h2") => Spoken::Http2,
                            _ => Spoken::Http1,
                        };
                        serve_connection(stream, spoken, handler).await;
                    }
                }
            }
        });
    }
}

/// What both sides agreed to speak.
enum Spoken {
    Http1,
    Http2,
}

async fn serve_connection<H: Handler>(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    spoken: Spoken,
    handler: Arc<Misbehaving<H>>,
) {
    let service = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
        let handler = Arc::clone(&handler);
        async move { handler.answer(request.map(Body::new)).await }
    });
    let stream = TokioIo::new(stream);
    // The error is the fault that the test ordered, or a client that left.
    let _ = match spoken {
        Spoken::Http1 => {
            http1::Builder::new()
                .serve_connection(stream, service)
                .await
        }
        Spoken::Http2 => {
            http2::Builder::new(TokioExecutor::new())
                .serve_connection(stream, service)
                .await
        }
    };
}
