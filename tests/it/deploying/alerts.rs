//! Who is told of a deploy that failed.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};

use serde_json::Value;

use super::{ONE, image, pushed, shop};

const ALERT: &str = "[deploy]\nalert = { webhook = \"env://HOOK\", timeout = \"10s\" }\n";

/// Takes posts and answers with a status.
fn webhook(status: u16) -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!(
        "http://{}/hook/T0KEN",
        listener.local_addr().expect("an address")
    );
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(stream) = stream else { return };
            let mut reader = BufReader::new(stream);
            let (mut line, mut length) = (String::new(), 0);
            while reader.read_line(&mut line).is_ok_and(|read| read > 2) {
                if let Some((_, value)) = line.to_lowercase().split_once("content-length:") {
                    length = value.trim().parse().expect("a length");
                }
                line.clear();
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).expect("a body");
            sender
                .send(String::from_utf8_lossy(&body).into_owned())
                .expect("a test that listens");
            let mut stream = reader.into_inner();
            let _ = write!(
                stream,
                "HTTP/1.1 {status} X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            );
        }
    });
    (url, receiver)
}

#[test]
fn a_webhook_is_told_what_failed_and_what_runs() {
    let mut environment = shop(&format!("{ALERT}{ONE}"));
    let (url, posts) = webhook(200);
    environment.set("HOOK", &url);
    environment.run(pushed(&environment, 1)).success();
    assert!(posts.try_recv().is_err(), "a deploy that works is no alert");
    environment.write("broken", "");
    environment.run(pushed(&environment, 2)).ends_with(1);
    let post: Value = serde_json::from_str(&posts.recv().expect("a post")).expect("JSON");
    let text = post["text"].as_str().expect("a text");
    assert_eq!(
        text,
        format!(
            "coracle: deploy of example.com/hello to production failed: deploy-it failed: exit status: 3: no room\n\
             rolled back: production runs {} again",
            image(1)
        )
    );
}

#[test]
fn a_webhook_that_fails_or_is_not_set_is_a_warning_without_its_address() {
    let mut environment = shop(&format!("{ALERT}{ONE}"));
    environment.write("broken", "");
    environment
        .run(pushed(&environment, 1))
        .ends_with(1)
        .says("warning: [deploy] nobody was told of it: HOOK is not set");
    let (url, _posts) = webhook(500);
    environment.set("HOOK", &url);
    let output = environment.run(pushed(&environment, 1)).ends_with(1);
    assert!(!output.stderr.contains("T0KEN"), "{output}");
    output.says("the webhook answered 500");
}

#[test]
fn a_webhook_that_hangs_holds_nothing_up() {
    let short = ALERT.replace("10s", "1s");
    let mut environment = shop(&format!("{short}{ONE}"));
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    environment.set(
        "HOOK",
        format!(
            "http://{}/T0KEN",
            listener.local_addr().expect("an address")
        ),
    );
    environment.write("broken", "");
    let output = environment.run(pushed(&environment, 1)).ends_with(1);
    assert!(!output.stderr.contains("T0KEN"), "{output}");
    output.says("warning: [deploy] nobody was told of it:");
}

#[test]
fn a_program_is_told_on_stdin_and_programs_do_not_know_the_webhook() {
    let config = format!(
        "[deploy]\nalert = {{ command = [\"page\"], webhook = \"env://HOOK\", timeout = \"10s\" }}\n{ONE}"
    );
    let mut environment = shop(&config);
    environment.set("HOOK", "no address");
    environment.write_program("page", "/bin/cat > paged; echo \"$HOOK\" > hook");
    environment.write("broken", "");
    environment
        .run(pushed(&environment, 1))
        .ends_with(1)
        .says("HOOK holds no address");
    let paged = String::from_utf8(environment.read("paged")).expect("text");
    assert!(
        paged.starts_with("coracle: deploy of example.com/hello to production failed"),
        "{paged}"
    );
    assert_eq!(environment.read("hook"), b"\n");
}
