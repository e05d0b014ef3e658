//! The verb `new`.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anstream::ColorChoice;

use super::arguments::RunArguments;
use super::{ExitStatus, Problem, run};
use crate::runner::Location;

/// The file in which a project keeps the schema.
const SCHEMA: &str = "scenario.schema.json";

const TEMPLATE: &str = include_str!("template.yaml");

/// Writes a scenario to start from, plays it, and takes what it shows as its snapshot.
pub(super) fn write(file: PathBuf, color: ColorChoice) -> Result<ExitStatus, Problem> {
    let path = file.display();
    match create(&file) {
        Ok(true) => {}
        Ok(false) => {
            let there = format!("error: `{path}` or its snapshot is there already");
            return Err(Problem::usage(format!("{there}; choose another name\n")));
        }
        Err(error) => {
            let text = format!("error: `{path}` cannot be written: {error}\n");
            return Err(Problem::environment(text));
        }
    }
    run::run(RunArguments::accepting(file), color)
}

/// Writes the file, and the folders above it, unless it or its snapshot exists.
fn create(path: &Path) -> io::Result<bool> {
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
    file.write_all(TEMPLATE.as_bytes())?;
    Ok(true)
}

/// Finds the schema for a file's editor, in its folder or in one above: how it is called from there.
fn nearest_schema(path: &Path) -> io::Result<Option<String>> {
    let path = path.canonicalize()?;
    let folders = path.ancestors().skip(1).enumerate();
    let mut with_schema = folders.filter(|(_, folder)| folder.join(SCHEMA).is_file());
    Ok(with_schema.next().map(|(depth, _)| "../".repeat(depth) + SCHEMA))
}
