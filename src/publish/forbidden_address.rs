//! Addresses that a registry must not send us to.
//!
//! Whoever runs a registry may name any token realm and redirect anywhere. On a build machine that
//! could reach services which trust everyone who can call them: a cloud's metadata service on a
//! link-local address, a router or a database on a private one.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::Url;

use crate::config::AddressTrust;

/// A host led to an address that is not for it to name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{from} sends us to {to}, whose address {address} is {kind}")]
pub struct ForbiddenAddress {
    /// Who sends us.
    pub from: String,
    /// Where to.
    pub to: String,
    /// The address of that.
    pub address: IpAddr,
    kind: &'static str,
}

/// Sees to it that `from`, which has `from_addresses`, may send us to `to`, which has
/// `to_addresses`. No addresses means that a proxy knows them.
///
/// # Errors
/// When one of `to_addresses` is link-local, or private while `from` is public, and `trust` does not
/// lift that.
pub fn judge_addresses(
    from: &Url,
    from_addresses: &[IpAddr],
    to: &Url,
    to_addresses: &[IpAddr],
    trust: AddressTrust,
) -> Result<(), ForbiddenAddress> {
    let from_public = from_addresses
        .iter()
        .any(|&address| reach(address) == Reach::Public);
    let forbidden = to_addresses
        .iter()
        .filter(|address| !from_addresses.contains(address))
        .find_map(|&address| match reach(address) {
            Reach::LinkLocal if trust < AddressTrust::LinkLocal => Some((address, "link-local")),
            Reach::Private if from_public && trust < AddressTrust::Private => {
                Some((address, "private"))
            }
            _ => None,
        });
    let host = |url: &Url| url.host_str().unwrap_or_default().to_owned();
    forbidden.map_or(Ok(()), |(address, kind)| {
        Err(ForbiddenAddress {
            from: host(from),
            to: host(to),
            address,
            kind,
        })
    })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    Public,
    Private,
    LinkLocal,
}

fn reach(address: IpAddr) -> Reach {
    match address.to_canonical() {
        IpAddr::V4(address) => reach_v4(address),
        IpAddr::V6(address) => reach_v6(address),
    }
}

fn reach_v4(address: Ipv4Addr) -> Reach {
    // 100.64.0.0/10 is shared between a provider and its customers, RFC 6598.
    let shared = address.octets()[0] == 100 && address.octets()[1] & 0xc0 == 64;
    if address.is_link_local() {
        Reach::LinkLocal
    } else if address.is_private() || address.is_loopback() || address.is_unspecified() || shared {
        Reach::Private
    } else {
        Reach::Public
    }
}

fn reach_v6(address: Ipv6Addr) -> Reach {
    if let Some(inner) = translated(address) {
        reach_v4(inner)
    } else if address.is_unicast_link_local() {
        Reach::LinkLocal
    } else if address.is_unique_local() || address.is_loopback() || address.is_unspecified() {
        Reach::Private
    } else {
        Reach::Public
    }
}

/// Returns the address behind one that a network may translate to IPv4: by NAT64 (RFC 6052), or by 6to4 (RFC 3056).
fn translated(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let bytes = |[a, b]: [u16; 2]| {
        let [[a, b], [c, d]] = [a.to_be_bytes(), b.to_be_bytes()];
        Ipv4Addr::new(a, b, c, d)
    };
    match address.segments() {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => Some(bytes([high, low])),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(from: &[&str], to: &[&str]) -> bool {
        trusted(from, to, AddressTrust::Public)
    }

    fn trusted(from: &[&str], to: &[&str], trust: AddressTrust) -> bool {
        let addresses = |texts: &[&str]| -> Vec<IpAddr> {
            texts.iter().map(|text| text.parse().unwrap()).collect()
        };
        let from_url = Url::parse("https://r.example/").unwrap();
        let to_url = Url::parse("https://auth.example/").unwrap();
        judge_addresses(&from_url, &addresses(from), &to_url, &addresses(to), trust).is_ok()
    }

    #[test]
    fn a_public_registry_leads_to_public_addresses_only() {
        for target in [
            "10.0.0.1",
            "127.0.0.1",
            "192.168.1.1",
            "100.64.0.1",
            "0.0.0.0",
            "::1",
            "fd00::1",
            "::ffff:10.0.0.1",
            "64:ff9b::10.0.0.1",
            "2002:a00:1::1",
        ] {
            assert!(!allowed(&["203.0.113.5"], &[target]), "{target}");
        }
        assert!(!allowed(&["203.0.113.5"], &["203.0.113.9", "10.0.0.1"]));
        assert!(allowed(&["203.0.113.5"], &["203.0.113.9", "2001:db8::1"]));
    }

    #[test]
    fn nobody_leads_to_link_local_addresses() {
        for target in [
            "169.254.169.254",
            "fe80::1",
            "::ffff:169.254.169.254",
            "64:ff9b::169.254.169.254",
            "2002:a9fe:a9fe::1",
        ] {
            assert!(!allowed(&["10.0.0.1"], &[target]), "{target}");
            assert!(!allowed(&[], &[target]), "{target}");
        }
    }

    #[test]
    fn trust_lifts_what_it_names() {
        let public = &["203.0.113.5"];
        for (target, trust, allowed) in [
            ("10.0.0.1", AddressTrust::Private, true),
            ("169.254.169.254", AddressTrust::Private, false),
            ("10.0.0.1", AddressTrust::LinkLocal, true),
            ("169.254.169.254", AddressTrust::LinkLocal, true),
        ] {
            assert_eq!(
                trusted(public, &[target], trust),
                allowed,
                "{target} {trust:?}"
            );
        }
    }

    #[test]
    fn a_private_registry_may_lead_to_its_neighbours() {
        assert!(allowed(&["10.0.0.1"], &["10.0.0.2"]));
        assert!(allowed(&["127.0.0.1"], &["127.0.0.1"]));
        assert!(allowed(&["203.0.113.5", "10.0.0.1"], &["10.0.0.1"]));
        assert!(allowed(&[], &["10.0.0.2"]));
    }
}
