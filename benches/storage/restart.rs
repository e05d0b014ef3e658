//! The start of a server with a large folder, in a process of its own.

use std::path::Path;
use std::process::Command;
use std::time::Instant;
use std::{env, fs};

use chatapp::protocol::{Address, ClientName, KeptText, Text, Timestamp};
use chatapp::records::ServerRecord;
use chatapp::server::Server;
use chatapp::storage::Owner;
use chatapp::storage::disk::{DiskStore, Filler};
use driver::Store as _;

use crate::tell;

/// The environment variable with the folder for the process.
const FOLDER: &str = "STORAGE_FOLDER";

const NAMES: u64 = 100_000;
const MESSAGES: u64 = 1_000_000;
const TEXT_LEN: usize = 64;

/// Starts a server if the environment asks for it, and prints how long that took.
pub(crate) fn play_if_asked() -> bool {
    let Ok(folder) = env::var(FOLDER) else { return false };
    let started_at = Instant::now();
    let now = Timestamp::from_micros(1_800_000_000_000_000);
    let mut server = Server::new(1, now);
    let mut store = DiskStore::open(Path::new(&folder), Owner::Server).unwrap();
    store
        .load(&mut |_, record| {
            server.restore(&ServerRecord::decode(record).unwrap());
            Ok(())
        })
        .unwrap();
    server.start(now);
    println!("{} {}", started_at.elapsed().as_millis(), peak_kibibytes());
    assert_eq!(server.holdings().mailboxes.len() as u64, MESSAGES);
    // As after a crash.
    std::mem::forget(store);
    true
}

/// Starts a server with a million messages.
pub(crate) fn measure() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("server");
    fill(&data);
    let bytes = fs::metadata(data.join("records.redb")).unwrap().len();
    let mut best = (u64::MAX, u64::MAX);
    for _ in 0..3 {
        let mut command = Command::new(env::current_exe().unwrap());
        let output = command.env(FOLDER, &data).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        let text = String::from_utf8(output.stdout).unwrap();
        let (millis, kibibytes) = text.trim().split_once(' ').unwrap();
        let (millis, kibibytes) = (millis.parse().unwrap(), kibibytes.parse().unwrap());
        println!("  restart: {millis} ms, {} MB", megabytes(kibibytes));
        best = (best.0.min(millis), best.1.min(kibibytes));
    }
    println!("  restart: {} MB on the disk", bytes / 1_000_000);
    tell("restart", &format!("{} ms", best.0), "2000 ms", best.0 <= 2_000);
    let reached = megabytes(best.1);
    tell("restart, memory", &format!("{reached} MB"), "300 MB", reached <= 300);
}

pub(crate) const fn megabytes(kibibytes: u64) -> u64 {
    kibibytes * 1024 / 1_000_000
}

fn fill(data: &Path) {
    let mut filler = Filler::start(data, Owner::Server).unwrap();
    let name = |number: u64| ClientName::new(&format!("client{number}")).unwrap();
    let address = Address::new("127.0.0.1:2475".parse().unwrap());
    for number in 0..NAMES {
        filler.put(&ServerRecord::Client { name: name(number), address }.into()).unwrap();
    }
    for number in 0..MESSAGES {
        // Ten senders write ten messages to each of a hundred thousand receivers.
        let (to, from) = (number / 10, number % 10 * 1_000 + number / 10 % 1_000);
        let at = Timestamp::from_micros(1_700_000_000_000_000 + number);
        let text = Text { number, at, body: "x".repeat(TEXT_LEN) };
        let text = KeptText { from: name(from), group: None, text };
        let number = number % 10 + 1;
        let record = ServerRecord::Mail { to: name(to), number, kept_at: at, text };
        filler.put(&record.into()).unwrap();
    }
    filler.finish().unwrap();
}

pub(crate) fn peak_kibibytes() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}
