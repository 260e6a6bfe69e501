//! Where a repository can be seen by others.

use url::Url;

/// Returns the address for a browser of what git calls `remote`: without credentials, port of
/// another protocol, query and `.git`. Folders of this machine are nothing to tell others.
pub(super) fn browser_address(remote: &str) -> Option<String> {
    let remote = if remote.contains("://") {
        Url::parse(remote).ok()?
    } else {
        Url::parse(&of_scp_form(remote)?).ok()?
    };
    let host = remote.host_str()?;
    let path = remote.path().trim_end_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path);
    let (scheme, port) = match remote.scheme() {
        scheme @ ("http" | "https") => (scheme, remote.port()),
        "ssh" | "git+ssh" | "git" => ("https", None),
        _ => return None,
    };
    let port = port.map(|port| format!(":{port}")).unwrap_or_default();
    Some(format!("{scheme}://{host}{port}{path}"))
}

/// `user@host:path`, which git takes for ssh.
fn of_scp_form(remote: &str) -> Option<String> {
    let (host, path) = remote.split_once(':')?;
    let is_address = host.len() > 1 && !host.contains('/') && !path.starts_with([':', '\\']);
    is_address.then(|| format!("ssh://{host}/{}", path.trim_start_matches('/')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_remote_becomes_an_address_without_secrets() {
        for (remote, address) in [
            ("https://github.com/o/r.git", Some("https://github.com/o/r")),
            (
                "https://u:p@github.com:8443/o/r/",
                Some("https://github.com:8443/o/r"),
            ),
            (
                "https://token@github.com/o/r?x=secret#y",
                Some("https://github.com/o/r"),
            ),
            ("http://git.example/r", Some("http://git.example/r")),
            ("git@github.com:o/r.git", Some("https://github.com/o/r")),
            ("github.com:/o/r", Some("https://github.com/o/r")),
            (
                "ssh://git@host.example:2222/o/r.git",
                Some("https://host.example/o/r"),
            ),
            ("git://host.example/o/r", Some("https://host.example/o/r")),
            ("git@[::1]:o/r", None),
            ("/srv/git/r.git", None),
            ("../r", None),
            ("file:///srv/git/r.git", None),
            ("file://host/srv/r.git", None),
            ("C:\\repos\\r", None),
            ("ext::sh -c x", None),
            ("", None),
        ] {
            assert_eq!(browser_address(remote).as_deref(), address, "{remote:?}");
        }
    }
}
