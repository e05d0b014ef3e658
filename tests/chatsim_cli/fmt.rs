//! `chatsim fmt`.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use crate::folder::{Ended, Folder, assert_contains, refused};

const UGLY: &str = "chatsim:   1\nsteps:\n- start:   server # the one\n";
const FORMATTED: &str = "chatsim: 1\nsteps:\n  - start: server # the one\n";

fn ended(code: i32, stdout: &str) -> Ended {
    Ended { code: Some(code), stdout: stdout.to_owned(), stderr: String::new() }
}

#[test]
fn scenarios_of_the_project_are_formatted() {
    let mut command = Folder::new().command(&["fmt", "--check"]);
    command.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")));
    let ended = crate::folder::ended(&mut command);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{}", ended.stdout);
}

#[test]
fn files_are_formatted_once_and_named() {
    let folder = Folder::new();
    folder.write("scenarios/a.yaml", UGLY);
    folder.write("scenarios/b.yaml", FORMATTED);
    folder.write("scenarios/deep/_part.yml", UGLY);
    let expected = "formatted: scenarios/a.yaml\nformatted: scenarios/deep/_part.yml\n\
                    3 files checked, 2 changed\n";
    assert_eq!(folder.chatsim(&["fmt"]), ended(0, expected));
    for file in ["scenarios/a.yaml", "scenarios/b.yaml", "scenarios/deep/_part.yml"] {
        assert_eq!(folder.read(file).as_deref(), Some(FORMATTED));
    }
    let expected = "3 files checked, nothing to change\n";
    assert_eq!(folder.chatsim(&["fmt", "scenarios"]), ended(0, expected));
    assert_eq!(folder.chatsim(&["fmt", "--check"]), ended(0, expected));
}

#[test]
fn check_names_files_and_changes_none() {
    let folder = Folder::new();
    folder.write("a.yaml", UGLY);
    folder.write("b.yaml", FORMATTED);
    let expected = "not formatted: a.yaml\n2 files checked, 1 to change with `chatsim fmt`\n";
    assert_eq!(folder.chatsim(&["fmt", "--check", "a.yaml", "b.yaml"]), ended(1, expected));
    assert_eq!(folder.read("a.yaml").as_deref(), Some(UGLY));
}

#[test]
fn what_is_not_yaml_is_left_alone_and_the_rest_is_formatted() {
    let folder = Folder::new();
    folder.write("scenarios/a.yaml", "steps: [\n");
    folder.write("scenarios/b.yaml", UGLY);
    let ended = folder.chatsim(&["fmt"]);
    assert_eq!(ended.code, Some(2));
    assert_eq!(ended.stdout, "formatted: scenarios/b.yaml\n1 file checked, 1 changed\n");
    let parts = ["error: this is not YAML", "scenarios/a.yaml:1:8"];
    assert_contains(&ended.stderr, &parts);
    assert_eq!(folder.read("scenarios/a.yaml").as_deref(), Some("steps: [\n"));
    assert_eq!(folder.read("scenarios/b.yaml").as_deref(), Some(FORMATTED));
}

#[test]
fn links_and_permissions_stay() {
    let folder = Folder::new();
    folder.write("a.yaml", UGLY);
    fs::set_permissions(folder.path("a.yaml"), fs::Permissions::from_mode(0o640)).unwrap();
    symlink("a.yaml", folder.path("link.yaml")).unwrap();
    assert_eq!(folder.chatsim(&["fmt", "link.yaml"]).code, Some(0));
    assert!(folder.path("link.yaml").is_symlink());
    assert_eq!(folder.read("a.yaml").as_deref(), Some(FORMATTED));
    let mode = fs::metadata(folder.path("a.yaml")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
}

#[test]
fn standard_input_is_formatted_to_standard_output() {
    let folder = Folder::new();
    let format = |arguments: &[&str], text: &str| {
        let ended = folder.chatsim_with_input(arguments, text);
        (ended.code, ended.stdout, ended.stderr)
    };
    let nothing = String::new;
    assert_eq!(format(&["fmt", "-"], UGLY), (Some(0), FORMATTED.to_owned(), nothing()));
    assert_eq!(format(&["fmt", "-", "--check"], UGLY), (Some(1), nothing(), nothing()));
    assert_eq!(format(&["fmt", "-", "--check"], FORMATTED), (Some(0), nothing(), nothing()));
    let (code, stdout, stderr) = format(&["fmt", "-"], "a: [");
    assert_eq!((code, stdout), (Some(2), nothing()));
    assert_contains(&stderr, &["<stdin>:1:4"]);
}

#[test]
fn nothing_to_format_is_told() {
    let folder = Folder::new();
    let missing = "error: `scenarios` cannot be read: No such file or directory (os error 2)\n";
    assert_eq!(folder.chatsim(&["fmt"]), refused(2, missing));
    fs::create_dir(folder.path("scenarios")).unwrap();
    let none = "error: no scenario was found; name files, or folders with `.yaml` or `.yml` \
                files\n";
    assert_eq!(folder.chatsim(&["fmt"]), refused(4, none));
    assert_eq!(
        folder.chatsim(&["fmt", "-", "a.yaml"]),
        refused(2, "error: `-` cannot be combined with other paths\n")
    );
}
