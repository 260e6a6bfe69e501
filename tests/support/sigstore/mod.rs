//! Sigstore's services in memory: a Fulcio, a Rekor of each version and a time-stamp authority behind one address,
//! honest by their specifications, recording every request, misbehaving on order.

mod bundles;
mod der;
mod fulcio;
mod log;
mod rekor;
mod stage;
mod time_stamps;
pub(crate) mod token;

pub(crate) use stage::Stage;
use std::sync::Arc;

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use axum::body::to_bytes;
use axum::extract::Request;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, ETAG, LOCATION};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use self::fulcio::Fulcio;
use self::log::LogKey;
use self::rekor::{Rekor1, Rekor2};
use self::time_stamps::TimeStamps;
use super::TestEnvironment;
use super::http::fault::Faults;
use super::http::misbehave::Misbehaving;
use super::http::server::{Bound, Server};
use super::http::{Fault, Handler, Journal};

/// Which log is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Log {
    /// Rekor 1.
    One,
    /// Rekor 2, with the time-stamp authority.
    Two,
}

/// Certificates of these last so long, as Fulcio's do.
const LIFETIME_SECONDS: i64 = 600;

/// Running services; they are gone when dropped.
pub(crate) struct Sigstore {
    services: Arc<Services>,
    origin: String,
    journal: Journal,
    faults: Arc<Faults>,
    _server: Server,
}

struct Services {
    fulcio: Fulcio,
    rekor_1: Rekor1,
    rekor_2: Rekor2,
    time_stamps: TimeStamps,
    clock: Clock,
}

/// The clock of the log and the time-stamp authority, which a test may set forward.
#[derive(Clone, Default)]
struct Clock(Arc<AtomicI64>);

impl Clock {
    fn now(&self) -> i64 {
        seconds_now() + self.0.load(Ordering::SeqCst)
    }
}

/// Returns the seconds since 1970.
pub(crate) fn seconds_now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let seconds = since.expect("a clock after 1970").as_secs();
    seconds.try_into().expect("a time before the end of time")
}

impl Sigstore {
    /// Starts services with keys of their own, and certificates in a log of certificates.
    pub(crate) fn start() -> Self {
        Self::start_with(LIFETIME_SECONDS)
    }

    /// Starts services whose certificates last so long.
    pub(crate) fn start_with(lifetime_seconds: i64) -> Self {
        let bound = Bound::new();
        let origin = format!("http://{}", bound.address());
        let clock = Clock::default();
        let services = Arc::new(Services {
            fulcio: Fulcio::new(lifetime_seconds),
            rekor_1: Rekor1::new(clock.clone()),
            rekor_2: Rekor2::new(),
            time_stamps: TimeStamps::new(clock.clone()),
            clock,
        });
        let (journal, faults) = (Journal::default(), Arc::new(Faults::default()));
        let handler = Misbehaving::new(
            Desk(Arc::clone(&services)),
            journal.clone(),
            Arc::clone(&faults),
        );
        Self {
            services,
            origin,
            journal,
            faults,
            _server: bound.serve(None, handler),
        }
    }

    /// Returns where they answer, `http://127.0.0.1:PORT`.
    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }

    /// Returns what they were asked.
    pub(crate) fn journal(&self) -> &Journal {
        &self.journal
    }

    /// Orders a fault.
    pub(crate) fn misbehave(&self, fault: Fault) {
        self.faults.order(fault);
    }

    /// Sets the clock of log and time stamps so many seconds off.
    pub(crate) fn set_clock_off(&self, seconds: i64) {
        self.services.clock.0.store(seconds, Ordering::SeqCst);
    }

    /// Returns what the time-stamp authority says of when it saw `signature`.
    pub(crate) fn time_stamp(&self, signature: &[u8]) -> Vec<u8> {
        let question = coracle::attest::keyless::time_stamp_request(signature);
        let answer = self.services.time_stamps.answer(&question);
        answer.unwrap_or_else(|error| panic!("{error}")).body
    }

    /// Returns how often a service was asked whose path ends so.
    pub(crate) fn asked(&self, path_end: &str) -> usize {
        let requests = self.journal.requests();
        let asked = requests.iter().filter(|it| it.path().ends_with(path_end));
        asked.count()
    }

    /// Returns the certificates and keys of all of them, as a Sigstore trusted root.
    pub(crate) fn trusted_root(&self) -> Value {
        let Services {
            fulcio,
            rekor_1,
            rekor_2,
            time_stamps,
            ..
        } = &*self.services;
        json!({
            "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
            "tlogs": [
                self.log("rekor1", rekor_1.key()),
                self.log("rekor2", rekor_2.key()),
            ],
            "certificateAuthorities": [self.authority("fulcio", &fulcio.chain())],
            "ctlogs": [self.log("ct", fulcio.certificate_log())],
            "timestampAuthorities": [self.authority("tsa", &time_stamps.chain())],
        })
    }

    fn log(&self, name: &str, key: &LogKey) -> Value {
        json!({
            "baseUrl": format!("{}/{name}", self.origin),
            "hashAlgorithm": "SHA2_256",
            "publicKey": {
                "rawBytes": STANDARD.encode(key.spki()),
                "keyDetails": key.details(),
                "validFor": { "start": "2020-01-01T00:00:00Z" },
            },
            "logId": { "keyId": STANDARD.encode(key.id()) },
        })
    }

    fn authority(&self, name: &str, chain: &[Vec<u8>]) -> Value {
        let certificates = chain.iter();
        let certificates: Vec<Value> = certificates
            .map(|der| json!({ "rawBytes": STANDARD.encode(der) }))
            .collect();
        json!({
            "subject": { "organization": "tests", "commonName": name },
            "uri": format!("{}/{name}", self.origin),
            "certChain": { "certificates": certificates },
            "validFor": { "start": "2020-01-01T00:00:00Z" },
        })
    }

    /// Returns the same services as a Sigstore signing configuration.
    pub(crate) fn signing_config(&self, log: Log) -> Value {
        let service = |name: &str, version: u32| {
            json!({
                "url": format!("{}/{name}", self.origin),
                "majorApiVersion": version,
                "validFor": { "start": "2020-01-01T00:00:00Z" },
                "operator": "tests",
            })
        };
        let any = json!({ "selector": "ANY" });
        let (logs, time_stamps) = match log {
            Log::One => (service("rekor1", 1), vec![]),
            Log::Two => (service("rekor2", 2), vec![service("tsa", 1)]),
        };
        json!({
            "mediaType": "application/vnd.dev.sigstore.signingconfig.v0.2+json",
            "caUrls": [service("fulcio", 1)],
            "oidcUrls": [],
            "rekorTlogUrls": [logs],
            "rekorTlogConfig": any,
            "tsaUrls": time_stamps,
            "tsaConfig": any,
        })
    }

    /// Returns the table `[sign.keyless]` that names these services, and the file trusted-root.json.
    pub(crate) fn config(&self, log: Log) -> String {
        let origin = &self.origin;
        let log = match log {
            Log::One => format!("rekor = '{origin}/rekor1'\n"),
            Log::Two => {
                format!("rekor = '{origin}/rekor2'\nrekor_version = 2\ntsa = '{origin}/tsa'\n")
            }
        };
        format!(
            "[sign.keyless]\nfulcio = '{origin}/fulcio'\n{log}trusted_root = 'trusted-root.json'\n"
        )
    }
}

impl TestEnvironment {
    /// Writes a project that is signed by these services, as whom the token in `SIGSTORE_ID_TOKEN` speaks of.
    pub(crate) fn with_keyless(mut self, sigstore: &Sigstore, log: Log) -> Self {
        self.write("coracle.toml", sigstore.config(log));
        self.write("trusted-root.json", sigstore.trusted_root().to_string());
        self.set("SIGSTORE_ID_TOKEN", token::of_ci());
        self
    }
}

/// Sends every request to the service that its path names.
struct Desk(Arc<Services>);

/// What a service says, what it calls the entry that it made, and where the entry is that it has already.
struct Said {
    status: StatusCode,
    body: Vec<u8>,
    tag: Option<String>,
    location: Option<String>,
}

impl Said {
    fn json(status: StatusCode, body: &Value) -> Self {
        Self {
            status,
            body: body.to_string().into_bytes(),
            tag: None,
            location: None,
        }
    }
}

impl IntoResponse for Said {
    fn into_response(self) -> Response {
        let kind = match self.body.first() {
            Some(b'{') => "application/json",
            _ => "application/timestamp-reply",
        };
        let mut response = (self.status, [(CONTENT_TYPE, kind)], self.body).into_response();
        for (name, value) in [(ETAG, self.tag), (LOCATION, self.location)] {
            if let Some(value) = value {
                let value = HeaderValue::from_str(&value).expect("a header's value");
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}

type Answered = Result<Said, String>;

impl Handler for Desk {
    async fn answer(&self, request: Request) -> Response {
        let path = request.uri().path().to_owned();
        let bearer = request.headers().get(AUTHORIZATION);
        let bearer = bearer.and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
        let bearer = bearer.map(str::to_owned);
        let body = to_bytes(request.into_body(), 1 << 20).await;
        let body = body.unwrap_or_default();
        let services = &self.0;
        let answered = match path.as_str() {
            "/fulcio/api/v2/signingCert" => services.fulcio.answer(bearer.as_deref(), &body),
            "/rekor1/api/v1/log/entries" => services.rekor_1.answer(&body),
            "/rekor2/api/v2/log/entries" => services.rekor_2.answer(&body),
            "/tsa" => services.time_stamps.answer(&body),
            "/github/token" => Ok(token::answer()),
            path => match path.strip_prefix("/rekor1/api/v1/log/entries/") {
                Some(uuid) => services.rekor_1.find(uuid),
                None => return StatusCode::NOT_FOUND.into_response(),
            },
        };
        match answered {
            Ok(said) => said.into_response(),
            Err(message) => {
                let body = json!({ "code": 3, "message": message, "details": [] });
                Said::json(StatusCode::BAD_REQUEST, &body).into_response()
            }
        }
    }
}

/// Returns what the JSON of a request says at `path`, as text.
fn text_at<'a>(json: &'a Value, path: &str) -> Result<&'a str, String> {
    let found = json.pointer(path).and_then(Value::as_str);
    found.ok_or_else(|| format!("{path} is missing"))
}

/// Returns the bytes that the JSON of a request has at `path`, in base64.
fn bytes_at(json: &Value, path: &str) -> Result<Vec<u8>, String> {
    let text = text_at(json, path)?;
    STANDARD
        .decode(text)
        .map_err(|error| format!("{path}: {error}"))
}

fn parse(body: &[u8]) -> Result<Value, String> {
    serde_json::from_slice(body).map_err(|error| error.to_string())
}
