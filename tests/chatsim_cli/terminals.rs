//! `chatsim run --stage pty`: real programs, ours and others.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use crate::folder::{Ended, Folder, SHORT, assert_contains, ended, refused};

/// Options that run programs which are not a chat: the server waits, clients repeat what they read.
const OTHERS: [&str; 6] = [
    "--stage",
    "pty",
    "--server-command",
    "sh -c 'echo serving {port}; cat'",
    "--client-command",
    "sh -c 'echo {name} for {server_ip}:{server_port}; cat'",
];

const PARROTS: &str = "\
chatsim: 1
server: { port: 2475 }
clients: [c1]
steps:
  - start: [server, c1]
  - c1: [hello, two  blanks]
  - expect: { server: serving 2475, c1: ['c1 for 127.0.0.1:2475', hello, two  blanks] }
  - stop: c1
  - kill: server
";

#[test]
fn our_own_programs_show_what_the_simulation_shows() {
    let folder = Folder::accepted();
    let ended = folder.chatsim(&["run", "scenarios", "--stage", "pty"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
    assert_contains(&ended.stdout, &["PASS short", "1 scenario on the pty stage: 1 passed"]);
}

#[test]
fn checks_at_terminals_are_passed_over_and_reported() {
    let folder = Folder::new();
    folder.write("scenarios/short.yaml", SHORT.to_owned() + "  - check: all\n  - check: bounded\n");
    assert_eq!(folder.chatsim(&["run", "--accept"]).code, Some(0));
    let ended = folder.chatsim(&["run", "--stage", "pty"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
    assert_contains(&ended.stdout, &["PASS short", "  2 `check` steps passed over\n"]);
    let reports = ["--report", "junit=junit.xml", "--report", "html=pages"];
    let words = [&["run", "--stage", "pty", "--format", "json"], reports.as_slice()].concat();
    let ended = folder.chatsim(&words);
    let over = "2 `check` steps passed over";
    assert_contains(&folder.read("junit.xml").unwrap(), &[over]);
    assert_contains(&folder.read("pages/scenarios/short.html").unwrap(), &[over]);
    assert_contains(&ended.stdout, &["\"verdict\":\"passed\"", "\"unchecked\":2"]);
    let ended = folder.chatsim(&["run", "--format", "json"]);
    assert!(!ended.stdout.contains("unchecked"), "{}", ended.stdout);
}

#[test]
fn ports_and_times_may_differ_on_real_stages_and_nothing_else() {
    let folder = Folder::new();
    let text = "chatsim: 1\nclients: [c1, c2]\nsteps:\n  - start: [server, c1, c2]\n  \
                - c1: times\n  - c2: send c1 at 14:40:00 on 2928\n  - c1: whois c2\n";
    folder.write("scenarios/a.yaml", text);
    assert_eq!(folder.chatsim(&["run", "--accept"]).code, Some(0));
    let snapshot = folder.read("snapshots/a.snap").unwrap();
    assert_contains(&snapshot, &[" c2: at 14:40:00 on 2928\n", "[c2 at 127.0.0.1:2928: online "]);
    for stage in ["udp", "pty"] {
        let ended = folder.chatsim(&["run", "--stage", stage]);
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{}", ended.stdout);
    }
    folder.write("snapshots/a.snap", snapshot.replace("on 2928", "on 2929"));
    for stage in ["udp", "pty"] {
        assert_eq!(folder.chatsim(&["run", "--stage", stage]).code, Some(1), "{stage}");
    }
}

#[test]
fn anybody_elses_programs_are_played() {
    let folder = Folder::new();
    folder.write("parrots.yaml", PARROTS);
    folder.write(
        "snapshots/parrots.snap",
        "---\nsource: tests\n---\n== server ==\nserving 2475\n[killed]\n\n== c1 ==\n\
         c1 for 127.0.0.1:2475\nhello\nhello\ntwo  blanks\ntwo  blanks\n^C\n",
    );
    let ended = folder.chatsim(&[&["run", "parrots.yaml"], OTHERS.as_slice()].concat());
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{}", ended.stdout);
}

#[test]
fn a_program_that_is_missing_is_the_environments_fault() {
    let folder = Folder::accepted();
    let ended = folder.chatsim(&["run", "scenarios", "--stage", "pty", "--program", "no/chatapp"]);
    assert_eq!(ended.code, Some(3));
    assert_contains(&ended.stdout, &["`no/chatapp` cannot be started for `server`: "]);
}

#[test]
fn a_chatsim_that_stands_alone_says_once_what_to_build() {
    let folder = Folder::accepted();
    let alone = folder.path("alone/chatsim");
    std::fs::create_dir(alone.parent().unwrap()).unwrap();
    std::fs::copy(env!("CARGO_BIN_EXE_chatsim"), &alone).unwrap();
    let run = |options: &[&str]| {
        let arguments = [&["run", "scenarios", "--stage", "pty"], options].concat();
        ended(Command::new(&alone).args(arguments).current_dir(folder.path("")))
    };
    let missing = folder.path("alone/chatapp");
    assert_eq!(
        run(&[]),
        refused(
            3,
            &format!(
                "error: there is no `chatapp` beside `chatsim` to play with: {} is missing\n  \
                 help: build both with `cargo build --release --bins`, or name one with \
                 `--program PATH`\n",
                missing.display()
            )
        )
    );
    let named = run(&["--program", env!("CARGO_BIN_EXE_chatapp")]);
    assert_eq!((named.code, named.stderr.as_str()), (Some(0), ""));
}

#[test]
fn options_for_real_programs_need_some() {
    let folder = Folder::new();
    folder.write("short.yaml", SHORT);
    let run = |options: &[&str]| folder.chatsim(&[&["run", "short.yaml"], options].concat());
    assert_eq!(
        run(&["--client-command", "other"]),
        refused(2, "error: `--client-command` is for real programs; add `--stage pty`\n")
    );
    assert_eq!(
        run(&["--stage", "pty", "--server-command", "other {prot}"]),
        refused(
            2,
            "error: `--server-command`: `{prot}` is unknown: there are `{name}`, `{port}`, \
             `{server_ip}` and `{server_port}`\n"
        )
    );
    assert_eq!(run(&["--stage", "pty", "--prompt", "("]).code, Some(2));
}

#[test]
fn what_real_programs_cannot_do_is_skipped() {
    let folder = Folder::new();
    folder.write("short.yaml", format!("{SHORT}  - advance: 8h\n"));
    let ended = folder.chatsim(&["run", "short.yaml", "--stage", "pty"]);
    assert_eq!(ended.code, Some(0));
    assert_contains(
        &ended.stdout,
        &["SKIP short", "28800s would pass in real time, at most 60s are allowed"],
    );
}

/// A server that writes its process id into `fifo` and then waits.
const WAITING: &str = "sh -c 'trap \"\" HUP INT TERM; echo $$ > fifo; cat'";

/// Runs a scenario with a server that waits, interrupts the run, and returns the server's process
/// id and the output.
fn interrupted(folder: &Folder, options: &[&str]) -> (String, Ended) {
    let fifo = folder.path("fifo");
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    folder.write("long.yaml", "chatsim: 1\nsteps:\n  - start: server\n  - advance: 50s\n");
    let chatsim = folder
        .command(&["run", "long.yaml", "--stage", "pty", "--server-command", WAITING])
        .args(options)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut server = String::new();
    BufReader::new(std::fs::File::open(fifo).unwrap()).read_line(&mut server).unwrap();
    let interrupt = Command::new("kill").args(["-INT", &chatsim.id().to_string()]).status();
    assert!(interrupt.unwrap().success());
    let output = chatsim.wait_with_output().unwrap();
    let (stdout, stderr) = (output.stdout, output.stderr);
    let [stdout, stderr] = [stdout, stderr].map(|text| String::from_utf8(text).unwrap());
    (server, Ended { code: output.status.code(), stdout, stderr })
}

#[cfg(target_os = "linux")]
#[test]
fn ctrl_c_leaves_no_program_behind() {
    let folder = Folder::new();
    let (server, ended) = interrupted(&folder, &[]);
    assert_eq!(ended.code, Some(130));
    let status = std::fs::read_to_string(format!("/proc/{}/stat", server.trim()));
    assert!(status.is_err(), "{status:?}");
}

#[test]
fn ctrl_c_is_not_the_environments_fault() {
    let folder = Folder::new();
    let (_, ended) = interrupted(&folder, &["--report", "junit=out.xml"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(130), ""));
    let (summary, _) = ended.stdout.split_once(" (").unwrap();
    assert_eq!(summary, "1 scenario on the pty stage: 1 left out");
    let junit = folder.read("out.xml").unwrap();
    assert_contains(
        &junit,
        &[r#"skipped="1" errors="0""#, r#"<skipped message="the run was interrupted"/>"#],
    );
}
