//! Images read back by hand: manifest, config and layers, each held against its digest.

use std::io::Read as _;

use serde_json::Value;

use super::registry::digest_of;

/// The image of one platform, whole in memory.
pub(crate) struct Image {
    /// The digest of its manifest.
    pub(crate) digest: String,
    pub(crate) manifest: Value,
    pub(crate) config: Value,
    /// The lowest first.
    pub(crate) layers: Vec<Layer>,
}

/// A layer, unpacked.
pub(crate) struct Layer {
    /// What the manifest says of it.
    pub(crate) descriptor: Value,
    /// In the order of the tar.
    pub(crate) entries: Vec<Entry>,
}

/// One entry of a layer.
pub(crate) struct Entry {
    /// As in the tar: relative, folders with a slash at the end.
    pub(crate) path: String,
    pub(crate) kind: tar::EntryType,
    pub(crate) mode: u32,
    /// `UID:GID`.
    pub(crate) owner: String,
    pub(crate) mtime: u64,
    /// Where a link points to.
    pub(crate) target: Option<String>,
    /// The extended attribute of this name, as Linux keeps it.
    pub(crate) capabilities: Option<Vec<u8>>,
    pub(crate) content: Vec<u8>,
}

impl Image {
    /// Reads the image of a manifest; `blob` finds what a descriptor speaks of.
    ///
    /// Asserts what holds for every image: digests and sizes, diff ids, and a history of as many layers.
    pub(crate) fn read(manifest: &[u8], blob: impl Fn(&Value) -> Vec<u8>) -> Self {
        let digest = digest_of(manifest);
        let manifest = parse(manifest);
        let config = parse(&blob(&manifest["config"]));
        let descriptors = array(&manifest["layers"]);
        let tars = descriptors
            .iter()
            .map(|layer| decompress(layer, &blob(layer)));
        let tars: Vec<Vec<u8>> = tars.collect();
        let diff_ids: Vec<String> = tars.iter().map(|tar| digest_of(tar)).collect();
        assert_eq!(config["rootfs"]["type"], "layers");
        assert_eq!(config["rootfs"]["diff_ids"], Value::from(diff_ids));
        let history = array(&config["history"]).iter();
        let of_layers = history.filter(|entry| entry["empty_layer"] != true);
        assert_eq!(of_layers.count(), tars.len(), "{}", config["history"]);
        let layers = descriptors.iter().zip(tars).map(|(descriptor, tar)| Layer {
            descriptor: descriptor.clone(),
            entries: entries(&tar),
        });
        let layers = layers.collect();
        Self {
            digest,
            manifest,
            config,
            layers,
        }
    }

    /// Returns what is at a path of the image, given without a slash at its front: the uppermost layer decides.
    #[track_caller]
    pub(crate) fn entry(&self, path: &str) -> &Entry {
        let mut entries = self.layers.iter().rev().flat_map(|layer| &layer.entries);
        let found = entries.find(|entry| entry.path == path);
        found.unwrap_or_else(|| panic!("the image has no {path}"))
    }

    /// Returns the text of a file of the image.
    #[track_caller]
    pub(crate) fn text(&self, path: &str) -> &str {
        let text = std::str::from_utf8(&self.entry(path).content);
        text.unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Returns the number of all layers' compressed bytes.
    pub(crate) fn compressed_bytes(&self) -> u64 {
        let sizes = self.layers.iter().map(|layer| &layer.descriptor["size"]);
        sizes.filter_map(Value::as_u64).sum()
    }

    /// Returns the value of a label.
    pub(crate) fn label(&self, name: &str) -> Option<&str> {
        self.config["config"]["Labels"][name].as_str()
    }

    /// Returns the value of an annotation of the manifest.
    pub(crate) fn annotation(&self, name: &str) -> Option<&str> {
        self.manifest["annotations"][name].as_str()
    }
}

impl Layer {
    /// Returns the paths of its entries, in order.
    pub(crate) fn paths(&self) -> Vec<&str> {
        let paths = self.entries.iter().map(|entry| entry.path.as_str());
        paths.collect()
    }
}

/// Returns the items of an array; none where there is none.
pub(crate) fn array(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// Reads JSON.
pub(crate) fn parse(bytes: &[u8]) -> Value {
    let text = String::from_utf8_lossy(bytes);
    serde_json::from_slice(bytes).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn decompress(layer: &Value, blob: &[u8]) -> Vec<u8> {
    let mut tar = Vec::new();
    let read = match layer["mediaType"].as_str().expect("a media type") {
        "application/vnd.oci.image.layer.v1.tar+gzip" => {
            // One member: it ends where the blob ends.
            let mut member = flate2::bufread::GzDecoder::new(blob);
            let read = member.read_to_end(&mut tar);
            assert!(member.into_inner().is_empty(), "bytes after the gzip");
            read
        }
        "application/vnd.oci.image.layer.v1.tar+zstd" => zstd::Decoder::new(blob)
            .expect("a zstd decoder")
            .read_to_end(&mut tar),
        other => panic!("a layer of type {other}"),
    };
    read.expect("a compressed layer");
    tar
}

fn entries(tar: &[u8]) -> Vec<Entry> {
    let mut archive = tar::Archive::new(tar);
    let entries = archive.entries().expect("a tar");
    entries
        .map(|entry| read_entry(entry.expect("an entry")))
        .collect()
}

fn read_entry(mut entry: tar::Entry<'_, &[u8]>) -> Entry {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("a path in UTF-8");
    let capabilities = capabilities(&mut entry);
    let mut content = Vec::new();
    entry.read_to_end(&mut content).expect("a file's content");
    let header = entry.header();
    Entry {
        kind: header.entry_type(),
        mode: header.mode().expect("a mode"),
        owner: format!(
            "{}:{}",
            header.uid().expect("an owner"),
            header.gid().expect("a group")
        ),
        mtime: header.mtime().expect("a time"),
        path: text(&entry.path_bytes()),
        target: entry.link_name_bytes().map(|target| text(&target)),
        capabilities,
        content,
    }
}

fn capabilities(entry: &mut tar::Entry<'_, &[u8]>) -> Option<Vec<u8>> {
    let records = entry.pax_extensions().expect("PAX records")?;
    let mut records = records.map(|record| record.expect("a record"));
    let found = records.find(|record| record.key() == Ok("SCHILY.xattr.security.capability"));
    found.map(|record| record.value_bytes().to_vec())
}
