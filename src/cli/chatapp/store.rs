//! `chatapp store`: inspects, exports and imports data folders.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::Subcommand;

use super::exit::Exit;
use crate::storage::disk::{Damage, Filler, Reader};
use crate::storage::lines::{self, LineError};
use crate::storage::{Place, StoreError};

/// What to do with a folder.
#[derive(Clone, PartialEq, Eq, Subcommand, Debug)]
pub(super) enum StoreCommand {
    /// Read all records and print how many there are, or what is damaged and what can be recovered.
    /// Nothing is changed.
    #[command(after_help = "Exit codes: 0 no damage, 1 the data are damaged, 2 the arguments are \
                            invalid, 3 the folder cannot be read (e.g. it is in use or holds no \
                            data)")]
    Check {
        /// The folder.
        #[arg(value_name = "DIR")]
        folder: PathBuf,
    },

    /// Write all records as lines of JSON; of a damaged folder, as many as can be read.
    #[command(
        after_help = "Exit codes: 0 everything was written, 1 the data are damaged and whatever \
                      can be read was written, 2 the arguments are invalid, 3 the folder cannot be \
                      read or the output cannot be written"
    )]
    Export {
        /// The folder.
        #[arg(value_name = "DIR")]
        folder: PathBuf,

        /// Write to this new file [default: standard output].
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
    },

    /// Create a new folder from exported lines: from all of them, or not at all.
    #[command(after_help = "Exit codes: 0 the folder was created, 1 a line is invalid, 2 the \
                            arguments are invalid, 3 the folder exists already or cannot be \
                            created")]
    Import {
        /// The folder, which must not exist yet.
        #[arg(value_name = "DIR")]
        folder: PathBuf,

        /// The file with the lines [default: standard input].
        #[arg(long, value_name = "FILE")]
        input: Option<PathBuf>,
    },
}

/// Why it failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum Trouble {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("cannot create `{0}`: it must not exist yet, and its folder must")]
    Output(PathBuf, #[source] io::Error),
    #[error(
        "the output cannot be written: free some disk space, or write to another `--output FILE`"
    )]
    Write(#[source] io::Error),
    #[error("`{0}` cannot be read: check its spelling")]
    Input(PathBuf, #[source] io::Error),
    #[error("line {0} cannot be read: check that the file is complete and is UTF-8")]
    Read(usize, #[source] io::Error),
    #[error("`{0}` holds the data of a server: name the folder of a client")]
    NoClient(PathBuf),
    #[error("line {0}: {1}")]
    Line(usize, LineError),
}

impl StoreCommand {
    /// Runs the command, and returns the exit status; errors were reported on standard error.
    pub(super) fn run(self) -> Exit {
        let done = match self {
            Self::Check { folder } => check(&folder),
            Self::Export { folder, output } => export(&folder, output.as_deref()),
            Self::Import { folder, input } => import(&folder, input),
        };
        done.unwrap_or_else(|trouble| trouble.tell())
    }
}

fn check(folder: &Path) -> Result<Exit, Trouble> {
    let reader = Reader::open(folder)?;
    let header = reader.header();
    let mut counts = BTreeMap::<_, u64>::new();
    let damage = reader.read(&mut |record| *counts.entry(record.kind().words).or_default() += 1)?;
    let mut out = io::stdout().lock();
    let mut say = || -> io::Result<()> {
        let owner = header.and_then(|header| header.owner);
        match owner {
            Some(owner) => writeln!(out, "{}: data of `{owner}`", folder.display())?,
            None => writeln!(out, "{}: owner unknown", folder.display())?,
        }
        for (kind, count) in &counts {
            writeln!(out, "{count:>9} {kind}")?;
        }
        if counts.is_empty() {
            writeln!(out, "        no records")?;
        }
        if damage.is_none() {
            writeln!(out, "no damage")?;
        }
        out.flush()
    };
    say().map_err(Trouble::Write)?;
    Ok(damage.map_or(Exit::Success, |damage| warn(&damage, counts.values().sum())))
}

fn export(folder: &Path, output: Option<&Path>) -> Result<Exit, Trouble> {
    let reader = Reader::open(folder)?;
    let mut out = open_output(output)?;
    let heading = lines::write_heading(reader.header().and_then(|header| header.owner));
    let mut written = writeln!(out, "{heading}");
    let mut count = 0;
    let damage = reader.read(&mut |record| {
        count += 1;
        if written.is_ok() {
            written = writeln!(out, "{}", lines::write_record(&record));
        }
    })?;
    written.and_then(|()| out.flush()).map_err(Trouble::Write)?;
    Ok(damage.map_or(Exit::Success, |damage| warn(&damage, count)))
}

/// Opens a new file, or standard output.
pub(super) fn open_output(path: Option<&Path>) -> Result<impl Write, Trouble> {
    let out: Box<dyn Write> = match path {
        None => Box::new(io::stdout().lock()),
        Some(path) => match File::create_new(path) {
            Ok(file) => Box::new(file),
            Err(error) => return Err(Trouble::Output(path.to_owned(), error)),
        },
    };
    Ok(BufWriter::new(out))
}

/// Describes the damage, and what can be recovered.
pub(super) fn warn(damage: &Damage, saved: u64) -> Exit {
    let lost = |place: &Place| match place {
        Place::Record(_) => format!("  {place}: it is lost\n"),
        Place::Structure | Place::Offset(_) | Place::Between(..) | Place::Last(_) => {
            format!("  {place}: whatever was there is lost\n")
        }
    };
    let lost: String = damage.places.iter().map(lost).collect();
    let missing = match damage.missing {
        Some(0) => "none is missing".to_owned(),
        Some(missing) => format!("{missing} are missing"),
        None => "the number of missing records is unknown".to_owned(),
    };
    // If standard error is gone, there is nowhere to report this.
    let error = &damage.error;
    writeln!(io::stderr(), "chatapp: {error}\n{lost}{saved} records can be recovered, {missing}")
        .ok();
    Exit::Failure
}

fn import(folder: &Path, input: Option<PathBuf>) -> Result<Exit, Trouble> {
    let input: Box<dyn BufRead> = match input {
        None => Box::new(io::stdin().lock()),
        Some(path) => match File::open(&path) {
            Ok(file) => Box::new(BufReader::new(file)),
            Err(error) => return Err(Trouble::Input(path, error)),
        },
    };
    let mut lines = (1..).zip(input.lines());
    let heading = match lines.next() {
        Some((_, line)) => line.map_err(|error| Trouble::Read(1, error))?,
        None => String::new(),
    };
    let owner = lines::read_heading(&heading).map_err(|error| Trouble::Line(1, error))?;
    let mut filler = Filler::start(folder, owner)?;
    for (number, line) in lines {
        let line = line.map_err(|error| Trouble::Read(number, error))?;
        let record =
            lines::read_record(&line, owner).map_err(|error| Trouble::Line(number, error))?;
        filler.put(&record)?;
    }
    filler.finish()?;
    Ok(Exit::Success)
}

impl Trouble {
    pub(super) fn tell(&self) -> Exit {
        use std::error::Error as _;
        let source = if let Self::Line(_, error) = self { error.source() } else { self.source() };
        let cause = source.map_or_else(String::new, |cause| format!("\n  cause: {cause}"));
        writeln!(io::stderr(), "chatapp: {self}{cause}").ok();
        match self {
            Self::Line(..) => Exit::Failure,
            Self::Store(_)
            | Self::Output(..)
            | Self::Write(_)
            | Self::Input(..)
            | Self::Read(..)
            | Self::NoClient(_) => Exit::Environment,
        }
    }
}
