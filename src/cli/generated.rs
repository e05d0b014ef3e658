//! Generates completions and manual pages from the description of a command line.

use std::io;

use clap::Command;
use clap_complete::Shell;
use clap_mangen::Man;

/// Writes the completions of a program for a shell.
pub(super) fn completions(mut command: Command, shell: Shell) -> Vec<u8> {
    let (name, mut script) = (command.get_name().to_owned(), Vec::new());
    clap_complete::generate(shell, &mut command, name, &mut script);
    script
}

/// Writes the manual page of a program, or of one of its verbs, as roff; `None` if there is no such
/// verb.
pub(super) fn manual(mut command: Command, verb: Option<&str>) -> Option<io::Result<Vec<u8>>> {
    command.build();
    if let Some(verb) = verb {
        command = command.find_subcommand(verb)?.clone();
    }
    let mut page = Vec::new();
    Some(Man::new(command).render(&mut page).map(|()| page))
}
