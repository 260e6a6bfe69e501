//! What is wrong, and in which words the user hears of it.

use super::*;
use crate::model::{BuildError, ExitCode};

#[test]
fn keys_that_do_not_exist_are_refused_with_the_nearest_one() {
    check(&[
        (
            "[defaults]\nplatfroms = []",
            "coracle.toml:2:1: unknown key \"platfroms\" in [defaults]\nhint: did you mean \"platforms\"?",
        ),
        (
            "[images.a]\nmian = 'x'",
            "coracle.toml:2:1: unknown key \"mian\" in [images.a]\nhint: did you mean \"main\"?",
        ),
        (
            "imgaes = 1",
            "coracle.toml:1:1: unknown key \"imgaes\"\nhint: did you mean \"images\"?",
        ),
        (
            "[image.x]",
            "coracle.toml:1:2: unknown key \"image\"\nhint: did you mean \"images\"?",
        ),
        (
            "volumes = 1",
            "coracle.toml:1:1: unknown key \"volumes\"\nhint: known keys are defaults, images, go, modules, stamp, cache, layers, dist, secrets, policy, sign, attest, registries, network, slo, history, deploy, pipeline",
        ),
        (
            "[defaults]\nvolumes = []",
            "coracle.toml:2:1: unknown key \"volumes\" in [defaults]\nhint: known keys are repository, platforms, base, tags, main, mains, path, files, env, path_folders, ports, user, capabilities, workdir, entrypoint, args, labels, annotations, stop_signal, go, stamp",
        ),
        (
            "[[images.a.files]]\nform = 'a'\nto = '/b'",
            "coracle.toml:2:1: unknown key \"form\" in [images.a.files]\nhint: did you mean \"from\"?",
        ),
        (
            "[[images.a.files]]\nfrom = 'a'",
            "coracle.toml:1:1: the key \"to\" is missing",
        ),
        (
            "[registries.'localhost:5000']\ninsecur = true",
            "coracle.toml:2:1: unknown key \"insecur\" in [registries.\"localhost:5000\"]\nhint: did you mean \"insecure\"?",
        ),
        (
            "[registries.registry.example.com]\ninsecure = true",
            "coracle.toml:1:22: unknown key \"example\" in [registries.registry]\nhint: a name with a dot is written in quotes, as in \"registry.example\"",
        ),
        (
            "[images.A]",
            "coracle.toml:1:9: \"A\" is not an image's name, expected lower-case letters, digits and single separators ('.', '_', '-') between them",
        ),
        (
            "[registries.'a b']\ninsecure = true",
            "coracle.toml:1:13: \"a b\" is not a registry's host, expected a name or address, as in registry.example.com:5000",
        ),
    ]);
}

#[test]
fn limits_of_reports_that_have_no_unit_are_refused() {
    check(&[
        (
            "[slo]\nimage_size = \"20\"",
            "coracle.toml:2:14: \"20\" is not a size, expected a number with its unit, as in 512MB or 10GB",
        ),
        (
            "[slo]\nsize_growth = \"10\"",
            "coracle.toml:2:15: \"10\" is not a share, expected a whole number and its sign, as in \"10%\"",
        ),
    ]);
}

#[test]
fn rules_that_say_nothing_or_too_much_are_refused() {
    check(&[
        (
            "[[policy.blocked]]\nmodule = 'x'",
            "coracle.toml:1:1: the key \"reason\" is missing",
        ),
        (
            "[[policy.blocked]]\nmodule = 'x'\nreason = ' '",
            "coracle.toml:3:10: this says nothing, and whoever meets the rule has to know why\nhint: write it in a few words",
        ),
        (
            "[policy]\nblock = []",
            "coracle.toml:2:1: unknown key \"block\" in [policy]\nhint: did you mean \"blocked\"?",
        ),
        (
            "[policy]\nrequired = ['../x']",
            "coracle.toml:2:13: \"../x\" is not a module path, expected one like github.com/owner/name",
        ),
        (
            "[[policy.blocked]]\nmodule = 'x'\nreason = 'y'\nversions = '~1'",
            "coracle.toml:4:12: \"~1\" is not a range of versions, expected one like \">=1, <2\", or a version as in \"v1.2.3\"",
        ),
        (
            "[[policy.blocked]]\nmodule = 'x'\nreason = 'y'\nuntil = 'soon'",
            "coracle.toml:4:9: \"soon\" is not a day, expected one like 2027-01-31",
        ),
        (
            "[[policy.blocked]]\nmodule = 'w'\nreason = 'y'\n\n[[policy.blocked]]\nmodule = 'x'\nreason = 'y'\nuntil = 2027-01-31",
            "coracle.toml:8:1: until is the last day of what except allows, and there is no except\nhint: add except = [\"MODULE\"], or take until out: the rule itself has no end",
        ),
        (
            "[[policy.accepted]]\nid = 'GO-1'\nreason = 'x'",
            "coracle.toml:1:1: the key \"until\" is missing",
        ),
        (
            "[policy.licences]\nallow = ['MTI']",
            "coracle.toml:2:10: \"MTI\" is not in SPDX's list of licences\nhint: did you mean \"MIT\"?",
        ),
        (
            "[policy.licences]\ndeny = ['GPL-3.0']",
            "coracle.toml:2:9: \"GPL-3.0\" does not say whether a later version may be taken\nhint: write \"GPL-3.0-only\" or \"GPL-3.0-or-later\"",
        ),
        (
            "[policy]\nvulnerabilities = 'all'",
            "coracle.toml:2:19: expected one of \"off\", \"reachable\", \"imported\", \"required\", found \"all\"",
        ),
        (
            "[policy]\nvulnerability_database = 'https://me:hunter2@db.example'",
            "coracle.toml:2:26: the address of a database holds credentials\nhint: take them out",
        ),
        (
            "[policy]\nvulnerability_database = 'http://db.example'",
            "coracle.toml:2:26: \"http://db.example\" is spoken to without encryption\nhint: write https://",
        ),
    ]);
}

#[test]
fn what_is_no_toml_is_refused_where_it_breaks() {
    check(&[
        (
            "a =",
            "coracle.toml:1:4: string values must be quoted, expected literal string",
        ),
        ("[go", "coracle.toml:1:4: unclosed table, expected `]`"),
        (
            "[go]\nversion = \"1.26",
            "coracle.toml:2:16: invalid basic string, expected `\"`",
        ),
        ("[go]\n[go]", "coracle.toml:2:2: duplicate key"),
        ("x = 1\nx = 2", "coracle.toml:2:1: duplicate key"),
        (
            "x = 99999999999999999999",
            "coracle.toml:1:5: the number 99999999999999999999 is too large",
        ),
        (
            "[images.a]\nlabels = { a = \"\\u0000\" }",
            "coracle.toml:2:16: a string holds a NUL character",
        ),
    ]);
}

#[test]
fn a_wrong_type_says_what_is_expected_and_what_was_found() {
    check(&[
        (
            "defaults = 5",
            "coracle.toml:1:12: expected a table, found the number 5\nhint: write its keys below [defaults]",
        ),
        (
            "images = []",
            "coracle.toml:1:10: expected a table, found a list\nhint: write its keys below [images]",
        ),
        (
            "[images]\na = 5",
            "coracle.toml:2:5: expected a table, found the number 5\nhint: write its keys below [images.a]",
        ),
        (
            "[go]\nversion = 1.26",
            "coracle.toml:2:11: expected a string, found the number 1.26\nhint: write it in quotes: \"1.26\"",
        ),
        (
            "[go]\ndebug = 1",
            "coracle.toml:2:9: expected true or false, found the number 1\nhint: write true",
        ),
        (
            "[go]\ntags = 'netgo'",
            "coracle.toml:2:8: expected a list, found \"netgo\"\nhint: write it in brackets: [\"netgo\"]",
        ),
        (
            "[go]\ntoolchain = 'verifed'",
            "coracle.toml:2:13: expected one of \"auto\", \"verified\", found \"verifed\"\nhint: did you mean \"verified\"?",
        ),
        (
            "[images.a]\nenv = { PORT = 8080 }",
            "coracle.toml:2:16: expected a string, found the number 8080\nhint: write it in quotes: \"8080\"",
        ),
        (
            "[images.a]\nports = 8080",
            "coracle.toml:2:9: expected a list, found the number 8080\nhint: write it in brackets: [8080]",
        ),
        (
            "[[images.a.files]]\nfrom = 'a'\nto = '/b'\nmode = 644",
            "coracle.toml:4:8: expected a string, found the number 644\nhint: write it in quotes: \"644\"",
        ),
        (
            "[[images.a.files]]\nfrom = 'a'\nto = '/b'\nuid = -1",
            "coracle.toml:4:7: expected 0 to 4294967295, found -1",
        ),
        (
            "[network]\nretries = 'x'",
            "coracle.toml:2:11: expected a whole number, found \"x\"",
        ),
        (
            "[registries.a]\ninsecure = 'yes'",
            "coracle.toml:2:12: expected true or false, found \"yes\"\nhint: write true",
        ),
    ]);
}

#[test]
fn keys_that_exclude_each_other_are_refused_together() {
    check(&[
        (
            "[images.a]\nmain = 'x'\nmains = ['y']",
            "coracle.toml:3:1: main and mains exclude each other\nhint: keep mains for several programs, main for one",
        ),
        (
            "[images.a]\nmains = ['y']\npath = '/x'",
            "coracle.toml:3:1: path and mains exclude each other\nhint: leave path out: each program is at / and the name of its folder",
        ),
        (
            "[defaults]\npath = '/x'\n[images.a]\nmains = ['y']",
            "coracle.toml:2:1: path and mains exclude each other\nhint: leave path out: each program is at / and the name of its folder",
        ),
        (
            "[images.a]\nmains = []",
            "coracle.toml:2:1: mains is empty, expected the folders of main packages",
        ),
        (
            "[images.a]\nmains = ['y', './y']",
            "coracle.toml:2:1: \"y\" is listed twice in mains",
        ),
    ]);
}

#[test]
fn a_setting_that_is_wrong_names_its_flag() {
    for (set, message) in [
        (
            "go",
            "--set: expected KEY=VALUE, as in go.version=1.26.8, found \"go\"",
        ),
        (
            "a\nb=1",
            "--set: \"a\\nb\" is not a key, expected one like go.version or images.server.tags\nhint: write a part with other characters in quotes: --set 'registries.\"localhost:5000\".insecure=true'",
        ),
        (
            "registries.localhost:5000.insecure=true",
            "--set: \"registries.localhost:5000.insecure\" is not a key, expected one like go.version or images.server.tags\nhint: write a part with other characters in quotes: --set 'registries.\"localhost:5000\".insecure=true'",
        ),
        (
            "go.verison=1.26",
            "--set go.verison: unknown key \"verison\" in [go]\nhint: did you mean \"version\"?",
        ),
        (
            "images.a.tags=[v1]",
            "--set images.a.tags: string values must be quoted, expected literal string",
        ),
        (
            "images.a.tags=v1",
            "--set images.a.tags: expected a list, found \"v1\"\nhint: write it in brackets: [\"v1\"]",
        ),
        (
            "go.debug=yes",
            "--set go.debug: expected true or false, found \"yes\"\nhint: write true",
        ),
        (
            "stamp.version=",
            "--set stamp.version: \"\" cannot be stamped, expected one line that is not empty",
        ),
        (
            "pipelin.without=[]",
            "--set pipelin.without: unknown key \"pipelin\"\nhint: did you mean \"pipeline\"?",
        ),
    ] {
        assert_eq!(shown(load_sets(&[set])), message, "{set}");
    }
}

#[test]
fn a_flag_that_is_wrong_is_named() {
    let platform = Overrides {
        platform: Some("linux/amd64,linux".to_owned()),
        ..Overrides::default()
    };
    let base = Overrides {
        base: Some("debian".to_owned()),
        ..Overrides::default()
    };
    let repo = Overrides {
        repo: Some("team/api".to_owned()),
        ..Overrides::default()
    };
    let tag = Overrides {
        tags: vec!["ok".to_owned(), "not ok".to_owned()],
        ..Overrides::default()
    };
    for (overrides, start) in [
        (platform, "--platform: \"linux\" is not a platform, "),
        (base, "--base: unknown base \"debian\", "),
        (repo, "--repo: \"team/api\" names no registry, "),
        (tag, "--tag: \"not ok\" is not a tag, "),
    ] {
        let message = shown(load(None, &Environment::default(), &overrides));
        assert!(message.starts_with(start), "{message}");
    }
}

#[test]
fn a_variable_that_is_wrong_is_named() {
    for (name, value, start) in [
        (
            "CORACLE_REPO",
            "team/api",
            "CORACLE_REPO: \"team/api\" names no registry, ",
        ),
        (
            "CORACLE_PLATFORM",
            "linux",
            "CORACLE_PLATFORM: \"linux\" is not a platform, ",
        ),
    ] {
        let environment = environment(&[(name, value)]);
        let message = shown(load(None, &environment, &Overrides::default()));
        assert!(message.starts_with(start), "{message}");
    }
}

#[test]
fn an_error_reaches_the_user_with_its_place_and_its_hint() {
    let error = load_file("[defaults]\nplatfroms = []")
        .unwrap_err()
        .remove(0);
    let error = BuildError::from(error);
    assert_eq!(
        error.to_string(),
        "[config] coracle.toml:2:1: unknown key \"platfroms\" in [defaults]"
    );
    assert_eq!(error.hints, ["did you mean \"platforms\"?"]);
    assert_eq!(error.exit_code(), ExitCode::Usage);
}

#[test]
fn all_mistakes_are_told_at_once_in_the_order_of_the_file() {
    let file = "\
[go]
verison = '1.26.8'
debug = 'yes'

[images.a]
tags = ['{nope}']
files = [{ form = 'a', to = '/a' }, { from = 'b' }, { from = 'c', to = '/c' }]

[defaults]
platforms = ['linux/amd64', 'linux']
ports = [1, 'x/y']

[deploy]
required = []
";
    let said = shown(load_file(file));
    let starts: Vec<&str> = said
        .lines()
        .filter(|line| !line.starts_with("hint: "))
        .map(|line| line.split(' ').next().unwrap())
        .collect();
    let places = ["2:1", "3:9", "6:9", "7:12", "10:29", "11:13", "14:1"];
    assert_eq!(starts, places.map(|place| format!("coracle.toml:{place}:")));
}

#[test]
fn mistakes_of_flags_and_of_the_file_are_told_together() {
    let overrides = Overrides {
        sets: ["go.x=1", "go.y=2", "defaults.tags=[3.5,'a b']"]
            .map(str::to_owned)
            .into(),
        ..Overrides::default()
    };
    let file = FileText {
        name: "coracle.toml",
        text: "volumes = 1",
    };
    let errors = load(Some(file), &Environment::default(), &overrides).unwrap_err();
    let places: Vec<String> = errors.iter().map(|error| error.place.to_string()).collect();
    let sets = ["--set defaults.tags", "--set go.x", "--set go.y"];
    assert_eq!(places, [&["coracle.toml:1:1"], &sets[..]].concat());
}
