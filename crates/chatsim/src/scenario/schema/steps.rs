//! Steps.

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Value, json};

use super::faults::Fault;
use super::shapes::{Mapping, OneOrMany, OneOrMore};
use super::values::{NAMES_A_VALUE, or_keys_with_values, or_value, requiring};
use super::words::{
    ActorName, Alone, Count, CrashPoint, Disk, Duration, Jump, Line, Pattern, Port, PromiseName,
    ScreensName, Text, Times, Truth, links, name,
};

type Actors = OneOrMore<ActorName>;

#[derive(JsonSchema)]
#[schemars(untagged)]
pub(super) enum Step {
    Keyed(Box<KeyedStep>),
    Alone(Alone),
}

/// A step: one key and its value. The key is a verb, or the name of an actor at whose prompt a line
/// is typed. `settle: none` may stand next to it.
#[derive(JsonSchema)]
#[schemars(
    transform = requiring(&[]),
    extend("propertyNames" = names(), "minProperties" = 1, "maxProperties" = 2),
    extend("allOf" = beside()),
    transform = or_keys_with_values
)]
pub(super) struct KeyedStep {
    /// Starts programs, one after the other.
    start: Actors,
    /// Stops programs as Ctrl-C would.
    stop: Actors,
    /// Kills programs without warning.
    kill: Actors,
    /// Kills programs and starts them again.
    restart: Restart,
    /// Pauses programs; incoming datagrams wait.
    pause: Actors,
    /// Resumes paused programs.
    resume: Actors,
    /// Moves actors to another port: this one, or one that the stage chooses.
    r#move: Move,
    /// Sets clocks ahead or back.
    clock: Mapping<ActorName, Jump>,
    /// Sets the state of disks from now on.
    disk: Mapping<ActorName, Disk>,
    /// Kills programs at one of their writes.
    crash: Mapping<ActorName, CrashPoint>,
    /// What screens have to show.
    expect: Expect,
    /// What screens must not have shown.
    never: Never,
    /// What has to have happened in at least one of many runs.
    sometimes: Sometimes,
    /// Lets the stage's time pass.
    advance: Duration,
    /// Waits until nothing is under way. Next to a step, `none` means that it does not settle.
    settle: Settle,
    /// Checks whether promises were kept so far.
    check: OneOrMore<PromiseName>,
    /// Injects a fault.
    fault: Fault,
    /// Ends all faults, or those of these names.
    heal: Heal,
    /// A sentence for the report.
    note: Text,
    /// Keeps the screens of this moment in the snapshot, under a name.
    snapshot: ScreensName,
    /// Repeats steps.
    repeat: Repeat,
    /// Runs lists of steps in parallel.
    #[schemars(length(min = 2))]
    parallel: Vec<Steps>,
    /// Runs the steps of another file.
    include: Include,
    #[schemars(flatten)]
    typed: BTreeMap<String, Typed>,
}

fn names() -> Value {
    json!({ "pattern": format!("^{}$|{NAMES_A_VALUE}", name()) })
}

fn nothing(_: &mut SchemaGenerator) -> Schema {
    false.into()
}

/// Only `settle: none` may be written next to a step, and not alone.
fn beside() -> Value {
    let none = or_value(&json!({ "const": "none" }));
    json!([{
        "if": { "minProperties": 2 },
        "then": { "required": ["settle"], "properties": { "settle": none } },
        "else": { "properties": { "settle": { "not": { "const": "none" } } } },
    }])
}

#[derive(JsonSchema)]
#[schemars(untagged, inline)]
enum Move {
    Actors(Actors),
    Ports(Mapping<ActorName, MaybePort>),
}

#[derive(JsonSchema)]
#[schemars(untagged, inline)]
enum MaybePort {
    Any(()),
    Port(Port),
}

#[derive(JsonSchema)]
#[schemars(inline)]
struct Steps(#[schemars(length(min = 1))] Vec<Step>);

/// The line, or the list of lines, that is typed at this prompt.
#[derive(JsonSchema)]
struct Typed(OneOrMore<Line>);

#[derive(JsonSchema)]
#[schemars(untagged, inline)]
enum Restart {
    Actors(Actors),
    Later(RestartLater),
}

#[derive(JsonSchema)]
#[schemars(
    deny_unknown_fields,
    transform = requiring(&["actor"]),
    transform = or_keys_with_values
)]
struct RestartLater {
    /// The programs.
    actor: Actors,
    /// How long they are down.
    after: Duration,
}

/// What screens have to show: for each actor a line, a list of lines, or a demand.
#[derive(JsonSchema)]
#[schemars(
    transform = requiring(&[]),
    extend("propertyNames" = names(), "minProperties" = 1),
    transform = or_keys_with_values
)]
struct Expect {
    /// How long it may take.
    within: Duration,
    #[schemars(rename = "for", schema_with = "nothing")]
    watch: (),
    #[schemars(flatten)]
    actors: BTreeMap<String, Shown>,
}

#[derive(JsonSchema)]
#[schemars(untagged)]
enum Shown {
    Lines(OneOrMore<Pattern>),
    Demand(Demand),
}

/// How lines have to be shown.
#[derive(JsonSchema)]
#[schemars(
    deny_unknown_fields,
    transform = requiring(&[]),
    extend("oneOf" = [{ "required": ["line"] }, { "required": ["lines"] }]),
    extend("dependentSchemas" = {
        "count": { "properties": { "lines": false, "any_order": false } },
        "any_order": { "properties": { "line": false } },
    }),
    transform = or_keys_with_values
)]
struct Demand {
    /// The line.
    line: Pattern,
    /// The lines, one after the other unless `any_order` says otherwise.
    lines: OneOrMore<Pattern>,
    /// Whether the order of the lines does not matter.
    any_order: Truth,
    /// How many times exactly the line is shown, counted after settling.
    count: Count,
}

/// What screens must not have shown: for each actor a line or a list of lines.
#[derive(JsonSchema)]
#[schemars(
    transform = requiring(&[]),
    extend("propertyNames" = names(), "minProperties" = 1),
    transform = or_keys_with_values
)]
struct Never {
    /// How long to go on watching.
    #[schemars(rename = "for")]
    watch: Duration,
    #[schemars(schema_with = "nothing")]
    within: (),
    #[schemars(flatten)]
    actors: BTreeMap<String, OneOrMore<Pattern>>,
}

/// What has to have happened in at least one of many runs: for each actor a line on its screen, for
/// each link a kind of packet that was sent there, or a list of them.
#[derive(JsonSchema)]
#[schemars(
    transform = requiring(&[]),
    extend("propertyNames" = links(), "minProperties" = 1),
    transform = or_keys_with_values
)]
struct Sometimes {
    #[schemars(rename = "for", schema_with = "nothing")]
    watch: (),
    #[schemars(schema_with = "nothing")]
    within: (),
    #[schemars(flatten)]
    actors_and_links: BTreeMap<String, OneOrMore<Pattern>>,
}

/// When the step settles.
#[derive(JsonSchema)]
#[schemars(inline, extend("enum" = [null, "now", "none"]), transform = or_value_in_place)]
struct Settle(Value);

fn or_value_in_place(schema: &mut Schema) {
    let whole = or_value(schema.as_value());
    *schema = Schema::try_from(whole).unwrap_or_default();
}

#[derive(JsonSchema)]
#[schemars(untagged, inline)]
enum Heal {
    All(()),
    Named(OneOrMany<Text>),
}

#[derive(JsonSchema)]
#[schemars(
    deny_unknown_fields,
    transform = requiring(&["times", "steps"]),
    transform = or_keys_with_values
)]
struct Repeat {
    /// How often.
    times: Times,
    /// The steps to repeat.
    steps: Steps,
}

#[derive(JsonSchema)]
#[schemars(untagged, inline)]
enum Include {
    File(Text),
    Part(Part),
}

/// A file whose steps are run here.
#[derive(JsonSchema)]
#[schemars(
    deny_unknown_fields,
    transform = requiring(&["file"]),
    transform = or_keys_with_values
)]
struct Part {
    /// The file, relative to the folder of this one.
    file: Text,
    /// The values of its parameters.
    with: Mapping<Text, Text>,
}
