//! From the tree to the scenario: the steps of other files.

use std::path::Path;

use super::cast::{Cast, Mention};
use super::interpolate::{self, Values};
use super::model::{Action, ActorName, Step};
use super::source::{Includes, read_file};
use super::steps::Reader;
use super::{cast, resolve};
use crate::{Guest, Role};
use placed_yaml::{
    self as yaml, Entry, Findings, Mistake, Node, Place, Source, Value, expected, offer, quoted,
};

/// The maximum depth of files that include each other, without the scenario itself.
const DEPTH_MAX: usize = 8;

/// The key with which every file for chatsim begins.
const VERSION_KEY: &str = "chatsim";

/// The maximum number of files that a scenario includes.
const FILES_MAX: usize = 1_000;

/// Returns the keys of an including step.
pub(super) fn keys(guest: &dyn Guest) -> Vec<&'static str> {
    ["file", "with"].into_iter().chain(cast::keys_of_many(guest)).collect()
}

/// Returns the keys of a file that is included.
pub(super) fn part_keys(guest: &dyn Guest) -> Vec<&'static str> {
    let first = ["chatsim", "title", "parameters"].into_iter();
    first.chain(cast::keys_of_many(guest)).chain(["steps"]).collect()
}

/// Returns the help text for an including step.
fn help(guest: &dyn Guest) -> String {
    let actors = cast::keys_of_many(guest).map(|key| format!(", {key}: {{ a: c1 }}"));
    let actors: String = actors.collect();
    format!(
        "write `include: part.yaml`, or `{{ file: part.yaml, with: {{ name: value }}{actors} }}`"
    )
}

/// The parts of an including step.
#[derive(Clone)]
struct Request<'n> {
    /// The file's name.
    file: &'n Node,
    with: Option<&'n Node>,
    /// The actors that stand in for those of the file, by the key of their role.
    actors: Vec<(&'n str, &'n Node)>,
}

/// A parameter of an included file, with its default.
struct Parameter {
    name: String,
    default: Option<String>,
}

impl Reader<'_> {
    /// Reads `part.yaml` or `{ file: part.yaml, with: {..}, clients: {..} }`, and the file.
    pub(super) fn include(&mut self, node: &Node) -> Option<Action> {
        let request = self.request(node)?;
        let file = open(request.file, self.includes, self.findings)?;
        let text = self.findings.sources.get(file)?.text.clone();
        let root = match yaml::read(&text, file) {
            Ok(root) if is_part(&root) => root,
            // Nothing of it is shown: it may be any file.
            Ok(_) | Err(_) if !text.contains(VERSION_KEY) => {
                let message = format!("{} is not a scenario", quoted_name(request.file));
                let help = "an included file begins with `chatsim: 1`";
                self.findings.add(Mistake::new(request.file.place, message).with_help(help));
                return None;
            }
            read => self.findings.check(read)?,
        };
        self.part(&root, &request).map(Action::Include)
    }

    fn request<'n>(&mut self, node: &'n Node) -> Option<Request<'n>> {
        match &node.value {
            Value::Scalar(_) => Some(Request { file: node, with: None, actors: Vec::new() }),
            Value::Mapping(_) => {
                let entries = self.findings.entries(node, "")?;
                let known = keys(self.cast.guest());
                for &entry in entries.iter().filter(|entry| !known.contains(&entry.name)) {
                    self.findings.unknown_key(entry, &known);
                }
                let value = |name: &str| {
                    entries.iter().find(|entry| entry.name == name).map(|entry| entry.value)
                };
                let with = value("with");
                let actors = cast::keys_of_many(self.cast.guest());
                let actors = actors.filter_map(|key| Some((key, value(key)?))).collect();
                if value("file").is_none() {
                    let mistake = Mistake::new(node.place, "the key `file` is missing");
                    self.findings.add(mistake.with_help(help(self.cast.guest())));
                }
                Some(Request { file: value("file")?, with, actors })
            }
            Value::Null | Value::Sequence(_) => {
                self.findings
                    .add(expected("the name of a file", node).with_help(help(self.cast.guest())));
                None
            }
        }
    }

    /// Reads an included file's tree into its steps.
    fn part(&mut self, root: &Node, request: &Request<'_>) -> Option<Vec<Step>> {
        let known = part_keys(self.cast.guest());
        let entries = resolve::entries(root, &known, self.findings)?;
        let value =
            |name: &str| entries.iter().find(|entry| entry.name == name).map(|entry| entry.value);
        if let Some(title) = value("title") {
            self.findings.text(title, "a title");
        }
        let parameters =
            value("parameters").map(|node| parameters(node, self.findings)).unwrap_or_default();
        let mut values = self.values(&parameters, request);
        let mut cast = Cast::included_by(self.cast);
        for (role, declared) in self.cast.guest().roles().iter().enumerate() {
            if !declared.is_single {
                self.assign_actors(&mut cast, role, value(declared.key), request);
            }
        }
        // `${guest}` is the one who stands in for the guest, unless it is a parameter.
        for (name, own_name) in cast.stand_ins() {
            values.entry(name).or_insert(own_name);
        }
        let steps = interpolate::node(value("steps")?, &values, self.findings);
        let faults = std::mem::take(&mut self.faults);
        let mut reader =
            Reader { cast: &cast, includes: self.includes, findings: self.findings, faults };
        let steps = reader.steps(&steps);
        self.faults = reader.faults;
        Some(steps)
    }

    /// Gives each parameter its value.
    fn values(&mut self, parameters: &[Parameter], request: &Request<'_>) -> Values {
        let known: Vec<&str> = parameters.iter().map(|parameter| parameter.name.as_str()).collect();
        let mut values = Values::new();
        let what = "a mapping of names and values";
        let given = request.with.and_then(|node| self.findings.entries(node, what));
        for Entry { name, key, value } in given.into_iter().flatten() {
            if !known.contains(&name) {
                let message = format!("the file has no parameter {}", quoted(name));
                let help = match known.as_slice() {
                    [] => "it declares none; `parameters: [name]` would".to_owned(),
                    known => offer("its parameters", name, known),
                };
                self.findings.add(Mistake::new(key.place, message).with_help(help));
            }
            // A refused value counts as given.
            let text = self.findings.text(value, "a value").unwrap_or_default();
            values.insert(name.to_owned(), text.to_owned());
        }
        for Parameter { name, default } in parameters {
            if values.contains_key(name) {
                continue;
            }
            if default.is_none() {
                let message = format!("the parameter {} has no value", quoted(name));
                let help = format!("give it one: `with: {{ {name}: ... }}`");
                self.findings.add(Mistake::new(request.file.place, message).with_help(help));
            }
            values.insert(name.clone(), default.clone().unwrap_or_default());
        }
        values
    }

    /// Binds the actors of one role that an included file declares to those that stand in for them.
    fn assign_actors(
        &mut self,
        cast: &mut Cast,
        role: usize,
        declared: Option<&Node>,
        request: &Request<'_>,
    ) {
        let Some(Role { key, title, .. }) = self.cast.guest().roles().get(role) else { return };
        let what = format!("a mapping of the file's {key} to those here");
        let renamed = request.actors.iter().find(|(name, _)| name == key);
        let renamed = renamed.and_then(|(_, node)| self.findings.entries(node, &what));
        let renamed = renamed.unwrap_or_default();
        let names = match declared {
            Some(Node { value: Value::Sequence(names), .. }) => names.as_slice(),
            None | Some(Node { value: Value::Null, .. }) => &[],
            Some(other) => {
                self.findings.add(expected(&format!("a list of {key}"), other));
                &[]
            }
        };
        let mut known = Vec::new();
        for node in names {
            let Some(name) = self.findings.text(node, &format!("the name of a {title}")) else {
                continue;
            };
            known.push(name);
            let actor = match renamed.iter().find(|entry| entry.name == name) {
                Some(entry) => self.actor(entry.value, title),
                None => self.namesake(name, request.file.place, (key, title)),
            };
            cast.assign(Mention { role, text: name, place: node.place }, actor, self.findings);
        }
        for entry in renamed.iter().filter(|entry| !known.contains(&entry.name)) {
            let message = format!("the file has no {title} {}", quoted(entry.name));
            let help = offer(&format!("its {key}"), entry.name, &known);
            self.findings.add(Mistake::new(entry.key.place, message).with_help(help));
        }
    }

    fn actor(&mut self, node: &Node, title: &str) -> Option<ActorName> {
        let text = self.findings.text(node, &format!("the name of a {title}"))?;
        self.cast.actor(text, node, self.findings)
    }

    fn namesake(
        &mut self,
        name: &str,
        place: Place,
        (key, title): (&str, &str),
    ) -> Option<ActorName> {
        if !self.cast.knows(name) {
            let message =
                format!("no actor stands in for the {title} {} of the file", quoted(name));
            let help = format!("declare it, or name one that does: `{key}: {{ {name}: ... }}`");
            self.findings.add(Mistake::new(place, message).with_help(help));
            return None;
        }
        self.cast.named(name)
    }
}

/// Returns whether a tree is that of a file for chatsim, with mistakes or without.
fn is_part(root: &Node) -> bool {
    match &root.value {
        Value::Mapping(pairs) => pairs
            .iter()
            .any(|(key, _)| matches!(&key.value, Value::Scalar(name) if name == VERSION_KEY)),
        Value::Null | Value::Scalar(_) | Value::Sequence(_) => false,
    }
}

/// Returns the name of a file as it is written, in backticks.
fn quoted_name(node: &Node) -> String {
    match &node.value {
        Value::Scalar(name) => quoted(name),
        Value::Null | Value::Sequence(_) | Value::Mapping(_) => "the file".to_owned(),
    }
}

/// Reads an included file; returns its number.
fn open(node: &Node, includes: Includes, findings: &mut Findings) -> Option<usize> {
    let name = findings.text(node, "the name of a file")?;
    let refused = |message: String| Mistake::new(node.place, message);
    let from = findings.sources.get(node.place.file)?;
    let path = from.path.parent().unwrap_or_else(|| Path::new("")).join(name);
    let ancestors = std::iter::successors(Some(from), |source| {
        findings.sources.get(source.included_from?.file)
    });
    let ancestors: Vec<&Source> = ancestors.collect();
    let is_open = path.canonicalize().ok().is_some_and(|path| {
        ancestors.iter().any(|source| source.path.canonicalize().is_ok_and(|other| other == path))
    });
    let mistake = if is_open {
        let mistake = refused(format!("{} includes itself", quoted(name)));
        Some(mistake.with_help("write steps that are run several times as a `repeat`"))
    } else if ancestors.len() > DEPTH_MAX {
        Some(refused(format!("more than {DEPTH_MAX} files include each other in a row")))
    } else if findings.sources.len() > FILES_MAX {
        Some(refused(format!("more than {FILES_MAX} files are included")))
    } else if let Some(first) = findings.sources.first()
        && path.exists()
        && !includes.allow(&first.path, &path)
    {
        let mistake = refused(format!("{} is outside of the project", quoted(name)));
        Some(mistake.with_help(
            "move it below the folder above `scenarios`, or allow it with `--allow-outside`",
        ))
    } else {
        None
    };
    if let Some(mistake) = mistake {
        findings.add(mistake);
        return None;
    }
    match read_file(&path) {
        Ok(source) => {
            findings.sources.push(Source { included_from: Some(node.place), ..source });
            Some(findings.sources.len() - 1)
        }
        Err(error) => {
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            let mistake = refused(error.to_string());
            findings.add(match cause {
                Some(cause) => mistake.with_label(cause),
                None => mistake,
            });
            None
        }
    }
}

/// Reads `[name, other]` or `{ name: default, other: }`.
fn parameters(node: &Node, findings: &mut Findings) -> Vec<Parameter> {
    let mut parameters = Vec::new();
    if let Value::Mapping(_) = node.value {
        for Entry { name, key, value } in findings.entries(node, "").unwrap_or_default() {
            let Some(name) = findings.check(interpolate::name(name, key.place)) else {
                continue;
            };
            let default = match value.value {
                Value::Null => None,
                Value::Scalar(_) | Value::Sequence(_) | Value::Mapping(_) => {
                    findings.text(value, "a value").map(str::to_owned)
                }
            };
            parameters.push(Parameter { name, default });
        }
        return parameters;
    }
    for node in node.items() {
        let text = findings.text(node, "a list of parameters, or a mapping with their values");
        let name = text.and_then(|text| findings.check(interpolate::name(text, node.place)));
        parameters.extend(name.map(|name| Parameter { name, default: None }));
    }
    parameters
}
