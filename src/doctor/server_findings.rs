//! What servers of modules and checksums answered.

use super::{Area, Fault, Finding};

/// What a server answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It has what it was asked for.
    Has,
    /// It does not have it, and answers: 404 and 410.
    HasNot,
    /// It does not let us: 401 and 403.
    Denies {
        /// What it said.
        reason: String,
        /// Whether it was told who asks.
        login: Login,
    },
    /// There was no answer, or none that tells anything.
    Silent(String),
    /// What it was asked cannot be asked.
    Wrong(String),
}

/// What a server was told of who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Login {
    /// A user and a password, by the address or the netrc file.
    Given,
    /// What git or a program knew, which GOAUTH names.
    Told,
    /// Nothing: nobody knew whom GOAUTH names, and it does not name the netrc file alone.
    Untold,
    /// Nothing, and it wants to know: 401.
    Wanted,
    /// Nothing, and it says no all the same: 403. Some answer so to whatever they do not have.
    NotWanted,
}

impl Login {
    /// Returns what mends it that `host` says no.
    pub fn remedy(self, host: &str) -> String {
        match self {
            Self::Given => format!(
                "see that the user and the password for {host} are right, and may read: ~/.netrc, GOPROXY"
            ),
            Self::Told => {
                format!("see that what it knows for {host} is right and may read: go help goauth")
            }
            Self::Untold => format!(
                "see that one of those in GOAUTH knows https://{host}: go help goauth; or: unset GOAUTH; {}",
                netrc_line(host)
            ),
            Self::Wanted => netrc_line(host),
            Self::NotWanted => format!(
                "see that it exists; where {host} lets only some have it: {}",
                netrc_line(host)
            ),
        }
    }
}

/// Returns what keeps `answer` from being one that a build could use, with whose fault it is.
pub fn reason_of(answer: &Answer) -> Option<(Fault, String)> {
    match answer {
        Answer::Has => None,
        Answer::HasNot => Some((Fault::Wrong, "it is not there".to_owned())),
        Answer::Denies { reason, .. } => Some((Fault::Denied, reason.clone())),
        Answer::Silent(reason) => Some((Fault::Unavailable, reason.clone())),
        Answer::Wrong(reason) => Some((Fault::Wrong, reason.clone())),
    }
}

/// Says of which modules go.sum says nothing, where it lacks some.
pub fn judge_sums(missing: &[String]) -> Option<Finding> {
    let [first, others @ ..] = missing else {
        return None;
    };
    let message = match others.len() {
        0 => format!("says nothing of {first}"),
        number => format!("says nothing of {first} and {number} more"),
    };
    Some(
        Finding::warning(Area::Modules, "go.sum", message)
            .because("a build that needs them ends by it: nobody vouches for what comes")
            .remedy("go mod tidy"),
    )
}

/// A proxy that was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AskedProxy<'a> {
    /// Its address, without passwords.
    pub shown: &'a str,
    /// Its host, or its folder.
    pub host: &'a str,
    /// What it was asked for.
    pub asked: &'a str,
    /// Who told it who asks.
    pub login: Option<&'a str>,
}

/// Says how a proxy is.
pub fn judge_proxy(proxy: &AskedProxy<'_>, answer: &Answer) -> Finding {
    let AskedProxy {
        shown,
        host,
        asked,
        login,
    } = proxy;
    let known = login.map(|by| format!(", with the login of {by}"));
    let known = known.unwrap_or_default();
    match answer {
        Answer::Has => Finding::ok(
            Area::Proxy,
            shown,
            format!("answers, and has {asked}{known}"),
        ),
        Answer::HasNot => Finding::ok(
            Area::Proxy,
            shown,
            format!("answers, and does not have {asked}{known}"),
        ),
        Answer::Denies { reason, login } => {
            let message = format!("does not let us have {asked}");
            Finding::failure(Fault::Denied, Area::Proxy, shown, message)
                .because(reason)
                .remedy(login.remedy(host))
        }
        Answer::Silent(reason) => Finding::failure(
            Fault::Unavailable,
            Area::Proxy,
            shown,
            "cannot be asked",
        )
        .because(reason)
        .remedy(format!(
            "see whether {host} is up; HTTPS_PROXY names a proxy, and GOPROXY=URL|direct goes on where one fails"
        )),
        Answer::Wrong(reason) => {
            Finding::failure(Fault::Wrong, Area::Proxy, shown, "does not answer as a proxy does")
                .because(reason)
                .remedy("correct GOPROXY, or [modules] proxy in coracle.toml")
        }
    }
}

/// Says how the checksum database `name` is, which was asked at `place`.
pub fn judge_database(name: &str, place: &str, answer: &Answer) -> Finding {
    let subject = format!("{name} at {place}");
    match answer {
        Answer::Has => Finding::ok(
            Area::Database,
            subject,
            "answers, and has signed what it answers",
        ),
        Answer::HasNot => Finding::ok(Area::Database, subject, "answers what it is asked"),
        Answer::Denies { reason, login } => Finding::failure(
            Fault::Denied,
            Area::Database,
            subject,
            "does not let us look things up",
        )
        .because(reason)
        .remedy(login.remedy(place)),
        Answer::Silent(reason) => Finding::failure(
            Fault::Unavailable,
            Area::Database,
            subject,
            "cannot be asked, and what go.sum does not know cannot be verified",
        )
        .because(reason)
        .remedy("see whether the network lets you reach it; GOSUMDB=\"NAME URL\" names another way to it"),
        Answer::Wrong(reason) => Finding::failure(
            Fault::Wrong,
            Area::Database,
            subject,
            "what it answers proves nothing",
        )
        .because(reason)
        .remedy("correct GOSUMDB, or try another GOPROXY: it may hand out something else"),
    }
}

/// Returns the line that gives passwords.
pub(super) fn netrc_line(host: &str) -> String {
    format!("echo 'machine {host} login USER password TOKEN' >> ~/.netrc")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Severity;

    const PROXY: AskedProxy<'_> = AskedProxy {
        shown: "https://p",
        host: "p",
        asked: "m@v1",
        login: None,
    };

    #[test]
    fn a_proxy_that_answers_is_well_whatever_it_has() {
        let severity = |answer: &Answer| judge_proxy(&PROXY, answer).severity;
        assert_eq!(severity(&Answer::Has), Severity::Ok);
        assert_eq!(severity(&Answer::HasNot), Severity::Ok);
        let silent = Answer::Silent("refused".to_owned());
        assert_eq!(severity(&silent), Severity::Failure(Fault::Unavailable));
    }

    #[test]
    fn who_is_not_known_is_told_how_to_be() {
        let denies = |login| Answer::Denies {
            reason: "p answered 401".to_owned(),
            login,
        };
        let remedy = |login| {
            let finding = judge_proxy(&PROXY, &denies(login));
            finding.remedies[0].clone()
        };
        assert!(remedy(Login::Wanted).starts_with("echo 'machine p login USER"));
        assert!(remedy(Login::Given).starts_with("see that the user and the password for p"));
    }
}
