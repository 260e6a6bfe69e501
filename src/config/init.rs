//! A first coracle.toml.

use std::collections::BTreeSet;

use crate::model::{ImageName, ImportPath, SourcePath};

/// What was found in a project that has no coracle.toml yet.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct InitFacts {
    /// Its main packages, in order.
    pub mains: Vec<InitMain>,
    /// Its folders that programs may want to read from, as `config` or `static`.
    pub folders: Vec<SourcePath>,
}

/// A main package that becomes an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InitMain {
    /// Its import path.
    pub import_path: ImportPath,
    /// Its folder.
    pub folder: SourcePath,
}

const HEAD: &str = r#"# How images are made of this source.
#   coracle build     writes dist/NAME.tar for each image
#   coracle push      sends each to its repository and prints its digest
#   coracle schema    prints the JSON schema of this file, for editors

# What every image has that does not say otherwise.
[defaults]
# repository = "registry.example.com/team/{name}"
platforms = ["linux/amd64", "linux/arm64"]
base      = "static"    # certificates, time zones, the user nonroot; or "scratch", or a reference
tags      = ["{version}", "latest"]
"#;

const TAIL: &str = r#"
# The exact Go; without it, .go-version or the toolchain line of go.mod.
# [go]
# version = "1.26.8"

# Variables that are set where a main package declares them; these three are, without being asked.
# [stamp]
# vars = { "main.version" = "{version}", "main.commit" = "{commit}", "main.buildDate" = "{date}" }
"#;

/// Writes a coracle.toml with an image for each main package.
pub fn init_text(facts: &InitFacts) -> String {
    let mut text = HEAD.to_owned();
    let mut taken = BTreeSet::new();
    for main in &facts.mains {
        let name = free_name(main, &taken);
        text.push_str(&image_section(&name, main, &facts.folders));
        taken.insert(name);
    }
    text + TAIL
}

fn image_section(name: &ImageName, main: &InitMain, folders: &[SourcePath]) -> String {
    let import_path = main.import_path.as_str().escape_debug();
    let main = quoted(&match main.folder.as_str() {
        "" => ".".to_owned(),
        folder => format!("./{folder}"),
    });
    let rules: Vec<String> = folders.iter().map(file_rule).collect();
    let files = match rules.as_slice() {
        [] => file_rule_example(),
        rules => rules.join(", "),
    };
    format!(
        r#"
# {import_path}
[images.{name}]
main = {main}
# files = [{files}]
# env   = {{ PORT = "8080" }}
# ports = [8080]
"#
    )
}

fn file_rule(folder: &SourcePath) -> String {
    let from = quoted(folder.as_str());
    let to = quoted(&format!("/{}", folder.as_str()));
    format!("{{ from = {from}, to = {to} }}")
}

fn file_rule_example() -> String {
    r#"{ from = "config/app.yaml", to = "/config/app.yaml" }"#.to_owned()
}

/// Names an image after its program, its folder where that name is taken, and else by a number.
pub(super) fn free_name(main: &InitMain, taken: &BTreeSet<ImageName>) -> ImageName {
    let mut number = 0;
    loop {
        let words = match number {
            0 => main.import_path.base_name(),
            1 => main.folder.as_str(),
            _ => &format!("image-{number}"),
        };
        match ImageName::from_words(words) {
            Ok(name) if !taken.contains(&name) => return name,
            _ => number += 1,
        }
    }
}

pub(super) fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::config::{Config, FileText, Mains, Overrides, load};
    use crate::model::{Environment, ModulePath};

    fn facts(mains: &[&str], folders: &[&str]) -> InitFacts {
        let module: ModulePath = "example.com/shop".parse().unwrap();
        InitFacts {
            mains: mains
                .iter()
                .map(|folder| InitMain {
                    import_path: ImportPath::within(&module, folder),
                    folder: folder.parse().unwrap(),
                })
                .collect(),
            folders: folders
                .iter()
                .map(|folder| folder.parse().unwrap())
                .collect(),
        }
    }

    fn read(text: &str) -> Config {
        let file = FileText {
            name: "coracle.toml",
            text,
        };
        load(Some(file), &Environment::default(), &Overrides::default()).unwrap()
    }

    /// Takes the comment signs from lines that would be settings.
    fn uncommented(text: &str) -> String {
        text.lines()
            .map(|line| match line.strip_prefix("# ") {
                Some(rest) if rest.starts_with('[') || rest.contains(" = ") => rest,
                _ => line,
            })
            .fold(String::new(), |text, line| text + line + "\n")
    }

    #[test]
    fn each_main_package_becomes_an_image() {
        insta::assert_snapshot!(init_text(&facts(&["cmd/server"], &["config"])), @r###"
        # How images are made of this source.
        #   coracle build     writes dist/NAME.tar for each image
        #   coracle push      sends each to its repository and prints its digest
        #   coracle schema    prints the JSON schema of this file, for editors

        # What every image has that does not say otherwise.
        [defaults]
        # repository = "registry.example.com/team/{name}"
        platforms = ["linux/amd64", "linux/arm64"]
        base      = "static"    # certificates, time zones, the user nonroot; or "scratch", or a reference
        tags      = ["{version}", "latest"]

        # example.com/shop/cmd/server
        [images.server]
        main = "./cmd/server"
        # files = [{ from = "config", to = "/config" }]
        # env   = { PORT = "8080" }
        # ports = [8080]

        # The exact Go; without it, .go-version or the toolchain line of go.mod.
        # [go]
        # version = "1.26.8"

        # Variables that are set where a main package declares them; these three are, without being asked.
        # [stamp]
        # vars = { "main.version" = "{version}", "main.commit" = "{commit}", "main.buildDate" = "{date}" }
        "###);
    }

    #[test]
    fn what_is_only_a_proposal_is_right_too() {
        let text = init_text(&facts(&["cmd/server", "cmd/worker"], &["config", "static"]));
        assert_eq!(read(&text).images.len(), 2);
        let config = read(&uncommented(&text));
        let server = &config.images[&"server".parse().unwrap()];
        assert_eq!(server.files.len(), 2);
        assert_eq!(server.ports.len(), 1);
        assert!(server.repository.is_some());
        assert!(config.go.version.is_some());
    }

    #[test]
    fn names_that_clash_become_those_of_folders() {
        let text = init_text(&facts(
            &["", "a/cmd/server", "b/cmd/server", "b-cmd/server"],
            &[],
        ));
        let config = read(&text);
        let names: Vec<&str> = config.images.keys().map(ImageName::as_str).collect();
        assert_eq!(names, ["b-cmd-server", "image-2", "server", "shop"]);
        let main = |name: &str| match &config.images[&name.parse().unwrap()].mains {
            Mains::One { main, .. } => main.as_ref().unwrap().to_string(),
            Mains::Several(_) => panic!("{name} has several programs"),
        };
        assert_eq!(main("shop"), ".");
        assert_eq!(main("server"), "a/cmd/server");
    }

    proptest! {
        #[test]
        fn whatever_folders_are_called_the_file_can_be_read(
            mains in prop::collection::vec("[^/.\0\\pC]{1,8}(/[^/.\0\\pC]{1,8})?", 0..5),
            folders in prop::collection::vec("[^/.\0\\pC]{1,8}", 0..3),
        ) {
            let mains: Vec<&str> = mains.iter().map(String::as_str).collect();
            let folders: Vec<&str> = folders.iter().map(String::as_str).collect();
            let text = init_text(&facts(&mains, &folders));
            prop_assert_eq!(read(&text).images.len(), mains.len());
            prop_assert_eq!(read(&uncommented(&text)).images.len(), mains.len());
        }
    }
}
