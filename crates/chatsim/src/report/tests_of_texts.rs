//! Reports that are XML hold any text, and show what XML forbids.

use std::cell::RefCell;
use std::fs;
use std::io;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use roxmltree::Document;

use super::words::xml;
use super::{Html, Junit, Pictures, Reporter, Setting};
use crate::runner::scripted::{client, scenario};
use crate::runner::{
    Case, Event, Failure, Location, Reached, Recording, ScenarioRun, StepRecord, Summary, Verdict,
    What,
};
use crate::scenario::Action;
use crate::stage::{Line, Screen, ScreenEntry, Shown};
use machine::Timestamp;

/// The number of documents that hold all characters together.
const DOCUMENTS: usize = 16;

fn setting() -> Setting {
    Setting {
        stage: "simulated".into(),
        command: "chatsim run".into(),
        accept: None,
        started_at: Timestamp::default(),
        folder: "/".into(),
    }
}

/// A scenario whose title and whose only step, a note, are this text.
fn case(text: &str) -> Case {
    let mut scenario = scenario(vec![Action::Note(text.to_owned())]);
    scenario.title = Some(text.to_owned());
    Case { scenario, location: Location { name: "any".into(), snapshot: "/any.snap".into() } }
}

/// The record of its run, in which a client shows the text.
fn recording(case: &Case, text: &str) -> Recording {
    let at = Timestamp::default();
    let mut screen = Screen::new();
    let line = Line::new("".into(), text.to_owned());
    screen.push(ScreenEntry { at, shown: Shown::Line(line.into()) });
    let steps = case.scenario.steps.iter().map(|step| StepRecord {
        place: step.place,
        before: Reached::default(),
        began: at,
        ended: at,
    });
    Recording {
        steps: steps.collect(),
        screens: [(client("c1"), screen)].into(),
        ..Recording::default()
    }
}

/// Reports a scenario with this text in all its parts, which fails because of it.
fn report(text: &str, reporter: &mut dyn Reporter) {
    let case = case(text);
    let run = ScenarioRun { case: &case, seed: 0 };
    let what = What::StepRefused { reason: text.to_owned() };
    let verdict = Verdict::Failed(Box::new(Failure { place: None, what }));
    let recording = recording(&case, text);
    let summary = Summary { failed: 1, ..Summary::default() };
    let events = [
        Event::RunStarted { runs: &[run] },
        Event::ScenarioStarted { run },
        Event::Noted { text },
        Event::ScenarioFinished {
            run,
            verdict: &verdict,
            recording: &recording,
            took: Duration::ZERO,
        },
        Event::RunFinished { summary: &summary },
    ];
    for event in events {
        reporter.handle(event).unwrap();
    }
}

#[derive(Clone, Default)]
struct Written(Rc<RefCell<Vec<u8>>>);

impl io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Returns the texts and attributes of a document, which must be well-formed.
#[track_caller]
fn texts(document: &str) -> Vec<String> {
    let document = Document::parse(document).unwrap_or_else(|error| panic!("{error}"));
    let attributes = document.descendants().flat_map(|node| node.attributes());
    let attributes = attributes.map(|attribute| attribute.value().to_owned());
    let texts = document.descendants().filter(roxmltree::Node::is_text);
    let texts = texts.filter_map(|node| node.text().map(str::to_owned));
    attributes.chain(texts).collect()
}

/// Asserts that at least `count` texts or attributes of a document have this text.
#[track_caller]
fn assert_has(document: &str, text: &str, count: usize) {
    // An attribute has blanks instead of line breaks.
    let (text, in_attribute) = (xml(text), xml(text).replace('\n', " "));
    let has_it = |found: &&String| found.contains(&*text) || found.contains(&in_attribute);
    let found = texts(document).iter().filter(has_it).count();
    assert!(found >= count, "{found} times, not {count}: {}", cut(&text));
}

fn cut(text: &str) -> String {
    text.chars().take(80).collect()
}

/// Returns the body of a page up to its script, which is not XML.
fn body(page: &str) -> String {
    let (_, rest) = page.split_once("<body").unwrap();
    let (body, _) = rest.split_once("<script>").unwrap();
    format!("<body{body}</body>")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

#[test]
fn every_character_is_in_reports_that_are_xml() {
    let all: Vec<char> = ('\0'..=char::MAX).collect();
    for part in all.chunks(all.len().div_ceil(DOCUMENTS)) {
        let text: String = part.iter().collect();
        let folder = tempfile::tempdir().unwrap();

        let junit = Written::default();
        report(&text, &mut Junit::new(junit.clone(), setting()));
        let junit = String::from_utf8(junit.0.take()).unwrap();
        assert_has(&junit, &text, 1);

        report(&text, &mut Pictures::svg(folder.path().to_owned()));
        let step = format!("line 1\n{text}");
        assert_has(&read(&folder.path().join("any.svg")), &step, 1);

        report(&text, &mut Html::new(folder.path().to_owned(), setting()));
        let page = read(&folder.path().join("scenarios/any.html"));
        // The title, the step in the list and in the diagram, and the screen.
        assert_has(&body(&page), &text, 4);
        assert_has(&body(&read(&folder.path().join("index.html"))), &text, 2);
    }
}

#[test]
fn what_xml_forbids_is_shown_once_escaped() {
    let junit = Written::default();
    report("red \u{1b}[31m\u{fffe} & <\t>", &mut Junit::new(junit.clone(), setting()));
    let junit = String::from_utf8(junit.0.take()).unwrap();
    let message = r#"message="red \u{1b}[31m\u{fffe} &amp; &lt;\t&gt;""#;
    assert!(junit.contains(message), "{junit}");
}
