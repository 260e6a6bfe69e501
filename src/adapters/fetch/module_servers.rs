//! Whoever has modules and checksums, asked.

#![expect(clippy::disallowed_methods, reason = "a proxy may be a folder")]

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use url::Url;

use super::fetch_error::{Asker, FetchError};
use super::logins::{Logins, Renewal};
use crate::adapters::http::header::{CONTENT_RANGE, HeaderName, HeaderValue, RANGE};
use crate::adapters::http::{Client, Conduct, Request, Response, StatusCode};
use crate::model::ForeignText;
use crate::toolchain::{LoginOrigin, ModuleLogin, Netrc, Proxy, ProxyUrl, Refusal};

/// Words of a server that are shown when it says no.
const MAX_WORDS_BYTES: u64 = 1 << 10;
/// How often who is refused may be another: once as somebody that others were told of meanwhile, once as
/// somebody that was asked for.
const MAX_RENEWALS: usize = 2;

/// The servers and folders that a user's settings name.
pub(super) struct ModuleServers<'a> {
    client: &'a Client,
    conduct: Conduct,
    logins: Logins,
}

/// What a server answered, and to whom.
pub(super) struct Answered {
    pub(super) response: Response,
    /// Who told it who asks; nobody, where it was not told.
    pub(super) login: Option<LoginOrigin>,
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
    /// Asks through `client`, as whoever `logins` say.
    pub(super) fn new(client: &'a Client, conduct: Conduct, logins: Logins) -> Self {
        Self {
            client,
            conduct,
            logins,
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
        let Answered { response, login } = self
            .send(url, &url.join(path), there)
            .map_err(Refusal::Failed)?;
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
            status => Err(Refusal::Failed(FetchError::Answered {
                host: url.host().to_owned(),
                status: status.as_u16(),
                text: words_of(response),
                asker: Box::new(self.asker(login)),
            })),
        }
    }

    /// Asks for `target`, which is at `server`, as whoever is known there: what the address itself says goes
    /// before all others. Who is refused asks once more, where somebody knows who else to be.
    pub(super) fn send(
        &self,
        server: &ProxyUrl,
        target: &Url,
        there: u64,
    ) -> Result<Answered, FetchError> {
        let own = server.credentials();
        let own = own.map(|it| ModuleLogin::basic(it, LoginOrigin::Address));
        let has_own = own.is_some();
        let mut login = match own {
            None if server.is_secure() => self.logins.find(target)?,
            own => own,
        };
        let mut response = self.send_as(target, there, login.as_ref())?;
        for _ in 0..MAX_RENEWALS {
            if has_own || !server.is_secure() || !may_be_another(response.status()) {
                break;
            }
            let (other, is_last) = match self.logins.renew(target, login.as_ref(), &response)? {
                None => break,
                Some(Renewal::Meanwhile(other)) => (other, false),
                Some(Renewal::Asked(other)) => (other, true),
            };
            response = self.send_as(target, there, Some(&other))?;
            self.logins.settle(&other, target, &response);
            login = Some(other);
            if is_last {
                break;
            }
        }
        Ok(Answered {
            response,
            login: login.map(|login| login.by),
        })
    }

    fn send_as(
        &self,
        target: &Url,
        there: u64,
        login: Option<&ModuleLogin>,
    ) -> Result<Response, FetchError> {
        let mut request = Request::get(target.clone());
        if there > 0 {
            request = request.header(RANGE, rest_of(there));
        }
        for header in login.iter().flat_map(|login| &login.headers) {
            let name = HeaderName::try_from(header.name.as_str());
            let value = HeaderValue::try_from(header.value.expose());
            // What is none was refused when it was read.
            if let (Ok(name), Ok(mut value)) = (name, value) {
                value.set_sensitive(true);
                request.headers.append(name, value);
            }
        }
        Ok(self.client.fetch(&request, self.conduct, &|_| ())?)
    }

    /// Says as whom a server was asked, and what was wrong with those who were to know it.
    pub(super) fn asker(&self, login: Option<LoginOrigin>) -> Asker {
        let faults = match &login {
            Some(_) => Vec::new(),
            None => self.logins.faults(),
        };
        Asker { login, faults }
    }

    /// Returns what the user's netrc file says.
    pub(super) fn netrc(&self) -> &Netrc {
        self.logins.netrc()
    }
}

/// As in the go command: some servers say that there is nothing to whoever may not see it. That there is no more
/// than what is there already is an answer.
fn may_be_another(status: StatusCode) -> bool {
    status.is_client_error() && status != StatusCode::RANGE_NOT_SATISFIABLE
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

fn words_of(response: Response) -> ForeignText {
    let mut words = Vec::new();
    // Words that cannot be read are no words.
    let _ = response.take(MAX_WORDS_BYTES).read_to_end(&mut words);
    let words = String::from_utf8_lossy(&words);
    ForeignText::new(words.lines().next().unwrap_or_default())
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
