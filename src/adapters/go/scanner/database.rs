//! The database of vulnerabilities, <https://go.dev/security/vuln/database#api>, as far as it is read
//! here: the scanner reads the rest.

#![expect(clippy::disallowed_methods, reason = "a database may be a folder")]

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use flate2::read::GzDecoder;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::scan_error::ScanError;
use crate::adapters::http::{Client, Conduct, Request, StatusCode};
use crate::config::VulnerabilityDatabase;
use crate::model::Timestamp;

/// When the database was changed.
const STATE: &str = "index/db.json";
/// Of which modules it knows something.
const MODULES: &str = "index/modules.json";

const MAX_STATE_BYTES: u64 = 64 << 10;
/// Go's own has some MiB.
const MAX_MODULES_BYTES: u64 = 256 << 20;

#[derive(Deserialize)]
struct State {
    modified: String,
}

#[derive(Deserialize)]
struct Module {
    #[serde(rename = "path")]
    _path: IgnoredAny,
}

/// Returns when `database` was changed last.
///
/// # Errors
/// When it cannot be read, or is none.
pub(super) fn modified(
    database: &VulnerabilityDatabase,
    client: &Client,
    conduct: Conduct,
) -> Result<Timestamp, ScanError> {
    let text = match database.as_url().to_file_path() {
        Ok(folder) if database.as_url().scheme() == "file" => {
            // The scanner takes a list that breaks off for an empty one, and finds nothing.
            let modules: Vec<Module> = parse(&read(&folder, MODULES, MAX_MODULES_BYTES)?, MODULES)?;
            drop(modules);
            read(&folder, STATE, MAX_STATE_BYTES)?
        }
        _ => fetch(database, client, conduct)?,
    };
    let state: State = parse(&text, STATE)?;
    let no_database = |_| ScanError::NoDatabase { file: STATE };
    Timestamp::from_rfc3339(&state.modified).map_err(no_database)
}

fn parse<'a, T: Deserialize<'a>>(text: &'a [u8], file: &'static str) -> Result<T, ScanError> {
    serde_json::from_slice(text).map_err(|_| ScanError::NoDatabase { file })
}

fn read(folder: &Path, file: &'static str, limit_bytes: u64) -> Result<Vec<u8>, ScanError> {
    let opened = File::open(folder.join(file));
    let read = opened.and_then(|opened| read_all(opened, limit_bytes));
    let read = read.map_err(|source| ScanError::Folder { file, source })?;
    read.ok_or(ScanError::NoDatabase { file })
}

/// Reads all; `None` where that is more than it can be.
fn read_all(reader: impl Read, limit_bytes: u64) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    reader.take(limit_bytes + 1).read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= limit_bytes).then_some(bytes))
}

/// Every file of a server is compressed.
fn fetch(
    database: &VulnerabilityDatabase,
    client: &Client,
    conduct: Conduct,
) -> Result<Vec<u8>, ScanError> {
    let no_database = || ScanError::NoDatabase { file: STATE };
    let url = format!("{database}/{STATE}.gz").parse();
    let request = Request::get(url.map_err(|_| no_database())?);
    let answer = client.fetch(&request, conduct, &|_| ())?;
    if answer.status() != StatusCode::OK {
        return Err(ScanError::Answered {
            status: answer.status().as_u16(),
            file: STATE,
        });
    }
    let compressed = answer.bytes(MAX_STATE_BYTES)?;
    let text = read_all(GzDecoder::new(compressed.as_slice()), MAX_STATE_BYTES);
    text.ok().flatten().ok_or_else(no_database)
}
