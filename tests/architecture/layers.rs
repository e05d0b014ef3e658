//! Which module may import which.

use crate::tokens::{Token, tokens};

/// The layers from the bottom up, each with what it never does. A module imports only from lower
/// layers, so the lower ones can be read, tested and reused without the higher ones.
const LAYERS: &[(&[&str], &str)] = &[
    (&["protocol"], "the words all others speak: knows nobody"),
    (
        &["delivery", "records"],
        "a link to a peer, and what is kept: never knows what a chat is, never sees a disk",
    ),
    (
        &["client", "server"],
        "pure machines: no clock, no socket, no wording; each without the other",
    ),
    (&["console"], "all wording: parses and renders, decides nothing"),
    (
        &["host", "storage", "values"],
        "bytes at rest, the names of machines and written values: no rules of the chat",
    ),
    (&["repl"], "what people type: drives nothing"),
    (&["sim"], "the chat as chatsim plays it: reads no file and no terminal but its prompt"),
    (&["cli"], "arguments to calls: no logic"),
];

/// The roots of the library and of the programs: they contain no logic, so they may import
/// everything.
const ROOTS: &[&str] = &["src/lib.rs", "src/bin/"];

/// An import of a top-level module.
#[derive(PartialEq, Eq, Debug)]
struct Import<'a> {
    module: &'a str,
    line: usize,
}

/// Returns the imports of a file under `src/` that go up or sideways.
pub(crate) fn breaches(path: &str, source: &str) -> Vec<String> {
    if ROOTS.iter().any(|root| path.starts_with(root)) {
        return Vec::new();
    }
    let modules = module_path(path);
    let Some(own) = modules.first() else {
        return Vec::new();
    };
    let Some(from) = layer(own) else {
        return vec![format!("{path}:1: module `{own}` has no layer: give it one")];
    };
    imports(source, modules.len())
        .into_iter()
        .filter(|import| import.module != *own)
        .filter_map(|Import { module, line }| {
            let why = match layer(module) {
                None => "which has no layer".to_owned(),
                Some(to) if to > from => "which stands above it".to_owned(),
                Some(to) if to == from => "its sibling".to_owned(),
                Some(_) => return None,
            };
            let (_, rule) = LAYERS.get(from)?;
            Some(format!(
                "{path}:{line}: module `{own}` imports `{module}`, {why} (`{own}`: {rule})"
            ))
        })
        .collect()
}

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|(modules, _)| modules.contains(&module))
}

/// Returns the modules of a file: `src/a/b.rs` and `src/a/b/mod.rs` are `[a, b]`.
fn module_path(path: &str) -> Vec<&str> {
    let inner = path.trim_start_matches("src/").trim_end_matches(".rs");
    inner.split('/').filter(|part| *part != "mod").collect()
}

/// Returns the top-level modules that a file names, as `crate::x` or by enough `super::`.
fn imports(source: &str, depth: usize) -> Vec<Import<'_>> {
    let tokens = tokens(source);
    let mut imports = Vec::new();
    // For each open brace: whether it opens a module.
    let mut braces: Vec<bool> = Vec::new();
    for at in 0..tokens.len() {
        let before = |back: usize| at.checked_sub(back).map(|at| tokens[at].text);
        match tokens[at].text {
            "{" => braces.push(before(2) == Some("mod")),
            "}" => drop(braces.pop()),
            "crate" if before(1) != Some("::") => heads(&tokens[at + 1..], &mut imports),
            "super" if before(1) != Some("::") => {
                let inside = depth + braces.iter().filter(|is_module| **is_module).count();
                after_supers(&tokens[at..], inside, &mut imports);
            }
            _ => {}
        }
    }
    imports
}

/// Follows `super::super::` to the root of the crate, if it leads there.
fn after_supers<'a>(tokens: &[Token<'a>], depth: usize, imports: &mut Vec<Import<'a>>) {
    let ups = tokens
        .chunks(2)
        .take_while(|pair| matches!(pair, [up, path] if up.text == "super" && path.text == "::"))
        .count();
    if ups == depth {
        heads(&tokens[2 * ups - 1..], imports);
    }
}

/// Returns the first name in `::x` or in each branch of `::{x::y, z}`.
fn heads<'a>(tokens: &[Token<'a>], imports: &mut Vec<Import<'a>>) {
    let import = |token: &Token<'a>| Import { module: token.text, line: token.line };
    match tokens {
        [path, open, branches @ ..] if path.text == "::" && open.text == "{" => {
            let mut depth = 1;
            let mut at_head = true;
            for token in branches {
                match token.text {
                    "{" => depth += 1,
                    "}" => depth -= 1,
                    "," if depth == 1 => at_head = true,
                    _ if at_head => {
                        imports.push(import(token));
                        at_head = false;
                    }
                    _ => {}
                }
                if depth == 0 {
                    break;
                }
            }
        }
        [path, first, ..] if path.text == "::" => imports.push(import(first)),
        _ => {}
    }
}

#[test]
fn an_import_from_below_is_fine() {
    let source = "use crate::protocol::{Address, Packet};\nuse crate::delivery::Link;";
    assert!(breaches("src/client/mod.rs", source).is_empty());
}

#[test]
fn an_import_from_above_and_one_from_a_sibling_are_told() {
    let source = "//! Docs of [`crate::cli`].\nuse crate::protocol::Address;\nuse crate::server::Record;\n\n\
                  fn f() { crate::console::parse(); }";
    assert_eq!(
        breaches("src/client/sending/mod.rs", source),
        [
            "src/client/sending/mod.rs:3: module `client` imports `server`, its sibling (`client`: \
             pure machines: no clock, no socket, no wording; each without the other)",
            "src/client/sending/mod.rs:5: module `client` imports `console`, which stands above it \
             (`client`: pure machines: no clock, no socket, no wording; each without the other)",
        ]
    );
}

#[test]
fn grouped_imports_are_seen_one_by_one() {
    let source = "use crate::{protocol::{Address, Text}, client, repl::{\n    Event,\n}};";
    let lines = breaches("src/console/mod.rs", source);
    assert_eq!(lines.len(), 1);
    assert!(lines[0].contains("imports `repl`, which stands above it"));
}

#[test]
fn the_way_round_by_super_is_seen() {
    let found = |path, source| breaches(path, source).len();
    assert_eq!(found("src/protocol/codec.rs", "use super::super::client::X;"), 1);
    assert_eq!(found("src/protocol/mod.rs", "use super::client::X;"), 1);
    assert_eq!(found("src/protocol/codec.rs", "use super::client::X;"), 0);
    let inline = "mod tests { use super::super::client::X; }";
    assert_eq!(found("src/protocol/mod.rs", inline), 1);
    assert_eq!(found("src/protocol/codec.rs", inline), 0);
}

#[test]
fn a_module_without_a_layer_is_told() {
    assert_eq!(
        breaches("src/helpers.rs", ""),
        ["src/helpers.rs:1: module `helpers` has no layer: give it one"]
    );
    let lines = breaches("src/cli/mod.rs", "use crate::helpers;");
    assert_eq!(lines.len(), 1);
    assert!(lines[0].contains("imports `helpers`, which has no layer"));
}
