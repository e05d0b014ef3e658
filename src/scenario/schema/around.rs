//! What stands around the steps.

use schemars::JsonSchema;
use serde_json::json;

use super::super::{include, resolve, terms};
use super::network::Network;
use super::shapes::{Mapping, OneOrMany, OneOrMore};
use super::steps::Step;
use super::values::requiring;
use super::words::{
    ClientName, Clock, Duration, Line, LoginName, Port, Redacted, Seed, Sentence, Stage, Tag, Text,
    Truth, ValueName, Version,
};

/// A scenario of chatsim: who takes part, what happens, and what the screens show. With
/// `parameters` it is a file whose steps others include.
#[derive(JsonSchema)]
#[schemars(
    title = "chatsim scenario",
    deny_unknown_fields,
    transform = requiring(&["chatsim", "steps"]),
    extend("dependentSchemas" = json!({ "parameters": only_in_scenarios() }))
)]
pub(super) struct File {
    chatsim: Version,
    /// What the scenario shows, in a sentence.
    title: Text,
    /// Everybody who takes part besides the server.
    clients: Clients,
    /// Where the server listens; without it the stage chooses.
    server: Server,
    /// How the links are for the whole of the scenario.
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
    /// Whether steps that cannot be done where they stand are passed over, and faults need not hit
    /// anything.
    lenient: Truth,
    /// Values for names: the scenario is played once for each combination.
    matrix: Mapping<ValueName, Values>,
    /// The names of an included file, which `with` gives their values.
    parameters: Parameters,
    /// What happens.
    #[schemars(length(min = 1))]
    steps: Vec<Step>,
}

/// What a file that others include does not have.
fn only_in_scenarios() -> serde_json::Value {
    let keys = resolve::KEYS.into_iter().chain(terms::KEYS);
    let keys = keys.filter(|key| !include::PART_KEYS.contains(key));
    json!({ "properties": keys.map(|key| (key.to_owned(), false.into())).collect::<serde_json::Map<_, _>>() })
}

#[derive(JsonSchema)]
#[schemars(untagged, inline)]
enum Clients {
    Nobody(()),
    Names(Vec<ClientName>),
    Traits(Mapping<ClientName, Client>),
}

#[derive(JsonSchema)]
#[schemars(untagged, inline)]
enum Client {
    Nothing(()),
    Traits(ClientTraits),
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, transform = requiring(&[]))]
struct ClientTraits {
    /// The client's port; without it the stage chooses.
    port: Port,
    /// The name under which it registers: its own, unless two programs are to share one.
    login: LoginName,
}

#[derive(JsonSchema)]
#[schemars(untagged, inline)]
enum Server {
    Nothing(()),
    Traits(ServerTraits),
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, transform = requiring(&[]))]
struct ServerTraits {
    /// The port on which the server listens.
    port: Port,
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
