//! The page that `report --html` makes of a history.

use serde_json::{Value, json};

use crate::support::TestEnvironment;
use crate::support::history::{self, put};

fn hello() -> TestEnvironment {
    TestEnvironment::without_go().with_hello()
}

/// Returns the page that `report` makes of these records.
fn page_of(environment: &TestEnvironment, records: &[Value]) -> String {
    put(environment, records);
    environment
        .run(["report", "--html", "report.html"])
        .success();
    String::from_utf8(environment.read("report.html")).expect("text")
}

/// Returns the rows of the table with this caption, their cells with a bar between them and without plots.
fn rows(page: &str, caption: &str) -> Vec<String> {
    let caption = format!("<caption>{caption}</caption>");
    let (_, table) = page.split_once(&caption).expect("the table");
    let (table, _) = table.split_once("</table>").expect("its end");
    let tag = regex::Regex::new("<svg.*?</svg>|<[^>]*>").expect("a pattern");
    let row = |text: &str| {
        let cells = text.replace("</th>", "|").replace("</td>", "|");
        tag.replace_all(&cells, "").into_owned()
    };
    table.split("<tr>").skip(2).map(row).collect()
}

#[test]
fn the_page_tells_of_the_deploys_of_each_environment() {
    let environment = hello();
    let mut back = history::push(0, 3.0);
    back["verb"] = json!("rollback");
    back["deploys"] = json!([{
        "environment": "staging", "how": "kubernetes", "outcome": "rolled-back", "seconds": 3.0,
        "runs": [format!("registry.example.com/team/hello@sha256:{}", "a".repeat(64))],
    }]);
    let page = page_of(&environment, &[history::releases(3), vec![back]].concat());
    let now = rows(
        &page,
        "Environments: what came of the last deploy or rollback of each",
    );
    let time = regex::Regex::new(r"\d{4}-\d\d-\d\dT[0-9:]+Z").expect("a pattern");
    let told = |rows: &[String]| time.replace_all(&rows.join("\n"), "TIME").into_owned();
    insta::assert_snapshot!(told(&now), @"
    staging|rolled back|TIME|rollback|3.0s||4|hello@aaaaaaaaaaaa|
    production|rolled back|TIME|deploy|19.0s||3|hello@111111111111|
    ");
    let last = rows(&page, "The last deploys and rollbacks, the latest first");
    assert_eq!(last.len(), 7);
    insta::assert_snapshot!(told(&last[..4]), @"
    TIME|staging|rolled back|rollback|3.0s||-|
    TIME|production|rolled back|deploy|19.0s|prepare 0.4s, apply 1.5s, rollout 14.0s|hello@222222222222|
    TIME|staging|deployed|deploy|19.0s|prepare 0.4s, apply 1.5s, rollout 14.0s|hello@222222222222|
    TIME|production|deployed|deploy|18.5s|prepare 0.4s, apply 1.5s, rollout 14.0s|hello@111111111111|
    ");
    for outcome in [
        "<strong class=\"ok\">rolled back</strong></td><td class=\"l\">TIME</td><td>rollback<",
        "<strong class=\"bad\">rolled back</strong></td><td class=\"l\">TIME</td><td>deploy<",
    ] {
        assert!(
            time.replace_all(&page, "TIME").contains(outcome),
            "{outcome}"
        );
    }
    // Of no deploys there is no word.
    let page = page_of(&environment, &history::busy(3, 1));
    assert!(!page.contains("id=\"deploys\""), "{page}");
}

#[test]
fn the_page_tells_the_size_of_each_program_of_dist_and_how_it_grew() {
    let environment = hello();
    let mut runs = history::releases(3);
    runs[4]["programs"][1]["size_bytes"] = json!(10 << 20);
    let page = page_of(&environment, &runs);
    let programs = rows(
        &page,
        "Programs of dist, as they were made last; the change is since the first run",
    );
    insta::assert_snapshot!(programs.join("\n"), @"
    example.com/hello/cmd/hello|windows/amd64|10.0 MB|+25.0%||
    example.com/hello/cmd/hello|linux/amd64|8.0 MB|+0.5%||
    ");
    // Those of images are told of with these.
    let page = page_of(&environment, &history::busy(3, 1));
    assert!(!page.contains("id=\"programs\""), "{page}");
}

#[test]
fn the_page_has_every_plot_as_a_table_too_and_loads_nothing() {
    let environment = hello();
    let page = page_of(
        &environment,
        &[history::busy(30, 8), history::releases(3)].concat(),
    );
    for id in [
        "slo", "time", "sizes", "images", "programs", "deploys", "phases", "bytes", "runs",
    ] {
        assert!(page.contains(&format!("<section id=\"{id}\"")), "{id}");
        assert!(page.contains(&format!("<a href=\"#{id}\">")), "{id}");
    }
    assert_eq!(
        page.matches("<svg ").count(),
        page.matches(" role=\"img\" aria-label=\"").count()
    );
    assert_eq!(
        page.matches("<table>").count(),
        page.matches("<caption>").count()
    );
    for loaded in [
        "<script", "http://", "https://", "@import", "url(", " src=", " style=",
    ] {
        assert!(!page.contains(loaded), "{loaded}");
    }
    let policy = "content=\"default-src 'none'; img-src data:; style-src 'sha256-";
    assert!(page.contains(policy), "{page}");
}

#[test]
fn nothing_of_a_history_is_markup_on_the_page() {
    let environment = hello();
    let evil = "</title></svg><script>alert(1)</script><img src=x onerror=y>\" onload=\"z";
    let mut runs = history::busy(10, 2);
    for run in &mut runs {
        run["verb"] = json!(evil);
        run["failed_in"] = json!(evil);
        run["images"][0]["name"] = json!(evil);
        run["phases"][0]["phase"] = json!(evil);
        run["programs"][0]["package"] = json!(evil);
        run["programs"][0]["parts"][0]["module"] = json!(evil);
        run["programs"][0]["parts"][1]["package"] = json!(evil);
        run["modules"] = json!({
            "downloaded": 0, "downloaded_bytes": 0,
            "failures": [{ "host": evil, "cause": evil, "count": 9 }],
        });
    }
    let pushed = runs.iter_mut().skip(3);
    pushed.for_each(|run| run["verb"] = json!("push"));
    let [mut dist, mut deploy] = history::releases(1).try_into().expect("two runs");
    dist["programs"][0]["package"] = json!(evil);
    dist["programs"][1]["platform"] = json!(evil);
    deploy["verb"] = json!(evil);
    deploy["deploys"][0]["environment"] = json!(evil);
    deploy["deploys"][0]["images"] = json!([evil]);
    deploy["deploys"][1]["runs"] = json!([evil]);
    deploy["deploys"][1]["phases"][0]["phase"] = json!(evil);
    runs.extend([dist, deploy]);
    let page = page_of(&environment, &runs);
    assert!(page.contains("&lt;script&gt;"), "{page}");
    for markup in ["<script", "<img", "</svg><s", "\" onload"] {
        assert!(!page.contains(markup), "{markup}");
    }
}

#[test]
fn a_page_of_a_thousand_runs_of_fifty_images_is_small() {
    let environment = hello();
    let runs = [history::busy(1_000, 50), history::releases(30)].concat();
    let size = page_of(&environment, &runs).len();
    assert!(size <= 500_000, "{size}");
}

#[test]
fn a_page_that_cannot_be_written_leaves_what_was_there() {
    let environment = hello();
    environment.write("report.html", "old");
    environment
        .run(["report", "--html", "none/report.html"])
        .ends_with(73)
        .says("make the folder first: mkdir -p none");
    environment.run(["report", "--html", "."]).ends_with(73);
    assert_eq!(environment.read("report.html"), b"old");
    assert!(page_of(&environment, &[]).starts_with("<!DOCTYPE html>"));
}
