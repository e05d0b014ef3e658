//! The keys beside the steps.

use schemars::JsonSchema;

use super::network::Network;
use super::shapes::{Mapping, OneOrMany, OneOrMore};
use super::steps::Step;
use super::values::requiring;
use super::words::{
    Clock, Duration, Line, Pattern, Redacted, Seed, Sentence, Stage, Tag, Text, Truth, ValueName,
    Version,
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
    /// The seed of all random choices.
    seed: Seed,
    /// Tags that select scenarios.
    tags: OneOrMany<Tag>,
    /// The stages on which it is run; elsewhere it is skipped.
    only: OneOrMore<Stage>,
    /// Why it fails at present, and with which line: that failure is as expected, any other fails,
    /// and so does a pass.
    xfail: ExpectedFailure,
    /// What is replaced in each line of the snapshot.
    redact: OneOrMany<Redact>,
    /// The maximum of the stage's time that the whole scenario may take.
    timeout: Duration,
    /// Whether steps that are impossible at their place are skipped and unused faults are allowed;
    /// meant for generated scenarios.
    lenient: Truth,
    /// Values for names: the scenario is run once for each combination.
    matrix: Mapping<ValueName, Values>,
    /// The parameters of an included file, which `with` sets.
    parameters: Parameters,
    /// The steps.
    #[schemars(length(min = 1))]
    steps: Vec<Step>,
}

#[derive(JsonSchema)]
#[schemars(untagged, inline)]
enum ExpectedFailure {
    Reason(Sentence),
    Rule(ExpectedFailureRule),
}

#[derive(JsonSchema)]
#[schemars(inline, deny_unknown_fields, transform = requiring(&["reason"]))]
struct ExpectedFailureRule {
    /// Why it fails at present.
    reason: Sentence,
    /// The line that is missing, forbidden or counted, or the reason why a promise is broken.
    line: Pattern,
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
    /// The replacement; `$1` is the first group of a regular expression.
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
