//! Modules whose names look like another one's.

use super::{Finding, ModuleUse, Rule, Severity};
use crate::config::PolicyConfig;

/// How many slips of the finger make a name look like another.
const SLIPS: usize = 2;
/// Shorter names than this are near each other by chance.
const SHORTEST: usize = 6;

/// Modules that many projects use, and so whose names are worth taking.
const KNOWN: [&str; 52] = [
    "github.com/BurntSushi/toml",
    "github.com/Masterminds/semver",
    "github.com/alicebob/miniredis",
    "github.com/aws/aws-sdk-go",
    "github.com/aws/aws-sdk-go-v2",
    "github.com/cespare/xxhash",
    "github.com/davecgh/go-spew",
    "github.com/dgrijalva/jwt-go",
    "github.com/fatih/color",
    "github.com/fsnotify/fsnotify",
    "github.com/gin-gonic/gin",
    "github.com/go-chi/chi",
    "github.com/go-playground/validator",
    "github.com/go-redis/redis",
    "github.com/go-resty/resty",
    "github.com/go-sql-driver/mysql",
    "github.com/gofiber/fiber",
    "github.com/gogo/protobuf",
    "github.com/golang-jwt/jwt",
    "github.com/golang/mock",
    "github.com/golang/protobuf",
    "github.com/google/go-cmp",
    "github.com/google/uuid",
    "github.com/gorilla/mux",
    "github.com/gorilla/websocket",
    "github.com/grpc-ecosystem/grpc-gateway",
    "github.com/hashicorp/golang-lru",
    "github.com/jackc/pgx",
    "github.com/jmoiron/sqlx",
    "github.com/json-iterator/go",
    "github.com/klauspost/compress",
    "github.com/labstack/echo",
    "github.com/lib/pq",
    "github.com/mattn/go-sqlite3",
    "github.com/mitchellh/mapstructure",
    "github.com/nats-io/nats.go",
    "github.com/onsi/ginkgo",
    "github.com/onsi/gomega",
    "github.com/pkg/errors",
    "github.com/prometheus/client_golang",
    "github.com/redis/go-redis",
    "github.com/rs/zerolog",
    "github.com/shopspring/decimal",
    "github.com/sirupsen/logrus",
    "github.com/spf13/cobra",
    "github.com/spf13/pflag",
    "github.com/spf13/viper",
    "github.com/stretchr/testify",
    "github.com/urfave/cli",
    "go.mongodb.org/mongo-driver",
    "go.uber.org/zap",
    "gorm.io/gorm",
];

/// Points out modules of other owners whose names are a slip away from one that is known or used too, or
/// the same on another host.
pub fn judge_lookalikes(policy: &PolicyConfig, uses: &[ModuleUse]) -> Vec<Finding> {
    let Some(severity) = Severity::of(policy.lookalikes) else {
        return Vec::new();
    };
    let names: Vec<&str> = uses.iter().map(|it| it.path.stem()).collect();
    let codes = uses.iter().flat_map(|used| {
        let codes = used.codes();
        codes.map(move |(path, _)| (used, path))
    });
    codes
        .filter_map(|(used, path)| {
            let name = path.stem();
            if KNOWN.contains(&name) {
                return None;
            }
            let known = KNOWN.into_iter().find(|known| looks_like(name, known));
            // Of two that look alike, and are both unknown, the one that was needed first may be either.
            let twin = || {
                let mut others = names.iter().copied();
                others.find(|other| name > *other && looks_like(name, other))
            };
            let original = known.or_else(twin)?;
            let message = format!("its name looks like that of {original}");
            Some(
                Finding::new(severity, Rule::Lookalike, &path, message)
                    .at(used.place.clone())
                    .through(used.chain.iter().cloned())
                    .hint(format!("see who owns it, and whether {original} was meant")),
            )
        })
        .collect()
}

/// Nobody but the owner can take a name beside another of the same owner.
fn looks_like(name: &str, original: &str) -> bool {
    if name == original || owner(name) == owner(original) || name.len() < SHORTEST {
        return false;
    }
    is_elsewhere(name, original) || is_slip(name, original)
}

/// The same path on another host.
fn is_elsewhere(name: &str, original: &str) -> bool {
    let (Some((host, path)), Some((other, original))) =
        (name.split_once('/'), original.split_once('/'))
    else {
        return false;
    };
    host != other && path == original && path.contains('/')
}

/// One slip where names are short: two make another word of them.
fn is_slip(name: &str, original: &str) -> bool {
    let (name, original) = (name.to_lowercase(), original.to_lowercase());
    let differing = |text: &str, other: &str| {
        let (_, rest) = text.split_once('/').unwrap_or(("", text));
        let (_, other) = other.split_once('/').unwrap_or(("", other));
        rest.len().min(other.len())
    };
    let slips = if differing(&name, &original) < 12 {
        1
    } else {
        SLIPS
    };
    (1..=slips).contains(&strsim::damerau_levenshtein(&name, &original)) || name == original
}

/// Returns who may make modules of this name: a host, and on hosts of everybody's an account on it.
fn owner(path: &str) -> (&str, Option<&str>) {
    let mut elements = path.split('/');
    let host = elements.next().unwrap_or_default();
    match host {
        "github.com" | "gitlab.com" | "bitbucket.org" | "codeberg.org" => (host, elements.next()),
        _ => (host, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::module_use::tests::module_use;

    fn suspects(paths: &[&str]) -> Vec<String> {
        let uses: Vec<ModuleUse> = paths
            .iter()
            .map(|path| module_use(&format!("{path}@v1.0.0")))
            .collect();
        let found = judge_lookalikes(&PolicyConfig::default(), &uses);
        found.into_iter().map(|it| it.subject).collect()
    }

    #[test]
    fn names_that_are_a_slip_away_from_known_ones_are_pointed_out() {
        for wrong in [
            "github.com/stretcher/testify",
            "github.com/sirupsem/logrus",
            "github.com/Sirupsen/logrus",
            "gitlab.com/spf13/cobra",
            "github.com/spf31/cobra/v2",
            "github.co/gorilla/mux",
            "go.ubar.org/zap",
        ] {
            assert_eq!(suspects(&[wrong]), [wrong]);
        }
    }

    #[test]
    fn neighbours_of_one_owner_and_other_words_are_not() {
        for right in [
            "github.com/stretchr/testify",
            "github.com/stretchr/objx",
            "github.com/spf13/cobra/v2",
            "github.com/spf13/cast",
            "github.com/go-chi/cors",
            "github.com/rs/cors",
            "github.com/lib/px",
            "github.com/mattn/go-isatty",
            "go.uber.org/zip",
        ] {
            assert_eq!(suspects(&[right]), [""; 0], "{right}");
        }
    }

    #[test]
    fn of_two_that_are_used_one_is_pointed_out() {
        let twins = ["github.com/acme/warehouse", "github.com/acne/warehouse"];
        assert_eq!(suspects(&twins), [twins[1]]);
    }
}
