//! A client with a long history: the time of a search, in a process of its own.

use std::path::Path;
use std::process::Command;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use chatapp::protocol::{Audience, ClientName, GroupName, Text, Timestamp};
use chatapp::records::{ClientRecord, Entry, Found, Query, State};
use chatapp::storage::Owner;
use chatapp::storage::disk::{DiskStore, Filler};
use driver::Store as _;

use crate::restart::{megabytes, peak_kibibytes};
use crate::{median, tell};

/// The environment variable with the folder for the process.
const FOLDER: &str = "HISTORY_FOLDER";

const MESSAGES: u64 = 1_000_000;

/// The number of queries of each kind; the median counts.
const QUESTIONS: usize = 15;

/// The words of the texts, ten in each.
const WORDS: &[&str] = &[
    "the", "meeting", "is", "at", "noon", "Could", "you", "send", "me", "report", "from", "last",
    "week", "I", "will", "be", "late", "today", "train", "again", "see", "there", "coffee",
    "after", "that", "Thanks", "build", "failed", "on", "main", "who", "knows", "why",
];

/// The kinds of queries: their names, and their terms.
fn questions() -> [(&'static str, Query); 5] {
    let query = |with: Option<&str>, words: Option<&str>| Query {
        with: with.map(Into::into),
        words: words.map(Into::into),
        count: 20,
    };
    [
        ("a common word", query(None, Some("COFFEE"))),
        ("the oldest message", query(None, Some("needle in the"))),
        ("a word that is nowhere", query(None, Some("haystack"))),
        ("the last messages", query(None, None)),
        ("somebody of long ago", query(Some("longago"), None)),
    ]
}

/// Runs the queries that the environment asks for, and prints how long they took.
pub(crate) fn play_if_asked() -> bool {
    let Ok(folder) = env::var(FOLDER) else { return false };
    let started_at = Instant::now();
    let mut store = DiskStore::open(Path::new(&folder), Owner::Client(name("c1"))).unwrap();
    store.load(&mut |_, _| Ok(())).unwrap();
    let mut told = vec![started_at.elapsed().as_micros().to_string()];
    for (_, query) in questions() {
        let times = (0..QUESTIONS).map(|_| {
            let started_at = Instant::now();
            drop(recall(&mut store, &query));
            started_at.elapsed()
        });
        told.push(median(times.collect()).as_micros().to_string());
    }
    told.push(peak_kibibytes().to_string());
    println!("{}", told.join(" "));
    true
}

fn recall(store: &mut DiskStore, query: &Query) -> Found {
    store.ask(query.encode());
    loop {
        match store.poll_answer(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(answer) => return Found::decode(&answer.unwrap()),
            Poll::Pending => thread::sleep(Duration::from_micros(20)),
        }
    }
}

/// Searches a million messages.
pub(crate) fn measure() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("client");
    fill(&data);
    let len = |name: &str| fs::metadata(data.join(name)).unwrap().len() / 1_000_000;
    let mut command = Command::new(env::current_exe().unwrap());
    let output = command.env(FOLDER, &data).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    let numbers: Vec<u64> = text.split_whitespace().map(|it| it.parse().unwrap()).collect();
    let [opened, times @ .., kibibytes] = numbers.as_slice() else { panic!("{text}") };
    let raw = scan(&data.join("history.redb"));
    println!(
        "  history: {} MB on the disk, opened in {opened} us, bare reading {raw} us",
        len("history.redb")
    );
    for ((kind, _), micros) in questions().iter().zip(times) {
        println!("  history: {micros:>7} us for {kind}");
    }
    let worst = times.iter().max().copied().unwrap_or_default();
    let reached = format!("{:.1} ms", Duration::from_micros(worst).as_secs_f64() * 1e3);
    tell("history", &reached, "100 ms", worst <= 100_000);
    let ratio =
        Duration::from_micros(worst).as_secs_f64() / Duration::from_micros(raw).as_secs_f64();
    println!("  history: the slowest takes {ratio:.1} times as long as bare reading");
    let reached = megabytes(*kibibytes);
    tell("history, memory", &format!("{reached} MB"), "100 MB", reached <= 100);
}

/// Reads a file from its beginning to its end, and returns how many microseconds that takes.
fn scan(path: &Path) -> u64 {
    let mut times = Vec::new();
    for _ in 0..5 {
        let started_at = Instant::now();
        let mut bytes = vec![0; 64 * 1024];
        let mut file = fs::File::open(path).unwrap();
        while std::io::Read::read(&mut file, &mut bytes).unwrap() > 0 {}
        times.push(started_at.elapsed());
    }
    u64::try_from(median(times).as_micros()).unwrap()
}

fn name(text: &str) -> ClientName {
    ClientName::new(text).unwrap()
}

fn fill(data: &Path) {
    let mut filler = Filler::start(data, Owner::Client(name("c1"))).unwrap();
    for number in 0..MESSAGES {
        let words = (0..10).map(|at| {
            let seed = (number * 10 + at).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 33;
            WORDS[usize::try_from(seed).unwrap() % WORDS.len()]
        });
        let mut body = words.collect::<Vec<_>>().join(" ");
        let person = if number == 0 { "longago".into() } else { format!("friend{}", number % 40) };
        if number == 0 {
            body.push_str(", a Needle in the hay");
        }
        let with = match number % 3 {
            1 => Audience::Group(GroupName::new(&format!("group{}", number % 10)).unwrap()),
            _ => Audience::Person(name(&person)),
        };
        let at = Timestamp::from_micros(1_700_000_000_000_000 + number);
        let text = Text { number: at.as_micros(), at, body };
        let entry =
            Entry { number: text.number, with, from: name(&person), text, state: State::Arrived };
        filler.put(&ClientRecord::Said(entry).into()).unwrap();
    }
    filler.finish().unwrap();
}
