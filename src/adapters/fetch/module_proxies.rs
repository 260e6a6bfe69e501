//! The `ZipServer` port.

use std::fs::File;
use std::io::{self, Seek as _, SeekFrom, Write as _};

use super::contacts::Contacts;
use super::fetch_error::FetchError;
use super::logins::{Logins, TIME_LIMIT};
use super::module_servers::{ModuleServers, Receiver};
use crate::adapters::http::{Client, Conduct, RetryPolicy};
use crate::config::AddressTrust;
use crate::model::{Cancellation, Environment};
use crate::ports::{NotSent, ZipServer};
use crate::toolchain::{ModuleSettings, Proxy, Refusal, escape_module};

/// Go's own limit for the zip of a module.
const MAX_ZIP_BYTES: u64 = 500 << 20;

/// The proxies that a user's settings name, asked for modules.
pub struct ModuleProxies<'a> {
    settings: ModuleSettings,
    servers: ModuleServers<'a>,
    contacts: Contacts,
}

impl<'a> ModuleProxies<'a> {
    /// Asks through `client`, with the passwords that `environment` leads to.
    pub fn new(
        client: &'a Client,
        retry: RetryPolicy,
        environment: &Environment,
        settings: ModuleSettings,
        cancellation: Cancellation,
    ) -> Self {
        let conduct = Conduct {
            retry,
            trust: AddressTrust::default(),
        };
        let logins = Logins::new(environment, &settings, TIME_LIMIT, cancellation);
        Self {
            servers: ModuleServers::new(client, conduct, logins),
            settings,
            contacts: Contacts::default(),
        }
    }
}

impl ZipServer for ModuleProxies<'_> {
    fn send(&self, path: &str, version: &str, to: &mut File) -> Result<String, NotSent> {
        if let Some((variable, pattern)) = self.settings.past_proxies(path) {
            let pattern = pattern.to_owned();
            return Err(NotSent::Private { variable, pattern });
        }
        let (path, version) = (escape_module(path), escape_module(version));
        let file = format!("{path}/@v/{version}.zip");
        let sent = self.settings.proxies().ask(|proxy| {
            // What another has begun to send is not its.
            let emptied = to.set_len(0);
            emptied.map_err(|error| Refusal::Failed(error.into()))?;
            let mut receiver = Incoming(to);
            self.contacts.ask(proxy, || {
                self.servers
                    .receive(proxy, &file, MAX_ZIP_BYTES, &mut receiver)
            })?;
            Ok(shown(proxy))
        });
        sent.map_err(|refusal| match refusal.into_reason() {
            FetchError::NoProxy => NotSent::NoProxy,
            FetchError::Off => NotSent::Off,
            FetchError::NotFound(proxy) => NotSent::Missing(proxy),
            error => NotSent::Failed(error.to_string()),
        })
    }
}

fn shown(proxy: &Proxy) -> String {
    match proxy {
        Proxy::Server(url) => url.host().to_owned(),
        other => other.to_string(),
    }
}

/// A zip that comes into a file, and goes on where it broke off.
struct Incoming<'a>(&'a mut File);

impl Receiver for Incoming<'_> {
    fn has_bytes(&mut self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }

    fn begin(&mut self, start_bytes: u64, _: Option<u64>) -> io::Result<()> {
        self.0.set_len(start_bytes)?;
        self.0.seek(SeekFrom::Start(start_bytes)).map(drop)
    }

    fn take(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(bytes)
    }
}
