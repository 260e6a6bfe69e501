use super::*;
use crate::config::load;
use crate::model::{ImportPath, ModulePath};

fn facts<'a>(folders: &[&str]) -> KoFacts<'a> {
    let module: ModulePath = "example.com/shop".parse().unwrap();
    let mains = folders.iter().map(|folder| KoMain {
        main: InitMain {
            import_path: ImportPath::within(&module, folder),
            folder: folder.parse().unwrap(),
        },
        data: KoData::None,
    });
    KoFacts {
        mains: mains.collect(),
        ..KoFacts::default()
    }
}

fn file(text: &str) -> FileText<'_> {
    FileText {
        name: ".ko.yaml",
        text,
    }
}

fn read(text: &str) -> Config {
    let file = FileText {
        name: "coracle.toml",
        text,
    };
    load(Some(file), &Environment::default(), &Overrides::default())
        .unwrap_or_else(|errors| panic!("{errors:?} in\n{text}"))
}

#[test]
fn each_key_of_a_ko_yaml_has_its_counterpart() {
    let mut facts = facts(&["app/cmd/api", "worker"]);
    facts.mains[0].data = KoData::Folder;
    facts.repository = Some("registry.example.com/team");
    let yaml = r"
defaultBaseImage: alpine
baseImageOverrides:
  example.com/Shop/worker: registry.example.com/base/debian:13
defaultPlatforms: [linux/arm64, linux/amd64]
defaultEnv: GOAMD64=v2
defaultFlags: [-tags, netgo]
defaultLdflags:
- -s -w
- -X main.version={{ .Git.Tag }}
- -X main.host={{.Env.HOST}}
builds:
- id: api
  dir: ./app
  main: ./cmd/api/main.go
  flags: -toolexec go
  env: [GOAMD64=v2, CGO_ENABLED=1]
  linux_capabilities: net_bind_service chown
- main: ./worker
  linux_capabilities: [chown=px]
- id: gone
  main: ./gone
";
    let text = ko_text(Some(file(yaml)), &facts).unwrap().text;
    read(&text);
    insta::assert_snapshot!(text);
}

#[test]
fn without_a_file_it_is_what_ko_does_by_default() {
    let text = ko_text(None, &facts(&["cmd/api"])).unwrap().text;
    let config = read(&text);
    let api = &config.images[&"api".parse().unwrap()];
    assert_eq!(api.base.to_string(), "cgr.dev/chainguard/static:latest");
    assert!(text.contains("path = \"/ko-app/api\""), "{text}");
}

#[test]
fn a_file_of_comments_says_nothing() {
    let text = ko_text(Some(file("# nothing yet\n")), &facts(&["cmd/api"]))
        .unwrap()
        .text;
    assert_eq!(text, ko_text(None, &facts(&["cmd/api"])).unwrap().text);
}

#[test]
fn what_is_no_yaml_is_refused_with_its_place() {
    for (yaml, place) in [
        ("builds:\n- id: [a\n", ".ko.yaml:"),
        ("builds: 7\n", ".ko.yaml:1:"),
        ("a: b\n  c: d\n", ".ko.yaml:"),
    ] {
        let error = ko_text(Some(file(yaml)), &facts(&["cmd/api"])).unwrap_err();
        assert!(error.place.to_string().starts_with(place), "{error}");
    }
}

#[test]
fn a_bomb_of_anchors_is_refused() {
    let mut yaml = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..9 {
        let below = format!("*a{}, ", level - 1).repeat(10);
        yaml.extend([format!("a{level}: &a{level} [{below}]\n")]);
    }
    yaml += "defaultFlags: *a8\n";
    ko_text(Some(file(&yaml)), &facts(&["cmd/api"])).unwrap_err();
}

#[test]
fn nothing_in_a_ko_yaml_can_add_lines_to_the_file() {
    let yaml = "defaultBaseImage: \"x\\n[go]\\nversion='1.0.0'\"\ndefaultLdflags: [\"-X main.a={{ .Env.A\\n[policy] }}\"]\nbuilds: [{id: \"a\\nb = 1\", main: ./gone}]\n";
    let text = ko_text(Some(file(yaml)), &facts(&["cmd/api"]))
        .unwrap()
        .text;
    assert!(read(&text).policy.is_none(), "{text}");
    assert!(read(&text).go.version.is_none(), "{text}");
}

#[test]
fn keys_that_are_meant_for_others_are_told_and_those_of_others_are_not() {
    let told = |yaml: &str| ko_text(Some(file(yaml)), &facts(&["api"])).unwrap().losses;
    assert_eq!(
        told("defaultBaseimage: alpine\nbuilds:\n- main: ./api\n  Env: [A=b]\n"),
        [
            "builds[0].Env: another spelling: ko reads it as env; write it so: env",
            "defaultBaseimage: another spelling: ko reads it as defaultBaseImage; write it so: defaultBaseImage",
        ]
    );
    assert_eq!(
        told("defaultPlatform: linux/arm64\n"),
        ["defaultPlatform: nobody reads this key: is defaultPlatforms meant?"]
    );
    let of_goreleaser = "version: 2\nbuilds:\n- main: ./api\n  binary: api\n  gcflags: [all=-l]\n  goos: [linux]\n  hooks: {}\n";
    assert_eq!(told(of_goreleaser), [] as [&str; 0]);
    assert!(ko_text(Some(file("builds: 3\n")), &KoFacts::default()).is_err());
}

#[test]
fn an_image_whose_base_ko_would_read_is_not_made_without_it() {
    let yaml = file("defaultbaseimage: alpine\n");
    let read = load_ko(
        Some(yaml),
        &facts(&["api"]),
        &Environment::default(),
        &Overrides::default(),
    );
    let config = read.unwrap().config;
    let image = config.images.values().next().unwrap();
    let refusals: Vec<String> = image.refusals.iter().map(ToString::to_string).collect();
    let spelt = ".ko.yaml: defaultbaseimage: another spelling: ko reads it as defaultBaseImage";
    assert_eq!(refusals, [spelt]);
}
