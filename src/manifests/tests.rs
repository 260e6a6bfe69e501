use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;

const DIGEST: &str = "r.example:5000/web@sha256:0123456789abcdef";

/// A deployment, a list of pods, and what is neither.
const PODS: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop, labels: {app: web, image: x}}
spec:
  image: not-this
  template:
    spec:
      initContainers:
      - {name: a, image: &i busybox}
      containers:
      - name: b
        image: 'nginx:1'
        env: [{name: image, value: {image: no}}]
      - image: *i
---
{\"items\": [{\"kind\": \"Pod\", \"metadata\": {\"name\": \"one\"}}, {\"kind\": \"Pod\",
  \"metadata\": {\"name\": \"two\", \"labels\": {\"a\": \"b\"}},
  \"spec\": {\"ephemeralContainers\": [{\"image\": \"debug\"}]}}], \"kind\": \"List\"}
---
just text
";

fn resolved(text: &str) -> String {
    let manifest = Manifest::read(text.as_bytes()).unwrap();
    let mut written = manifest.prologue().to_owned();
    for document in manifest.documents() {
        let changes: Vec<Change<'_>> = document
            .references
            .iter()
            .map(|(scalar, reference)| {
                assert!(reference.is_ok(), "{reference:?}");
                Change {
                    scalar,
                    value: DIGEST,
                }
            })
            .collect();
        written.push_str(&manifest.rewritten(document, &changes).unwrap());
    }
    written
}

fn fault(text: &[u8]) -> String {
    let error = Manifest::read(text).unwrap_err();
    format!("{}: {error}", error.at())
}

#[test]
fn only_the_bytes_of_references_change() {
    for text in [
        "a: ko://x.y/z  # ko://not/this\r\nb: ko://x.y/z\r\n",
        "\u{feff}# é ko://c\na: 'ko://x.y/z'\nb: \"ko://x.y/z\"\n",
        "[ko://x.y/z, {a: ko://x.y/z}, \"ko://x.y/z\"]",
        "a: &image !!str ko://x.y/z\nb: *image\n",
        "a: &image 'ko://x.y/z'\nb: &é \"ko://x.y/z\"\n",
        "{\n\t\"a\":\t\"ko://x.y/z\",\n\t\"b\": \"\\ud83d\\ude00\"\n}",
        "a: >-\n  ko://x.y/z\nb: |-  # ko://c\n\n\n",
        "ko://x.y/z: key\n",
        // As people write brackets, and Kubernetes takes them; YAML 1.2 wants them indented.
        "a:\n  b: [\n    ko://x.y/z\n  ]\nc: {\n  d: ko://x.y/z\n}\ne: \"ko://x.y/z\"\n",
        "--- # c\na: ko://x.y/z\n...\n---\n---\n- ko://x.y/z\n",
        "text: see ko://x.y/w\nurl: xko://x.y/w\nn: ' ko://x.y/w'\nt: !mine ko://x.y/w\n",
    ] {
        let wanted = text.replace("ko://x.y/z", DIGEST);
        assert_eq!(resolved(text), wanted, "{text:?}");
    }
}

#[test]
fn a_block_loses_the_line_feed_that_no_image_has() {
    for (text, wanted) in [
        ("a: |\n  ko://x.y/z\n", "a: |-\n  D\n"),
        ("a: |\n  ko://x.y/z", "a: |-\n  D"),
        (
            "a: >+ # c\r\n  ko://x.y/z  \r\n\r\nb: 1\r\n",
            "a: >- # c\r\n  D\r\n\r\nb: 1\r\n",
        ),
        ("- &b |2+\n   ko://x.y/z\n", "- &b |2+\n   ko://x.y/z\n"),
        ("- &b |2+\n  ko://x.y/z\n", "- &b |2-\n  D\n"),
        ("a: \"ko:\\/\\/x.y/z \"", "a: \"D\""),
    ] {
        assert_eq!(resolved(text), wanted.replace('D', DIGEST), "{text:?}");
    }
}

#[test]
fn what_cannot_be_replaced_in_place_is_refused_by_line_and_column() {
    let text = "a:\n  b: | # | # c\n    ko://x.y/z\n";
    let manifest = Manifest::read(text.as_bytes()).unwrap();
    let [document] = manifest.documents() else {
        panic!("one document");
    };
    let (scalar, _) = &document.references[0];
    let change = Change {
        scalar,
        value: DIGEST,
    };
    let error = manifest.rewritten(document, &[change]).unwrap_err();
    assert_eq!(error.at().to_string(), "3:5");
    assert_eq!(
        error.to_string(),
        "\"ko://x.y/z\" cannot be replaced where it stands"
    );
    // Nor does a value come in that would need quotes.
    let text = "a: ko://x.y/z\n";
    let manifest = Manifest::read(text.as_bytes()).unwrap();
    let document = &manifest.documents()[0];
    let (scalar, _) = &document.references[0];
    let value = "a: b";
    let change = Change { scalar, value };
    assert!(manifest.rewritten(document, &[change]).is_err());
}

#[test]
fn what_is_no_manifest_is_refused_by_line_and_column() {
    assert_eq!(fault(b"a: 1\nb: \xff\n"), "2:4: it is not UTF-8 text");
    assert_eq!(
        fault(b"a: b: c\n"),
        "1:5: mapping values are not allowed in this context"
    );
    assert!(fault(b"a:\n\t- b\n").starts_with("2:2: tabs disallowed"));
    let deep = "- ".repeat(100_000);
    let wanted = "1:401: its values are nested more than 200 deep";
    assert_eq!(fault(deep.as_bytes()), wanted);
    let deep = "[".repeat(100_000);
    let wanted = "1:201: its values are nested more than 200 deep";
    assert_eq!(fault(deep.as_bytes()), wanted);
}

#[test]
fn aliases_are_not_followed() {
    let mut bomb = "a0: &a0 [ko://x.y/z]\n".to_owned();
    for level in 1..100 {
        let below = vec![format!("*a{}", level - 1); 10].join(", ");
        let _ = writeln!(bomb, "a{level}: &a{level} [{below}]");
    }
    assert_eq!(resolved(&bomb), bomb.replace("ko://x.y/z", DIGEST));
}

#[test]
fn objects_are_told_by_what_they_are_called() {
    let manifest = Manifest::read(PODS.as_bytes()).unwrap();
    let [web, list, other] = manifest.documents() else {
        panic!("three documents");
    };
    let [object] = web.objects.as_slice() else {
        panic!("one object");
    };
    let words = [
        &object.api_version,
        &object.kind,
        &object.name,
        &object.namespace,
    ];
    assert_eq!(words, ["apps/v1", "Deployment", "web", "shop"]);
    assert_eq!(object.labels.get("app").map(String::as_str), Some("web"));
    assert_eq!(list.kind, DocumentKind::List);
    let names: Vec<&str> = list.objects.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["one", "two"]);
    assert_eq!(list.objects[1].kind, "Pod");
    assert_eq!((other.kind, other.objects.len()), (DocumentKind::Other, 0));
}

#[test]
fn documents_put_one_after_the_other_are_the_file() {
    for text in [
        "",
        "# only\n",
        "---\n",
        "a: 1\n---\n\n--- {b: 2}\n...\n%YAML 1.2\n---\nc: 3",
    ] {
        assert_eq!(resolved(text), text);
    }
    let manifest = Manifest::read(b"# c\n---\na: 1\n--- # d\nb: 2\n").unwrap();
    let texts = manifest.documents().iter();
    let texts: Vec<_> = texts
        .map(|it| manifest.rewritten(it, &[]).unwrap())
        .collect();
    assert_eq!(manifest.prologue(), "# c\n---\n");
    // A marker ends the document before it, so that whoever reads a stream knows that it is whole.
    assert_eq!(texts, ["a: 1\n---", " # d\nb: 2\n"]);
}

/// A value, in the styles that YAML has for it.
fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => Just("ko://x.y/z".to_owned()),
        3 => Just("'ko://x.y/z'".to_owned()),
        3 => Just("\"ko://x.y/z\" # ko://x.y/c".to_owned()),
        2 => Just("&a ko://x.y/z".to_owned()),
        2 => Just("[ko://x.y/z, {é: ko://x.y/z}]".to_owned()),
        2 => Just(">-\n    ko://x.y/z".to_owned()),
        2 => "[a-zé€ ]{0,12}".prop_map(|text| format!("'{text}'")),
        1 => "[a-z😀:/]{0,12}".prop_map(|text| format!("\"{text}\"")),
        1 => "[a-zé]{1,8}".prop_map(|text| format!("|\n    {text} ko://x.y/t\n\n    {text}")),
        1 => Just(String::new()),
    ]
}

proptest! {
    #[test]
    fn any_manifest_comes_out_byte_for_byte_but_for_its_references(
        parts in prop::collection::vec(("[a-zé]{1,6}", value(), 0_u8..6), 0..40),
        has_crlf in any::<bool>(),
    ) {
        let mut text = String::new();
        for (number, (key, value, then)) in parts.into_iter().enumerate() {
            let end = match then {
                0 => "\n---\n",
                1 => "\n# ko://x.y/c\n",
                2 => "\n\n",
                _ => "\n",
            };
            let _ = write!(text, "{key}{number}: {value}{end}");
        }
        if has_crlf {
            text = text.replace('\n', "\r\n");
        }
        prop_assert_eq!(resolved(&text), text.replace("ko://x.y/z", DIGEST));
    }

    #[test]
    fn no_bytes_make_reading_fail_otherwise_than_by_an_error(
        bytes in prop::collection::vec(prop::sample::select(b"ako:/'\"|>-+&*!{}[],# \n\r\t\\u12\xc3\xa9".to_vec()), 0..80),
    ) {
        if let Ok(manifest) = Manifest::read(&bytes) {
            let documents = manifest.documents().iter();
            let texts = documents.map(|it| manifest.rewritten(it, &[]).unwrap());
            let whole = manifest.prologue().to_owned() + &texts.collect::<String>();
            prop_assert_eq!(whole.as_bytes(), bytes);
        }
    }
}
