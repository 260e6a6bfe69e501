//! Flag over environment over image over defaults over built-in.

use super::*;

const FILE: &str = "
    [defaults]
    repository = 'r.example/defaults'
    platforms = ['linux/arm64']
    env = { A = 'defaults', B = 'defaults' }
    ports = [1, 2]
    [images.plain]
    [images.own]
    repository = 'r.example/own'
    platforms = ['linux/riscv64']
    env = { B = 'own', C = 'own' }
    ports = [3]
";

fn load_with(variables: &[(&str, &str)], overrides: &Overrides) -> Config {
    let file = FileText {
        name: "coracle.toml",
        text: FILE,
    };
    load(Some(file), &environment(variables), overrides).unwrap()
}

fn repositories_and_platforms(config: &Config) -> [String; 3] {
    [
        &config.defaults,
        image(config, "plain"),
        image(config, "own"),
    ]
    .map(|image| format!("{} {}", repository(image), platforms(image)))
}

#[test]
fn an_image_is_over_the_defaults() {
    let config = load_with(&[], &Overrides::default());
    assert_eq!(
        repositories_and_platforms(&config),
        [
            "r.example/defaults linux/arm64",
            "r.example/defaults linux/arm64",
            "r.example/own linux/riscv64",
        ]
    );
}

#[test]
fn tables_are_joined_and_lists_are_replaced() {
    let config = load_with(&[], &Overrides::default());
    let own = image(&config, "own");
    let platform = Platform::linux_amd64();
    let env: Vec<String> = own
        .env
        .iter()
        .map(|(name, value)| format!("{name}={}", value.render(&VALUES, &platform)))
        .collect();
    assert_eq!(env, ["A=defaults", "B=own", "C=own"]);
    let ports: Vec<String> = own.ports.iter().map(ToString::to_string).collect();
    assert_eq!(ports, ["3/tcp"]);
}

#[test]
fn the_environment_is_over_every_image() {
    let variables = [
        ("CORACLE_REPO", "r.example/env/{name}"),
        ("CORACLE_PLATFORM", "linux/s390x, linux/amd64"),
    ];
    let config = load_with(&variables, &Overrides::default());
    for found in repositories_and_platforms(&config) {
        assert_eq!(found, "r.example/env/api linux/s390x linux/amd64");
    }
    let unset = [("CORACLE_REPO", ""), ("CORACLE_PLATFORM", "")];
    let config = load_with(&unset, &Overrides::default());
    assert_eq!(platforms(image(&config, "own")), "linux/riscv64");
}

#[test]
fn flags_are_over_the_environment() {
    let variables = [
        ("CORACLE_REPO", "r.example/env"),
        ("CORACLE_PLATFORM", "linux/s390x"),
    ];
    let overrides = Overrides {
        platform: Some("all".to_owned()),
        base: Some("scratch".to_owned()),
        repo: Some("r.example/flag".to_owned()),
        tags: vec!["a".to_owned(), "{version}".to_owned()],
        sets: Vec::new(),
    };
    let config = load_with(&variables, &overrides);
    for found in repositories_and_platforms(&config) {
        assert_eq!(found, "r.example/flag all");
    }
    let own = image(&config, "own");
    assert_eq!(own.base, BaseChoice::Scratch);
    assert_eq!(tags(own), ["a", "v1"]);
}

#[test]
fn a_flag_that_sets_a_default_is_over_the_images_of_the_file() {
    let overrides = Overrides {
        sets: vec![
            "defaults.platforms = ['linux/386']".to_owned(),
            "images.own.repository=r.example/set".to_owned(),
        ],
        ..Overrides::default()
    };
    let config = load_with(&[("CORACLE_REPO", "r.example/env")], &overrides);
    assert_eq!(
        repositories_and_platforms(&config),
        [
            "r.example/env linux/386",
            "r.example/env linux/386",
            "r.example/set linux/386",
        ]
    );
}

#[test]
fn a_bare_word_is_a_string_and_so_is_a_number_where_a_string_is_wanted() {
    let config = load_sets(&[
        "go.version=1.26",
        "stamp.commit=1234567",
        "stamp.version=v1.2.3",
        "stamp.date=2026-01-31T12:00:00Z",
        "images.a.main=./cmd/a",
        "images.a.tags=['v1']",
        "images.a.env.X=1",
        "images.a.env.Y=a=b",
        "go.debug=true",
        "network.retries=7",
        "registries.\"localhost:5000\".insecure=true",
    ])
    .unwrap();
    assert_eq!(config.go.version.unwrap().to_string(), "1.26");
    assert_eq!(config.go.symbols, SymbolsChoice::Keep);
    assert_eq!(config.stamp.commit.unwrap().as_str(), "1234567");
    assert_eq!(config.stamp.version.unwrap().as_str(), "v1.2.3");
    assert_eq!(
        config.stamp.date.unwrap().to_string(),
        "2026-01-31T12:00:00Z"
    );
    assert_eq!(config.images.len(), 1);
    assert_eq!(config.network.retries, 7);
    let host = "localhost:5000".parse().unwrap();
    assert_eq!(config.registries[&host].transport, Transport::HttpToo);
}

#[test]
fn the_last_of_two_settings_wins() {
    let config = load_sets(&["stamp.version=a", "stamp.version=b"]).unwrap();
    assert_eq!(config.stamp.version.unwrap().as_str(), "b");
}
