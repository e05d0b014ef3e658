//! Programs that always have something under way.

use std::collections::VecDeque;
use std::time::Duration;

use chatsim::machine::{Actor, Address, CleanText, Effect, Line, Machine, Outcome, Timestamp};
use chatsim::runner::{Patience, Verdict, run_scenario};
use chatsim::scenario::{Source, parse};
use chatsim::stage::Stage as _;
use chatsim::stage::simulated::Simulated;
use chatsim::{Guest, Part, Role};

/// Nodes that send each other two heartbeats per second.
#[derive(Debug)]
struct Beating;

static ROLES: [Role; 1] = [Role::many("nodes", "node", 4000)];

impl Guest for Beating {
    fn roles(&self) -> &'static [Role] {
        &ROLES
    }

    fn build(&self, part: &Part<'_>) -> Box<dyn Actor> {
        let others = part.addresses.values().copied();
        let others = others.filter(|address| Some(*address) != part.address()).collect();
        Box::new(Node { others, due: part.now, effects: VecDeque::new() })
    }
}

struct Node {
    others: Vec<Address>,
    due: Timestamp,
    effects: VecDeque<Effect>,
}

impl Machine for Node {
    type Output = Effect;

    fn handle_datagram(&mut self, _from: Address, _bytes: &[u8], _now: Timestamp) {}

    fn handle_timeout(&mut self, now: Timestamp) {
        if now >= self.due {
            self.due = now + Duration::from_millis(500);
            let beats = self.others.iter().map(|to| Effect::Transmit { to: *to, bytes: vec![1] });
            self.effects.extend(beats);
        }
    }

    fn poll_output(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    fn poll_timeout(&self) -> Option<Timestamp> {
        Some(self.due)
    }
}

impl Actor for Node {
    fn handle_line(&mut self, line: &str, _now: Timestamp) {
        self.effects
            .push_back(Effect::Show(Line::new("".into(), CleanText::one_line(line.to_owned()))));
    }

    fn handle_interrupt(&mut self, _now: Timestamp) {
        self.effects.push_back(Effect::Exit(Outcome::Left));
    }
}

/// Runs a scenario of two nodes on links with this latency, and returns how long it takes.
fn time_of(latency: &str) -> Duration {
    let text = format!(
        "chatsim: 1\nnodes: [n1, n2]\nnetwork: {{ latency: {latency} }}\nsteps:\n  \
         - start: [n1, n2]\n    settle: none\n  - advance: 5s\n  - n1: hello\n    settle: none\n  \
         - expect: {{ n1: hello }}\n    settle: none\n"
    );
    let scenario = parse(&Source::new("beats.yaml".into(), text.into()), &Beating);
    let scenario = scenario.unwrap_or_else(|mistakes| panic!("{mistakes}")).remove(0);
    let mut stage = Simulated::new(&scenario, 0);
    let outcome = run_scenario(&scenario, &mut stage, Patience::SIMULATED, &mut |_| ());
    assert!(matches!(outcome.verdict, Verdict::Passed), "{:?}", outcome.verdict);
    stage.now().since(scenario.clock)
}

#[test]
fn heartbeats_that_are_always_under_way_are_waited_for_a_minute() {
    assert_eq!(time_of("600ms"), Duration::from_secs(65));
}

#[test]
fn heartbeats_that_arrive_before_the_next_are_waited_for() {
    assert_eq!(time_of("100ms"), Duration::from_millis(5_101));
}
