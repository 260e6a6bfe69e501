//! Who made something, as far as its name says.

/// Returns who has a path: an owner on a host of many, else the host.
pub(super) fn supplier_of_path(path: &str) -> String {
    const HOSTS_OF_MANY: [&str; 5] = [
        "bitbucket.org",
        "codeberg.org",
        "docker.io",
        "github.com",
        "gitlab.com",
    ];
    let mut elements = path.split('/');
    let host = elements.next().unwrap_or(path);
    match elements.next() {
        Some(owner) if HOSTS_OF_MANY.contains(&host) => format!("{host}/{owner}"),
        _ => host.to_owned(),
    }
}
