//! `coracle size`: what the bytes of programs and images are, and what grew between two.

use std::collections::BTreeMap;
use std::path::Path;

use coracle::size::{SymbolLimit, program_size};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::Value;

use crate::support::image::parse;
use crate::support::registry::FakeRegistry;
use crate::support::{TestEnvironment, go, programs, samples, schema};

/// ELF, Mach-O and PE.
const PLATFORMS: [&str; 3] = ["linux-amd64", "darwin-arm64", "windows-amd64.exe"];

/// Builds plain programs for all platforms into `with` and `without`: with and without symbols.
fn build(environment: &TestEnvironment, project: &str, main: &str) {
    let platforms = "--platform=linux/amd64,darwin/arm64,windows/amd64";
    let folder = environment.work().join(project);
    for (symbols, to) in [("go.debug=true", "with"), ("go.debug=false", "without")] {
        let args = ["dist", "-q", main, platforms, "--set", symbols];
        environment.run_in(project, args).success();
        std::fs::remove_file(folder.join("dist/SHA256SUMS")).expect("the sums");
        std::fs::rename(folder.join("dist"), environment.work().join(to)).expect("programs");
    }
}

fn sized(environment: &TestEnvironment, program: &str) -> Value {
    let args = ["size", program, "--json", "--top", "1000"];
    let said = environment.run(args).success();
    parse(said.stdout.as_bytes())["subjects"][0]["program"].clone()
}

fn bytes(row: &Value) -> u64 {
    row["size_bytes"].as_u64().expect("a number of bytes")
}

fn rows<'a>(program: &'a Value, list: &str) -> &'a Vec<Value> {
    program[list].as_array().expect("rows")
}

/// Asserts that every list adds up to all bytes of the program.
fn adds_up(environment: &TestEnvironment, path: &str, program: &Value) {
    let length = environment.read(path).len() as u64;
    let sum = |rows: &[Value]| rows.iter().map(bytes).sum::<u64>();
    assert_eq!(bytes(program), length, "{path}");
    assert_eq!(sum(rows(program, "sections")), length, "{path}");
    assert_eq!(sum(rows(program, "modules")), length, "{path}");
    let is_module = |row: &&Value| {
        let kind = row["kind"].as_str().expect("a kind");
        ["main", "module", "standard", "unknown"].contains(&kind)
    };
    let of_modules: u64 = rows(program, "modules")
        .iter()
        .filter(is_module)
        .map(bytes)
        .sum();
    assert_eq!(sum(rows(program, "packages")), of_modules, "{path}");
    for row in rows(program, "packages") {
        let parts = row["parts"].as_object().expect("parts");
        let parts: u64 = parts.values().filter_map(Value::as_u64).sum();
        assert_eq!(parts, bytes(row), "{row}");
    }
}

/// Returns the sizes that `go tool nm` has for each name, of code and of data apart.
fn sizes_by_nm(environment: &TestEnvironment, path: &str) -> BTreeMap<String, Vec<(u64, char)>> {
    let mut command = environment.command(go::program());
    command
        .args(["tool", "nm", "-size", path])
        .current_dir(environment.work());
    let output = environment.run_command(&mut command).success();
    let mut sizes: BTreeMap<String, Vec<(u64, char)>> = BTreeMap::new();
    for line in output.stdout.lines() {
        let mut words = line.trim_start().splitn(2, ' ');
        let (_, rest) = (words.next(), words.next().unwrap_or_default().trim_start());
        let Some((size, rest)) = rest.split_once(' ') else {
            continue;
        };
        let (Ok(size), Some((kind, name))) = (size.parse(), rest.split_once(' ')) else {
            continue;
        };
        let kind = kind.chars().next().expect("a letter");
        sizes.entry(name.to_owned()).or_default().push((size, kind));
    }
    sizes
}

/// Asserts that the largest symbols are as large as `go tool nm` says, and that none is missing.
fn agrees_with_nm(environment: &TestEnvironment, path: &str, program: &Value) {
    let by_nm = sizes_by_nm(environment, path);
    let found: BTreeMap<&str, u64> = rows(program, "symbols")
        .iter()
        .map(|row| (row["name"].as_str().expect("a name"), bytes(row)))
        .collect();
    // In Mach-O and PE nm lets the last symbol of a section end where the next section begins.
    let of_one_section = found
        .iter()
        .filter(|(name, _)| **name != "runtime.itablink");
    for (name, size) in of_one_section {
        let sizes = by_nm
            .get(*name)
            .unwrap_or_else(|| panic!("{path}: no {name}"));
        assert!(
            sizes.iter().any(|(other, _)| other == size),
            "{path}: {name} {size} {sizes:?}"
        );
    }
    let mut code: Vec<(u64, &String)> = by_nm
        .iter()
        .flat_map(|(name, sizes)| sizes.iter().map(move |(size, kind)| (*size, *kind, name)))
        .filter(|(_, kind, _)| matches!(kind, 'T' | 't'))
        .map(|(size, _, name)| (size, name))
        .collect();
    code.sort_by(|a, b| b.cmp(a));
    for (size, name) in &code[..30] {
        let is_place = name.as_str() == "runtime.text" || name.as_str() == "runtime.etext";
        assert!(
            is_place || found.get(name.as_str()) == Some(size),
            "{path}: {name} {size}"
        );
    }
}

/// Asserts that code is given to the same packages with symbols and without.
fn is_the_same_code(path: &str, with: &Value, without: &Value) {
    let code = |program: &Value| -> BTreeMap<String, u64> {
        let packages = rows(program, "packages").iter();
        let code = packages.map(|row| {
            let name = row["name"].as_str().expect("a name").to_owned();
            (name, row["parts"]["code_bytes"].as_u64().expect("bytes"))
        });
        code.filter(|(_, bytes)| *bytes > 0).collect()
    };
    let (with, without) = (code(with), code(without));
    for (package, bytes) in &without {
        let other = with.get(package).copied().unwrap_or_default();
        let differ = other.abs_diff(*bytes);
        assert!(differ * 100 <= *bytes, "{path}: {package} {other} {bytes}");
    }
}

#[test]
fn every_byte_of_caddy_is_counted_once_and_few_are_unknown() {
    let environment = TestEnvironment::new();
    samples::copy_module(
        &environment,
        samples::CADDY,
        &environment.work().join("caddy"),
    );
    build(&environment, "caddy", "./cmd/caddy");
    for platform in PLATFORMS {
        let path = |folder: &str| format!("{folder}/caddy-{platform}");
        let (with, without) = (path("with"), path("without"));
        let (full, bare) = (sized(&environment, &with), sized(&environment, &without));
        adds_up(&environment, &with, &full);
        adds_up(&environment, &without, &bare);
        let unknown = |program: &Value| program["not_attributed_bytes"].as_u64().expect("bytes");
        assert!(
            unknown(&full) * 100 <= bytes(&full) * 3,
            "{with}: {}",
            unknown(&full)
        );
        assert!(
            unknown(&bare) * 100 <= bytes(&bare) * 15,
            "{without}: {}",
            unknown(&bare)
        );
        agrees_with_nm(&environment, &with, &full);
        is_the_same_code(platform, &full, &bare);

        assert_eq!(full["stripping"]["stripped"], false, "{with}");
        assert_eq!(bare["stripping"]["stripped"], true, "{without}");
        let saves = full["stripping"]["saves_bytes"].as_u64().expect("bytes");
        let saved = bytes(&full) - bytes(&bare);
        assert!(
            saves.abs_diff(saved) * 100 <= saved,
            "{with}: {saves}, and it was {saved}"
        );

        let named = |name: &str, kind: &str| {
            let modules = rows(&full, "modules").iter();
            let mut found = modules.filter(|row| row["name"] == name && row["kind"] == kind);
            found.next().is_some_and(|row| bytes(row) > 10_000)
        };
        assert!(named("github.com/caddyserver/caddy/v2", "main"), "{with}");
        assert!(named("github.com/quic-go/quic-go", "module"), "{with}");
        assert!(named("std", "standard"), "{with}");
        assert!(named("debug information", "purpose"), "{with}");
        // It embeds files, which the linker puts among the constants of all packages.
        let chroma = "github.com/alecthomas/chroma/v2";
        let mut modules = rows(&full, "modules").iter();
        let chroma = modules.find(|row| row["name"] == chroma).expect("chroma");
        let data = chroma["parts"]["data_bytes"].as_u64();
        assert!(
            data.is_some_and(|bytes| bytes > 1_000_000),
            "{with}: {chroma}"
        );
    }
}

#[test]
fn a_program_is_shown_as_tables_with_what_is_left_over() {
    let environment = TestEnvironment::new().with_hello();
    build(&environment, ".", ".");
    let said = environment
        .run(["size", "with/hello-linux-amd64", "--top", "3"])
        .success();
    for text in [
        "with/hello-linux-amd64: 1.",
        "ELF amd64, example.com/hello by go1.",
        "not stripped: -ldflags '-s -w' would save ",
        "not attributed: ",
        "SHARE  NOT ATTRIBUTED  SECTION\n",
        "  (debug information)\n",
        "  std\n",
        "  runtime\n",
        " more)\n",
        "  SECTION  SYMBOL\n",
    ] {
        assert!(said.stdout.contains(text), "no {text:?}\n{said}");
    }
    let bare = environment
        .run(["size", "without/hello-linux-amd64"])
        .success();
    assert!(
        bare.stdout.contains("stripped: it has neither symbols"),
        "{bare}"
    );
    assert!(bare.stdout.contains("it has no symbols"), "{bare}");
    for platform in PLATFORMS {
        for folder in ["with", "without"] {
            let path = format!("{folder}/hello-{platform}");
            adds_up(&environment, &path, &sized(&environment, &path));
        }
    }
}

#[test]
fn programs_for_other_processors_are_told_apart_too() {
    let environment = TestEnvironment::new().with_hello();
    let platforms = "--platform=linux/386,linux/s390x";
    environment.run(["dist", "-q", platforms]).success();
    for processor in ["386", "s390x"] {
        let path = format!("dist/hello-linux-{processor}");
        let program = sized(&environment, &path);
        assert_eq!(program["architecture"], processor);
        adds_up(&environment, &path, &program);
        let unknown = program["not_attributed_bytes"].as_u64().expect("bytes");
        assert!(unknown * 100 <= bytes(&program) * 15, "{path}: {unknown}");
        let mut packages = rows(&program, "packages").iter();
        let runtime = packages
            .find(|row| row["name"] == "runtime")
            .expect("runtime");
        for part in ["code_bytes", "table_bytes", "type_bytes"] {
            let part = runtime["parts"][part].as_u64();
            assert!(
                part.is_some_and(|bytes| bytes > 10_000),
                "{path}: {runtime}"
            );
        }
    }
}

#[test]
fn what_grew_between_two_programs_adds_up() {
    let environment = TestEnvironment::new().with_hello();
    environment
        .run(["dist", "-q", "--platform=linux/amd64"])
        .success();
    std::fs::rename(
        environment.work().join("dist"),
        environment.work().join("old"),
    )
    .expect("a folder");
    let larger = "package main\n\nimport \"net/http\"\n\nfunc main() { println(http.ListenAndServe(\"\", nil)) }\n";
    environment.write("main.go", larger);
    environment
        .run(["dist", "-q", "--platform=linux/amd64"])
        .success();
    let (old, new) = ("old/hello-linux-amd64", "dist/hello-linux-amd64");
    let said = environment.run(["size", old, new, "--json"]).success();
    let document = parse(said.stdout.as_bytes());
    let wanted = parse(
        environment
            .run(["schema", "size"])
            .success()
            .stdout
            .as_bytes(),
    );
    schema::assert_valid(&document, &wanted);
    let growth = &document["program_growth"];
    let change = |row: &Value| row["change_bytes"].as_i64().expect("a change");
    let length = |path: &str| i64::try_from(environment.read(path).len()).expect("a program");
    let grown = length(new) - length(old);
    assert_eq!(change(&growth["whole"]), grown);
    for list in ["sections", "modules"] {
        let rows = growth[list].as_array().expect("rows");
        assert_eq!(rows.iter().map(change).sum::<i64>(), grown, "{list}");
        let sizes: Vec<u64> = rows.iter().map(|row| change(row).unsigned_abs()).collect();
        assert!(sizes.is_sorted_by(|a, b| a >= b), "{list}");
    }
    assert_eq!(growth["modules"][0]["name"], "std");
    let packages = growth["packages"].as_array().expect("rows");
    let http = packages
        .iter()
        .find(|row| row["name"] == "net/http")
        .expect("net/http");
    assert_eq!(http["a_bytes"], 0);

    let shown = environment.run(["size", old, new, "--top", "2"]).success();
    assert!(shown.stdout.contains("hello-linux-amd64: 1."), "{shown}");
    assert!(
        shown
            .stdout
            .contains("CHANGE          A          B  MODULE"),
        "{shown}"
    );
    assert!(shown.stdout.contains("  std\n"), "{shown}");
    let none = environment.run(["size", old, old]).success();
    assert!(none.stdout.contains("+0 B"), "{none}");
}

#[test]
fn an_image_is_told_apart_by_layers_files_and_programs() {
    let environment = TestEnvironment::new()
        .with_project("[images.server]\nmain = \"./cmd/server\"\n", &["server"]);
    let said = environment.run(["size", "server"]).ends_with(2);
    said.says("no image of this name has been built")
        .says("coracle build server");
    environment.run(["build", "-q"]).success();
    let registry = FakeRegistry::start();
    let repository = registry.repository("server");
    environment
        .run(["push", "-q", "--repo", &repository])
        .success();
    let image = |name: &str| {
        let said = environment.run(["size", name, "--json"]).success();
        parse(said.stdout.as_bytes())["subjects"][0]["images"][0].clone()
    };
    let found = image("dist/server.tar");
    for name in ["server", "./cmd/server", &format!("{repository}:latest")] {
        assert_eq!(image(name), found, "{name}");
    }
    let sum = |list: &str, of: &str| -> u64 {
        let rows = rows(&found, list).iter();
        rows.map(|row| row[of].as_u64().expect("bytes")).sum()
    };
    assert_eq!(sum("layers", "size_bytes"), bytes(&found));
    assert_eq!(
        sum("files", "size_bytes"),
        found["file_bytes"].as_u64().expect("bytes")
    );
    assert_eq!(found["files"][0]["path"], "/server");
    let program = &found["programs"][0];
    assert_eq!(program["path"], "/server");
    assert_eq!(bytes(&program["program"]), bytes(&found["files"][0]));

    let shown = environment.run(["size", "server", "--top", "2"]).success();
    for text in [
        "linux/amd64: ",
        "SHARE      FILES  LAYER\n",
        "  /server\n",
        "/server: 1.",
        "  std\n",
    ] {
        assert!(shown.stdout.contains(text), "no {text:?}\n{shown}");
    }
    let other = environment
        .run(["size", "server", "--platform=linux/arm64"])
        .ends_with(1);
    other.says("the image has no linux/arm64");
}

#[test]
fn what_grew_between_two_images_adds_up() {
    let environment = TestEnvironment::new().with_hello().with_noise(5000);
    let platforms = "--platform=linux/amd64,linux/arm64";
    environment
        .run(["build", "-q", platforms, "-o", "layout=old"])
        .success();
    environment.write("noise", samples::noise(90_000));
    environment.write("main.go", samples::printing("hello"));
    environment
        .run(["build", "-q", platforms, "-o", "layout=new"])
        .success();
    let said = environment.run(["size", "old", "new", "--json"]).success();
    let document = parse(said.stdout.as_bytes());
    let growth = document["image_growth"].as_array().expect("growth");
    assert_eq!(growth.len(), 2);
    let change = |row: &Value| row["change_bytes"].as_i64().expect("a change");
    for one in growth {
        let sum = |list: &str| {
            one[list]
                .as_array()
                .expect("rows")
                .iter()
                .map(change)
                .sum::<i64>()
        };
        assert_eq!(sum("layers"), change(&one["whole"]));
        assert_eq!(sum("files"), change(&one["content"]));
        assert_eq!(one["files"].as_array().map(Vec::len), Some(2));
        let program = &one["programs"][0];
        assert_eq!(program["whole"]["name"], "/hello");
    }
    let args = ["size", "old", "new", "--platform=linux/arm64"];
    let shown = environment.run(args).success();
    assert!(shown.stdout.contains("linux/arm64: "), "{shown}");
    assert!(shown.stdout.contains("  /noise\n"), "{shown}");
    assert!(!shown.stdout.contains("linux/amd64"), "{shown}");
    environment
        .run(["dist", "-q", "--platform=linux/amd64"])
        .success();
    let mixed = environment
        .run(["size", "old", "dist/hello-linux-amd64"])
        .ends_with(2);
    mixed.says("cannot compare a program with an image");
}

#[test]
fn what_is_no_program_is_said_to_be_none() {
    let environment = TestEnvironment::new().with_hello();
    environment.write("notes.txt", "no program\n".repeat(200));
    let said = environment.run(["size", "notes.txt"]).ends_with(1);
    said.says("neither a program (ELF, Mach-O or PE) nor an image");
    environment.write("empty", "");
    environment
        .run(["size", "empty"])
        .ends_with(1)
        .says("neither a program");
    let said = environment.run(["size", "nothing.tar"]).ends_with(2);
    said.says("neither a file that is there nor a reference");
    environment
        .run(["dist", "-q", "--platform=linux/amd64"])
        .success();
    let program = environment.read("dist/hello-linux-amd64");
    environment.write("cut", &program[..program.len() / 2]);
    environment
        .run(["size", "cut"])
        .ends_with(1)
        .says("it is cut off");
    environment.write("head", &program[..40]);
    let said = environment.run(["size", "head", "--json"]).ends_with(1);
    said.says("");
    let document = parse(
        environment
            .run(["size", "head", "--json"])
            .stdout
            .as_bytes(),
    );
    assert_eq!(document["status"], "failed");
}

#[test]
fn a_program_that_is_not_of_go_has_sections_and_symbols() {
    let environment = TestEnvironment::new();
    programs::install(
        &std::fs::read(programs::coracle()).expect("coracle itself"),
        &environment.work().join("rust"),
    );
    let found = sized(&environment, "rust");
    adds_up(&environment, "rust", &found);
    let notes = found["notes"].to_string();
    assert!(notes.contains("it is not a Go program"), "{notes}");
    assert!(found.get("go_version").is_none());
}

/// Returns a small program for each platform, with and without symbols.
fn samples_of(environment: &TestEnvironment) -> Vec<Vec<u8>> {
    let read = |folder: &Path| -> Vec<Vec<u8>> {
        let entries = std::fs::read_dir(folder).expect("a folder").flatten();
        entries
            .map(|entry| std::fs::read(entry.path()).expect("a program"))
            .collect()
    };
    ["with", "without"]
        .iter()
        .flat_map(|folder| read(&environment.work().join(folder)))
        .collect()
}

const HEADER_BYTES: u64 = 64;

/// Returns the header of an ELF program, with so many sections behind it; the last number is that of their names.
fn elf_header(sections: u16, names: u16) -> Vec<u8> {
    let mut program = b"\x7fELF\x02\x01\x01".to_vec();
    program.resize(16, 0);
    program.extend([2, 0, 62, 0, 1, 0, 0, 0]);
    for address in [0, 0, HEADER_BYTES] {
        program.extend(u64::to_le_bytes(address));
    }
    program.extend([0; 4]);
    for half in [64, 0, 0, 64, sections, names] {
        program.extend(u16::to_le_bytes(half));
    }
    program
}

/// Returns an ELF program of so many sections, each of which is the whole file, with a name that begins so
/// far from its end.
fn overlapping(sections: u16, name: u64) -> Vec<u8> {
    let table_bytes = u64::from(sections) * 64;
    let length = HEADER_BYTES + table_bytes + (1 << 20);
    let mut program = elf_header(sections, sections - 1);
    for number in 0..sections {
        let kind = if number + 1 == sections { 3_u32 } else { 1 };
        let name = u32::try_from(length - name).expect("a place");
        program.extend(name.to_le_bytes());
        program.extend(kind.to_le_bytes());
        for field in [2, 0x40_0000, 0, length, 0, 8, 0] {
            program.extend(u64::to_le_bytes(field));
        }
    }
    program.resize(usize::try_from(length).expect("a length"), b'x');
    // One name ends with the file, and none before.
    *program.last_mut().expect("a byte") = 0;
    program
}

#[test]
fn a_program_that_names_its_bytes_over_and_over_is_read_once() {
    for name in [2, 1 << 20] {
        let program = overlapping(60_000, name);
        let found = program_size(&program, SymbolLimit(10)).expect("sizes");
        // The whole file, and nothing between sections.
        assert_eq!(found.sections.len(), 2);
        assert!(found.sections.iter().all(|row| row.name.len() < 300));
        let sections: u64 = found.sections.iter().map(|row| row.size_bytes).sum();
        assert_eq!(sections, program.len() as u64);
    }
}

/// Returns an ELF program of so many symbols, whose names are the ends of one long name: each is that of another
/// package.
fn sharing_a_name(symbols: u32) -> Vec<u8> {
    const SECTION_BYTES: u64 = 64;
    const ADDRESS: u64 = 0x40_0000;
    let mut names = vec![b'y'; 60_000];
    names.extend(b".z\0");
    let section_names = b"\0.data\0.symtab\0.strtab\0";
    let symbols_at = HEADER_BYTES + 4 * SECTION_BYTES;
    let symbols_bytes = u64::from(symbols) * 24;
    let names_at = symbols_at + symbols_bytes;
    let mut program = elf_header(4, 3);
    let names_bytes = (names.len() + section_names.len()) as u64;
    let name_at = |at: u64| u32::try_from(names.len() as u64 + at).expect("a place");
    let sections: [(u32, u32, [u64; 4], u32, u64); 4] = [
        (0, 0, [0; 4], 0, 0),
        // Data that is the whole file.
        (name_at(1), 1, [2, ADDRESS, 0, names_at + names_bytes], 0, 0),
        (name_at(7), 2, [0, 0, symbols_at, symbols_bytes], 3, 24),
        (name_at(15), 3, [0, 0, names_at, names_bytes], 0, 0),
    ];
    for (name, kind, fields, link, entry_bytes) in sections {
        program.extend(name.to_le_bytes());
        program.extend(kind.to_le_bytes());
        program.extend(fields.iter().flat_map(|field| field.to_le_bytes()));
        program.extend(u64::from(link).to_le_bytes());
        program.extend(
            [1, entry_bytes]
                .iter()
                .flat_map(|field| field.to_le_bytes()),
        );
    }
    for number in 0..symbols {
        program.extend((number % 60_000).to_le_bytes());
        // An object that others see, in the first section.
        program.extend([0x11, 0, 1, 0]);
        let address = ADDRESS + u64::from(number) * 8;
        program.extend([address, 8].iter().flat_map(|field| field.to_le_bytes()));
    }
    program.extend(names);
    program.extend(section_names);
    program
}

#[test]
fn names_that_share_their_bytes_fill_no_memory() {
    let program = sharing_a_name(50_000);
    let found = program_size(&program, SymbolLimit(10)).expect("sizes");
    let modules: u64 = found.modules.iter().map(|row| row.size_bytes).sum();
    assert_eq!(modules, program.len() as u64);
    let names: usize = found.packages.iter().map(|row| row.name.len()).sum();
    assert!(names <= 4 << 20, "{names} bytes");
    // It was looked at: there are symbols, and none is of a package.
    assert!(!found.symbols.is_empty());
}

/// A word that tables are counted and pointed with, of the kind that does harm.
fn hostile_word() -> impl Strategy<Value = u64> {
    prop_oneof![
        Just(0),
        Just(u64::MAX),
        Just(u64::from(u32::MAX)),
        Just(1 << 31),
        0..0x10_000_u64,
        0x40_0000..0x80_0000_u64,
        any::<u64>(),
    ]
}

/// The number of programs that are tried: more of them by hand.
fn cases() -> u32 {
    let asked = std::env::var("SIZE_CASES").ok();
    asked.map_or(60, |number| number.parse().expect("a number of cases"))
}

#[test]
fn whatever_a_program_says_of_itself_is_read_without_harm() {
    let environment = TestEnvironment::new().with_hello();
    build(&environment, ".", ".");
    let samples = samples_of(&environment);
    assert_eq!(samples.len(), 6);
    let config = Config {
        cases: cases(),
        failure_persistence: None,
        ..Config::default()
    };
    let place = any::<prop::sample::Index>();
    let flip = (place, hostile_word(), 1..=8_usize, any::<bool>());
    let cut = prop::option::weighted(0.1, any::<prop::sample::Index>());
    let cases = (0..samples.len(), prop::collection::vec(flip, 1..60), cut);
    let result = TestRunner::new(config).run(&cases, |(number, flips, cut)| {
        let mut program = samples[number].clone();
        for (place, word, length, in_head) in flips {
            // Few of the first bytes, or nothing else would be looked at.
            let part = if in_head && word % 4 == 0 {
                2048
            } else {
                program.len()
            };
            let at = place.index(part - 8) & !3;
            program[at..at + length].copy_from_slice(&word.to_le_bytes()[..length]);
        }
        if let Some(cut) = cut {
            program.truncate(cut.index(program.len()));
        }
        if let Ok(found) = program_size(&program, SymbolLimit(10)) {
            let modules: u64 = found.modules.iter().map(|row| row.size_bytes).sum();
            let sections: u64 = found.sections.iter().map(|row| row.size_bytes).sum();
            prop_assert_eq!(modules, program.len() as u64);
            prop_assert_eq!(sections, program.len() as u64);
        }
        Ok(())
    });
    result.expect("no program does harm");
}
