//! Modules that may not be used, and modules that must be.

use super::{Finding, ModuleUse, Rule, Severity};
use crate::config::{BlockedModule, BlockedUses, PolicyConfig};
use crate::facts::Need;
use crate::model::{ModulePath, Timestamp};

/// Holds the modules that are used to those that are blocked, allowed and required. `own` are the modules
/// of the source.
pub fn judge_dependencies(
    policy: &PolicyConfig,
    own: &[ModulePath],
    uses: &[ModuleUse],
    now: Timestamp,
) -> Vec<Finding> {
    let blocked = policy.blocked.iter().flat_map(|rule| {
        let found = uses.iter().filter(|it| rule.means(it, own));
        found.filter_map(|it| rule.judge(it, own, now))
    });
    blocked
        .chain(
            policy
                .blocked
                .iter()
                .filter_map(|rule| over(rule, own, uses, now)),
        )
        .chain(uses.iter().filter_map(|it| not_allowed(policy, it)))
        .chain(
            policy
                .required
                .iter()
                .filter_map(|it| missing(it, own, uses)),
        )
        .collect()
}

impl BlockedModule {
    /// Tells whether this use of a module is meant, exceptions apart. What stands in for a module is
    /// used as well.
    fn means(&self, used: &ModuleUse, own: &[ModulePath]) -> bool {
        let mut codes = used.codes();
        let is_named =
            codes.any(|(path, version)| self.module.covers(&path) && self.versions.holds(&version));
        let is_direct = used.need == Need::Direct || imports(own, used);
        is_named && (self.uses == BlockedUses::All || is_direct)
    }

    /// Returns the finding, unless an exception holds.
    fn judge(&self, used: &ModuleUse, own: &[ModulePath], now: Timestamp) -> Option<Finding> {
        let is_excepted = self.excepts(used, own);
        let ended = self.until.filter(|until| until.is_over(now));
        if is_excepted && ended.is_none() {
            return None;
        }
        let message = match ended.filter(|_| is_excepted) {
            Some(day) => format!("{}; the exception ended on {day}", self.reason),
            None => self.reason.clone(),
        };
        let finding = Finding::new(Severity::Blocked, Rule::BlockedModule, &used.path, message)
            .at(used.place.clone())
            .through(used.chain.iter().cloned());
        Some(if used.is_compiled() {
            finding.hint(format!("what uses it: go mod why -m {}", used.path))
        } else {
            finding.hint("no program is compiled from it: go mod tidy may take it out")
        })
    }

    /// A module is excepted itself, or all that use it are.
    fn excepts(&self, used: &ModuleUse, own: &[ModulePath]) -> bool {
        let is_listed =
            |path: &ModulePath| self.except.iter().any(|excepted| excepted.covers(path));
        if is_listed(&used.path) {
            return true;
        }
        if used.importers.is_empty() {
            return !own.is_empty() && own.iter().all(is_listed);
        }
        let mut importers = used.importers.iter().map(|path| path.parse::<ModulePath>());
        importers.all(|path| path.is_ok_and(|path| self.module.covers(&path) || is_listed(&path)))
    }
}

/// An exception that ended, and that nothing needs any more, is only in the way.
fn over(
    rule: &BlockedModule,
    own: &[ModulePath],
    uses: &[ModuleUse],
    now: Timestamp,
) -> Option<Finding> {
    let day = rule.until.filter(|until| until.is_over(now))?;
    if uses.iter().any(|it| rule.means(it, own)) {
        return None;
    }
    let message = format!("its exception ended on {day}, and nothing uses it");
    Some(
        Finding::new(Severity::Note, Rule::BlockedModule, &rule.module, message)
            .hint("take except and until out of [[policy.blocked]]"),
    )
}

fn not_allowed(policy: &PolicyConfig, used: &ModuleUse) -> Option<Finding> {
    let is_allowed = |path: &ModulePath| policy.allowed.iter().any(|it| it.covers(path));
    if policy.allowed.is_empty() {
        return None;
    }
    // What stands in for a module is another one's code.
    let (path, _) = used.codes().find(|(path, _)| !is_allowed(path))?;
    let message = "it is not among the modules that are allowed";
    Some(
        Finding::new(Severity::Blocked, Rule::NotAllowedModule, &path, message)
            .at(used.place.clone())
            .through(used.chain.iter().cloned())
            .hint(format!("what uses it: go mod why -m {}", used.path))
            .hint(format!(
                "once it was looked at: [policy] allowed = [\"{path}\"]"
            )),
    )
}

/// A comment in go.mod says which modules are imported; what is compiled says it better.
fn imports(own: &[ModulePath], used: &ModuleUse) -> bool {
    let mut importers = used.importers.iter();
    importers.any(|importer| own.iter().any(|path| path.as_str() == importer))
}

fn missing(required: &ModulePath, own: &[ModulePath], uses: &[ModuleUse]) -> Option<Finding> {
    let mut known = own.iter().chain(uses.iter().map(|it| &it.path));
    if known.any(|path| path.stem() == required.stem()) {
        return None;
    }
    let message = "every project has to use it, and this one does not";
    Some(
        Finding::new(Severity::Blocked, Rule::RequiredModule, required, message)
            .hint(format!("go get {required}")),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Judgement;
    use crate::policy::module_use::tests::module_use;

    fn policy(text: &str) -> PolicyConfig {
        let file = crate::config::FileText {
            name: "coracle.toml",
            text,
        };
        let loaded = crate::config::load(
            Some(file),
            &crate::model::Environment::default(),
            &crate::config::Overrides::default(),
        );
        loaded.unwrap().policy.unwrap()
    }

    fn findings(text: &str, uses: &[ModuleUse]) -> Vec<String> {
        let own = ["example.com/app".parse().unwrap()];
        let now = Timestamp::from_rfc3339("2026-06-01T00:00:00Z").unwrap();
        let found = judge_dependencies(&policy(text), &own, uses, now);
        found
            .iter()
            .map(|it| format!("{} {}: {}", it.severity, it.subject, it.message))
            .collect()
    }

    const BLOCKED: &str =
        "[[policy.blocked]]\nmodule = 'github.com/go-sql-driver'\nreason = 'Use the wrapper'\n";

    #[test]
    fn a_path_blocks_what_lies_under_it_and_nothing_beside_it() {
        let uses = [
            module_use("github.com/go-sql-driver/mysql@v1.8.0"),
            module_use("github.com/go-sql-drivers/mysql@v1.8.0"),
        ];
        assert_eq!(
            findings(BLOCKED, &uses),
            ["blocked github.com/go-sql-driver/mysql: Use the wrapper"]
        );
    }

    #[test]
    fn versions_uses_and_replacements_count() {
        let ranged = format!("{BLOCKED}versions = '<1.5'\n");
        let old = module_use("github.com/go-sql-driver/mysql@v1.4.0");
        let new = module_use("github.com/go-sql-driver/mysql@v1.5.0");
        assert_eq!(findings(&ranged, std::slice::from_ref(&old)).len(), 1);
        assert_eq!(findings(&ranged, &[new]).len(), 0);
        let direct = format!("{BLOCKED}uses = 'direct'\n");
        let indirect = ModuleUse {
            need: Need::Indirect,
            importers: ["example.com/store".to_owned()].into(),
            ..old.clone()
        };
        assert_eq!(findings(&direct, std::slice::from_ref(&old)).len(), 1);
        assert_eq!(findings(&direct, &[indirect]).len(), 0);
        let replaced = ModuleUse {
            replacement: Some(crate::compile::ModuleReplacement {
                path: old.path.to_string(),
                version: Some("v1.4.0".to_owned()),
            }),
            ..module_use("example.com/innocent@v1.0.0")
        };
        assert_eq!(findings(BLOCKED, &[replaced]).len(), 1);
    }

    #[test]
    fn who_is_excepted_may_use_it_until_the_last_day_and_nobody_else() {
        let excepting =
            |who: &str, until: &str| format!("{BLOCKED}except = ['{who}']\nuntil = {until}\n");
        let mut used = module_use("github.com/go-sql-driver/mysql@v1.8.0");
        for who in ["example.com/app", "github.com/go-sql-driver/mysql"] {
            assert_eq!(
                findings(&excepting(who, "2026-06-01"), std::slice::from_ref(&used)),
                [""; 0]
            );
            assert_eq!(
                findings(&excepting(who, "2026-05-31"), std::slice::from_ref(&used)),
                [
                    "blocked github.com/go-sql-driver/mysql: Use the wrapper; the exception ended on 2026-05-31"
                ]
            );
        }
        used.importers.insert("example.com/other".to_owned());
        assert_eq!(
            findings(&excepting("example.com/app", "2027-01-01"), &[used]).len(),
            1
        );
        assert_eq!(
            findings(&excepting("example.com/app", "2026-05-31"), &[]),
            [
                "note github.com/go-sql-driver: its exception ended on 2026-05-31, and nothing uses it"
            ]
        );
    }

    #[test]
    fn what_is_required_must_be_there_and_what_is_not_allowed_must_not() {
        let text = "[policy]\nallowed = ['go.uber.org']\nrequired = ['go.uber.org/zap', 'example.com/app']\n";
        let zap = module_use("go.uber.org/zap@v1.27.0");
        assert_eq!(findings(text, std::slice::from_ref(&zap)), [""; 0]);
        assert_eq!(
            findings(text, &[module_use("example.com/x@v1.0.0")]),
            [
                "blocked example.com/x: it is not among the modules that are allowed",
                "blocked go.uber.org/zap: every project has to use it, and this one does not",
            ]
        );
        assert_eq!(policy(text).untidy, Judgement::Warn);
    }
}
