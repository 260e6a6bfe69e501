//! Runs that break off, and whoever comes next.

use serde_json::Value;

use super::{ONE, document, image, outcome, pushed, runs, shop, told};
use crate::support::TestEnvironment;
use crate::support::running::{Signal, until};

/// Deploys image 2 and sends `signal` when its program has begun, which never ends.
fn broken_off(environment: &TestEnvironment, when: &str, signal: Signal) {
    environment.run(pushed(environment, 1)).success();
    let flags = pushed(environment, 2);
    broken_off_at(
        environment,
        when,
        &flags.each_ref().map(String::as_str),
        signal,
    );
}

/// Sends `signal` to a run when its program has begun, which never ends.
fn broken_off_at(environment: &TestEnvironment, when: &str, args: &[&str], signal: Signal) {
    environment.write(when, "");
    let running = environment.start(args);
    until("the program has begun", || {
        environment.work().join("begun").exists()
    });
    running.signal(signal);
    running.end();
    environment.kill_processes();
    for file in [when, "begun"] {
        std::fs::remove_file(environment.work().join(file)).expect("a file of the test's");
    }
}

#[test]
fn ctrl_c_leaves_no_child_and_the_next_run_goes_on() {
    let environment = shop(ONE);
    environment.run(pushed(&environment, 1)).success();
    environment.write("slow-before", "");
    let flags = pushed(&environment, 2);
    let running = environment.start(&flags.each_ref().map(String::as_str));
    until("the program has begun", || {
        environment.work().join("begun").exists()
    });
    running.signal(Signal::INT);
    running.end().ends_with(130);
    environment.assert_no_processes();
    assert_eq!(runs(&environment, "production"), Some(image(1)));
    let status = document(&environment, &["status"], 0);
    assert_eq!(outcome(&status, 0), "unfinished");
    std::fs::remove_file(environment.work().join("slow-before")).expect("a file of the test's");
    environment.run(pushed(&environment, 2)).success();
    assert_eq!(runs(&environment, "production"), Some(image(2)));
}

#[test]
fn a_deploy_that_died_before_it_was_ready_is_undone_by_the_next_run() {
    let environment = shop(ONE);
    broken_off(&environment, "slow-before", Signal::KILL);
    let flags = pushed(&environment, 3);
    let next = document(&environment, &flags.each_ref().map(String::as_str), 0);
    assert_eq!(next["environments"][0]["resumed"], "undone");
    assert_eq!(outcome(&next, 0), "deployed");
    let told = told(&environment);
    assert_eq!(
        told[told.len() - 2..],
        [
            format!("rollback production {}", image(1)),
            format!("deploy production {}", image(3))
        ]
    );
}

#[test]
fn what_cannot_be_brought_back_keeps_nobody_from_deploying_what_mends_it() {
    let environment = shop(ONE);
    environment.run(pushed(&environment, 1)).success();
    environment.write("broken", "");
    environment.write("broken-back", "");
    let output = environment.run(pushed(&environment, 2)).ends_with(1);
    output.says("the rollback failed too");
    std::fs::remove_file(environment.work().join("broken")).expect("a file of the test's");
    let flags = pushed(&environment, 3);
    let next = document(&environment, &flags.each_ref().map(String::as_str), 0);
    assert_eq!(next["environments"][0]["resumed"], "replaced");
    assert_eq!(outcome(&next, 0), "deployed");
    assert_eq!(runs(&environment, "production"), Some(image(3)));
}

#[test]
fn a_deploy_that_died_after_it_was_ready_is_finished_by_the_next_run() {
    let environment = shop(ONE);
    broken_off(&environment, "slow-after", Signal::KILL);
    let flags = pushed(&environment, 2);
    let next = document(&environment, &flags.each_ref().map(String::as_str), 0);
    assert_eq!(next["environments"][0]["resumed"], "finished");
    assert_eq!(outcome(&next, 0), "deployed");
    environment.run(["rollback"]).success();
    assert_eq!(runs(&environment, "production"), Some(image(1)));
}

#[test]
fn a_deploy_that_was_finished_and_fails_its_tests_is_rolled_back_to_what_ran_before_it() {
    let environment = shop(ONE);
    broken_off(&environment, "slow-after", Signal::KILL);
    let smoke = "smoke = [{ command = [\"works\"], interval = \"10ms\", timeout = \"200ms\" }]";
    environment.write("coracle.toml", format!("[deploy]\n{smoke}\n{ONE}"));
    environment.write("fails", "");
    environment
        .run(pushed(&environment, 2))
        .ends_with(1)
        .says("that broke off is finished: what it wanted is ready")
        .says("rolled back: production runs");
    assert_eq!(runs(&environment, "production"), Some(image(1)));
}

#[test]
fn a_rollback_after_a_deploy_that_died_undoes_it() {
    let environment = shop(ONE);
    broken_off(&environment, "slow-after", Signal::KILL);
    environment.run(["rollback"]).success();
    assert_eq!(runs(&environment, "production"), Some(image(1)));
    let status = document(&environment, &["status"], 0);
    assert_eq!(outcome(&status, 0), "ready");
}

#[test]
fn a_rollback_that_died_is_gone_on_with_by_the_next_one() {
    for when in ["slow-before", "slow-after"] {
        let environment = shop(ONE);
        for number in 1..=3 {
            environment.run(pushed(&environment, number)).success();
        }
        broken_off_at(&environment, when, &["rollback"], Signal::KILL);
        let status = document(&environment, &["status"], 0);
        assert_eq!(outcome(&status, 0), "unfinished");
        let previous =
            |document: &Value| document["environments"][0]["previous"][0]["image"].clone();
        assert_eq!(previous(&status), image(2));
        let next = document(&environment, &["rollback"], 0);
        assert_eq!(runs(&environment, "production"), Some(image(2)));
        assert_eq!(previous(&next), image(1));
    }
}

#[test]
fn a_deploy_after_a_rollback_that_died_leads_back_to_where_that_led() {
    for (when, resumed) in [("slow-before", "replaced"), ("slow-after", "finished")] {
        let environment = shop(ONE);
        for number in 1..=2 {
            environment.run(pushed(&environment, number)).success();
        }
        broken_off_at(&environment, when, &["rollback"], Signal::KILL);
        let flags = pushed(&environment, 3);
        let next = document(&environment, &flags.each_ref().map(String::as_str), 0);
        assert_eq!(next["environments"][0]["resumed"], resumed);
        assert_eq!(runs(&environment, "production"), Some(image(3)));
        environment.run(["rollback"]).success();
        assert_eq!(runs(&environment, "production"), Some(image(1)));
        environment
            .run(["rollback"])
            .ends_with(1)
            .says("there is nothing to go back to");
    }
}

#[test]
fn two_deploys_at_once_are_refused_and_the_first_is_named() {
    let environment = shop(ONE);
    environment.write("slow-before", "");
    let flags = pushed(&environment, 1);
    let running = environment.start(&flags.each_ref().map(String::as_str));
    until("the program has begun", || {
        environment.work().join("begun").exists()
    });
    environment
        .run(pushed(&environment, 2))
        .ends_with(1)
        .says(
            "deploys there at the moment\n  hint: wait until it is done, and look: coracle status",
        )
        .says("(process ");
    let status = document(&environment, &["status"], 0);
    assert!(status["environments"][0]["held_by"].is_string(), "{status}");
    running.signal(Signal::KILL);
    running.end();
    environment.kill_processes();
    std::fs::remove_file(environment.work().join("slow-before")).expect("a file of the test's");
    // The lock of a run that is gone is gone too.
    environment.run(pushed(&environment, 2)).success();
}

/// Deploys image 2, sends Ctrl-C once `moment` has come, and asserts that nothing is left behind.
#[track_caller]
fn interrupted(environment: &TestEnvironment, moment: impl FnMut() -> bool) {
    let flags = pushed(environment, 2);
    let running = environment.start(&flags.each_ref().map(String::as_str));
    until("the run is where it is to be interrupted", moment);
    running.signal(Signal::INT);
    running.end().ends_with(130);
    environment.assert_no_processes();
}

#[test]
fn ctrl_c_in_a_smoke_test_ends_its_program_and_the_next_run_finishes_the_deploy() {
    let smoke = "[deploy]\nsmoke = [{ command = [\"slow-test\"], timeout = \"10m\" }]\n";
    let environment = shop(&format!("{smoke}{ONE}"));
    environment.write_program(
        "slow-test",
        "if [ -e slow ]; then : > tried; /bin/sleep 600; fi",
    );
    environment.run(pushed(&environment, 1)).success();
    environment.write("slow", "");
    interrupted(&environment, || environment.work().join("tried").exists());
    let status = document(&environment, &["status"], 0);
    assert_eq!(outcome(&status, 0), "unfinished");
    std::fs::remove_file(environment.work().join("slow")).expect("a file of the test's");
    environment
        .run(pushed(&environment, 2))
        .success()
        .says("is finished");
    assert_eq!(runs(&environment, "production"), Some(image(2)));
    environment.run(["rollback"]).success();
    assert_eq!(runs(&environment, "production"), Some(image(1)));
}

/// Returns the address of somebody who takes connections, answers nothing, and notes that he was asked.
fn silent() -> (String, std::sync::mpsc::Receiver<()>) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let (sender, asked) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let mut kept = Vec::new();
        for stream in listener.incoming().flatten() {
            kept.push(stream);
            if sender.send(()).is_err() {
                return;
            }
        }
    });
    (format!("http://{address}/"), asked)
}

#[test]
fn ctrl_c_in_a_smoke_test_that_waits_for_an_answer_ends_the_run() {
    let environment = shop(ONE);
    environment.run(pushed(&environment, 1)).success();
    let (url, asked) = silent();
    let smoke = format!("[deploy]\nsmoke = [{{ url = \"{url}\", timeout = \"10m\" }}]\n{ONE}");
    environment.write("coracle.toml", smoke);
    interrupted(&environment, || asked.try_recv().is_ok());
    environment.write("coracle.toml", ONE);
    environment.run(pushed(&environment, 2)).success();
    assert_eq!(runs(&environment, "production"), Some(image(2)));
}

#[test]
fn ctrl_c_while_a_webhook_hangs_leaves_what_was_rolled_back_as_it_is() {
    let alert = "[deploy]\nalert = { webhook = \"env://HOOK\", timeout = \"10m\" }\n";
    let mut environment = shop(&format!("{alert}{ONE}"));
    environment.run(pushed(&environment, 1)).success();
    let (url, asked) = silent();
    environment.set("HOOK", url);
    environment.write("broken", "");
    interrupted(&environment, || asked.try_recv().is_ok());
    let status = document(&environment, &["status"], 0);
    assert_eq!(outcome(&status, 0), "ready");
    assert_eq!(runs(&environment, "production"), Some(image(1)));
    std::fs::remove_file(environment.work().join("broken")).expect("a file of the test's");
    environment.run(pushed(&environment, 2)).success();
    assert_eq!(runs(&environment, "production"), Some(image(2)));
}
