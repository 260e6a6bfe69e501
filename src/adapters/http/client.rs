//! One request, one answer.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use reqwest::header::CONTENT_LENGTH;
use reqwest::{Method, RequestBuilder};
use url::{Host, Url};

use crate::model::{Cancellation, Environment, RegistryHost, Traffic};

use super::feed::{self, Chunks};
use super::request::authority;
use super::response::Response;
use super::transport::Transport;
use super::watch::{Meter, Watch, stopped};
use super::{HttpError, Observer, Request};

/// What a client needs to know of the machine and the configuration.
#[derive(Debug, Clone)]
pub struct ClientSettings {
    /// Where proxies and trusted certificates are named.
    pub environment: Environment,
    /// How long a request may go on without 1 KiB of progress.
    pub patience: Duration,
    /// Whether there is a network.
    pub network: Network,
    /// Further certificates, as PEM, each trusted for one host alone.
    pub ca: BTreeMap<RegistryHost, Vec<u8>>,
    /// Where requests and bytes are counted.
    pub traffic: Traffic,
}

/// Whether requests may leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Network {
    /// They may.
    Online,
    /// None does: the user wants what is on this machine.
    Offline,
}

/// Sends requests and waits for the answers, from any number of threads.
pub struct Client {
    settings: ClientSettings,
    cancellation: Cancellation,
    transport: OnceLock<Result<Arc<Transport>, String>>,
}

impl Client {
    /// Makes a client. Nothing is read or started before the first request.
    pub fn new(settings: ClientSettings, cancellation: Cancellation) -> Self {
        Self {
            settings,
            cancellation,
            transport: OnceLock::new(),
        }
    }

    /// Sends `request` once, telling `observer` of the bytes of its body as they leave, and returns the
    /// answer, whatever it says, with its body still to be read. Redirects are answers.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn send(&self, request: &Request, observer: &dyn Observer) -> Result<Response, HttpError> {
        if self.settings.network == Network::Offline {
            return Err(HttpError::Offline {
                host: request.authority(),
            });
        }
        let transport = self.transport()?;
        let watch = self.watch(&request.url);
        let counted = |bytes| {
            watch.traffic.sent(bytes);
            observer.moved(bytes);
        };
        let answer = answer(transport, request, &watch, &counted)?
            .map_err(|error| HttpError::of_request(&error, &watch.host))
            .map_err(|error| error.through(transport.proxy_for(&request.url)))?;
        watch.traffic.answered();
        tracing::debug!(
            method = %request.method, host = %watch.host, path = request.url.path(),
            status = answer.status().as_u16(), "answered",
        );
        Ok(Response::new(answer, Arc::clone(transport), watch))
    }

    /// Tells whether who answers at `url`, an https URL, speaks TLS at all. A certificate that is not
    /// trusted is a sign of it.
    ///
    /// # Errors
    /// When the run is told to stop, or may not ask.
    pub fn speaks_tls(&self, url: &Url) -> Result<bool, HttpError> {
        match self.send(&Request::new(Method::HEAD, url.clone()), &|_| ()) {
            Ok(_) | Err(HttpError::Tls { .. }) => Ok(true),
            Err(
                error @ (HttpError::Stopped(_) | HttpError::Setup(_) | HttpError::Offline { .. }),
            ) => Err(error),
            Err(_) => Ok(false),
        }
    }

    /// Waits, but not longer than the run lasts.
    ///
    /// # Errors
    /// When the run is told to stop.
    pub fn wait(&self, time: Duration) -> Result<(), HttpError> {
        self.transport()?.block_on(async {
            tokio::select! {
                reason = stopped(&self.cancellation) => Err(HttpError::Stopped(reason)),
                () = tokio::time::sleep(time) => Ok(()),
            }
        })
    }

    /// Returns the addresses that requests to `url` will go to, now and later; none where a proxy
    /// finds them.
    ///
    /// # Errors
    /// When there is no such name.
    pub fn addresses(&self, url: &Url) -> Result<Vec<IpAddr>, HttpError> {
        let transport = self.transport()?;
        if transport.proxy_for(url).is_some() {
            return Ok(Vec::new());
        }
        match url.host() {
            Some(Host::Ipv4(address)) => Ok(vec![address.into()]),
            Some(Host::Ipv6(address)) => Ok(vec![address.into()]),
            Some(Host::Domain(name)) => {
                let watch = self.watch(url);
                let meter = Meter::default();
                let found = transport.block_on(watch.over(&meter, transport.addresses.pin(name)));
                found?.map_err(|error| HttpError::Address {
                    host: watch.host.clone(),
                    cause: crate::model::ForeignText::new(&error.to_string()),
                })
            }
            None => Ok(Vec::new()),
        }
    }

    fn transport(&self) -> Result<&Arc<Transport>, HttpError> {
        self.transport
            .get_or_init(|| {
                Transport::new(&self.settings)
                    .map(Arc::new)
                    .map_err(|error| error.to_string())
            })
            .as_ref()
            .map_err(|message| HttpError::Setup(message.clone()))
    }

    fn watch(&self, url: &Url) -> Watch {
        Watch {
            host: authority(url),
            limit: self.settings.patience,
            cancellation: self.cancellation.clone(),
            traffic: self.settings.traffic.clone(),
        }
    }
}

fn answer(
    transport: &Transport,
    request: &Request,
    watch: &Watch,
    observer: &dyn Observer,
) -> Result<reqwest::Result<reqwest::Response>, HttpError> {
    let unreadable = |source| HttpError::Source {
        host: watch.host.clone(),
        source,
    };
    let builder = transport
        .pool_for(&request.url)
        .request(request.method.clone(), request.url.clone())
        .headers(request.headers.clone());
    let meter = Meter::default();
    let Some((reader, size_bytes)) = request.body.open().map_err(unreadable)? else {
        return transport.block_on(watch.over(&meter, without_body(builder, request).send()));
    };
    let (sender, body) = feed::body(meter.clone());
    let builder = builder.header(CONTENT_LENGTH, size_bytes).body(body);
    let answer = pin!(watch.over(&meter, builder.send()));
    let chunks = Chunks::new(reader, size_bytes);
    feed::pump(transport, chunks, sender, answer, observer).map_err(unreadable)?
}

/// Some servers refuse a request that could have a body and does not say that it has none.
fn without_body(builder: RequestBuilder, request: &Request) -> RequestBuilder {
    match request.method {
        Method::POST | Method::PUT | Method::PATCH => builder.header(CONTENT_LENGTH, 0),
        _ => builder,
    }
}
