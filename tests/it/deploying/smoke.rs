//! What is proven of what was deployed.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::{ONE, document, image, outcome, pushed, runs, shop};

/// Tries a program of the test's.
const WORKS: &str = "smoke = [{ command = [\"works\"], interval = \"10ms\", timeout = \"3s\" }]";

/// Answers HTTP by these, one after the other, and then all over again.
struct Answering {
    url: String,
    asked: Arc<AtomicUsize>,
}

impl Answering {
    fn with(answers: &'static [(u16, &'static str)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!(
            "http://{}/healthz",
            listener.local_addr().expect("an address")
        );
        let asked = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&asked);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { return };
                let mut request = [0; 4096];
                // Whoever asks nothing gets the answer all the same.
                let _ = stream.read(&mut request);
                let number = counted.fetch_add(1, Ordering::SeqCst);
                let (status, body) = answers[number % answers.len()];
                let length = body.len();
                let _ = write!(
                    stream,
                    "HTTP/1.1 {status} X\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
                );
            }
        });
        Self { url, asked }
    }

    fn config(&self, more: &str) -> String {
        let url = &self.url;
        format!("[deploy]\nsmoke = [{{ url = \"{url}\", interval = \"10ms\"{more} }}]\n{ONE}")
    }
}

#[test]
fn a_test_passes_by_status_and_body_several_times_in_a_row() {
    let service = Answering::with(&[(503, "no"), (200, "all ok")]);
    let answers = Answering::with(&[(200, "all ok")]);
    let environment = shop(&answers.config(", contains = \"ok\", latency = \"30s\""));
    let deployed = document(
        &environment,
        &pushed(&environment, 1).each_ref().map(String::as_str),
        0,
    );
    assert_eq!(outcome(&deployed, 0), "deployed");
    assert_eq!(deployed["environments"][0]["smoke"][0]["tries"], 3);
    assert_eq!(answers.asked.load(Ordering::SeqCst), 3);
    drop(service);
}

#[test]
fn a_test_that_flaps_does_not_pass_and_what_ran_before_is_back() {
    let service = Answering::with(&[(200, "ok"), (503, "no")]);
    let environment = shop(ONE);
    environment.run(pushed(&environment, 1)).success();
    environment.write(
        "coracle.toml",
        service.config(", passes = 2, timeout = \"2s\""),
    );
    environment
        .run(pushed(&environment, 2))
        .ends_with(1)
        .says("failed: it flaps: ")
        .says("never 2 in a row; last the status is 503, expected 200")
        .says("rolled back: production runs");
    assert_eq!(runs(&environment, "production"), Some(image(1)));
}

#[test]
fn wrong_answers_are_told_by_what_is_wrong_with_them() {
    for (answers, more, why) in [
        (&[(404, "")][..], "", "the status is 404, expected 200 ("),
        (
            &[(200, "down")][..],
            ", contains = \"up\"",
            "the body does not contain \"up\" (",
        ),
        (
            &[(302, "")][..],
            ", status = 301",
            "the status is 302, expected 301 (",
        ),
    ] {
        let service = Answering::with(answers);
        let environment = shop(&service.config(&format!("{more}, timeout = \"2s\"")));
        environment
            .run(pushed(&environment, 1))
            .ends_with(1)
            .says(why);
    }
}

#[test]
fn a_service_that_nobody_runs_fails_the_test() {
    let url = "http://127.0.0.1:1/";
    let smoke = format!("[deploy]\nsmoke = [{{ url = \"{url}\", timeout = \"1s\" }}]\n{ONE}");
    let environment = shop(&smoke);
    environment
        .run(pushed(&environment, 1))
        .ends_with(1)
        .says("the smoke test http://127.0.0.1:1/ failed: ");
}

#[test]
fn a_program_that_fails_is_tried_until_its_time_is_over() {
    let smoke = format!("[deploy]\n{WORKS}\n{ONE}");
    let environment = shop(&smoke);
    environment.run(pushed(&environment, 1)).success();
    environment.write("fails", "");
    environment
        .run(pushed(&environment, 2))
        .ends_with(1)
        .says("the smoke test works failed: it ended with 1 (");
    assert_eq!(runs(&environment, "production"), Some(image(1)));
    // What runs fails its test, and is no deploy to roll back.
    environment
        .run(pushed(&environment, 1))
        .ends_with(1)
        .says("it ran before, so that there is nothing to roll back");
    assert_eq!(runs(&environment, "production"), Some(image(1)));
}

#[test]
fn nothing_is_rolled_back_where_that_is_off() {
    let smoke = format!("[deploy]\nrollback = false\n{WORKS}\n{ONE}");
    let environment = shop(&smoke);
    environment.run(pushed(&environment, 1)).success();
    environment.write("fails", "");
    environment
        .run(pushed(&environment, 2))
        .ends_with(1)
        .says("[deploy] rollback is off: production is as it is");
    assert_eq!(runs(&environment, "production"), Some(image(2)));
    environment.run(["rollback"]).success();
    assert_eq!(runs(&environment, "production"), Some(image(1)));
}

#[test]
fn a_rollback_from_what_was_left_or_let_run_by_hand_goes_back_to_what_was_deployed_last() {
    let environment = shop(&format!("[deploy]\nrollback = false\n{WORKS}\n{ONE}"));
    environment.run(pushed(&environment, 1)).success();
    environment.run(pushed(&environment, 2)).success();
    environment.write("fails", "");
    environment.run(pushed(&environment, 3)).ends_with(1);
    assert_eq!(runs(&environment, "production"), Some(image(3)));
    let back = || {
        let status = document(&environment, &["status"], 0);
        let previous = &status["environments"][0]["previous"];
        assert!(previous.to_string().contains(&image(2)), "{status:#}");
        environment.run(["rollback"]).success();
        assert_eq!(runs(&environment, "production"), Some(image(2)));
    };
    back();
    environment.write("running-production", format!("shop {}\n", image(9)));
    back();
    environment.run(["rollback"]).success();
    assert_eq!(runs(&environment, "production"), Some(image(1)));
}
