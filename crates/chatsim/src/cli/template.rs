//! The verb `new`.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::exit_status::ExitStatus;
use super::files::shown;
use super::problem::Problem;
use super::run::{self, RunArguments};
use super::setup::Cli;
use crate::Guest;
use crate::runner::Location;

/// The file in which a project keeps the schema.
const SCHEMA: &str = "scenario.schema.json";

/// Writes a scenario to start from, runs it, and accepts what it shows as its snapshot.
pub(super) fn write(file: PathBuf, cli: Cli) -> Result<ExitStatus, Problem> {
    let path = shown(&file);
    match create(&file, cli.guest) {
        Ok(true) => {}
        Ok(false) => {
            let there = format!("error: `{path}` or its snapshot exists already");
            return Err(Problem::usage(format!("{there}; choose another name\n")));
        }
        Err(error) => {
            let text = format!("error: `{path}` cannot be written: {error}\n");
            return Err(Problem::environment(text));
        }
    }
    run::run(RunArguments::accepting(file), cli)
}

/// Returns the guest's template, or a scenario that only starts its programs.
fn template(guest: &dyn Guest) -> String {
    if let Some(template) = guest.hints().template {
        return template.to_owned();
    }
    let mut text = "chatsim: 1\ntitle: What this scenario shows\n".to_owned();
    let mut names = Vec::new();
    for role in guest.roles() {
        if role.is_single {
            names.push(role.key.to_owned());
        } else {
            let initial: String = role.title.chars().take(1).collect();
            let own = [1, 2].map(|number| format!("{initial}{number}"));
            text.extend([role.key, ": [", &own.join(", "), "]\n"]);
            names.extend(own);
        }
    }
    text + &format!("steps:\n  - start: [{}]\n", names.join(", "))
}

/// Writes the file, and missing parent folders, unless it or its snapshot exists.
fn create(path: &Path, guest: &dyn Guest) -> io::Result<bool> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut file = match File::create_new(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(false),
        created => created?,
    };
    if Location::of(path)?.snapshot.exists() {
        fs::remove_file(path)?;
        return Ok(false);
    }
    if let Some(schema) = nearest_schema(path)? {
        writeln!(file, "# yaml-language-server: $schema={schema}")?;
    }
    file.write_all(template(guest).as_bytes())?;
    Ok(true)
}

/// Finds the schema for a file's editor, in its folder or in one above; returns the path relative
/// to the file.
fn nearest_schema(path: &Path) -> io::Result<Option<String>> {
    let path = path.canonicalize()?;
    let folders = path.ancestors().skip(1).enumerate();
    let mut with_schema = folders.filter(|(_, folder)| folder.join(SCHEMA).is_file());
    Ok(with_schema.next().map(|(depth, _)| "../".repeat(depth) + SCHEMA))
}
