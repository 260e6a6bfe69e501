//! Uploads that break off, get lost, or are answered with nonsense: nothing is lost, and little is sent twice.

use super::{Push, UPLOADS, bare, on};
use crate::support::http::{Act, Fault, Method, Recorded, Refusal, StatusCode};
use crate::support::registry::{FakeRegistry, Rule};

pub(super) const BLOBS_OF_HELLO: usize = 3;

/// Cuts the first upload of a layer after so many bytes; the configuration is shorter than 10,000.
pub(super) fn cut(after_bytes: usize) -> Fault {
    on(Method::PUT, UPLOADS, Act::HangUp { after_bytes })
        .with_body_over(10_000)
        .times(1)
}

/// Returns which parts of blobs were sent.
pub(super) fn parts(push: &Push) -> Vec<String> {
    let requests = push.registry.journal().requests();
    let ranges = requests
        .iter()
        .filter_map(|request| request.header("content-range"));
    ranges.map(str::to_owned).collect()
}

/// Returns how often a blob was sent from its first byte, in one request.
pub(super) fn begun(push: &Push) -> usize {
    let requests = push.registry.journal().requests();
    let begins = |request: &&Recorded| {
        request.method == Method::PUT
            && request.path().contains("/blobs/uploads/")
            && request.header("content-range").is_none()
    };
    requests.iter().filter(begins).count()
}

#[test]
fn an_upload_that_breaks_off_goes_on_where_the_registry_has_it() {
    for after_bytes in [2, 1000] {
        let push = Push::with([cut(after_bytes)]);
        push.succeeds();
        let parts = parts(&push);
        assert_eq!(parts.len(), 1, "{parts:?}");
        assert!(
            parts[0].starts_with(&format!("{after_bytes}-")),
            "{parts:?}"
        );
        assert_eq!(begun(&push), BLOBS_OF_HELLO);
    }
}

#[test]
fn an_upload_of_which_nothing_or_one_byte_arrived_begins_anew() {
    for after_bytes in [0, 1] {
        let push = Push::with([cut(after_bytes)]);
        push.succeeds();
        assert_eq!(parts(&push), Vec::<String>::new());
        assert_eq!(begun(&push), BLOBS_OF_HELLO + 1);
    }
}

#[test]
fn an_upload_that_the_registry_forgets_when_it_breaks_off_begins_anew() {
    let push = Push::to(FakeRegistry::with().rule(Rule::ForgetsParts).start());
    push.registry.misbehave(cut(1000));
    push.succeeds();
    assert_eq!(parts(&push), Vec::<String>::new());
    assert_eq!(begun(&push), BLOBS_OF_HELLO + 1);
}

#[test]
fn an_upload_goes_on_with_a_registry_that_takes_no_pieces() {
    let push = Push::to(FakeRegistry::with().rule(Rule::NoPieces).start());
    push.registry.misbehave(cut(1000));
    push.succeeds();
    assert_eq!(parts(&push).len(), 1);
}

#[test]
fn a_registry_that_says_wrongly_how_much_has_arrived() {
    for range in ["0-499", "0-1500", "0-99999999999", "5-10", "bytes", "0-"] {
        let lie = Act::Header("range", range.into());
        let push = Push::with([cut(1000), on(Method::GET, UPLOADS, lie)]);
        push.succeeds();
        assert_eq!(begun(&push), BLOBS_OF_HELLO + 1, "{range}");
    }
}

#[test]
fn a_registry_that_cannot_say_how_much_has_arrived() {
    for status in [400, 404, 405, 416] {
        let push = Push::with([cut(1000), on(Method::GET, UPLOADS, bare(status))]);
        push.succeeds();
        assert_eq!(begun(&push), BLOBS_OF_HELLO + 1, "{status}");
    }
}

#[test]
fn an_upload_that_is_lost_before_a_byte_is_sent_is_opened_anew() {
    let lost = Refusal::new(StatusCode::NOT_FOUND, "BLOB_UPLOAD_UNKNOWN", "unknown");
    Push::with([on(Method::PUT, UPLOADS, lost.clone()).times(1)]).succeeds();
    let push = Push::with([on(Method::PUT, UPLOADS, lost)]);
    insta::assert_snapshot!(push.fails(1), @"
    error: [publish] $REGISTRY/team/hello: cannot push the image
      caused by: $REGISTRY answered 404 to the upload of blob sha256:-
      caused by: BLOB_UPLOAD_UNKNOWN: unknown
      hint: $REGISTRY forgets the uploads that it opens: where several servers answer for it, they must share them
    ");
}

#[test]
fn uploads_that_were_open_before_the_compile_and_are_lost_cost_a_blob_one_attempt() {
    let push = Push::to(FakeRegistry::start());
    // One to see whether any is taken, and then as many as there will be blobs: two for a platform.
    for number in 1..=4 {
        let lost = Refusal::new(StatusCode::NOT_FOUND, "BLOB_UPLOAD_UNKNOWN", "unknown");
        let path = format!("/v2/*/blobs/uploads/upload-{number}");
        push.registry.misbehave(on(Method::PUT, &path, lost));
    }
    let platforms = ["--platform", "linux/amd64,linux/arm64"];
    let flags = [&["--base", "scratch"][..], &platforms].concat();
    push.run(&flags).success();
    assert_ne!(push.tagged(), push.old);
    let requests = push.registry.journal().requests();
    let lost = requests
        .iter()
        .filter(|request| request.status == Some(StatusCode::NOT_FOUND))
        .filter_map(|request| request.uri.query()?.split_once("digest="));
    let mut lost: Vec<&str> = lost.map(|(_, digest)| digest).collect();
    assert_eq!(lost.len(), 4, "{requests:#?}");
    lost.sort_unstable();
    lost.dedup();
    assert_eq!(lost.len(), 4, "a blob was sent to two that were lost");
}

#[test]
fn a_registry_that_stops_listening_in_the_middle_of_a_layer() {
    let deaf = Act::StallBody { after_bytes: 1000 };
    let push = Push::with([on(Method::PUT, UPLOADS, deaf)
        .with_body_over(10_000)
        .times(1)]);
    push.succeeds_with(&["--set", "network.timeout=\"1s\""]);
}

/// Pushes hello with a file of 40 MiB, of which no compressor makes less.
fn with_noise(registry: FakeRegistry) -> Push {
    let push = Push::to(registry);
    Push {
        environment: push.environment.with_noise(40 << 20),
        ..push
    }
}

/// Cuts the upload of the noise after a MiB.
fn cut_noise() -> Fault {
    let after_bytes = 1 << 20;
    on(Method::PUT, UPLOADS, Act::HangUp { after_bytes })
        .with_body_over(40 << 20)
        .times(1)
}

#[test]
fn a_large_layer_that_broke_off_goes_on_in_pieces_and_breaks_of_those_cost_a_piece() {
    let push = with_noise(FakeRegistry::start());
    push.registry.misbehave(cut_noise());
    let cut_piece = Act::HangUp { after_bytes: 1000 };
    push.registry
        .misbehave(on(Method::PATCH, UPLOADS, cut_piece).after(1).times(1));
    push.succeeds();
    let parts = parts(&push);
    assert_eq!(
        parts[..3],
        ["1048576-17825791", "17825792-34603007", "17826792-34604007"],
        "{parts:?}"
    );
    assert!(parts[3].starts_with("34604008-"), "{parts:?}");
    assert_eq!((parts.len(), begun(&push)), (4, BLOBS_OF_HELLO + 1));
}

#[test]
fn a_registry_without_pieces_is_sent_a_large_layer_whole_again() {
    let push = with_noise(FakeRegistry::with().rule(Rule::NoPieces).start());
    push.registry.misbehave(cut_noise());
    push.succeeds();
    assert_eq!((parts(&push).len(), begun(&push)), (1, BLOBS_OF_HELLO + 2));
}

#[test]
fn a_layer_that_is_too_large_for_a_proxy_before_the_registry_goes_in_pieces() {
    let push = with_noise(FakeRegistry::start());
    let too_large = on(Method::PUT, UPLOADS, bare(413)).with_body_over(20 << 20);
    push.registry.misbehave(too_large);
    push.succeeds();
    let parts = parts(&push);
    assert_eq!(parts[..2], ["0-16777215", "16777216-33554431"], "{parts:?}");
}

#[test]
fn a_layer_that_is_too_large_and_no_piece_is_smaller() {
    let push = Push::with([on(Method::PUT, UPLOADS, bare(413))]);
    insta::assert_snapshot!(push.fails(1), @"
    error: [publish] $REGISTRY/team/hello: cannot push the image
      caused by: $REGISTRY answered 413 to the upload of blob sha256:-
      hint: a registry or a proxy before it limits how large a layer may be; let it take more
    ");
}
