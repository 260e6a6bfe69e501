//! What may be meant by a value that a key does not take.

use super::RepositoryTemplate;
use super::nearest::nearest;
use super::tree::{Node, Value};
use crate::model::{ImagePath, Platform, Reference, SourcePath, SourcePathError, Tag};

/// Names that others have for what Go calls otherwise.
const ARCHITECTURES: [(&str, &str); 13] = [
    ("aarch64", "arm64"),
    ("arm64v8", "arm64"),
    ("armhf", "arm/v7"),
    ("armv6", "arm/v6"),
    ("armv7", "arm/v7"),
    ("armv7l", "arm/v7"),
    ("i386", "386"),
    ("i686", "386"),
    ("ppc64el", "ppc64le"),
    ("x64", "amd64"),
    ("x86", "386"),
    ("x86-64", "amd64"),
    ("x86_64", "amd64"),
];

const SYSTEMS: [&str; 4] = ["linux", "darwin", "windows", "freebsd"];

const KNOWN: [&str; 9] = [
    "386", "amd64", "arm", "arm64", "loong64", "mips64le", "ppc64le", "riscv64", "s390x",
];

/// Returns what to write in place of what `node` holds, which the key at the end of the dotted
/// `name` does not take.
pub(super) fn advice(name: &str, node: &Node) -> Option<String> {
    let Value::Text(text) = &node.value else {
        return None;
    };
    if name.ends_with("go.tags") {
        return build_tags(text);
    }
    let key = name.rsplit('.').next().unwrap_or_default();
    match key {
        "platforms" => platform(text),
        "tags" => Some(tag(text)),
        "repository" => repository(text),
        "base" => base(text),
        "to" | "path" | "workdir" => image_path(text),
        "from" | "main" | "mains" => source_path(text),
        _ => None,
    }
}

fn meant(text: &str) -> String {
    format!("did you mean {text:?}?")
}

fn platform(text: &str) -> Option<String> {
    let lower = text.trim().to_lowercase();
    let parts: Vec<&str> = lower
        .split(['/', '-'])
        .filter(|part| !part.is_empty())
        .collect();
    let candidate = match parts.as_slice() {
        ["macos" | "darwin"] => "darwin/arm64".to_owned(),
        [system] if SYSTEMS.contains(system) => format!("{system}/amd64"),
        [arch] => format!("linux/{}", architecture(arch)?),
        [system, arch] => {
            let system = nearest(system, SYSTEMS).unwrap_or(system);
            format!("{system}/{}", architecture(arch)?)
        }
        [system, arch, variant] => format!("{system}/{arch}/{variant}"),
        _ => return None,
    };
    let candidate: Platform = candidate.parse().ok()?;
    Some(meant(&candidate.to_string()))
}

/// Returns Go's name of an architecture.
fn architecture(text: &str) -> Option<&'static str> {
    let alias = ARCHITECTURES.iter().find(|(alias, _)| *alias == text);
    alias.map(|&(_, name)| name).or_else(|| {
        let exact = KNOWN.into_iter().find(|known| *known == text);
        exact.or_else(|| nearest(text, KNOWN))
    })
}

/// The go command takes several with commas between them, and long ago with spaces.
fn build_tags(text: &str) -> Option<String> {
    let tags: Vec<&str> = text
        .split([',', ' '])
        .filter(|tag| !tag.is_empty())
        .collect();
    (tags.len() > 1).then(|| format!("write each one by itself: {tags:?}"))
}

fn tag(text: &str) -> String {
    let trimmed = text.trim().trim_start_matches(['.', '-']);
    let tag = Tag::sanitized(trimmed).ok().or_else(|| {
        // Too long: a tag is cut where it must end.
        Tag::sanitized(trimmed.get(..128)?).ok()
    });
    match tag {
        Some(tag) if !text.contains(['{', '}']) => meant(tag.as_str()),
        _ => "write one as in \"v1.2.3\", or a template: \"{version}\"".to_owned(),
    }
}

fn repository(text: &str) -> Option<String> {
    let name = without_scheme(text.trim());
    let (name, tag) = split_tag(name);
    let candidate = lower_path(name);
    if candidate.parse::<RepositoryTemplate>().is_err() {
        return with_host(name);
    }
    Some(match tag {
        Some(tag) => format!(
            "write {candidate:?}, and the tag under tags, as in tags = [{tag:?}] or --tag {tag}"
        ),
        None => meant(&candidate),
    })
}

fn base(text: &str) -> Option<String> {
    let name = without_scheme(text.trim());
    let (path, _) = split_tag(name);
    let candidate = name.replacen(path, &lower_path(path), 1);
    match candidate.trim_end_matches(':').parse::<Reference>() {
        Ok(reference) => Some(meant(&reference.to_string())),
        Err(_) => with_host(path),
    }
}

/// The host is never guessed, so it is the user's to say.
fn with_host(name: &str) -> Option<String> {
    let first = name.split('/').next().unwrap_or_default();
    (!first.contains(['.', ':'])).then(|| {
        "begin with the registry's host, as in \"registry.example.com/team/api\"; that of Docker Hub is docker.io"
            .to_owned()
    })
}

fn without_scheme(text: &str) -> &str {
    let text = text.strip_prefix("https://").unwrap_or(text);
    text.strip_prefix("docker://").unwrap_or(text)
}

/// A colon before the last slash belongs to the host's port.
fn split_tag(name: &str) -> (&str, Option<&str>) {
    match name.rsplit_once(':') {
        Some((name, tag)) if !tag.contains(['/', '}']) && name.contains('/') => (name, Some(tag)),
        _ => (name, None),
    }
}

/// Hosts are the same in any case; fields of templates are lower case anyhow.
fn lower_path(name: &str) -> String {
    name.to_lowercase().trim_end_matches('/').to_owned()
}

fn image_path(text: &str) -> Option<String> {
    if text.split('/').any(|element| element.starts_with(".wh.")) {
        return Some("give it a name that does not start with .wh.".to_owned());
    }
    let relative: SourcePath = text.trim_matches('/').parse().ok()?;
    let path = ImagePath::root().join(relative.as_str()).ok()?;
    (!relative.as_str().is_empty()).then(|| meant(path.as_str()))
}

fn source_path(text: &str) -> Option<String> {
    Some(match text.parse::<SourcePath>() {
        Err(SourcePathError::Absolute(_)) => {
            "write the path from the folder of coracle.toml; what lies elsewhere is brought into the project first"
        }
        Err(SourcePathError::Outside(_)) => {
            "bring it into the project first, or move coracle.toml up to a folder that holds both"
        }
        Ok(_) => return None,
    }
    .to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Place;

    #[test]
    fn what_may_be_meant_is_something_that_the_key_takes() {
        for (key, text, advice_wanted) in [
            ("platforms", "linux", "did you mean \"linux/amd64\"?"),
            ("platforms", "amd64", "did you mean \"linux/amd64\"?"),
            ("platforms", "linux/x86_64", "did you mean \"linux/amd64\"?"),
            (
                "platforms",
                "Linux/aarch64",
                "did you mean \"linux/arm64\"?",
            ),
            ("platforms", "linux/armv7", "did you mean \"linux/arm/v7\"?"),
            ("platforms", "macos", "did you mean \"darwin/arm64\"?"),
            ("tags", "v1 ", "did you mean \"v1\"?"),
            ("tags", "feature/x", "did you mean \"feature-x\"?"),
            (
                "tags",
                "",
                "write one as in \"v1.2.3\", or a template: \"{version}\"",
            ),
            (
                "repository",
                "foo/bar",
                "begin with the registry's host, as in \"registry.example.com/team/api\"; that of Docker Hub is docker.io",
            ),
            ("repository", "Foo.com/BAR", "did you mean \"foo.com/bar\"?"),
            (
                "repository",
                "foo.com/x:v1",
                "write \"foo.com/x\", and the tag under tags, as in tags = [\"v1\"] or --tag v1",
            ),
            (
                "repository",
                "https://foo.com/{name}/",
                "did you mean \"foo.com/{name}\"?",
            ),
            (
                "base",
                "h/Team:v1",
                "begin with the registry's host, as in \"registry.example.com/team/api\"; that of Docker Hub is docker.io",
            ),
            (
                "base",
                "h.example/Team:v1",
                "did you mean \"h.example/team:v1\"?",
            ),
            ("base", "h.example/x:", "did you mean \"h.example/x\"?"),
            ("to", "config/./a", "did you mean \"/config/a\"?"),
            (
                "to",
                "/a/.wh.b",
                "give it a name that does not start with .wh.",
            ),
        ] {
            let node = Node::text(Place::Variable("X"), text);
            assert_eq!(
                advice(&format!("images.a.{key}"), &node).as_deref(),
                Some(advice_wanted),
                "{key} {text:?}"
            );
        }
    }
}
