//! The reports of `chatsim run`.

use regex::Regex;
use roxmltree::{Document, Node};

use crate::folder::{Folder, SHORT, assert_contains, refused};

/// A folder with the scenarios `good`, whose snapshot is accepted, and `bad`, which fails.
fn good_and_bad() -> Folder {
    let folder = Folder::new();
    folder.write("scenarios/good.yaml", SHORT);
    assert_eq!(folder.chatsim(&["run", "scenarios", "--accept"]).code, Some(0));
    let bad = SHORT.replace("c1: hello", "<b> & #1").replace("- c1:", "- note: look\n  - c1:");
    folder.write("scenarios/bad.yaml", bad);
    folder
}

/// Replaces what differs from run to run.
fn timeless(text: &str) -> String {
    let times = [
        (r#"(time|took_us|played_us)("?[:=]"?)[0-9.]+"#, "${1}${2}0"),
        (r"\([0-9.]+ m?s\)", "(0 s)"),
        (r#"timestamp="[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z""#, "timestamp=\"now\""),
    ];
    times.iter().fold(text.to_owned(), |text, (pattern, by)| {
        Regex::new(pattern).unwrap().replace_all(&text, *by).into_owned()
    })
}

#[track_caller]
fn assert_report(format: &str, expected: &str) {
    let folder = good_and_bad();
    let ended = folder.chatsim(&["run", "scenarios", "--format", format, "--color", "always"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(1), ""));
    assert_eq!(timeless(&ended.stdout), expected);
}

#[test]
fn json_has_a_line_for_each_event() {
    let text = r"error: `c2` did not show a line\n --> scenarios/bad.yaml:7:19\n  |\n7 |   - expect: { c2: '<b> & #1' }\n  |                   ^^^^^^^^^^ not among the lines shown after those already matched\n  |\n  = note: look\n\n    >>> [Welcome, You are registered.]\n    >>> [Client table updated.]\n    >>> c1: hello\n  - <b> & #1\n\n  the last datagrams of `c2`:\n       0.013 s  c2 -> server  connect #6\n       0.014 s  server -> c2  answer #7\n       0.024 s  server -> c2  update #10\n       0.026 s  c1 -> c2      send #13";
    let expected = [
        r#"{"event":"run_started","version":1,"stage":"simulated","scenarios":2}"#,
        r#"{"event":"scenario_started","name":"bad","file":"scenarios/bad.yaml","seed":0}"#,
        r#"{"event":"noted","text":"look"}"#,
        &format!(
            r#"{{"event":"scenario_finished","name":"bad","file":"scenarios/bad.yaml","seed":0,"verdict":"failed","played_us":0,"took_us":0,"problem":{{"kind":"expectation_unmet","message":"`c2` did not show a line","line":7,"column":19,"text":"{text}","again":"chatsim run scenarios/bad.yaml"}}}}"#
        ),
        r#"{"event":"scenario_started","name":"good","file":"scenarios/good.yaml","seed":0}"#,
        r#"{"event":"scenario_finished","name":"good","file":"scenarios/good.yaml","seed":0,"verdict":"passed","played_us":0,"took_us":0}"#,
        r#"{"event":"run_finished","passed":1,"failed":1,"failed_as_expected":0,"skipped":0,"environment":0,"unknown":0,"left_out":0,"took_us":0}"#,
    ];
    assert_report("json", &(expected.join("\n") + "\n"));
}

#[test]
fn json_tells_of_accepted_snapshots() {
    let folder = Folder::new();
    folder.write("scenarios/good.yaml", SHORT);
    let ended = folder.chatsim(&["run", "scenarios", "--accept", "--format", "json"]);
    let line = r#"{"event":"snapshot_accepted","snapshot":"snapshots/good.snap"}"#;
    assert_eq!(ended.stdout.lines().nth(2).unwrap(), line);
}

#[test]
fn junit_has_a_test_case_for_each_scenario() {
    let expected = r#"<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="chatsim" tests="2" skipped="0" failures="1" errors="0" time="0">
    <testsuite name="simulated stage" tests="2" skipped="0" errors="0" failures="1" time="0" timestamp="now">
        <testcase name="bad" classname="scenarios/bad.yaml" time="0" file="scenarios/bad.yaml" line="7">
            <failure message="`c2` did not show a line" type="expectation_unmet">error: `c2` did not show a line
 --&gt; scenarios/bad.yaml:7:19
  |
7 |   - expect: { c2: &apos;&lt;b&gt; &amp; #1&apos; }
  |                   ^^^^^^^^^^ not among the lines shown after those already matched
  |
  = note: look

    &gt;&gt;&gt; [Welcome, You are registered.]
    &gt;&gt;&gt; [Client table updated.]
    &gt;&gt;&gt; c1: hello
  - &lt;b&gt; &amp; #1

  the last datagrams of `c2`:
       0.013 s  c2 -&gt; server  connect #6
       0.014 s  server -&gt; c2  answer #7
       0.024 s  server -&gt; c2  update #10
       0.026 s  c1 -&gt; c2      send #13

run it: chatsim run scenarios/bad.yaml</failure>
        </testcase>
        <testcase name="good" classname="scenarios/good.yaml" time="0" file="scenarios/good.yaml" line="1"/>
    </testsuite>
</testsuites>
"#;
    assert_report("junit", expected);
}

#[test]
fn junit_skips_what_was_not_run_and_what_failed_as_expected() {
    let folder = good_and_bad();
    let known = format!("{SHORT}  - expect: {{ c1: never }}\nxfail: no <undo> yet\n");
    folder.write("scenarios/a.yaml", known);
    folder.write("scenarios/b.yaml", format!("{SHORT}only: [pty]\n"));
    let ended = folder.chatsim(&["run", "scenarios", "--format", "junit", "--fail-fast"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(1), ""));
    let document = Document::parse(&ended.stdout).unwrap();
    let tests: Vec<_> =
        document.descendants().filter(|node| node.has_tag_name("testcase")).collect();
    let names: Vec<_> = tests.iter().filter_map(|test| test.attribute("name")).collect();
    assert_eq!(names, ["a", "b", "bad", "good"]);
    let skipped = tests.iter().filter_map(|test| test.children().find(Node::is_element));
    let skipped: Vec<_> = skipped
        .filter(|result| result.has_tag_name("skipped"))
        .filter_map(|result| result.attribute("message"))
        .collect();
    let left_out = "the run was stopped after a scenario that did not pass";
    assert_eq!(skipped, ["no <undo> yet", "only on pty", left_out]);
    let suite = document.descendants().find(|node| node.has_tag_name("testsuite")).unwrap();
    let counts = ["tests", "skipped", "failures", "errors"].map(|count| suite.attribute(count));
    assert_eq!(counts, ["4", "3", "1", "0"].map(Some));
}

#[test]
fn tap_has_a_test_point_for_each_scenario() {
    let expected = r#"TAP version 14
1..2
not ok 1 - bad
  ---
  kind: expectation_unmet
  message: "`c2` did not show a line"
  at: "scenarios/bad.yaml:7:19"
  again: "chatsim run scenarios/bad.yaml"
  text: |
    error: `c2` did not show a line
     --> scenarios/bad.yaml:7:19
      |
    7 |   - expect: { c2: '<b> & #1' }
      |                   ^^^^^^^^^^ not among the lines shown after those already matched
      |
      = note: look

        >>> [Welcome, You are registered.]
        >>> [Client table updated.]
        >>> c1: hello
      - <b> & #1

      the last datagrams of `c2`:
           0.013 s  c2 -> server  connect #6
           0.014 s  server -> c2  answer #7
           0.024 s  server -> c2  update #10
           0.026 s  c1 -> c2      send #13
  ...
ok 2 - good
"#;
    assert_report("tap", expected);
}

#[test]
fn tap_bails_out_when_scenarios_are_left_out() {
    let folder = good_and_bad();
    let ended = folder.chatsim(&["run", "scenarios", "--format", "tap", "--fail-fast"]);
    assert_eq!(ended.stdout.lines().last().unwrap(), "Bail out! 1 of 2 scenarios left out");
}

#[test]
fn one_run_writes_several_reports_and_shows_another() {
    let folder = good_and_bad();
    let ended = folder.chatsim(&[
        "run",
        "scenarios",
        "--report=junit=out/deep/er.xml",
        "--report=json=out.jsonl",
        "--report=tap=out/a=b.tap",
        "--report=pretty=out/plain.txt",
    ]);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(1), ""));
    assert_eq!(timeless(&folder.read("out/plain.txt").unwrap()), timeless(&ended.stdout));
    for (file, format) in
        [("out/deep/er.xml", "junit"), ("out.jsonl", "json"), ("out/a=b.tap", "tap")]
    {
        let shown = folder.chatsim(&["run", "scenarios", "--format", format]).stdout;
        assert_eq!(timeless(&folder.read(file).unwrap()), timeless(&shown));
    }
    assert_eq!(folder.path("out").read_dir().unwrap().count(), 3);
}

#[test]
fn report_that_cannot_be_written_has_code_3_and_keeps_no_other() {
    let folder = Folder::accepted();
    folder.write("file", "");
    let reports = ["--report", "json=file/x.jsonl", "--report", "tap=x.tap"];
    let ended = folder.chatsim(&[&["run", "scenarios"], reports.as_slice()].concat());
    assert_eq!(ended.code, Some(3));
    let expected =
        "error: the report `file/x.jsonl` cannot be written: File exists (os error 17)\n";
    assert_eq!(ended.stderr, expected);
    assert_contains(&ended.stdout, &["1 passed"]);
    assert_contains(&folder.read("x.tap").unwrap(), &["ok 1 - short\n"]);
}

#[cfg(target_os = "linux")]
#[test]
fn full_standard_output_has_code_3() {
    let folder = Folder::accepted();
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let output = folder.command(&["run", "scenarios"]).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    let expected = "error: the report cannot be written: No space left on device (os error 28)\n";
    assert_eq!(String::from_utf8(output.stderr).unwrap(), expected);
}

#[test]
fn unknown_formats_and_clashing_reports_are_refused() {
    let folder = Folder::accepted();
    for wrong in ["xml=out.xml", "out.xml", "junit=", "=x"] {
        let ended = folder.chatsim(&["run", "scenarios", "--report", wrong]);
        assert_eq!(ended.code, Some(2));
        let cure = "write `pretty=FILE`, `json=FILE`, `junit=FILE`, `tap=FILE`, `html=DIR`, \
                    `svg=DIR`, `mermaid=DIR`";
        assert_contains(&ended.stderr, &[cure]);
    }
    let reports = ["--report", "json=out", "--report", "tap=out"];
    let ended = folder.chatsim(&[&["run", "scenarios"], reports.as_slice()].concat());
    assert_eq!(ended, refused(2, "error: two reports would be written to `out`\n"));
}

#[test]
fn trace_tells_of_every_datagram_and_timer() {
    let folder = Folder::new();
    let text = "chatsim: 1\nclients: [c1]\nsteps:\n  - start: [server, c1]\n  - kill: server\n";
    folder.write("scenarios/a.yaml", text);
    assert_eq!(folder.chatsim(&["run", "scenarios", "--accept"]).code, Some(0));
    let ended = folder.chatsim(&["run", "scenarios", "--trace"]);
    let expected = "    0.000000 s  server: started
    0.000000 s  c1: started
    0.000000 s  c1 asks to be registered for its user
    0.000000 s  #1 c1 -> server: connect (n bytes)
    0.001000 s  #1 arrives at server
    0.001000 s  #2 server -> c1: answer (n bytes)
    0.002000 s  #2 arrives at c1
    0.002000 s  c1 is online
    0.002000 s  #3 c1 -> server: ack (n bytes)
    0.003000 s  #3 arrives at server
    0.011000 s  server: a timer fires
    0.011000 s  #4 server -> c1: update (n bytes)
    0.012000 s  #4 arrives at c1
    0.012000 s  #5 c1 -> server: ack (n bytes)
    0.013000 s  #5 arrives at server
    0.013000 s  server: killed
";
    let sizes = Regex::new(r" \(\d+ bytes\)").unwrap();
    let shown = sizes.replace_all(&ended.stdout, " (n bytes)");
    assert!(shown.starts_with(expected), "{shown}");
    let ended = folder.chatsim(&["run", "scenarios", "--trace", "--format", "json"]);
    let line = r##"{"event":"traced","after_us":1000,"text":"#1 arrives at server"}"##;
    assert!(ended.stdout.lines().any(|shown| shown == line), "{}", ended.stdout);
}
