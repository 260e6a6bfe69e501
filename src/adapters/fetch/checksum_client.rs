//! A checksum database, asked for a record and for the proof of it.

use std::collections::BTreeMap;

use super::fetch_error::FetchError;
use super::module_servers::ModuleServers;
use crate::ports::HeadShelf;
use crate::toolchain::{
    ChecksumDatabase, H1, LookupError, MAX_LOOKUP_BYTES, ModuleSettings, ProofError, Proxy, Reach,
    Record, Refusal, SignedHead, Tile, Tiles, ToolchainModule, prove,
};

/// Asks the database that GOSUMDB names.
pub(super) struct ChecksumClient<'a> {
    servers: &'a ModuleServers<'a>,
    settings: &'a ModuleSettings,
    heads: &'a dyn HeadShelf,
    database: ChecksumDatabase,
}

/// The way to the database.
struct Way {
    server: Proxy,
    /// What stands before each path there.
    prefix: String,
}

impl<'a> ChecksumClient<'a> {
    /// Asks through `servers`; what the database has signed is kept in `heads`.
    pub(super) fn new(
        servers: &'a ModuleServers<'a>,
        settings: &'a ModuleSettings,
        heads: &'a dyn HeadShelf,
    ) -> Result<Self, FetchError> {
        Ok(Self {
            servers,
            settings,
            heads,
            database: settings.checksum_database()?,
        })
    }

    /// Returns the hash of the zip of `module`, once it is proven that it is in the tree that the database
    /// always had.
    pub(super) fn h1(&self, module: &ToolchainModule) -> Result<H1, FetchError> {
        let way = self.way()?;
        let (_, record) = self.record(&way, module)?;
        self.trust(&way, &record)?;
        Ok(record.h1)
    }

    /// Returns the hash of the zip of `module`, proven as in [`Self::h1`], and the files that prove it to
    /// whoever asks a proxy for them.
    pub(super) fn proof(
        &self,
        module: &ToolchainModule,
    ) -> Result<(H1, BTreeMap<String, Vec<u8>>), FetchError> {
        let way = self.way()?;
        let (answer, record) = self.record(&way, module)?;
        self.trust(&way, &record)?;
        // In the tree of this answer, whichever other was seen.
        let mut tiles = AskedTiles::through(self, &way);
        prove(&record, None, &mut tiles)?;
        let tiles = tiles.known.into_iter();
        let files = tiles
            .map(|(tile, bytes)| (tile.path(), bytes))
            .chain([
                (module.lookup_path(), answer),
                ("supported".to_owned(), Vec::new()),
            ])
            .map(|(path, bytes)| (self.database.path_at_proxy(&path), bytes))
            .collect();
        Ok((record.h1, files))
    }

    /// Returns the answer to a lookup, and the record in it.
    fn record(&self, way: &Way, module: &ToolchainModule) -> Result<(Vec<u8>, Record), FetchError> {
        let answer = self.ask(way, &module.lookup_path(), MAX_LOOKUP_BYTES);
        let answer = answer.map_err(Refusal::into_reason)?;
        let record = self.database.record_in(&answer, module)?;
        Ok((answer, record))
    }

    /// Proves that `record` is in the tree that the database always had.
    fn trust(&self, way: &Way, record: &Record) -> Result<(), FetchError> {
        let mut tiles = AskedTiles::through(self, way);
        match prove(record, self.seen(), &mut tiles).map_err(FetchError::from) {
            Ok(head) => self.keep(&head),
            // A bundle has one tree, and not how it grew from others that were seen: the record is
            // proven to be in it, and for the next that comes by a network what was seen stays.
            Err(FetchError::Lookup(LookupError::NoTile(_)))
                if self.settings.reach() == Reach::Bundle =>
            {
                prove(record, None, &mut tiles)?;
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    fn keep(&self, head: &SignedHead) {
        // Another process may have seen a larger one meanwhile.
        let is_larger = |seen: SignedHead| seen.tree.size > head.tree.size;
        if !self.seen().is_some_and(is_larger) {
            self.heads.keep(self.database.name(), head.note());
        }
    }

    /// Finds the first proxy that passes requests on; an address in GOSUMDB goes before all proxies.
    fn way(&self) -> Result<Way, FetchError> {
        let direct = |url: &_| Way {
            server: Proxy::Server(Clone::clone(url)),
            prefix: String::new(),
        };
        if let Some(url) = self.database.url() {
            return Ok(direct(url));
        }
        let supported = self.database.path_at_proxy("supported");
        let passes_on = self.settings.proxies().ask(|proxy| {
            self.servers.read(proxy, &supported, MAX_LOOKUP_BYTES)?;
            Ok(proxy.clone())
        });
        match passes_on {
            Ok(server) => Ok(Way {
                server,
                prefix: self.database.path_at_proxy(""),
            }),
            Err(Refusal::Unfit(_) | Refusal::NotFound(_)) => Ok(direct(self.database.own_url())),
            Err(Refusal::Failed(error)) => Err(error),
        }
    }

    fn ask(&self, way: &Way, path: &str, limit_bytes: u64) -> Result<Vec<u8>, Refusal<FetchError>> {
        let path = format!("{}{path}", way.prefix);
        self.servers.read(&way.server, &path, limit_bytes)
    }

    fn seen(&self) -> Option<SignedHead> {
        let note = self.heads.seen(self.database.name())?;
        // What is not signed any more, or never was, is no evidence.
        self.database.open_head(&note).ok()
    }
}

/// Tiles, each asked for once.
struct AskedTiles<'a, 'b> {
    client: &'b ChecksumClient<'a>,
    way: &'b Way,
    known: BTreeMap<Tile, Vec<u8>>,
}

impl<'a, 'b> AskedTiles<'a, 'b> {
    fn through(client: &'b ChecksumClient<'a>, way: &'b Way) -> Self {
        Self {
            client,
            way,
            known: BTreeMap::new(),
        }
    }

    fn ask(&self, tile: Tile) -> Result<Vec<u8>, Refusal<FetchError>> {
        self.client.ask(self.way, &tile.path(), Tile::MAX_BYTES)
    }
}

impl Tiles for AskedTiles<'_, '_> {
    type Error = FetchError;

    fn tile(&mut self, tile: Tile) -> Result<Vec<u8>, FetchError> {
        if let Some(bytes) = self.known.get(&tile) {
            return Ok(bytes.clone());
        }
        let bytes = match (self.ask(tile), tile.completed()) {
            (Err(Refusal::NotFound(_)), Some(full)) => self.ask(full).map(|it| tile.part_of(it)),
            (answer, _) => answer,
        };
        let bytes = bytes.map_err(|refusal| match refusal {
            Refusal::NotFound(_) => FetchError::Lookup(LookupError::NoTile(tile.path())),
            refusal => refusal.into_reason(),
        })?;
        self.known.insert(tile, bytes.clone());
        Ok(bytes)
    }
}

impl From<ProofError<Self>> for FetchError {
    fn from(error: ProofError<Self>) -> Self {
        match error {
            ProofError::Tiles(error) => error,
            ProofError::Lookup(error) => Self::Lookup(error),
        }
    }
}
