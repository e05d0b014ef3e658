//! The history of a client: through restarts, and as an export.

use std::fs;
use std::path::Path;

use crate::program::Program;
use crate::{Keeper, contents, on_a_small_disk};

/// Runs a script as c1 with its data in a folder. Returns its output.
fn play(server: &Keeper, data: &Path, more: &[&str], script: &str) -> String {
    let address = format!("127.0.0.1:{}", server.port);
    let data = data.to_str().unwrap();
    let args = [&["client", "c1", &*address, "--data", data], more].concat();
    Program::start(&args).end_after(script).1
}

fn export(data: &Path, more: &[&str]) -> (i32, String, String) {
    let args = [&["export", "--data", data.to_str().unwrap()], more].concat();
    Program::start(&args).end_after("")
}

/// Removes the times from lines.
fn timeless(lines: &str) -> String {
    let time = regex::Regex::new(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+Z)?").unwrap();
    time.replace_all(lines, "<time>").into_owned()
}

#[test]
fn a_history_survives_and_can_be_exported() {
    let folder = tempfile::tempdir().unwrap();
    let (data, server) =
        (folder.path().join("c1"), Keeper::start(&folder.path().join("server"), 0));
    server.play_script("away", "");
    play(
        &server,
        &data,
        &[],
        "send away one\nsend c1 t\u{e9}st \"two\"\ncreate_group sea\njoin_group sea\nsend_all three\nleave_group\n",
    );
    let output = play(&server, &data, &[], "search TÉST\nhistory away\n");
    let expected = ">>> [Messages with \"TÉST\":]\n>>> [<time> c1 to c1: tést \"two\" (delivered)]\n\
        >>> [Messages of away:]\n>>> [<time> c1 to away: one (saved by the server)]\n";
    assert!(timeless(&output).contains(expected), "{output}");

    let before = contents(&data);
    let (code, text, errors) = export(&data, &[]);
    assert_eq!((code, errors.as_str()), (0, ""));
    let expected = "<time> c1 to away: one (saved by the server)\n\
        <time> c1 to c1: tést \"two\" (delivered)\n<time> c1 in sea: three (sent)\n";
    assert_eq!(timeless(&text), expected);
    let file = folder.path().join("lines");
    let to_file = ["--format", "json", "--with", "sea", "--output", file.to_str().unwrap()];
    assert_eq!(export(&data, &to_file), (0, String::new(), String::new()));
    let expected =
        r#"{"v":1,"at":"<time>","from":"c1","group":"sea","state":"taken","text":"three"}"#;
    assert_eq!(timeless(&fs::read_to_string(&file).unwrap()), format!("{expected}\n"));
    assert_eq!(contents(&data), before);
    let (code, _, errors) = export(&data, &to_file);
    assert!(code == 3 && errors.contains("lines`: it must not exist yet"), "{errors}");
}

#[test]
fn nothing_is_kept_unless_it_is_wanted() {
    let folder = tempfile::tempdir().unwrap();
    let (data, server) =
        (folder.path().join("c1"), Keeper::start(&folder.path().join("server"), 0));
    let output = play(&server, &data, &["--no-history"], "send c1 one\nhistory\nsearch one\n");
    assert_eq!(output.matches(">>> [No history is kept.]\n").count(), 2, "{output}");
    assert_eq!(export(&data, &[]), (0, String::new(), String::new()));
    let output = play(&server, &data, &[], "history\n");
    assert!(output.contains(">>> [There are no messages.]\n"), "{output}");
}

#[test]
fn what_is_no_history_of_a_client_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let server_data = folder.path().join("server");
    let server = Keeper::start(&server_data, 0);
    let (code, _, errors) = export(&server_data, &[]);
    assert!(code == 3 && errors.contains("is in use by another program: end that"), "{errors}");
    server.kill();
    let (code, _, errors) = export(&server_data, &[]);
    assert!(
        code == 3 && errors.contains("holds the data of a server: name the folder"),
        "{errors}"
    );
    let (code, _, errors) = export(&folder.path().join("none"), &[]);
    assert!(code == 3 && errors.contains("holds no data of this chat"), "{errors}");
    for args in [&["export"][..], &["export", "c1"], &["export", "c 1", "host"]] {
        let (code, _, errors) = Program::start(args).end_after("");
        assert_eq!(code, 2, "{errors}");
    }
}

#[cfg(unix)]
#[test]
fn a_history_that_has_no_room_ends_its_client_and_loses_nothing_that_was_told() {
    let folder = tempfile::tempdir().unwrap();
    let (data, server) =
        (folder.path().join("c1"), Keeper::start(&folder.path().join("server"), 0));
    let filling = "x".repeat(1_000);
    let script = folder.path().join("script");
    fs::write(&script, format!("send c1 {filling}\n").repeat(2_000)).unwrap();
    let address = format!("127.0.0.1:{}", server.port);
    let (data_arg, script) = (data.to_str().unwrap(), script.to_str().unwrap());
    let args = ["client", "c1", &*address, "--data", data_arg, "--script", script];
    let (code, output, errors) = on_a_small_disk(2_400, &args).wait();
    assert_eq!(code, 3, "{errors}");
    assert!(errors.contains("history.redb` cannot be written: "), "{errors}");
    let told = output.matches(">>> [Message received by c1.]\n").count();
    let kept = export(&data, &[]).1.matches(&filling).count();
    assert!(0 < told && told <= kept && kept < 2_000, "{told} of {kept}");
}
