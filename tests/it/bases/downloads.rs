//! Layers of bases that do not come in one go.

use super::{OnBase, small};
use crate::support::base_image::{BaseImage, put_index};
use crate::support::http::{Act, Fault, Method, Recorded, Refusal, StatusCode, chain_depth};
use crate::support::registry::{FakeRegistry, Rule, digest_of};

/// A base whose layer breaks off after 10 bytes, once.
fn broken() -> OnBase {
    broken_at(FakeRegistry::start())
}

fn broken_at(registry: FakeRegistry) -> OnBase {
    let on_base = OnBase::at(registry);
    small().put(&on_base.registry, "team/base", "v1");
    on_base
        .registry
        .misbehave(layer(Act::CutAnswer { after_bytes: 10 }).times(1));
    on_base
}

/// Does `act` to requests for the layer.
fn layer(act: impl Into<Act>) -> Fault {
    let path = format!("/v2/team/base/blobs/{}", digest_of(&small().layer));
    Fault::on(Method::GET, &path, act.into())
}

const AGAIN: [&str; 2] = ["--set", "network.retries=1"];

/// Returns how the layer was asked for: which part, and with what success.
fn asked(on_base: &OnBase) -> Vec<String> {
    let requests = on_base.registry.journal().requests();
    let of_layer = |request: &&Recorded| {
        request.method == Method::GET && request.path().ends_with(&digest_of(&small().layer))
    };
    let line = |request: &Recorded| {
        let range = request.header("range").unwrap_or("all");
        let status = request.status.map_or(0, |status| status.as_u16());
        format!("{range} {status}")
    };
    requests.iter().filter(of_layer).map(line).collect()
}

#[test]
fn a_layer_that_breaks_off_goes_on_where_it_did() {
    let on_base = broken();
    on_base.built(&AGAIN);
    assert_eq!(asked(&on_base), ["all 200", "bytes=10- 206"]);
}

#[test]
fn a_layer_that_stops_coming_goes_on_where_it_did() {
    let on_base = OnBase::image(&small());
    let stall = Act::StallAnswer { after_bytes: 10 };
    on_base.registry.misbehave(layer(stall).times(1));
    on_base.built(&[
        "--set",
        "network.retries=1",
        "--set",
        "network.timeout=\"3s\"",
    ]);
    assert_eq!(asked(&on_base), ["all 200", "bytes=10- 206"]);
}

#[test]
fn a_layer_that_comes_byte_by_byte() {
    let on_base = OnBase::image(&small());
    on_base.registry.misbehave(layer(Act::Dribble));
    on_base.built(&[]);
    assert_eq!(asked(&on_base), ["all 200"]);
}

#[test]
fn a_registry_that_sends_no_parts_sends_all_of_it_again() {
    let on_base = broken_at(FakeRegistry::with().rule(Rule::NoRanges).start());
    on_base.built(&AGAIN);
    assert_eq!(asked(&on_base), ["all 200", "bytes=10- 200"]);
}

#[test]
fn a_registry_that_has_no_such_part_sends_all_of_it_again() {
    let on_base = broken();
    let none = Refusal::bare(StatusCode::RANGE_NOT_SATISFIABLE);
    on_base.registry.misbehave(layer(none).times(1));
    on_base.built(&AGAIN);
    assert_eq!(asked(&on_base), ["all 200", "bytes=10- 416", "all 200"]);
}

#[test]
fn a_registry_that_sends_another_part_is_refused() {
    let on_base = broken();
    let other = Act::Header("content-range", "bytes 0-9/200".into());
    on_base.registry.misbehave(layer(other));
    insta::assert_snapshot!(on_base.fails(&AGAIN, 1), @"
    error: [base] $REGISTRY/team/base:v1: cannot fetch a layer of this base
      caused by: what $REGISTRY answered to the request for layer sha256:7998380b0fad5da908b7561f0e7951aa54854c30fc5c0b1fe46d0f77033c96ef cannot be used
      caused by: it sends other bytes than it was asked for, expected bytes 10-99/100, found bytes 0-9/200
    ");
}

#[test]
fn a_registry_that_sends_a_part_of_something_else_is_refused() {
    let on_base = broken();
    on_base.registry.misbehave(layer(Act::Corrupt));
    insta::assert_snapshot!(on_base.fails(&AGAIN, 1), @"
    error: [base] $REGISTRY/team/base:v1: cannot fetch a layer of this base
      caused by: what $REGISTRY answered to the request for layer sha256:7998380b0fad5da908b7561f0e7951aa54854c30fc5c0b1fe46d0f77033c96ef cannot be used
      caused by: its digest is another
    ");
}

#[test]
fn the_layers_of_two_platforms_come_at_once() {
    let on_base = OnBase::new();
    let platforms = ["linux/amd64", "linux/arm64"];
    let images = platforms.map(|platform| BaseImage::new(platform, &[("of", platform)]));
    put_index(&on_base.registry, "team/base", "v1", &images);
    // The digest of the tag; the index; two manifests; two configurations; two layers. Who asks for less at once than
    // this waits for ever.
    on_base.registry.answer_in_waves(&[1, 1, 2, 2, 2]);
    let flags = ["--platform", "linux/amd64,linux/arm64"];
    let patience = ["--set", "network.timeout=\"20s\""];
    let base = on_base.reference();
    let args = OnBase::args(&base, &[flags, patience].concat());
    on_base.environment.run(args).success();
    assert_eq!(chain_depth(&on_base.registry.journal().requests()), 5);
}
