//! What would take something of the base away: refused before anything is compiled.

use crate::support::TestEnvironment;
use crate::support::base_image::BaseImage;
use crate::support::http::Method;
use crate::support::registry::{FakeRegistry, digest_of};

fn copying(rules: &str) -> TestEnvironment {
    let environment = TestEnvironment::with_watched_go().with_hello();
    let config = format!("[images.hello]\nfiles = [{rules}]\n");
    environment.write("coracle.toml", config);
    environment.write("a.txt", "a\n");
    environment.write("folder/b.txt", "b\n");
    environment
}

/// Runs, asserts that it is refused before anything is compiled, and returns what is said.
#[track_caller]
fn refused(environment: &TestEnvironment, args: &[&str]) -> String {
    let before = environment.files();
    let output = environment.run(args).ends_with(2);
    environment.assert_nothing_compiled();
    assert_eq!(environment.files(), before);
    assert_eq!(output.stdout, "", "{output}");
    output.talk()
}

const BUILD: &[&str] = &["build", "-q"];

#[test]
fn a_file_below_a_file_of_the_base() {
    let environment = copying(r#"{ from = "a.txt", to = "/etc/passwd/a" }"#);
    insta::assert_snapshot!(refused(&environment, BUILD), @"
    error: [plan] hello: a.txt is to be at /etc/passwd/a, but /etc/passwd of the base static is no folder
      hint: give it another place with to
    ");
    let environment = copying(r#"{ from = "folder", to = "/etc/passwd" }"#);
    insta::assert_snapshot!(refused(&environment, BUILD), @"
    error: [plan] hello: folder/b.txt is to be at /etc/passwd/b.txt, but /etc/passwd of the base static is no folder
      hint: give it another place with to
    ");
}

#[test]
fn a_folder_with_an_owner_over_a_file_of_the_base() {
    let environment = copying(r#"{ from = "folder", to = "/etc/passwd", uid = 1 }"#);
    insta::assert_snapshot!(refused(&environment, BUILD), @"
    error: [plan] hello: folder is to be at /etc/passwd as a folder, in place of a file of the base static
      hint: give it another place with to
    ");
}

#[test]
fn a_file_in_place_of_a_folder_of_the_base() {
    let environment = copying(r#"{ from = "a.txt", to = "/etc/ssl" }"#);
    insta::assert_snapshot!(refused(&environment, BUILD), @"
    error: [plan] hello: a.txt is to be at /etc/ssl, in place of a folder of the base static
      hint: give it another place with to
    ");
}

#[test]
fn a_program_in_place_of_a_folder_of_the_base() {
    let environment = TestEnvironment::with_watched_go().with_hello();
    environment.write("cmd/etc/main.go", crate::support::samples::HELLO);
    insta::assert_snapshot!(refused(&environment, &["build", "-q", "./cmd/etc"]), @r#"
    error: [plan] etc: the program example.com/hello/cmd/etc is to be at /etc, in place of a folder of the base static
      hint: give the program another place under [images.etc] in coracle.toml: path = "/usr/local/bin/etc"
    "#);
    for name in ["tmp", "home", "usr", "var", "root"] {
        environment.write("coracle.toml", format!("[images.{name}]\nmain = \".\"\n"));
        for base in ["static", "scratch"] {
            let said = refused(&environment, &["build", "-q", "--base", base]);
            let wanted = format!("is to be at /{name}, in place of a folder of the base {base}");
            assert!(said.contains(&wanted), "{said}");
        }
    }
}

#[test]
fn one_of_several_programs_in_place_of_a_folder_of_the_base() {
    let config = "[images.all]\nmains = [\"./cmd/api\", \"./cmd/tmp\"]\n";
    let environment = TestEnvironment::with_watched_go().with_project(config, &["api", "tmp"]);
    insta::assert_snapshot!(refused(&environment, BUILD), @r#"
    error: [plan] all: the program example.com/hello/cmd/tmp is to be at /tmp, in place of a folder of the base static
      hint: make it an image of its own in coracle.toml, with path = "/usr/local/bin/tmp"
    "#);
}

#[test]
fn a_file_of_the_base_may_be_replaced_and_a_folder_be_added_to() {
    let rules =
        r#"{ from = "a.txt", to = "/etc/passwd" }, { from = "folder", to = "/etc", uid = 0 }"#;
    copying(rules).run(["build", "-q"]).success();
}

/// A base as Debian makes them: `/lib` is a link to a folder, and there is one file in it.
fn with_links() -> BaseImage {
    let mut tar = tar::Builder::new(Vec::new());
    let mut entry = |kind: tar::EntryType, path: &str, target: &str| {
        let mut header = tar::Header::new_ustar();
        header.set_entry_type(kind);
        header.set_size(0);
        header.set_mode(0o755);
        if kind == tar::EntryType::Symlink {
            tar.append_link(&mut header, path, target)
        } else {
            tar.append_data(&mut header, path, std::io::empty())
        }
        .expect("an entry");
    };
    entry(tar::EntryType::Directory, "usr/lib/", "");
    entry(tar::EntryType::Regular, "usr/lib/ld.so", "");
    entry(tar::EntryType::Symlink, "lib", "usr/lib");
    entry(tar::EntryType::Directory, "srv/www/", "");
    BaseImage::of_tar("linux", "amd64", &tar.into_inner().expect("a tar"))
}

#[test]
fn links_of_a_base_are_followed() {
    let registry = FakeRegistry::start();
    with_links().put(&registry, "team/base", "v1");
    let base = registry.repository("team/base:v1");
    let refused = |rules: &str| {
        let mut environment = copying(rules);
        environment.replace(registry.host(), "$REGISTRY");
        refused(&environment, &["build", "-q", "--base", &base])
    };
    insta::assert_snapshot!(refused(r#"{ from = "a.txt", to = "/lib/ld.so/a" }"#), @"
    error: [plan] hello: a.txt is to be at /lib/ld.so/a, but /usr/lib/ld.so of the base $REGISTRY/team/base:v1 is no folder
      hint: give it another place with to
    ");
    insta::assert_snapshot!(refused(r#"{ from = "a.txt", to = "/lib" }"#), @"
    error: [plan] hello: a.txt is to be at /lib, in place of a link of the base $REGISTRY/team/base:v1 to the folder /usr/lib
      hint: give it another place with to
    ");
    insta::assert_snapshot!(refused(r#"{ from = "folder", to = "/lib", uid = 1 }"#), @r#"
    error: [plan] hello: folder is to be at /lib, in place of a link of the base $REGISTRY/team/base:v1 to the folder /usr/lib
      hint: name the folder itself: to = "/usr/lib"
    "#);
    insta::assert_snapshot!(refused(r#"{ from = "a.txt", to = "/srv" }"#), @"
    error: [plan] hello: a.txt is to be at /srv, in place of a folder of the base $REGISTRY/team/base:v1
      hint: give it another place with to
    ");
    let twice =
        r#"{ from = "a.txt", to = "/lib/a" }, { from = "folder/b.txt", to = "/usr/lib/a" }"#;
    insta::assert_snapshot!(refused(twice), @"
    error: [plan] hello: a.txt and folder/b.txt are both to be at /usr/lib/a
      hint: give one of them another place, or leave it out with exclude
    ");
    let environment = copying(r#"{ from = "folder", to = "/lib" }"#);
    environment.run(["build", "-q", "--base", &base]).success();
}

#[test]
fn a_push_fetches_no_layer_of_its_base_to_find_clashes() {
    let registry = FakeRegistry::start();
    let image = with_links();
    image.put(&registry, "team/base", "v1");
    let base = registry.repository("team/base:v1");
    let mut environment = copying(r#"{ from = "a.txt", to = "/lib" }"#);
    environment.replace(registry.host(), "$REGISTRY");
    let repository = registry.repository("team/hello");
    let push = ["push", "-q", "--base", &base, "--repo", &repository];
    insta::assert_snapshot!(refused(&environment, &push), @"
    error: [plan] hello: a.txt is to be at /lib, in place of a folder of the base $REGISTRY/team/base:v1
      hint: give it another place with to
    ");
    environment.write("coracle.toml", "[images.hello]\n");
    environment.run(push).success();
    let layer = format!("/v2/team/base/blobs/{}", digest_of(&image.layer));
    let requests = registry.journal().requests();
    let fetched = requests
        .iter()
        .any(|request| request.method == Method::GET && request.path() == layer);
    assert!(!fetched, "{requests:?}");
}
