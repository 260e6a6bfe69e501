//! Users and groups of an image, passwd(5) and group(5).

/// The accounts that an image knows, by the text of its `/etc/passwd` and `/etc/group`.
///
/// ```
/// # use coracle::image::Accounts;
/// let accounts = Accounts { passwd: "app:x:1000:50::/:\n", group: "staff:x:50:\n" };
/// assert_eq!(accounts.user("app"), Some((1000, 50)));
/// assert_eq!(accounts.group("staff"), Some(50));
/// assert_eq!(accounts.user("staff"), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Accounts<'a> {
    /// The content of `/etc/passwd`, empty where there is none.
    pub passwd: &'a str,
    /// The content of `/etc/group`, empty where there is none.
    pub group: &'a str,
}

impl Accounts<'_> {
    /// Returns the numbers of the user `name` and of its own group. The first line counts.
    pub fn user(&self, name: &str) -> Option<(u32, u32)> {
        let fields = line(self.passwd, |fields| fields[0] == name)?;
        Some((fields.get(2)?.parse().ok()?, fields.get(3)?.parse().ok()?))
    }

    /// Returns the number of the group that the user `uid` has of its own.
    pub fn group_of(&self, uid: u32) -> Option<u32> {
        let number = uid.to_string();
        let fields = line(self.passwd, |fields| {
            fields.get(2) == Some(&number.as_str())
        })?;
        fields.get(3)?.parse().ok()
    }

    /// Returns the number of the group `name`. The first line counts.
    pub fn group(&self, name: &str) -> Option<u32> {
        let fields = line(self.group, |fields| fields[0] == name)?;
        fields.get(2)?.parse().ok()
    }
}

fn line(text: &str, is_wanted: impl Fn(&[&str]) -> bool) -> Option<Vec<&str>> {
    text.lines()
        .map(|line| line.split(':').collect::<Vec<_>>())
        .find(|fields| is_wanted(fields))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damaged_lines_are_nobody() {
        let accounts = Accounts {
            passwd: "\n#\na\nb:x\nc:x:x:1\nd:x:7:70::/:\nd:x:8:80::/:\n",
            group: "g:x\nh:x:-1:\ni:x:9",
        };
        for name in ["", "a", "b", "c", "z"] {
            assert_eq!(accounts.user(name), None, "{name:?}");
        }
        assert_eq!(accounts.user("d"), Some((7, 70)));
        assert_eq!(accounts.group_of(8), Some(80));
        assert_eq!(accounts.group("g"), None);
        assert_eq!(accounts.group("h"), None);
        assert_eq!(accounts.group("i"), Some(9));
    }
}
