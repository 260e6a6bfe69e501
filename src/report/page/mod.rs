//! The history as one page: what is wanted, trends, images and programs, deploys, the phases of the last runs, what
//! programs consist of. It loads nothing and runs nothing; its plots are for eyes, and beside each is a table.

mod chart;
mod deploys;
mod html;
mod images;
mod programs;
mod series;
mod timeline;
mod treemap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use self::chart::{COLOURS, Chart};
use self::html::{Cell, Escaped, Table, details};
use self::images::ImagePast;
use self::series::{MOST_POINTS, Series};
use super::counted;
use super::numbers::{NumbersDocument, ReportedAdvice, ReportedVerdict, ended};
use crate::history::{Measure, Past, Run};
use crate::model::{ByteSize, Timestamp};

/// How it looks, on a small window and a large one, in the light and in the dark.
const STYLE: &str = include_str!("style.css");

/// So many lines are in one plot.
const MOST_LINES: usize = 6;

/// So many of the last runs have a row.
const MOST_RUNS: usize = 30;

/// What a page is made of.
pub struct PageFacts<'a> {
    /// Which wishes the runs fulfil.
    pub document: &'a NumbersDocument,
    /// The runs.
    pub past: &'a Past,
    /// When the page is made.
    pub now: Timestamp,
}

/// Returns the page, whole, in UTF-8.
pub fn history_page(facts: &PageFacts<'_>) -> String {
    let PageFacts {
        document,
        past,
        now,
    } = facts;
    let project = Escaped(&document.project);
    let images = images::images(&past.runs);
    let sections = [
        section("slo", "What is wanted", &slos(document)),
        section("trends", "What gets worse", &trends(document)),
        section("time", "Time of builds", &build_times(&past.runs, document)),
        section(
            "sizes",
            "Size of images",
            &sizes(&past.runs, &images, document),
        ),
        section("images", "Images", &images::table(&images)),
        section(
            "programs",
            "Programs of dist",
            &programs::programs(&past.runs),
        ),
        section("deploys", "Deploys", &deploys::deploys(&past.runs)),
        section(
            "phases",
            "Phases of the last runs",
            &timeline::timeline(&past.runs),
        ),
        section(
            "bytes",
            "What the bytes are",
            &treemap::treemaps(&past.runs),
        ),
        section("runs", "The last runs", &last_runs(&past.runs)),
    ];
    let links: String = sections
        .iter()
        .map(|section| section.link.as_str())
        .collect();
    let text: String = sections
        .iter()
        .map(|section| section.text.as_str())
        .collect();
    let told = told(document, now);
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; \
         style-src 'sha256-{}'; base-uri 'none'; form-action 'none'\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"><meta name=\"referrer\" content=\"no-referrer\">\
         <link rel=\"icon\" href=\"data:,\"><title>Builds of {project}</title><style>{STYLE}</style></head>\
         <body><header><h1>Builds of {project}</h1><p>{told}</p><nav aria-label=\"Sections\"><ul>{links}</ul></nav>\
         </header><main>{text}</main></body></html>\n",
        STANDARD.encode(Sha256::digest(STYLE))
    )
}

/// A part of the page, and the link to it; both empty where there is nothing in it.
struct Section {
    link: String,
    text: String,
}

fn section(id: &str, title: &str, content: &str) -> Section {
    if content.is_empty() {
        return Section {
            link: String::new(),
            text: String::new(),
        };
    }
    Section {
        link: format!("<li><a href=\"#{id}\">{title}</a></li>"),
        text: format!(
            "<section id=\"{id}\" aria-labelledby=\"{id}-title\"><h2 id=\"{id}-title\">{title}</h2>{content}</section>"
        ),
    }
}

fn told(document: &NumbersDocument, now: &Timestamp) -> String {
    let set_aside = &document.set_aside;
    let runs = match &document.since {
        Some(since) => {
            let runs = counted(document.runs, "run", "runs");
            format!("{runs} since {}", Escaped(since))
        }
        None => "No runs yet".to_owned(),
    };
    let aside = [
        (set_aside.damaged, "harmed"),
        (set_aside.newer, "of a later version"),
        (set_aside.misdated, "dated by a clock that was wrong"),
    ];
    let aside = aside.into_iter().filter(|(number, _)| *number > 0);
    let aside: Vec<String> = aside
        .map(|(number, what)| format!(" Records that are {what}: {number}."))
        .collect();
    format!("{runs}, as of {now}.{}", aside.concat())
}

fn slos(document: &NumbersDocument) -> String {
    let rows = document.slos.iter().map(|slo| {
        let word = slo.verdict.word();
        let class = match slo.verdict {
            ReportedVerdict::Kept => "ok",
            ReportedVerdict::Broken => "bad",
            ReportedVerdict::Unknown => "none",
        };
        vec![
            Cell::text(&slo.title),
            Cell::number(slo.limit_text()),
            Cell::number(slo.value_text()),
            Cell::Markup(format!("<strong class=\"{class}\">{word}</strong>")),
            Cell::text(&slo.of),
            Cell::text(&slo.consequence),
        ]
    });
    let table = Table {
        caption: "What is wanted, and what the runs have",
        heads: &["wish", "limit", "now", "status", "of", "where it is broken"],
        rows: rows.collect(),
    };
    let broken = document.slos.iter().filter(|slo| !slo.advice.is_empty());
    let advice =
        broken.map(|slo| format!("<h3>{}</h3>{}", Escaped(&slo.title), advice(&slo.advice)));
    format!("{table}{}", advice.collect::<String>())
}

fn trends(document: &NumbersDocument) -> String {
    let trends = document.trends.iter();
    let trends = trends.map(|trend| {
        format!(
            "<h3>{}</h3>{}",
            Escaped(trend.text()),
            advice(&trend.advice)
        )
    });
    trends.collect()
}

fn advice(advice: &[ReportedAdvice]) -> String {
    let items = advice.iter().map(|advice| {
        format!(
            "<li>{}<br><em>{}</em></li>",
            Escaped(&advice.what),
            Escaped(&advice.hint)
        )
    });
    format!("<ul>{}</ul>", items.collect::<String>())
}

fn build_times(runs: &[Run], document: &NumbersDocument) -> String {
    let built: Vec<&Run> = runs.iter().filter(|run| run.is_build()).collect();
    let times: Vec<Measure> = built
        .iter()
        .map(|run| Measure::Seconds(run.seconds))
        .collect();
    let line = Series::of("time of a build", &times, MOST_POINTS);
    let lines: Vec<Series> = line.into_iter().collect();
    let chart = Chart {
        title: "Time of builds",
        lines: &lines,
        days: days(&built),
        limit: limit(document, "build_time").map(Measure::Seconds),
        measure: Measure::Seconds,
    };
    chart.draw()
}

fn sizes(runs: &[Run], images: &[ImagePast<'_>], document: &NumbersDocument) -> String {
    let with_images: Vec<&Run> = runs.iter().filter(|run| !run.images.is_empty()).collect();
    let lines = images.iter().take(MOST_LINES);
    let lines = lines.filter_map(|image| Series::of(image.name, &image.sizes, MOST_POINTS));
    let lines: Vec<Series> = lines.collect();
    if lines.is_empty() {
        return String::new();
    }
    let legend = lines.iter().enumerate().map(|(number, line)| {
        let colour = number % COLOURS;
        format!("<li class=\"k{colour}\">{}</li>", Escaped(&line.name))
    });
    let rows = lines.iter().map(|line| {
        let (first, last) = line.ends;
        vec![
            Cell::text(&line.name),
            Cell::number(first),
            Cell::number(last),
        ]
    });
    let table = Table {
        caption: "The largest images",
        heads: &["image", "first", "last"],
        rows: rows.collect(),
    };
    let chart = Chart {
        title: "Size of the largest images",
        lines: &lines,
        days: days(&with_images),
        limit: limit(document, "image_size").map(bytes),
        measure: bytes,
    };
    format!(
        "<ul class=\"legend\">{}</ul>{}{}",
        legend.collect::<String>(),
        chart.draw(),
        details("The numbers", table)
    )
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a size that was one before it became a place in a plot"
)]
fn bytes(number: f64) -> Measure {
    Measure::Bytes(number.max(0.0) as u64)
}

fn limit(document: &NumbersDocument, key: &str) -> Option<f64> {
    let slo = document.slos.iter().find(|slo| slo.key == key)?;
    Some(slo.limit)
}

fn days(runs: &[&Run]) -> (String, String) {
    let day = |run: Option<&&Run>| {
        let time = run.map(|run| run.time.to_string()).unwrap_or_default();
        time.get(..10).unwrap_or_default().to_owned()
    };
    (day(runs.first()), day(runs.last()))
}

fn last_runs(runs: &[Run]) -> String {
    if runs.is_empty() {
        return String::new();
    }
    let rows = runs.iter().rev().take(MOST_RUNS).map(|run| {
        let layers = run.layers.as_ref();
        let number = |count: Option<u64>| count.map_or_else(|| "-".to_owned(), |it| it.to_string());
        vec![
            Cell::Line(run.time.to_string()),
            Cell::text(&run.verb),
            Cell::number(Measure::Seconds(run.seconds)),
            Cell::number(run.images.len()),
            Cell::number(number(layers.map(|it| it.made.len() as u64))),
            Cell::number(number(layers.map(|it| it.kept))),
            Cell::number(run.traffic.requests),
            Cell::number(ByteSize(run.traffic.sent_bytes)),
            Cell::Line(ended(run)),
        ]
    });
    let table = Table {
        caption: "The last runs, the latest first",
        heads: &[
            "run",
            "verb",
            "took",
            "images",
            "layers made",
            "kept",
            "requests",
            "sent",
            "exit",
        ],
        rows: rows.collect(),
    };
    table.to_string()
}
