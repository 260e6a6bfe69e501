//! What lies between a registry and its user: HTTP/2, IPv6, proxies.

use super::{Push, uploads};
use crate::support::TestEnvironment;
use crate::support::http::Version;
use crate::support::http::proxy::Proxy;
use crate::support::registry::FakeRegistry;

/// Trusts the registry's authority.
fn trust(environment: &mut TestEnvironment, registry: &FakeRegistry) {
    let certificate = registry.certificate_pem().expect("an authority").to_owned();
    let certificate = environment.write("../ca.pem", certificate);
    environment.set("SSL_CERT_FILE", certificate);
}

#[test]
fn a_registry_that_offers_http2_is_spoken_to_so() {
    for (registry, version) in [
        (FakeRegistry::with().http2(), Version::HTTP_2),
        (FakeRegistry::with().https(), Version::HTTP_11),
    ] {
        let mut push = Push::to(registry.start());
        trust(&mut push.environment, &push.registry);
        push.succeeds();
        let requests = push.registry.journal().requests();
        assert!(!requests.is_empty());
        for request in requests {
            assert_eq!(request.version, version, "{request}");
        }
    }
}

#[test]
fn an_upload_over_http2_that_breaks_off_goes_on_where_it_did() {
    let mut push = Push::to(FakeRegistry::with().http2().start());
    trust(&mut push.environment, &push.registry);
    push.registry.misbehave(uploads::cut(1000));
    push.succeeds();
    assert_eq!(uploads::parts(&push).len(), 1);
    assert_eq!(uploads::begun(&push), uploads::BLOBS_OF_HELLO);
}

#[test]
fn a_registry_at_an_address_of_ipv6() {
    let push = Push::to(FakeRegistry::with().ipv6().start());
    assert!(
        push.registry.host().starts_with("[::1]:"),
        "{}",
        push.registry.host()
    );
    push.succeeds();
}

/// A registry that only a proxy finds, under a name that no resolver knows.
fn behind_a_proxy() -> (TestEnvironment, FakeRegistry, Proxy) {
    let registry = FakeRegistry::with().http2().start();
    let proxy = Proxy::to(registry.address());
    let mut environment = TestEnvironment::new().with_hello();
    trust(&mut environment, &registry);
    // Those of the machine that runs the tests are for its modules.
    for name in ["HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy"] {
        environment.unset(name);
    }
    (environment, registry, proxy)
}

const PUSH: [&str; 6] = [
    "push",
    "-q",
    "--repo",
    "registry.example/team/hello",
    "--set",
    "network.retries=0",
];

#[test]
fn a_registry_behind_a_proxy() {
    for variable in ["HTTPS_PROXY", "https_proxy"] {
        let (mut environment, registry, proxy) = behind_a_proxy();
        environment.set(variable, proxy.url());
        environment.run(PUSH).success();
        assert_eq!(registry.tags("team/hello"), ["latest"]);
        let asked_for = proxy.asked_for();
        assert!(!asked_for.is_empty());
        for line in asked_for {
            assert_eq!(line, "CONNECT registry.example:443 HTTP/1.1");
        }
    }
}

#[test]
fn a_registry_that_is_not_to_be_asked_for_through_the_proxy() {
    let (mut environment, registry, proxy) = behind_a_proxy();
    environment.set("HTTPS_PROXY", proxy.url());
    environment.set("NO_PROXY", "other.example, .example");
    environment.run(PUSH).ends_with(69).says("registry.example");
    assert_eq!(proxy.asked_for(), Vec::<String>::new());
    assert_eq!(registry.journal().len(), 0);
}

#[test]
fn a_registry_on_this_machine_is_never_asked_for_through_a_proxy() {
    let mut push = Push::to(FakeRegistry::start());
    let proxy = Proxy::to(push.registry.address());
    push.environment.set("HTTPS_PROXY", proxy.url());
    push.environment.set("HTTP_PROXY", proxy.url());
    push.succeeds();
    assert_eq!(proxy.asked_for(), Vec::<String>::new());
}

#[test]
fn a_proxy_that_does_not_let_anybody_through() {
    let (mut environment, _, _) = behind_a_proxy();
    // Nobody listens on this port: it is reserved.
    environment.set("HTTPS_PROXY", "http://gopher:secret@127.0.0.1:1");
    let output = environment.run(PUSH).ends_with(69);
    assert!(!output.talk().contains("secret"), "{output}");
    insta::assert_snapshot!(output.talk(), @"
    error: [publish] registry.example/team/hello: no image can be pushed
      caused by: the start of an upload to registry.example/team/hello failed
      caused by: cannot connect to registry.example through the proxy 127.0.0.1:1: Connection refused (os error 111)
      hint: see whether registry.example is up and its name is right; HTTPS_PROXY names a proxy
    ");
}
