//! YAML as written: a tree of nodes, each with its place, without any interpretation.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_yaml::{
    DuplicateKeyPolicy, Location, MergeKeyPolicy, NonFiniteFloatPolicy, Options, Spanned,
};

use super::syntax;
use crate::{Mistake, Place};

/// Maximum nesting depth of lists and mappings.
const DEPTH_MAX: usize = 32;

/// Scalars, lists and mappings of one file, including repetitions by aliases.
const NODES_MAX: usize = 1_000_000;

/// Parser events that aliases may repeat in one file.
const ALIAS_EVENTS_MAX: usize = 100_000;

/// A piece of YAML and its place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Node {
    /// Its place.
    pub place: Place,
    /// What it is.
    pub value: Value,
}

/// What a [`Node`] is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Value {
    /// Nothing, `~` or `null`.
    Null,
    /// Text; numbers and booleans as written.
    Scalar(String),
    /// A list.
    Sequence(Vec<Node>),
    /// Keys and values as written, repeated keys included.
    Mapping(Vec<(Node, Node)>),
}

impl Node {
    /// Returns the kind of the value, for messages.
    pub fn kind(&self) -> &'static str {
        match &self.value {
            Value::Null => "nothing",
            Value::Scalar(_) => "a text",
            Value::Sequence(_) => "a list",
            Value::Mapping(_) => "a mapping",
        }
    }

    /// Returns the items of a list; anything else counts as a list of one.
    pub fn items(&self) -> &[Self] {
        match &self.value {
            Value::Sequence(items) => items,
            Value::Null | Value::Scalar(_) | Value::Mapping(_) => std::slice::from_ref(self),
        }
    }
}

/// Reads the text of a file into its tree. `file` is the index of the file in [`Findings::sources`](crate::Findings::sources).
///
/// # Errors
///
/// The text is not YAML, or exceeds a bound: the first mistake.
pub fn read(text: &str, file: usize) -> Result<Node, Mistake> {
    let raw: Spanned<Raw> = serde_yaml::from_str_with_options(text, options())
        .map_err(|error| syntax::mistake(text, &error).in_file(file))?;
    Ok(Reader { text, file }.node(raw, None))
}

fn options() -> Options {
    serde_yaml::options! {
        budget: serde_yaml::budget! {
            max_depth: DEPTH_MAX,
            max_nodes: NODES_MAX,
            max_events: 2 * NODES_MAX,
            // One anchor may serve many steps: repetition by aliases is bounded below.
            enforce_alias_anchor_ratio: false,
        },
        alias_limits: serde_yaml::alias_limits! {
            max_total_replayed_events: ALIAS_EVENTS_MAX,
        },
        emit_comments: false,
        // Repeated keys and `<<` are refused later, together with all other mistakes.
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
        merge_keys: MergeKeyPolicy::AsOrdinary,
        non_finite_float_policy: NonFiniteFloatPolicy::PassThrough,
        reject_unsupported_tags: true,
        with_snippet: false,
    }
}

/// Makes a place from a location, which may be outside of the text.
fn place_of(text: &str, file: usize, location: Location) -> Place {
    let span = location.span();
    let offset = |bytes: Option<u64>| bytes.and_then(|bytes| usize::try_from(bytes).ok());
    let start = text.floor_char_boundary(offset(span.byte_offset()).unwrap_or(0));
    let len = offset(span.byte_len()).unwrap_or(0);
    let count = |number: u64| usize::try_from(number).unwrap_or(usize::MAX).max(1);
    Place {
        file,
        start,
        end: text.floor_char_boundary(start.saturating_add(len)),
        line: count(location.line()),
        column: count(location.column()),
    }
}

/// The tree as the library sees it: it has places, but scalars that look like numbers or
/// booleans have lost their text.
enum Raw {
    Null,
    Typed,
    Text(String),
    Sequence(Vec<Spanned<Self>>),
    Mapping(Vec<(Spanned<Self>, Spanned<Self>)>),
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("YAML")
    }

    fn visit_unit<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Raw, E> {
        Ok(Raw::Typed)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Raw, E> {
        Ok(Raw::Typed)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Raw, E> {
        Ok(Raw::Typed)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Raw, E> {
        Ok(Raw::Typed)
    }

    fn visit_str<E>(self, text: &str) -> Result<Raw, E> {
        Ok(Raw::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Raw, E> {
        Ok(Raw::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Raw, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(Raw::Sequence(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Raw, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Raw::Mapping(entries))
    }
}

/// Turns the library's tree into ours, using the text.
struct Reader<'a> {
    text: &'a str,
    file: usize,
}

impl Reader<'_> {
    /// `alias` is the alias through which the parent was reached.
    fn node(&self, raw: Spanned<Raw>, alias: Option<Location>) -> Node {
        let Spanned { value, referenced, defined } = raw;
        // An aliased value has the place of the alias; its parts have the places where they are
        // written.
        let own_alias = (referenced != defined).then_some(referenced);
        let at_alias = own_alias.is_some() && own_alias != alias;
        let written = place_of(self.text, self.file, defined);
        let (value, written) = match value {
            Raw::Null => (Value::Null, written),
            Raw::Text(text) => (Value::Scalar(text), written),
            Raw::Typed => (Value::Scalar(self.slice(written).to_owned()), written),
            Raw::Sequence(items) => {
                let node = |item| self.node(item, own_alias);
                let items: Vec<Node> = items.into_iter().map(node).collect();
                let extent = self.extent(written, items.last());
                (Value::Sequence(items), extent)
            }
            Raw::Mapping(entries) => {
                let pair = |(key, value)| (self.node(key, own_alias), self.node(value, own_alias));
                let entries: Vec<(Node, Node)> = entries.into_iter().map(pair).collect();
                let extent = self.extent(written, entries.last().map(|(_, value)| value));
                (Value::Mapping(entries), extent)
            }
        };
        let place = if at_alias { place_of(self.text, self.file, referenced) } else { written };
        Node { place, value }
    }

    fn slice(&self, place: Place) -> &str {
        let slice = self.text.get(place.start..place.end).unwrap_or_default();
        slice.trim()
    }

    /// Extends the place of a list or mapping, of which the library gives only the start, over its
    /// last part and its closing bracket, as far as they are on the same line.
    fn extent(&self, start: Place, last: Option<&Node>) -> Place {
        let rest = self.text.get(start.start..).unwrap_or_default();
        let is_flow = rest.starts_with(['[', '{']);
        let first_end = start.start + usize::from(is_flow);
        let last_end = last.map_or(first_end, |node| node.place.end);
        let inside = self.text.get(start.start..last_end);
        if inside.is_none_or(|inside| inside.contains(['\n', '\r'])) {
            let end = start.start + syntax::word_len(self.text, start.start);
            return Place { end, ..start };
        }
        let after = self.text.get(last_end..).unwrap_or_default();
        let closing = after.trim_start_matches([' ', '\t', ',']);
        let end = if is_flow && closing.starts_with([']', '}']) {
            last_end + after.len() - closing.len() + 1
        } else {
            last_end
        };
        Place { end, ..start }
    }
}
