//! An image as people read about it.

use std::collections::BTreeMap;
use std::io::{self, Write};

use crate::model::ByteSize;

use super::Attached;
use super::inspection::{
    GoModule, GoProgram, InspectedEntry, InspectedImage, InspectedKind, InspectedLayer, Inspection,
    LayerContent, OtherManifest, Package,
};
use super::tree::Tree;

/// How the modules of a program are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModuleList {
    /// By their number.
    Counted,
    /// One by one.
    Named,
}

/// Writes what is in an image, as a tree: the image, its platforms, their configuration, layers and
/// programs, and what hangs on each.
///
/// Whatever the image says passes [`ForeignText`](crate::model::ForeignText).
///
/// # Errors
/// Those of the writer.
pub fn write_inspection(
    to: &mut dyn Write,
    inspection: &Inspection,
    modules: ModuleList,
) -> io::Result<()> {
    let mut tree = Tree::new(&inspection.name);
    tree.field("digest", [&inspection.digest]);
    tree.field("media type", [&inspection.media_type]);
    tree.field("annotations", pairs(&inspection.annotations));
    tree.extend(
        inspection
            .images
            .iter()
            .map(|image| image_tree(image, modules)),
    );
    tree.extend(inspection.others.iter().map(other_tree));
    tree.extend(inspection.attached.iter().map(attached_tree));
    tree.write_to(to)
}

fn image_tree(image: &InspectedImage, modules: ModuleList) -> Tree {
    let mut tree = Tree::new(&image.platform);
    tree.field("manifest", [&image.digest]);
    let size = ByteSize(image.size_bytes);
    let layers = counted(image.layers.len() as u64, "layer", "layers");
    tree.field("size", [format!("{size} in {layers}")]);
    tree.field("annotations", pairs(&image.annotations));
    tree.field("packages", image.packages.iter().map(package));
    tree.extend([config_tree(image)]);
    let layers = image.layers.iter().zip(1..);
    tree.extend(layers.map(|(layer, number)| layer_tree(number, layer)));
    let programs = image.programs.iter();
    tree.extend(programs.map(|program| program_tree(program, modules)));
    tree.extend(image.attached.iter().map(attached_tree));
    tree
}

fn config_tree(image: &InspectedImage) -> Tree {
    let settings = &image.settings;
    let mut tree = Tree::new("config");
    tree.field("digest", [&image.config_digest]);
    tree.field("created", &image.created);
    tree.field("user", &settings.user);
    tree.field("entrypoint", words(&settings.entrypoint));
    tree.field("cmd", words(&settings.cmd));
    tree.field("env", &settings.env);
    tree.field("ports", &settings.ports);
    tree.field("volumes", &settings.volumes);
    tree.field("workdir", &settings.working_dir);
    tree.field("stop signal", &settings.stop_signal);
    tree.field("labels", pairs(&settings.labels));
    tree
}

fn layer_tree(number: usize, layer: &InspectedLayer) -> Tree {
    let size = ByteSize(layer.size_bytes);
    let base = match &layer.base {
        Some(base) => format!(", the embedded base {base}"),
        None => String::new(),
    };
    let mut tree = Tree::new(format!("layer {number}, {size}{base}"));
    tree.field("digest", [&layer.digest]);
    tree.field("diff id", [&layer.diff_id]);
    tree.field("media type", [&layer.media_type]);
    tree.field("created by", &layer.created_by);
    add_content(&mut tree, &layer.content);
    tree
}

fn add_content(tree: &mut Tree, content: &LayerContent) {
    let counts = [
        (content.files, "file", "files"),
        (content.folders, "folder", "folders"),
        (content.symlinks, "link", "links"),
        (content.whiteouts, "whiteout", "whiteouts"),
        (content.others, "other", "others"),
    ];
    let total: u64 = counts.iter().map(|(count, ..)| count).sum();
    let shown: Vec<String> = counts
        .into_iter()
        .filter(|(count, ..)| *count > 0)
        .map(|(count, one, many)| counted(count, one, many))
        .collect();
    let summary = match total {
        0 => "nothing".to_owned(),
        _ => format!("{}, {}", shown.join(", "), ByteSize(content.file_bytes)),
    };
    tree.field("content", [summary]);
    let hidden = total.saturating_sub(content.entries.len() as u64);
    let rest = (hidden > 0).then(|| format!("and {hidden} more; --files lists all"));
    tree.field("files", content.entries.iter().map(entry).chain(rest));
}

fn program_tree(program: &GoProgram, modules: ModuleList) -> Tree {
    let size = ByteSize(program.size_bytes);
    let mut tree = Tree::new(format!("program {}, {size}", program.path));
    tree.field("go", [&program.go_version]);
    tree.field("package", [&program.package]);
    tree.field("module", program.module.iter().map(module));
    tree.field("settings", pairs(&program.settings));
    match (modules, program.modules.len()) {
        (_, 0) => {}
        (ModuleList::Counted, count) => {
            tree.field("modules", [format!("{count}; --modules lists them")]);
        }
        (ModuleList::Named, _) => tree.field("modules", program.modules.iter().map(module)),
    }
    tree
}

fn other_tree(other: &OtherManifest) -> Tree {
    let kind = other.annotations.get("vnd.docker.reference.type");
    let mut tree = Tree::new(kind.map_or("manifest for no platform", String::as_str));
    tree.field("digest", [&other.digest]);
    tree.field("media type", [&other.media_type]);
    tree.field("annotations", pairs(&other.annotations));
    tree
}

fn attached_tree(attached: &Attached) -> Tree {
    let mut tree = Tree::new(attached.in_one_line());
    tree.field("found in", [&attached.found_in]);
    tree
}

/// Shows a number of things in words: `1 layer`, `2 layers`.
pub fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

fn pairs(map: &BTreeMap<String, String>) -> impl Iterator<Item = String> {
    map.iter().map(|(name, value)| format!("{name}={value}"))
}

/// Shows a command as JSON does, so that its words can be told apart; nothing where there is none.
fn words(words: &[String]) -> Option<String> {
    (!words.is_empty()).then(|| serde_json::Value::from(words).to_string())
}

fn package(package: &Package) -> String {
    format!("{} {}", package.name, package.version)
}

fn module(module: &GoModule) -> String {
    match &module.replacement {
        None => format!("{} {}", module.path, module.version),
        Some(other) => format!(
            "{} {} => {} {}",
            module.path, module.version, other.path, other.version
        ),
    }
}

fn entry(entry: &InspectedEntry) -> String {
    let owner = format!("{}:{}", entry.uid, entry.gid);
    let size = match entry.kind {
        InspectedKind::File => ByteSize(entry.size_bytes).to_string(),
        _ => String::new(),
    };
    let path = match (entry.kind, entry.target.as_deref().unwrap_or_default()) {
        (InspectedKind::Folder, _) => format!("{}/", entry.path.trim_end_matches('/')),
        (InspectedKind::Symlink, target) => format!("{} -> {target}", entry.path),
        (InspectedKind::Hardlink, target) => format!("{} = {target}", entry.path),
        (InspectedKind::Whiteout, _) => format!("{} (removed)", entry.path),
        (InspectedKind::Opaque, _) => format!("{} (emptied)", entry.path),
        (InspectedKind::Other, _) => format!("{} (special)", entry.path),
        (InspectedKind::File, _) => entry.path.clone(),
    };
    let capabilities = match &entry.capabilities {
        Some(capabilities) => format!(" ({capabilities})"),
        None => String::new(),
    };
    format!("{} {owner:>11} {size:>10} {path}{capabilities}", entry.mode)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{AttachedVerdict, ImageSettings};

    fn inspected(kind: InspectedKind, path: &str, target: Option<&str>) -> InspectedEntry {
        InspectedEntry {
            path: path.to_owned(),
            kind,
            mode: "0755".to_owned(),
            uid: 0,
            gid: 0,
            capabilities: None,
            size_bytes: 2048,
            target: target.map(str::to_owned),
        }
    }

    fn layer() -> InspectedLayer {
        let entry = |path, kind| inspected(kind, path, None);
        InspectedLayer {
            digest: "sha256:03".to_owned(),
            diff_id: "sha256:04".to_owned(),
            media_type: "application/vnd.oci.image.layer.v1.tar+gzip".to_owned(),
            size_bytes: 1024,
            created_by: None,
            base: Some("static".to_owned()),
            content: LayerContent {
                files: 2,
                folders: 1,
                file_bytes: 4096,
                entries: vec![
                    entry("/etc", InspectedKind::Folder),
                    entry("/hello", InspectedKind::File),
                ],
                ..LayerContent::default()
            },
        }
    }

    fn attached(kind: &str, verdict: AttachedVerdict, reason: Option<&str>) -> Attached {
        Attached {
            kind: kind.to_owned(),
            found_in: "sha256:05".to_owned(),
            verdict,
            signed_by: Some("key abc=".to_owned()),
            reason: reason.map(str::to_owned),
        }
    }

    fn image() -> InspectedImage {
        let module = |path: &str| GoModule {
            path: path.to_owned(),
            version: "v1.2.3".to_owned(),
            sum: None,
            replacement: None,
        };
        InspectedImage {
            platform: "linux/amd64".to_owned(),
            digest: "sha256:01".to_owned(),
            media_type: "application/vnd.oci.image.manifest.v1+json".to_owned(),
            config_digest: "sha256:02".to_owned(),
            size_bytes: 1024,
            created: None,
            settings: ImageSettings {
                user: Some("65532:65532".to_owned()),
                entrypoint: vec!["/hello".to_owned()],
                cmd: Vec::new(),
                env: vec!["A=1".to_owned(), "B=2".to_owned()],
                ports: Vec::new(),
                volumes: Vec::new(),
                working_dir: None,
                stop_signal: None,
                labels: BTreeMap::new(),
            },
            annotations: BTreeMap::new(),
            layers: vec![layer()],
            programs: vec![GoProgram {
                path: "/hello".to_owned(),
                size_bytes: 2048,
                go_version: "go1.26.8".to_owned(),
                package: "example.com/hello".to_owned(),
                module: Some(module("example.com/hello")),
                settings: BTreeMap::new(),
                modules: vec![module("example.com/a"), module("example.com/b")],
            }],
            packages: Vec::new(),
            attached: vec![attached("signature", AttachedVerdict::Verified, None)],
        }
    }

    #[test]
    fn an_image_is_a_tree() {
        let inspection = Inspection {
            form: 1,
            name: "registry.example.com/hello:v1".to_owned(),
            digest: "sha256:00".to_owned(),
            media_type: "application/vnd.oci.image.index.v1+json".to_owned(),
            annotations: BTreeMap::new(),
            images: vec![image()],
            others: Vec::new(),
            attached: vec![
                attached("spdx", AttachedVerdict::NotVerified, None),
                attached(
                    "policy",
                    AttachedVerdict::Worthless,
                    Some("it is something else"),
                ),
            ],
        };
        let mut text = Vec::new();
        write_inspection(&mut text, &inspection, ModuleList::Named).unwrap();
        insta::assert_snapshot!(String::from_utf8(text).unwrap(), @r#"
        registry.example.com/hello:v1
        │  digest       sha256:00
        │  media type   application/vnd.oci.image.index.v1+json
        ├─ linux/amd64
        │  │  manifest     sha256:01
        │  │  size         1.0 KB in 1 layer
        │  ├─ config
        │  │     digest       sha256:02
        │  │     user         65532:65532
        │  │     entrypoint   ["/hello"]
        │  │     env          A=1
        │  │                  B=2
        │  ├─ layer 1, 1.0 KB, the embedded base static
        │  │     digest       sha256:03
        │  │     diff id      sha256:04
        │  │     media type   application/vnd.oci.image.layer.v1.tar+gzip
        │  │     content      2 files, 1 folder, 4.0 KB
        │  │     files        0755         0:0            /etc/
        │  │                  0755         0:0     2.0 KB /hello
        │  │                  and 1 more; --files lists all
        │  ├─ program /hello, 2.0 KB
        │  │     go           go1.26.8
        │  │     package      example.com/hello
        │  │     module       example.com/hello v1.2.3
        │  │     modules      example.com/a v1.2.3
        │  │                  example.com/b v1.2.3
        │  └─ signature by key abc=, verified
        │        found in     sha256:05
        ├─ spdx by key abc=, not verified
        │     found in     sha256:05
        └─ policy by key abc=, worthless: it is something else
              found in     sha256:05
        "#);
    }

    #[test]
    fn entries_are_shown_as_what_they_are() {
        let show = |kind, path, target| entry(&inspected(kind, path, target));
        let folder = show(InspectedKind::Folder, "/etc", None);
        assert_eq!(folder, "0755         0:0            /etc/");
        assert!(show(InspectedKind::Folder, "/", None).ends_with(" /"));
        assert!(show(InspectedKind::File, "/a", None).ends_with("     2.0 KB /a"));
        assert!(show(InspectedKind::Symlink, "/a", Some("b")).ends_with(" /a -> b"));
        assert!(show(InspectedKind::Whiteout, "/a", None).ends_with(" /a (removed)"));
    }
}
