//! `coracle deploy`, `rollback` and `status`: what runs, what is proven of it, and the way back.

mod alerts;
mod bad;
mod clusters;
mod containers;
mod interrupted;
mod programs;
mod recorded;
mod signed;
mod smoke;

use serde_json::{Value, json};

use crate::support::TestEnvironment;
use crate::support::registry::digest_of;
use crate::support::samples::GO_MOD;

/// One environment, whose program writes down what runs.
const ONE: &str = "[deploy.how.command]\nrun = [\"deploy-it\"]\nstatus = [\"running-it\"]\n";

/// Two of them.
const TWO: &str = "[deploy.environments.production]\n[deploy.environments.staging]\n\
     [deploy.how.command]\nrun = [\"deploy-it\"]\nstatus = [\"running-it\"]\n";

/// Writes down what it is told, and lets it run unless a file `broken` is there, or back again `broken-back`.
const DEPLOY_IT: &str = r#"
echo "$CORACLE_ACTION $CORACLE_ENVIRONMENT $CORACLE_IMAGE" >> log
if [ -e broken ] && [ "$CORACLE_ACTION" = deploy ]; then echo "no room" >&2; exit 3; fi
if [ -e broken-back ] && [ "$CORACLE_ACTION" = rollback ]; then echo "no way back" >&2; exit 3; fi
if [ -e slow-before ]; then : > begun; exec /bin/sleep 600; fi
echo "shop $CORACLE_IMAGE" > "running-$CORACLE_ENVIRONMENT"
if [ -e slow-after ]; then : > begun; exec /bin/sleep 600; fi
"#;

/// Tells what runs.
const RUNNING_IT: &str = r#"
if [ -e "running-$CORACLE_ENVIRONMENT" ]; then /bin/cat "running-$CORACLE_ENVIRONMENT"; fi
"#;

/// Returns a project with these lines of configuration, whose programs are on PATH.
fn shop(config: &str) -> TestEnvironment {
    let environment = TestEnvironment::without_go();
    environment.write("go.mod", GO_MOD);
    environment.write("coracle.toml", config);
    environment.write_program("deploy-it", DEPLOY_IT);
    environment.write_program("running-it", RUNNING_IT);
    environment.write_program("works", "[ ! -e fails ]");
    environment
}

/// Returns the reference of an image that is known by a number.
fn image(number: u32) -> String {
    format!(
        "registry.example.com/shop@{}",
        digest_of(number.to_string().as_bytes())
    )
}

/// Writes the report of a push of the image with this number, and returns the flags that deploy it.
fn pushed(environment: &TestEnvironment, number: u32) -> [String; 3] {
    let digest = digest_of(number.to_string().as_bytes());
    let report = json!({"form": 1, "status": "done", "images": [{
        "name": "shop", "digest": digest, "outputs": [{"destination": "registry.example.com/shop"}],
    }]});
    let file = format!("pushed-{number}.json");
    environment.write(&file, report.to_string());
    ["deploy".to_owned(), "--pushed".to_owned(), file]
}

/// Returns what runs in an environment, by the file that its program writes.
fn runs(environment: &TestEnvironment, name: &str) -> Option<String> {
    let file = environment.work().join(format!("running-{name}"));
    let text = std::fs::read_to_string(file).ok()?;
    Some(text.trim().trim_start_matches("shop ").to_owned())
}

/// Returns what the program was told, a line each.
fn told(environment: &TestEnvironment) -> Vec<String> {
    let text = std::fs::read_to_string(environment.work().join("log")).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

/// Returns the document that a verb prints, which ends with `code`.
fn document(environment: &TestEnvironment, args: &[&str], code: i32) -> Value {
    let output = environment
        .run([args, &["--json"]].concat())
        .ends_with(code);
    serde_json::from_str(&output.stdout).expect("a document")
}

fn outcome(document: &Value, at: usize) -> &str {
    document["environments"][at]["outcome"]
        .as_str()
        .expect("an outcome")
}
