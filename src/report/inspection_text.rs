//! An image as people read about it.

use std::collections::BTreeMap;
use std::io::{self, Write};

use crate::model::{ByteSize, ForeignText};

use super::inspection::{
    GoModule, GoProgram, ImageSettings, InspectedEntry, InspectedImage, InspectedKind,
    InspectedLayer, Inspection, LayerContent, OtherManifest, Package,
};

/// How the modules of a program are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModuleList {
    /// By their number.
    Counted,
    /// One by one.
    Named,
}

/// Writes what is in an image: first what it is called by, then each platform with its settings,
/// layers, programs and packages.
///
/// Whatever the image says passes [`ForeignText`].
///
/// # Errors
/// Those of the writer.
pub fn write_inspection(
    to: &mut dyn Write,
    inspection: &Inspection,
    modules: ModuleList,
) -> io::Result<()> {
    let mut out = Outline { to, indent: 0 };
    out.head(&inspection.name)?;
    out.inner(|out| {
        out.field("digest", [&inspection.digest])?;
        out.field("media type", [&inspection.media_type])?;
        out.field("annotations", pairs(&inspection.annotations))
    })?;
    for image in &inspection.images {
        write_image(&mut out, image, modules)?;
    }
    for other in &inspection.others {
        write_other(&mut out, other)?;
    }
    Ok(())
}

fn write_image(
    out: &mut Outline<'_>,
    image: &InspectedImage,
    modules: ModuleList,
) -> io::Result<()> {
    out.gap()?;
    out.head(&image.platform)?;
    out.inner(|out| {
        out.field("manifest", [&image.digest])?;
        out.field("config", [&image.config_digest])?;
        let size = ByteSize(image.size_bytes);
        let layers = counted(image.layers.len() as u64, "layer", "layers");
        out.field("size", [format!("{size} in {layers}")])?;
        out.field("created", &image.created)?;
        write_settings(out, &image.settings)?;
        out.field("annotations", pairs(&image.annotations))?;
        out.field("packages", image.packages.iter().map(package))?;
        for (number, layer) in image.layers.iter().enumerate() {
            write_layer(out, number + 1, layer)?;
        }
        for program in &image.programs {
            write_program(out, program, modules)?;
        }
        Ok(())
    })
}

fn write_settings(out: &mut Outline<'_>, settings: &ImageSettings) -> io::Result<()> {
    out.field("user", &settings.user)?;
    out.field("entrypoint", words(&settings.entrypoint))?;
    out.field("cmd", words(&settings.cmd))?;
    out.field("env", &settings.env)?;
    out.field("ports", &settings.ports)?;
    out.field("volumes", &settings.volumes)?;
    out.field("workdir", &settings.working_dir)?;
    out.field("stop signal", &settings.stop_signal)?;
    out.field("labels", pairs(&settings.labels))
}

fn write_layer(out: &mut Outline<'_>, number: usize, layer: &InspectedLayer) -> io::Result<()> {
    let size = ByteSize(layer.size_bytes);
    let base = match &layer.base {
        Some(base) => format!(", the embedded base {base}"),
        None => String::new(),
    };
    out.gap()?;
    out.head(&format!("layer {number}, {size}{base}"))?;
    out.inner(|out| {
        out.field("digest", [&layer.digest])?;
        out.field("diff id", [&layer.diff_id])?;
        out.field("media type", [&layer.media_type])?;
        out.field("created by", &layer.created_by)?;
        write_content(out, &layer.content)
    })
}

fn write_content(out: &mut Outline<'_>, content: &LayerContent) -> io::Result<()> {
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
    out.field("content", [summary])?;
    let hidden = total.saturating_sub(content.entries.len() as u64);
    let rest = (hidden > 0).then(|| format!("and {hidden} more; --files lists all"));
    out.field("files", content.entries.iter().map(entry).chain(rest))
}

fn write_program(
    out: &mut Outline<'_>,
    program: &GoProgram,
    modules: ModuleList,
) -> io::Result<()> {
    let size = ByteSize(program.size_bytes);
    out.gap()?;
    out.head(&format!("program {}, {size}", program.path))?;
    out.inner(|out| {
        out.field("go", [&program.go_version])?;
        out.field("package", [&program.package])?;
        out.field("module", program.module.iter().map(module))?;
        out.field("settings", pairs(&program.settings))?;
        match (modules, program.modules.len()) {
            (_, 0) => Ok(()),
            (ModuleList::Counted, count) => {
                out.field("modules", [format!("{count}; --modules lists them")])
            }
            (ModuleList::Named, _) => out.field("modules", program.modules.iter().map(module)),
        }
    })
}

fn write_other(out: &mut Outline<'_>, other: &OtherManifest) -> io::Result<()> {
    let kind = other.annotations.get("vnd.docker.reference.type");
    out.gap()?;
    out.head(kind.map_or("manifest for no platform", String::as_str))?;
    out.inner(|out| {
        out.field("digest", [&other.digest])?;
        out.field("media type", [&other.media_type])?;
        out.field("annotations", pairs(&other.annotations))
    })
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
    format!("{} {owner:>11} {size:>10} {path}", entry.mode)
}

/// Lines under heads, a step to the right for each level.
struct Outline<'a> {
    to: &'a mut dyn Write,
    indent: usize,
}

impl Outline<'_> {
    const STEP: usize = 2;
    /// The width of the longest name, and a space.
    const NAME: usize = 12;

    fn inner(&mut self, write: impl FnOnce(&mut Self) -> io::Result<()>) -> io::Result<()> {
        self.indent += Self::STEP;
        let written = write(self);
        self.indent -= Self::STEP;
        written
    }

    fn gap(&mut self) -> io::Result<()> {
        writeln!(self.to)
    }

    fn head(&mut self, text: &str) -> io::Result<()> {
        let shown = ForeignText::new(text).to_string().replace('\n', " ");
        writeln!(self.to, "{:indent$}{shown}", "", indent = self.indent)
    }

    /// Writes each line of each value, the first beside `name`, the others below it: no value can
    /// pass for a field of its own. Nothing is written where there are no values.
    fn field(&mut self, name: &str, values: impl IntoIterator<Item: AsRef<str>>) -> io::Result<()> {
        let (indent, width) = (self.indent, Self::NAME);
        let mut name = name;
        for value in values {
            let shown = ForeignText::new(value.as_ref()).to_string();
            for line in shown.split('\n') {
                let line = format!("{:indent$}{name:width$} {line}", "");
                writeln!(self.to, "{}", line.trim_end())?;
                name = "";
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_value_passes_for_another_field() {
        let mut text = Vec::new();
        let mut out = Outline {
            to: &mut text,
            indent: 2,
        };
        out.field("labels", ["a=b\nuser root\x1b[2J", "c=d"])
            .unwrap();
        out.field("env", [""; 0]).unwrap();
        let text = String::from_utf8(text).unwrap();
        assert_eq!(
            text,
            "  labels       a=b\n               user root\\u{1b}[2J\n               c=d\n"
        );
    }

    #[test]
    fn entries_are_shown_as_what_they_are() {
        let show = |kind, path: &str, target: Option<&str>| {
            let entry = InspectedEntry {
                path: path.to_owned(),
                kind,
                mode: "0755".to_owned(),
                uid: 0,
                gid: 0,
                size_bytes: 2048,
                target: target.map(str::to_owned),
            };
            super::entry(&entry)
        };
        let folder = show(InspectedKind::Folder, "/etc", None);
        assert_eq!(folder, "0755         0:0            /etc/");
        assert!(show(InspectedKind::Folder, "/", None).ends_with(" /"));
        assert!(show(InspectedKind::File, "/a", None).ends_with("     2.0 KB /a"));
        assert!(show(InspectedKind::Symlink, "/a", Some("b")).ends_with(" /a -> b"));
        assert!(show(InspectedKind::Whiteout, "/a", None).ends_with(" /a (removed)"));
    }
}
