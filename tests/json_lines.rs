//! Clients for programs: the JSON objects that they write and read.
#![expect(clippy::unwrap_used, reason = "a failed step fails the test")]

#[path = "support/program.rs"]
mod program;
#[path = "support/server.rs"]
mod server;

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use chatapp::console::json::{commands_schema, notices_schema};
use jsonschema::Validator;
use program::{CHATAPP, Program};
use serde_json::{Value, json};
use server::Server;

const SUCCESS: i32 = 0;
const FAILURE: i32 = 1;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// `UPDATE_EXPECT=1` rewrites the files.
#[test]
fn schemas_of_the_documentation_are_those_of_the_program() {
    for (what, schema) in [("notices", notices_schema()), ("commands", commands_schema())] {
        let path = root().join(format!("docs/chatapp-{what}.schema.json"));
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            fs::write(&path, &schema).unwrap();
        }
        let written = fs::read_to_string(&path).unwrap_or_default();
        assert!(written == schema, "{} is another: UPDATE_EXPECT=1 writes it", path.display());
        let mut program = Program::start(&["schema", what]);
        drop(program.0.stdin.take());
        assert_eq!(program.wait(), (SUCCESS, schema, String::new()));
    }
}

fn validator() -> Validator {
    jsonschema::draft202012::new(&serde_json::from_str(&notices_schema()).unwrap()).unwrap()
}

#[test]
fn examples_of_the_documentation_are_as_the_schemas_say() {
    let page = fs::read_to_string(root().join("docs/scripting.md")).unwrap();
    let blocks = page.split("```json\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let of_schema =
        |schema: String| jsonschema::draft202012::new(&serde_json::from_str(&schema).unwrap());
    let (notices, commands) = (validator(), of_schema(commands_schema()).unwrap());
    let mut count = 0;
    for line in blocks.flat_map(str::lines) {
        let object: Value = serde_json::from_str(line).unwrap();
        let validator = if object.get("kind").is_some() { &notices } else { &commands };
        assert!(validator.is_valid(&object), "{line}");
        count += 1;
    }
    assert_eq!(count, 10);
}

/// Parses objects, validates each by the schema, and removes the fields that all have.
#[track_caller]
fn objects(output: &str) -> Vec<Value> {
    let validator = validator();
    let read = |line: &str| {
        let mut object: Value = serde_json::from_str(line).unwrap();
        let problem = validator.validate(&object).err().map(|error| error.to_string());
        assert_eq!(problem, None, "{object}");
        assert_eq!(object["v"], 1);
        let keys = object.as_object_mut().unwrap();
        keys.remove("v");
        keys.remove("at");
        object
    };
    output.lines().map(read).collect()
}

/// Types lines at c1 of a server; returns the exit code, the objects after the welcome and standard
/// error.
#[track_caller]
fn play(port: u16, lines: &str) -> (i32, Vec<Value>, String) {
    let server_at = format!("127.0.0.1:{port}");
    let program = Program::start(&["client", "c1", &server_at, "--json"]);
    let (code, output, errors) = program.end_after(lines);
    let mut objects = objects(&output);
    assert_eq!(objects[0], json!({ "kind": "welcome" }));
    assert_eq!(objects[1], json!({ "kind": "table_updated" }));
    (code, objects.split_off(2), errors)
}

#[test]
fn commands_are_objects_or_lines_and_answers_name_them() {
    let server = Server::start();
    let lines = r#"
        {"command":"create_group","group":"g","id":1}
        {"id":"enter","group":"g","command":"join_group"}
        echo in it
        send_all hi
        {"command":"leave_group"}
        {"command":"send","to":"c1","text":"one\ntwo","id":2}
        {"command":"exit","id":3}
    "#;
    let (code, objects, errors) = play(server.port(), lines);
    assert_eq!((code, errors.as_str()), (SUCCESS, ""));
    assert_eq!(
        objects,
        [
            json!({ "id": 1, "kind": "group_created", "group": "g" }),
            json!({ "id": 1, "kind": "done", "success": true }),
            json!({ "id": "enter", "kind": "group_entered", "group": "g" }),
            json!({ "in_group": "g", "id": "enter", "kind": "done", "success": true }),
            json!({ "kind": "echo", "text": "in it" }),
            json!({ "in_group": "g", "kind": "group_message_taken" }),
            json!({ "in_group": "g", "kind": "done", "success": true }),
            json!({ "in_group": "g", "kind": "group_left", "group": "g" }),
            json!({ "kind": "done", "success": true }),
            json!({ "kind": "direct", "from": "c1", "text": "one\ntwo" }),
            json!({ "id": 2, "kind": "received", "by": "c1" }),
            json!({ "id": 2, "kind": "done", "success": true }),
            json!({ "id": 3, "kind": "exiting" }),
            json!({ "id": 3, "kind": "done", "success": true }),
            json!({ "kind": "ended", "success": true }),
        ]
    );
}

#[test]
fn who_is_told_in_lines_may_ask_in_objects() {
    let server = Server::start();
    let output = server.play_script("c1", r#"{"command":"send","to":"c1","text":"hi"}"#);
    assert!(output.contains(">>> c1: hi\n>>> [Message received by c1.]\n"), "{output}");
}

#[test]
fn what_is_wrong_is_an_object_too() {
    let server = Server::start();
    let lines = "{\"command\":\"send\",\"to\":\"c2\",\"txt\":\"hi\",\"id\":4}\nsend nobody hi\n";
    let (code, objects, errors) = play(server.port(), lines);
    let (problem, cure) =
        ("`text` is missing", "`send` takes the keys `command`, `to`, `text`, and optionally `id`");
    let both = format!("{problem}; {cure}");
    assert_eq!(
        objects[..4],
        [
            json!({ "id": 4, "kind": "invalid_line", "problem": problem, "cure": cure }),
            json!({ "id": 4, "kind": "done", "success": false, "problem": both }),
            json!({ "kind": "no_such_user" }),
            json!({ "kind": "done", "success": false, "problem": "User does not exist." }),
        ]
    );
    assert_eq!(code, FAILURE);
    assert_eq!(errors.lines().count(), 2, "{errors}");
    assert!(errors.starts_with("chatapp: standard input:1: `{\"command\":"), "{errors}");
}

#[test]
fn an_object_says_why_the_chat_could_not_go_on() {
    let server = Server::start();
    let server_at = format!("127.0.0.1:{}", server.port());
    let mut first = Program::start(&["client", "c1", &server_at]);
    assert_eq!(first.first_line(), ">>> [Welcome, You are registered.]\n");
    let (code, output, _) = Program::start(&["client", "c1", &server_at, "--json"]).wait();
    assert_eq!(code, FAILURE);
    assert_eq!(
        objects(&output),
        [
            json!({ "kind": "already_logged_in" }),
            json!({ "kind": "ended", "success": false, "reason": "name_in_use" }),
        ]
    );
}

#[test]
fn a_script_of_objects_is_checked_beforehand() {
    let server_at = "127.0.0.1:2475";
    let object = r#"{"command":"send","to":"c2"}"#;
    let (code, output, errors) =
        Program::start(&["client", "c1", server_at, "--json", "-e", object]).wait();
    assert_eq!((code, output.as_str()), (2, ""));
    let said =
        "error: `text` is missing\n --> -e:1:1\n  |\n1 | {\"command\":\"send\",\"to\":\"c2\"}\n";
    assert!(errors.starts_with(said), "{errors}");
}

/// A bot that uses the program under test as its `chatapp`. Ended when it is dropped.
struct Bot(std::process::Child);

impl Bot {
    fn start(server_at: &str) -> Self {
        let folder = Path::new(CHATAPP).parent().unwrap().to_owned();
        let path = std::env::var_os("PATH").unwrap_or_default();
        let paths = [folder].into_iter().chain(std::env::split_paths(&path));
        let script: PathBuf = root().join("examples/echo_bot.py");
        let child = Command::new("python3")
            .arg(script)
            .args(["bot", server_at])
            .env("PATH", std::env::join_paths(paths).unwrap())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn();
        Self(child.expect("python3 is needed to try the example"))
    }
}

impl Drop for Bot {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().unwrap();
    }
}

#[test]
fn the_bot_of_the_examples_answers_each_direct_message() {
    let server = Server::start();
    let server_at = format!("127.0.0.1:{}", server.port());
    let mut c1 = Program::start(&["client", "c1", &server_at]);
    let mut lines = BufReader::new(c1.0.stdout.take().unwrap()).lines().map(Result::unwrap);
    let updated = ">>> [Client table updated.]";
    assert_eq!(lines.next().unwrap(), ">>> [Welcome, You are registered.]");
    assert_eq!(lines.next().unwrap(), updated);
    let _bot = Bot::start(&server_at);
    assert_eq!(lines.next().as_deref(), Some(updated), "the bot did not come");

    let mut input = c1.0.stdin.take().unwrap();
    for said in ["hello", "ä \"quoted\" \\ 🙂  "] {
        writeln!(input, "send bot {said}").unwrap();
        let mut answers: Vec<_> = lines.by_ref().take(2).collect();
        // Its answer and its acknowledgement are under way at the same time.
        answers.sort();
        assert_eq!(
            answers,
            [">>> [Message received by bot.]".to_owned(), format!(">>> bot: You said: {said}")]
        );
    }
    drop(input);
    assert_eq!(lines.last().unwrap(), ">>> [Exiting...]");
    assert_eq!(c1.wait().0, SUCCESS);
}
