//! Whoever has modules and checksums, asked.

#![expect(
    clippy::disallowed_methods,
    reason = "a proxy may be a folder, and passwords are in a file of the user's"
)]

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use url::Url;

use super::fetch_error::FetchError;
use crate::adapters::http::header::{AUTHORIZATION, CONTENT_RANGE, HeaderValue, RANGE};
use crate::adapters::http::{Client, Conduct, HttpError, Request, Response, StatusCode};
use crate::model::{Environment, ForeignText};
use crate::toolchain::{Credentials, ModuleSettings, Netrc, Proxy, ProxyUrl, Refusal};

/// Words of a server that are shown when it says no.
const MAX_WORDS_BYTES: u64 = 1 << 10;

/// The servers and folders that a user's settings name.
pub(super) struct ModuleServers<'a> {
    client: &'a Client,
    conduct: Conduct,
    netrc_file: Option<PathBuf>,
    netrc: OnceLock<Netrc>,
}

/// A file of a server that is still to be read.
struct Answer {
    reader: Box<dyn Read>,
    /// Where in the file it begins.
    start_bytes: u64,
    /// The size of the whole file.
    size_bytes: Option<u64>,
}

/// Takes a file as it comes.
pub(super) trait Receiver {
    /// Returns how much of the file is there: what follows it is asked for first.
    fn has_bytes(&mut self) -> io::Result<u64>;
    /// The file goes on after `start_bytes` that are there, 0 where it begins anew; `size_bytes` is the size
    /// of all of it.
    fn begin(&mut self, start_bytes: u64, size_bytes: Option<u64>) -> io::Result<()>;
    /// These are its next bytes.
    fn take(&mut self, bytes: &[u8]) -> io::Result<()>;
}

/// What is small is asked for anew.
impl Receiver for Vec<u8> {
    fn has_bytes(&mut self) -> io::Result<u64> {
        Ok(0)
    }

    fn begin(&mut self, _: u64, _: Option<u64>) -> io::Result<()> {
        self.clear();
        Ok(())
    }

    fn take(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.write_all(bytes)
    }
}

impl<'a> ModuleServers<'a> {
    /// Asks through `client`; passwords come from the user's netrc file where `settings` allow it.
    pub(super) fn new(
        client: &'a Client,
        conduct: Conduct,
        environment: &Environment,
        settings: &ModuleSettings,
    ) -> Self {
        let netrc_file = || {
            let default = || Some(environment.home()?.join(".netrc"));
            environment.get_path("NETRC").or_else(default)
        };
        Self {
            client,
            conduct,
            netrc_file: settings.uses_netrc().then(netrc_file).flatten(),
            netrc: OnceLock::new(),
        }
    }

    /// Hands the file `path` of `proxy`, of at most `limit_bytes`, to `receiver`; when it breaks off, it
    /// goes on from there, where the server can.
    pub(super) fn receive(
        &self,
        proxy: &Proxy,
        path: &str,
        limit_bytes: u64,
        receiver: &mut dyn Receiver,
    ) -> Result<(), Refusal<FetchError>> {
        let mut retries = self.conduct.retry.begin();
        loop {
            let there = receiver.has_bytes();
            let there = there.map_err(|error| Refusal::Failed(error.into()))?;
            let answer = self.open(proxy, path, there)?;
            let error = match copy(answer, limit_bytes, receiver) {
                Ok(()) => return Ok(()),
                Err(error) => error,
            };
            let wait = match &error {
                FetchError::Broken(broken) if broken.is_transient() => retries.after_break(),
                _ => None,
            };
            let Some(wait) = wait else {
                return Err(Refusal::Failed(error));
            };
            self.client
                .wait(wait)
                .map_err(|error| Refusal::Failed(error.into()))?;
        }
    }

    /// Returns the small file `path` of `proxy`.
    pub(super) fn read(
        &self,
        proxy: &Proxy,
        path: &str,
        limit_bytes: u64,
    ) -> Result<Vec<u8>, Refusal<FetchError>> {
        let mut bytes = Vec::new();
        self.receive(proxy, path, limit_bytes, &mut bytes)?;
        Ok(bytes)
    }

    fn open(&self, proxy: &Proxy, path: &str, there: u64) -> Result<Answer, Refusal<FetchError>> {
        match proxy {
            Proxy::Server(url) => self.request(url, path, there),
            Proxy::Folder(folder) => open_file(&folder.join(path), proxy),
            Proxy::Direct => Err(Refusal::Unfit(FetchError::NoProxy)),
            Proxy::Off => Err(Refusal::Unfit(FetchError::Off)),
        }
    }

    fn request(
        &self,
        url: &ProxyUrl,
        path: &str,
        there: u64,
    ) -> Result<Answer, Refusal<FetchError>> {
        let response = self
            .send(url, url.join(path), there)
            .map_err(|error| Refusal::Failed(error.into()))?;
        match response.status() {
            StatusCode::OK => Ok(Answer {
                start_bytes: 0,
                size_bytes: response.content_length(),
                reader: Box::new(response),
            }),
            StatusCode::PARTIAL_CONTENT if goes_on(&response, there) => Ok(Answer {
                start_bytes: there,
                size_bytes: response.content_length().map(|rest| there + rest),
                reader: Box::new(response),
            }),
            StatusCode::RANGE_NOT_SATISFIABLE if ends_at(&response, there) => Ok(Answer {
                start_bytes: there,
                size_bytes: Some(there),
                reader: Box::new(io::empty()),
            }),
            // What is there is no part of what the server has.
            StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE if there > 0 => {
                self.request(url, path, 0)
            }
            StatusCode::NOT_FOUND | StatusCode::GONE => {
                Err(Refusal::NotFound(FetchError::NotFound(url.to_string())))
            }
            status => Err(Refusal::Failed(said_no(url, status, response))),
        }
    }

    /// Asks for `target`, which is at `server`, with the user's password for it.
    pub(super) fn send(
        &self,
        server: &ProxyUrl,
        target: Url,
        there: u64,
    ) -> Result<Response, HttpError> {
        let mut request = Request::get(target);
        if there > 0 {
            request = request.header(RANGE, rest_of(there));
        }
        if let Some(credentials) = self.credentials(server) {
            request = request.header(AUTHORIZATION, basic(credentials));
        }
        self.client.fetch(&request, self.conduct, &|_| ())
    }

    /// What the address itself says goes before the user's file, which is for https alone.
    pub(super) fn credentials<'b>(&'b self, url: &'b ProxyUrl) -> Option<&'b Credentials> {
        let from_file = || self.netrc().find(url.host()).filter(|_| url.is_secure());
        url.credentials().or_else(from_file)
    }

    /// Returns what the user's file says, which is read once.
    pub(super) fn netrc(&self) -> &Netrc {
        self.netrc.get_or_init(|| self.read_netrc())
    }

    /// A file that is not there, or is not what it should be, has no passwords.
    fn read_netrc(&self) -> Netrc {
        let read = |path: &PathBuf| {
            let mut text = String::new();
            let file = File::open(path)?.take(Netrc::MAX_BYTES);
            io::BufReader::new(file).read_to_string(&mut text)?;
            Ok::<_, io::Error>(Netrc::parse(&text))
        };
        let file = self.netrc_file.as_ref();
        file.and_then(|path| read(path).ok()).unwrap_or_default()
    }
}

fn open_file(path: &Path, proxy: &Proxy) -> Result<Answer, Refusal<FetchError>> {
    match File::open(path) {
        Ok(file) => Ok(Answer {
            start_bytes: 0,
            size_bytes: file.metadata().ok().map(|metadata| metadata.len()),
            reader: Box::new(file),
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(Refusal::NotFound(FetchError::NotFound(proxy.to_string())))
        }
        Err(error) => Err(Refusal::Failed(FetchError::Folder(error))),
    }
}

fn copy(
    mut answer: Answer,
    limit_bytes: u64,
    receiver: &mut dyn Receiver,
) -> Result<(), FetchError> {
    receiver.begin(answer.start_bytes, answer.size_bytes)?;
    let mut buffer = vec![0; 64 << 10];
    let mut total_bytes = answer.start_bytes;
    loop {
        let length = match answer.reader.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(length) => length,
            Err(error) => return Err(FetchError::of_body(error)),
        };
        total_bytes += length as u64;
        if total_bytes > limit_bytes {
            return Err(FetchError::TooLong { limit_bytes });
        }
        receiver.take(&buffer[..length])?;
    }
}

fn said_no(url: &ProxyUrl, status: StatusCode, response: Response) -> FetchError {
    let mut words = Vec::new();
    // Words that cannot be read are no words.
    let _ = response.take(MAX_WORDS_BYTES).read_to_end(&mut words);
    let words = String::from_utf8_lossy(&words);
    FetchError::Answered {
        host: url.host().to_owned(),
        status: status.as_u16(),
        text: ForeignText::new(words.lines().next().unwrap_or_default()),
    }
}

/// RFC 9110, 14.1.2.
fn rest_of(there: u64) -> HeaderValue {
    // Digits are always a header's value.
    HeaderValue::try_from(format!("bytes={there}-"))
        .unwrap_or_else(|_| HeaderValue::from_static(""))
}

/// Tells whether a part of a file begins where what is there ends; RFC 9110, 14.4.
fn goes_on(response: &Response, there: u64) -> bool {
    let range = response.header(&CONTENT_RANGE).unwrap_or_default();
    range.starts_with(&format!("bytes {there}-"))
}

/// Tells whether the file is as long as what is there.
fn ends_at(response: &Response, there: u64) -> bool {
    let range = response.header(&CONTENT_RANGE).unwrap_or_default();
    range == format!("bytes */{there}")
}

fn basic(credentials: &Credentials) -> HeaderValue {
    let Credentials { user, password } = credentials;
    let token = STANDARD.encode(format!("{user}:{}", password.expose()));
    // Base64 is always a header's value.
    let mut value = HeaderValue::try_from(format!("Basic {token}"))
        .unwrap_or_else(|_| HeaderValue::from_static(""));
    value.set_sensitive(true);
    value
}
