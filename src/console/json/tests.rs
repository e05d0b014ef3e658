use std::collections::BTreeSet;

use jsonschema::Validator;
use serde_json::{Value, json};

use super::*;
use crate::client::Failure;
use crate::console::parse::parse;
use crate::console::{COMMANDS, CommandSpec};

fn around() -> Around {
    let now = Timestamp::from_micros(1_698_244_807_000_001);
    Around { now, group: Some("g".parse().unwrap()), id: Some(Id::Number(7)) }
}

fn validator(schema: &str) -> Validator {
    jsonschema::draft202012::new(&serde_json::from_str(schema).unwrap()).unwrap()
}

/// At least one of each object.
fn objects() -> Vec<Value> {
    let failures =
        [Failure::NameInUse, Failure::ServerFull, Failure::ServerSilent, Failure::OtherVersion(2)];
    let endings = [Ok(())].into_iter().chain(failures.map(Err));
    let now = around().now;
    let own = [
        around().help(&[&COMMANDS[0]]),
        around().invalid_line(&parse("x", false).unwrap_err()),
        around().invalid_line(&parse("send", false).unwrap_err()),
        around().invalid_line(&parse("{", false).unwrap_err()),
        around().times(true),
        around().done(Ok(())),
        Around::nothing(now).done(Err("why")),
        echo("hi", now),
        lines_dropped(3, now),
    ];
    let notices = Notice::examples().into_iter().map(|notice| around().notice(notice));
    let objects = notices.chain(own).chain(endings.map(|ending| around().ended(ending)));
    objects.map(|object| serde_json::from_str(object.as_str()).unwrap()).collect()
}

#[test]
fn every_object_conforms_to_the_schema() {
    let schema = notices_schema();
    let validator = validator(&schema);
    for object in objects() {
        let problem = validator.validate(&object).err().map(|error| error.to_string());
        assert_eq!(problem, None, "{object}");
    }
    let schema: Value = serde_json::from_str(&schema).unwrap();
    let kinds = schema["oneOf"].as_array().unwrap().iter();
    let kinds = kinds.map(|kind| kind["properties"]["kind"]["const"].as_str().unwrap().to_owned());
    let written = objects().iter().map(|it| it["kind"].as_str().unwrap().to_owned()).collect();
    assert_eq!(kinds.collect::<BTreeSet<_>>(), written, "each kind is written, and no other one");
}

#[test]
fn the_schema_rejects_malformed_objects() {
    let validator = validator(&notices_schema());
    let good: Value =
        serde_json::from_str(around().notice(Notice::examples().remove(4)).as_str()).unwrap();
    assert!(validator.is_valid(&good));
    for (key, value) in [
        ("v", json!(2)),
        ("at", Value::Null),
        ("kind", json!("shout")),
        ("from", json!("a b")),
        ("text", json!(5)),
        ("id", json!(1.5)),
    ] {
        let mut bad = good.clone();
        bad[key] = value;
        assert!(!validator.is_valid(&bad), "{bad}");
        bad.as_object_mut().unwrap().remove(key);
        assert_eq!(validator.is_valid(&bad), key == "id", "{bad}");
    }
    let mut more = good;
    more["new"] = json!(true);
    assert!(validator.is_valid(&more), "keys may be added");
}

#[test]
fn an_object_has_its_time_group_id_and_content() {
    let from = "c2".parse().unwrap();
    assert_eq!(
        around().notice(Notice::Direct { from, body: "hi".to_owned() }),
        r#"{"v":1,"at":"2023-10-25T14:40:07.000001Z","in_group":"g","id":7,"kind":"direct","from":"c2","text":"hi"}"#
    );
    let alone = Around::nothing(Timestamp::from_micros(u64::MAX)).ended(Ok(()));
    assert_eq!(
        alone,
        r#"{"v":1,"at":"9999-12-30T22:00:00.999999Z","kind":"ended","success":true}"#
    );
}

#[test]
fn an_object_is_one_line_without_control_characters() {
    let from = "c2".parse().unwrap();
    let body = "a\nb\r\t\u{85}\u{2028}\u{1b}[2J\u{9b}\u{7f}\u{202e}ä🙂".to_owned();
    let line = around().notice(Notice::Direct { from, body: body.clone() }).into_string();
    assert!(!line.contains(is_control), "{line:?}");
    assert!(
        line.ends_with(r#""text":"a\nb\r\t\u0085\u2028\u001b[2J\u009b\u007f\u202eä🙂"}"#),
        "{line}"
    );
    let read: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(read["text"], body);
}

/// An object for a command, with all of its keys.
fn whole(spec: &CommandSpec) -> Value {
    let mut object = json!({ "command": spec.word, "id": "x" });
    for argument in spec.arguments {
        let example = argument.example();
        object[argument.key()] = if argument.is_number() {
            json!(example.parse::<u64>().unwrap())
        } else {
            json!(example)
        };
    }
    object
}

#[test]
fn each_command_is_an_object_as_well() {
    let validator = validator(&commands_schema());
    for spec in COMMANDS {
        let object = whole(spec);
        assert!(validator.is_valid(&object), "{object}");
        let Read { id, asked } = read(&object.to_string());
        assert_eq!(id, Some(Id::Text("x".to_owned())));
        let typed = spec.example();
        assert_eq!(asked.map(Some), parse(&typed, false), "{typed}");
    }
}

#[test]
fn the_schema_has_each_command_of_the_table() {
    let schema: Value = serde_json::from_str(&commands_schema()).unwrap();
    let commands = schema["oneOf"].as_array().unwrap().iter();
    let words = commands.map(|it| it["properties"]["command"]["const"].as_str().unwrap());
    assert!(words.eq(COMMANDS.iter().map(|spec| spec.word)), "the words, in the table's order");
}

#[test]
fn what_the_schema_of_commands_rejects_is_rejected() {
    let validator = validator(&commands_schema());
    for spec in COMMANDS {
        let good = whole(spec);
        for key in good.as_object().unwrap().keys() {
            for wrong in [json!(null), json!([1]), json!(-1), json!(""), json!("a\u{7}b c")] {
                let mut bad = good.clone();
                bad[key] = wrong;
                let is_taken = read(&bad.to_string()).asked.is_ok();
                assert!(validator.is_valid(&bad) || !is_taken, "{bad}");
            }
            let mut less = good.clone();
            less.as_object_mut().unwrap().remove(key);
            assert_eq!(validator.is_valid(&less), read(&less.to_string()).asked.is_ok(), "{less}");
        }
        let mut more = good;
        more["more"] = json!(1);
        assert!(!validator.is_valid(&more) && read(&more.to_string()).asked.is_err(), "{more}");
    }
}

#[test]
fn a_message_may_contain_what_a_typed_line_cannot() {
    let object = json!({ "command": "send", "to": "c2", "text": "  a\nb " });
    let asked = read(&object.to_string()).asked.unwrap();
    assert_eq!(format!("{asked:?}"), r#"Command(Send { to: "c2", body: "  a\nb " })"#);
    let alone = json!({ "command": "history", "with": "5" });
    assert_ne!(read(&alone.to_string()).asked, parse("history 5", false).map(Option::unwrap));
}

#[test]
fn errors_of_an_object_name_the_problem_and_the_remedy() {
    let wrong = |line: &str| match read(line).asked.unwrap_err() {
        ParseError::Json { problem, cure } => (problem, cure),
        other @ (ParseError::Unknown(_)
        | ParseError::Ambiguous { .. }
        | ParseError::Arguments { .. }) => panic!("{other}"),
    };
    let form = r#"write one object on one line, like {"command":"send","to":"c2","text":"hi"}"#;
    let keys = "`send` takes the keys `command`, `to`, `text`, and optionally `id`";
    for (line, problem, cure) in [
        ("{\"a\":", "invalid JSON at byte 5: EOF while parsing a value", form),
        ("{} x", "invalid JSON at byte 4: trailing characters", form),
        ("{}", "`command` is missing", form),
        (r#"{"command":5}"#, "`command` is a number", r#"write a string, like "command":"...""#),
        (r#"{"command":"send","text":"hi"}"#, "`to` is missing", keys),
        (r#"{"command":"send","to":"c2","text":" "}"#, "the message is missing", keys),
        (
            r#"{"command":"send","to":"c2","text":"hi","txt":""}"#,
            "`txt` is not a key of `send`",
            keys,
        ),
        (r#"{"command":"reg","id":1,"id":2}"#, "`id` is given twice", "write `id` once"),
        (
            r#"{"command":"reg","id":1.5}"#,
            "`id` is not valid",
            "write a whole number, or a string of at most 64 characters",
        ),
        (
            r#"{"command":"send","to":"a/b","text":"hi"}"#,
            "`to` is not a valid name",
            "a name has letters (a-z, A-Z), digits, `.`, `_` and `-`, not `/`",
        ),
        (
            r#"{"command":"cancel","number":0}"#,
            "`number` is not a number (1 or more)",
            r#"write a number, like "number":5"#,
        ),
    ] {
        assert_eq!(wrong(line), (problem.to_owned(), cure.to_owned()), "{line}");
    }
    let (problem, cure) = wrong(r#"{"command":"snd"}"#);
    assert_eq!(problem, "`snd` is not a command");
    assert!(cure.starts_with("the commands are `reg`, `send`, "), "{cure}");
    let deep = format!("{{\"command\":{}", "[".repeat(100_000));
    assert_eq!(wrong(&deep).0, "invalid JSON at byte 138: recursion limit exceeded");
}
