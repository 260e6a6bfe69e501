//! The page of a history in a real browser, on a wide window and on one of a phone, in the light and in the dark.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};

use crate::support::{TestEnvironment, history, programs};

/// Serves one page, and notes what it is asked for.
struct PageServer {
    address: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl PageServer {
    fn start(page: Vec<u8>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&asked);
        std::thread::spawn(move || {
            let page: Arc<[u8]> = page.into();
            for stream in listener.incoming().flatten() {
                let (page, noted) = (Arc::clone(&page), Arc::clone(&noted));
                // Nobody waits for a connection that is never used.
                std::thread::spawn(move || answer(stream, &page, &noted));
            }
        });
        Self { address, asked }
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("the list").clone()
    }
}

fn answer(mut stream: TcpStream, page: &[u8], asked: &Mutex<Vec<String>>) {
    let mut reader = BufReader::new(stream.try_clone().expect("a copy"));
    let mut line = String::new();
    // A browser opens connections that it never uses.
    if reader.read_line(&mut line).unwrap_or(0) == 0 {
        return;
    }
    let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
    // No window of a browser is as narrow as a phone; a frame is.
    let frame = b"<link rel=icon href='data:,'><body style='margin:0'><iframe src=/page width=375 height=2600 style='border:0'></iframe>";
    let page = if path == "/phone" { frame } else { page };
    asked.lock().expect("the list").push(path);
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        page.len()
    );
    let _ = stream
        .write_all(head.as_bytes())
        .and_then(|()| stream.write_all(page));
}

/// How the page is looked at.
struct View {
    name: &'static str,
    path: &'static str,
    width: u32,
    height: u32,
    /// Further flags of the browser.
    flags: &'static [&'static str],
}

const DARK: &[&str] = &["--blink-settings=preferredColorScheme=0"];
const LIGHT: &[&str] = &["--blink-settings=preferredColorScheme=1"];

const VIEWS: [View; 4] = [
    View {
        name: "wide-light",
        path: "/page",
        width: 1280,
        height: 2600,
        flags: LIGHT,
    },
    View {
        name: "wide-dark",
        path: "/page",
        width: 1280,
        height: 2600,
        flags: DARK,
    },
    View {
        name: "phone-light",
        path: "/phone",
        width: 500,
        height: 2600,
        flags: LIGHT,
    },
    View {
        name: "phone-dark",
        path: "/phone",
        width: 500,
        height: 2600,
        flags: DARK,
    },
];

/// Returns the page that coracle makes of a busy history.
fn page(environment: &TestEnvironment) -> Vec<u8> {
    let runs = [history::busy(1_000, 50), history::releases(30)].concat();
    history::put(environment, &runs);
    environment
        .run(["report", "--html", "report.html"])
        .success();
    environment.read("report.html")
}

/// Runs the browser, and returns what it says.
fn browse(environment: &TestEnvironment, flags: &[String], url: &str) -> std::process::Output {
    let profile = environment.root().join("profile");
    let output = Command::new(programs::find("chromium"))
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
            "--no-first-run",
        ])
        .args([
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ])
        .args([
            "--enable-logging=stderr",
            "--log-level=0",
            "--virtual-time-budget=2000",
        ])
        .arg(format!("--user-data-dir={}", profile.display()))
        .args(flags)
        .arg(url)
        .output()
        .expect("chromium, which Debian's package chromium brings");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    output
}

/// Returns the width, the height and the bytes of a PNG.
fn png(path: &Path) -> (u32, u32, u64) {
    let mut head = [0; 24];
    let mut file = std::fs::File::open(path).expect("a screenshot");
    file.read_exact(&mut head).expect("the head of a PNG");
    let number =
        |at: usize| u32::from_be_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
    let size = file.metadata().expect("its size").len();
    (number(16), number(20), size)
}

/// Screenshots stay where they can be looked at.
fn screenshot(view: &View) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("history-page");
    std::fs::create_dir_all(&folder).expect("a folder for screenshots");
    folder.join(format!("{}.png", view.name))
}

#[test]
fn the_page_is_drawn_wide_and_narrow_light_and_dark_and_asks_for_nothing_more() {
    let environment = TestEnvironment::without_go().with_hello();
    let server = PageServer::start(page(&environment));
    for view in &VIEWS {
        let url = format!("http://{}{}", server.address, view.path);
        let file = screenshot(view);
        let mut flags = vec![
            format!("--screenshot={}", file.display()),
            format!("--window-size={},{}", view.width, view.height),
        ];
        flags.extend(view.flags.iter().map(ToString::to_string));
        let output = browse(&environment, &flags, &url);
        let said = String::from_utf8_lossy(&output.stderr);
        for complaint in ["Refused to", "Content Security Policy", "Uncaught"] {
            assert!(!said.contains(complaint), "{said}");
        }
        let (width, height, bytes) = png(&file);
        assert_eq!((width, height), (view.width, view.height), "{}", view.name);
        assert!(bytes > 50_000, "{} shows nothing: {bytes} bytes", view.name);
    }
    let asked = server.asked();
    let expected = ["/page", "/page", "/phone", "/page", "/phone", "/page"];
    assert_eq!(asked, expected);
    let [light, dark, ..] = [0, 1].map(|at| std::fs::read(screenshot(&VIEWS[at])).expect("it"));
    assert!(light != dark, "dark is as light");
}

#[test]
fn a_browser_finds_each_plot_with_its_name_and_each_table_with_its_caption() {
    let environment = TestEnvironment::without_go().with_hello();
    page(&environment);
    let url = format!(
        "file://{}",
        environment.work().join("report.html").display()
    );
    let output = browse(&environment, &["--dump-dom".to_owned()], &url);
    let dom = String::from_utf8_lossy(&output.stdout);
    assert_eq!(
        dom.matches("<section id=").count(),
        9,
        "the page is not whole"
    );
    assert_eq!(
        dom.matches("<svg ").count(),
        dom.matches("role=\"img\" aria-label=").count()
    );
    assert_eq!(
        dom.matches("<table>").count(),
        dom.matches("<caption>").count()
    );
    // Where a table is wider than the window, it can be moved by keyboard.
    assert_eq!(
        dom.matches("<table>").count(),
        dom.matches("role=\"region\" tabindex=\"0\"").count()
    );
}
