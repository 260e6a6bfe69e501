//! Names to addresses, so that what was judged is what is called.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// The addresses of names. A name whose addresses were judged keeps them: asked again, its server
/// could name another address than the one that was found harmless.
#[derive(Debug, Clone, Default)]
pub(super) struct Addresses(Arc<Mutex<BTreeMap<String, Vec<IpAddr>>>>);

impl Addresses {
    /// Finds the addresses of `name` and keeps to them from now on.
    pub(super) async fn pin(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        if let Some(known) = self.pinned(name) {
            return Ok(known);
        }
        let found: Vec<IpAddr> = look_up(name).await?.map(|address| address.ip()).collect();
        self.lock().insert(name.to_owned(), found.clone());
        Ok(found)
    }

    fn pinned(&self, name: &str) -> Option<Vec<IpAddr>> {
        self.lock().get(name).cloned()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Vec<IpAddr>>> {
        // A map that another thread left in the middle of an insert is still a map.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Resolve for Addresses {
    fn resolve(&self, name: Name) -> Resolving {
        let known = self.pinned(name.as_str());
        Box::pin(async move {
            let addresses: Addrs = match known {
                Some(known) => Box::new(known.into_iter().map(|ip| SocketAddr::new(ip, 0))),
                None => Box::new(look_up(name.as_str()).await?),
            };
            Ok(addresses)
        })
    }
}

async fn look_up(name: &str) -> io::Result<std::vec::IntoIter<SocketAddr>> {
    // Port 0 stands for the scheme's own; it is filled in by who connects.
    let found: Vec<SocketAddr> = tokio::net::lookup_host((name, 0)).await?.collect();
    Ok(found.into_iter())
}
