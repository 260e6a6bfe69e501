//! Where a module is developed, as the go command finds it: `cmd/go/internal/vcs`.

/// Where the repository of a module is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RepositoryPlace {
    /// Its path says so: what the go command tries, in this order.
    Known {
        /// The elements of the path that name the repository.
        root: String,
        /// The addresses.
        urls: Vec<String>,
    },
    /// The host says so, on the page at this path.
    Asked(String),
}

/// What a page says of a module in `<meta name="go-import">`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoImport {
    /// The elements of the path that name the repository.
    pub root: String,
    /// The kind of repository: `git`, or `mod` for a module proxy.
    pub vcs: String,
    /// Its address.
    pub url: String,
}

/// Hosts whose repositories the go command knows by their path, with the number of its elements.
const KNOWN_HOSTS: [(&str, usize); 5] = [
    ("github.com", 3),
    ("bitbucket.org", 3),
    ("git.openstack.org", 3),
    ("git.apache.org", 2),
    ("hub.jazz.net", 4),
];

/// Whether others may listen while a module comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lines {
    /// They may not.
    Secure,
    /// They may: GOINSECURE.
    Any,
}

impl Lines {
    /// Returns what the go command tries where a path names a repository and no scheme, in its order.
    pub fn schemes(self) -> &'static [&'static str] {
        match self {
            Self::Secure => &["https", "git+ssh", "ssh"],
            Self::Any => &["git", "https", "http", "git+ssh", "ssh"],
        }
    }

    /// Returns what the go command asks hosts by, in its order.
    pub fn page_schemes(self) -> &'static [&'static str] {
        match self {
            Self::Secure => &["https"],
            Self::Any => &["https", "http"],
        }
    }

    fn let_pass(self, url: &str) -> bool {
        let known = |scheme: &&str| {
            url.strip_prefix(*scheme)
                .is_some_and(|rest| rest.starts_with("://"))
        };
        self.schemes().iter().any(known) && !url.contains(char::is_whitespace)
    }
}

/// How the name of a repository ends, where a path shows that it is one.
const GIT: &str = ".git";

/// Finds the repository of a module by its path.
pub fn repository_of(module: &str, lines: Lines) -> RepositoryPlace {
    let elements: Vec<&str> = module.split('/').collect();
    let host = elements[0];
    let known = KNOWN_HOSTS.iter().find(|(name, _)| *name == host);
    if let Some(&(_, count)) = known
        && elements.len() >= count
    {
        let root = elements[..count].join("/");
        let urls = vec![format!("https://{root}")];
        return RepositoryPlace::Known { root, urls };
    }
    let names_one = |element: &&str| element.strip_suffix(GIT).is_some_and(|it| !it.is_empty());
    if let Some(last) = elements.iter().skip(1).position(names_one) {
        let root = elements[..last + 2].join("/");
        let path = root.strip_suffix(GIT).unwrap_or(&root);
        let schemes = lines.schemes().iter();
        let urls = schemes.map(|scheme| format!("{scheme}://{path}")).collect();
        return RepositoryPlace::Known { root, urls };
    }
    RepositoryPlace::Asked(module.to_owned())
}

/// Reads what a page says of `module`: of several lines that fit, `mod` goes before others, as in the
/// go command. An address that is no URL of a kind which may be used is none.
pub fn go_import(page: &str, module: &str, lines: Lines) -> Option<GoImport> {
    let metas = page.split("<meta").skip(1).filter_map(|rest| {
        let tag = rest.split_once('>')?.0;
        let is_import = attribute(tag, "name")? == "go-import";
        is_import.then(|| attribute(tag, "content"))?
    });
    let imports: Vec<GoImport> = metas
        .filter_map(|content| {
            let mut words = content.split_whitespace();
            let (root, vcs, url) = (words.next()?, words.next()?, words.next()?);
            let is_of = module == root || module.strip_prefix(root)?.starts_with('/');
            (is_of && lines.let_pass(url)).then(|| GoImport {
                root: root.to_owned(),
                vcs: vcs.to_owned(),
                url: url.to_owned(),
            })
        })
        .collect();
    let proxy = imports.iter().find(|import| import.vcs == "mod");
    proxy.or(imports.first()).cloned()
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let mut rest = tag;
    loop {
        let (before, after) = rest.split_once(name)?;
        let starts_word = before.ends_with(char::is_whitespace);
        let Some(value) = after.trim_start().strip_prefix('=').filter(|_| starts_word) else {
            rest = after;
            continue;
        };
        let value = value.trim_start();
        let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''));
        return match quote {
            Some(quote) => value[1..].split(quote).next(),
            None => value.split(|c: char| c.is_whitespace() || c == '/').next(),
        };
    }
}

/// Returns the tag that a version of a module has in the repository of `root`; none for versions that
/// are made of a commit.
pub fn tag_of(module: &str, root: &str, version: &str) -> Option<String> {
    let version = version.split('+').next().unwrap_or_default();
    if is_pseudo(version) {
        return None;
    }
    let below = module.strip_prefix(root)?.trim_matches('/');
    let mut elements: Vec<&str> = below.split('/').filter(|it| !it.is_empty()).collect();
    let is_major = |element: &&str| {
        element
            .strip_prefix('v')
            .is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
    };
    elements.pop_if(|element| is_major(&&**element));
    elements.push(version);
    Some(elements.join("/"))
}

/// `v0.0.0-20240203040506-abcdef012345`, with or without a version before the time.
fn is_pseudo(version: &str) -> bool {
    let mut parts = version.rsplit('-');
    let (Some(commit), Some(time)) = (parts.next(), parts.next()) else {
        return false;
    };
    let time = time.rsplit('.').next().unwrap_or_default();
    commit.len() == 12
        && commit.bytes().all(|b| b.is_ascii_hexdigit())
        && time.len() == 14
        && time.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repositories_are_where_the_go_command_looks_for_them() {
        let known = |root: &str, urls: &[&str]| RepositoryPlace::Known {
            root: root.to_owned(),
            urls: urls.iter().map(|&url| url.to_owned()).collect(),
        };
        assert_eq!(
            repository_of("github.com/a/b/c/v2", Lines::Secure),
            known("github.com/a/b", &["https://github.com/a/b"])
        );
        assert_eq!(
            repository_of("git.example.com/team/dep.git/sub", Lines::Secure),
            known(
                "git.example.com/team/dep.git",
                &[
                    "https://git.example.com/team/dep",
                    "git+ssh://git.example.com/team/dep",
                    "ssh://git.example.com/team/dep"
                ]
            )
        );
        for module in ["git.example.com/team/dep", "github.com/a", "x.com/.git"] {
            let asked = RepositoryPlace::Asked(module.to_owned());
            assert_eq!(repository_of(module, Lines::Secure), asked);
        }
    }

    #[test]
    fn a_page_names_the_repository_of_a_module() {
        let page = |content: &str| {
            format!("<html><head><META><meta name=\"go-import\" content=\"{content}\"></head>")
        };
        let import = |page: &str| go_import(page, "example.com/dep/sub", Lines::Secure);
        let found = import(&page("example.com/dep git https://example.com/dep.git")).unwrap();
        assert_eq!(
            (&*found.root, &*found.vcs, &*found.url),
            ("example.com/dep", "git", "https://example.com/dep.git")
        );
        let unquoted = "<meta content='example.com/dep mod https://p' name=go-import/>";
        let both = format!("{}{unquoted}", page("example.com/dep git https://g"));
        assert_eq!(import(&both).unwrap().vcs, "mod");
        for none in [
            "",
            "<meta name=\"go-import\" content=\"example.com/de git https://g\">",
            "<meta name=\"go-import\" content=\"example.com/dep git http://g\">",
            "<meta name=\"go-import\" content=\"example.com/dep git ext::touch\">",
            "<meta name=\"go-import\" content=\"example.com/dep git -u\">",
            "<meta name=\"go-source\" content=\"example.com/dep git https://g\">",
            "<meta name=\"go-import\" content=\"example.com/dep",
        ] {
            assert_eq!(import(none), None, "{none}");
        }
        let insecure = page("example.com/dep git http://g");
        assert!(go_import(&insecure, "example.com/dep", Lines::Any).is_some());
    }

    #[test]
    fn versions_have_tags_below_the_folder_of_their_module() {
        let tag = |module: &str, version: &str| tag_of(module, "x.com/r", version);
        assert_eq!(tag("x.com/r", "v1.0.0").as_deref(), Some("v1.0.0"));
        assert_eq!(tag("x.com/r/v2", "v2.0.0").as_deref(), Some("v2.0.0"));
        assert_eq!(tag("x.com/r/s/v2", "v2.0.0").as_deref(), Some("s/v2.0.0"));
        let incompatible = tag("x.com/r", "v2.0.0+incompatible");
        assert_eq!(incompatible.as_deref(), Some("v2.0.0"));
        for version in [
            "v0.0.0-20240203040506-abcdef012345",
            "v1.2.4-0.20240203040506-abcdef012345",
        ] {
            assert_eq!(tag("x.com/r", version), None);
        }
        assert_eq!(
            tag("x.com/r", "v1.0.0-rc.1").as_deref(),
            Some("v1.0.0-rc.1")
        );
    }
}
