//! What stands around the steps.

use schemars::JsonSchema;

use super::network::Network;
use super::shapes::{Mapping, OneOrMany, OneOrMore};
use super::steps::Step;
use super::values::requiring;
use super::words::{
    Clock, Duration, Line, Redacted, Seed, Sentence, Stage, Tag, Text, Truth, ValueName, Version,
};

/// A scenario of chatsim: who takes part, what happens, and what the screens show. With
/// `parameters` it is a file whose steps others include.
#[derive(JsonSchema)]
#[schemars(
    title = "chatsim scenario",
    deny_unknown_fields,
    transform = requiring(&["chatsim", "steps"])
)]
pub(super) struct File {
    chatsim: Version,
    /// What the scenario shows, in a sentence.
    title: Text,
    /// The settings of the links for the whole scenario.
    network: Network,
    /// The virtual time at the start, in UTC.
    clock: Clock,
    /// The seed of everything random.
    seed: Seed,
    /// Words to choose scenarios by.
    tags: OneOrMany<Tag>,
    /// The stages on which it is played; elsewhere it is skipped.
    only: OneOrMore<Stage>,
    /// The reason why it fails at present: a failure is as expected, an unexpected pass fails.
    xfail: Sentence,
    /// What is replaced in each line of the snapshot.
    redact: OneOrMany<Redact>,
    /// How much of the stage's time the whole may take.
    timeout: Duration,
    /// Whether steps that are impossible at their place are skipped and unused faults are allowed;
    /// meant for generated scenarios.
    lenient: Truth,
    /// Values for names: the scenario is played once for each combination.
    matrix: Mapping<ValueName, Values>,
    /// The names of an included file, which `with` gives their values.
    parameters: Parameters,
    /// What happens.
    #[schemars(length(min = 1))]
    steps: Vec<Step>,
}

#[derive(JsonSchema)]
#[schemars(untagged, inline)]
enum Redact {
    Pattern(Redacted),
    Rule(RedactRule),
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, transform = requiring(&["pattern"]))]
struct RedactRule {
    /// What is replaced, wherever it is found.
    pattern: Redacted,
    /// What stands there instead; `$1` is the first group of a regular expression.
    with: Line,
}

#[derive(JsonSchema)]
#[schemars(inline)]
struct Values(#[schemars(length(min = 1))] Vec<Text>);

#[derive(JsonSchema)]
#[schemars(untagged, inline)]
enum Parameters {
    Names(OneOrMany<ValueName>),
    Defaults(Mapping<ValueName, Default>),
}

#[derive(JsonSchema)]
#[schemars(untagged, inline)]
enum Default {
    None(()),
    Value(Text),
}
