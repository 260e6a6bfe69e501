//! What a token allows, distribution's token specification, "Requesting a Token".

use std::fmt;

use crate::model::Repository;

/// What is done with one repository.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Scope {
    path: String,
    access: Access,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Access {
    Pull,
    Push,
}

impl Scope {
    /// Reads `repository`.
    pub fn pull(repository: &Repository) -> Self {
        Self {
            path: repository.path().to_owned(),
            access: Access::Pull,
        }
    }

    /// Writes `repository`, and reads it.
    pub fn push(repository: &Repository) -> Self {
        Self {
            path: repository.path().to_owned(),
            access: Access::Push,
        }
    }

    fn covers(&self, demanded: &str) -> bool {
        let is_covered = |action: &str| match self.access {
            Access::Pull => action == "pull",
            Access::Push => matches!(action, "pull" | "push"),
        };
        demanded
            .strip_prefix("repository:")
            .and_then(|rest| rest.rsplit_once(':'))
            .is_some_and(|(path, actions)| path == self.path && actions.split(',').all(is_covered))
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let actions = match self.access {
            Access::Pull => "pull",
            Access::Push => "pull,push",
        };
        write!(f, "repository:{}:{actions}", self.path)
    }
}

/// Joins what a registry `demanded` just now and what will be `wanted` later, so that one token
/// does. The demanded one comes first: some token servers look at the first alone.
pub fn scopes_to_ask(demanded: &[String], wanted: &[Scope]) -> Vec<String> {
    let is_covered = |demand: &String| wanted.iter().any(|scope| scope.covers(demand));
    let covers_demand = |scope: &Scope| demanded.iter().any(|demand| scope.covers(demand));
    let (first, later): (Vec<&Scope>, Vec<&Scope>) =
        wanted.iter().partition(|scope| covers_demand(scope));
    let uncovered = demanded
        .iter()
        .filter(|demand| !is_covered(demand))
        .cloned();
    uncovered
        .chain(first.into_iter().chain(later).map(ToString::to_string))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_demanded_comes_first_and_only_once() {
        let repository = |path: &str| Repository::new("r.example".parse().unwrap(), path).unwrap();
        let wanted = [
            Scope::pull(&repository("base")),
            Scope::push(&repository("app")),
        ];
        for (demanded, asked) in [
            (
                vec!["repository:app:pull"],
                vec!["repository:app:pull,push", "repository:base:pull"],
            ),
            (
                vec!["repository:base:pull"],
                vec!["repository:base:pull", "repository:app:pull,push"],
            ),
            (
                vec!["repository:app:delete"],
                vec![
                    "repository:app:delete",
                    "repository:base:pull",
                    "repository:app:pull,push",
                ],
            ),
            (
                vec![],
                vec!["repository:base:pull", "repository:app:pull,push"],
            ),
        ] {
            let demanded: Vec<String> = demanded.into_iter().map(str::to_owned).collect();
            assert_eq!(scopes_to_ask(&demanded, &wanted), asked, "{demanded:?}");
        }
    }
}
