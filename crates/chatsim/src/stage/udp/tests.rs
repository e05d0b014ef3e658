use std::path::PathBuf;

use super::*;
use crate::scenario::Source;
use crate::stage::ScreenEntry;
use crate::testing::{client, parse, server};
use machine::Outcome;

fn scenario(server_port: Option<u16>) -> Scenario {
    let port = server_port.map(|port| format!("server: {{ port: {port} }}\n"));
    let text = format!(
        "chatsim: 1\nclock: 1970-01-01T00:00:00\nclients: [c1, c2]\n{}steps: [settle]\n",
        port.unwrap_or_default()
    );
    parse(&Source::new(PathBuf::new(), text.into())).unwrap().remove(0)
}

fn stage_with(actors: &[ActorName]) -> Udp {
    let mut stage = Udp::new(&scenario(None), 1).unwrap();
    for &actor in actors {
        stage.start(actor).unwrap();
        stage.settle().unwrap();
    }
    stage
}

/// A screen as text: milliseconds and what was shown.
fn screen(stage: &Udp, actor: ActorName) -> Vec<String> {
    let entries = stage.screen(actor).iter();
    let text = |entry: ScreenEntry| {
        let shown = match &entry.shown {
            Shown::Typed(line) => format!("typed {line}"),
            Shown::Line(line) => line.text.clone(),
            other @ (Shown::Started
            | Shown::Interrupted
            | Shown::Exited(Outcome::Left | Outcome::Failed)
            | Shown::Killed) => format!("{other:?}"),
        };
        format!("{} {shown}", entry.at.as_micros() / 1000)
    };
    entries.map(text).collect()
}

#[test]
fn a_typed_line_crosses_the_kernel_and_comes_back_before_any_time_passes() {
    let mut stage = stage_with(&[server(), client("c1")]);
    stage.type_line(client("c1"), "hello").unwrap();
    stage.settle().unwrap();
    assert_eq!(
        screen(&stage, client("c1")),
        ["0 Started", "0 ready", "0 typed >>> hello", "0 got hello"]
    );
    assert_eq!(screen(&stage, server()), ["0 Started", "0 ready", "0 got hello"]);
}

#[test]
fn a_line_is_typed_at_the_prompt_of_that_moment() {
    let mut stage = stage_with(&[client("c1")]);
    for line in ["prompt >>> (g) ", "ring 1"] {
        stage.type_line(client("c1"), line).unwrap();
        stage.settle().unwrap();
    }
    let typed = screen(&stage, client("c1")).split_off(2);
    assert_eq!(typed, ["0 typed >>> prompt >>> (g) ", "0 typed >>> (g) ring 1"]);
}

#[test]
fn retries_pass_in_the_stage_s_time_alone() {
    let mut stage = stage_with(&[client("c1")]);
    stage.type_line(client("c1"), "hello").unwrap();
    stage.settle().unwrap();
    assert_eq!(
        screen(&stage, client("c1")).split_off(3),
        ["500 try 1", "1000 try 2", "1500 gave up", "1500 Exited(Failed)"]
    );
    assert_eq!(stage.now(), Timestamp::from_micros(1_500_000));
    assert!(!stage.is_running(client("c1")));
    assert_eq!(stage.type_line(client("c1"), "hello"), Err(StageError::NotRunning(client("c1"))));
}

#[test]
fn timers_of_one_moment_fire_in_the_order_of_the_names() {
    let mut stage = stage_with(&[client("c2"), server(), client("c1")]);
    for actor in ["c2", "c1"] {
        stage.type_line(client(actor), "ring 60").unwrap();
    }
    stage.settle().unwrap();
    assert_eq!(stage.now(), Timestamp::from_micros(0));
    stage.advance(Duration::from_secs(59)).unwrap();
    assert!(!stage.await_output(Timestamp::from_micros(59_500_000)).unwrap());
    assert_eq!(stage.now(), Timestamp::from_micros(59_500_000));
    assert!(stage.await_output(Timestamp::from_micros(90_000_000)).unwrap());
    assert_eq!(screen(&stage, client("c1")).pop().unwrap(), "60000 rang");
    assert_eq!(screen(&stage, client("c2")).pop().unwrap(), "0 typed >>> ring 60");
    stage.advance(Duration::from_secs(1)).unwrap();
    assert_eq!(screen(&stage, client("c2")).pop().unwrap(), "60000 rang");
    assert_eq!(stage.now(), Timestamp::from_micros(61_000_000));
}

#[test]
fn a_killed_server_comes_back_on_its_port_without_what_it_missed() {
    let mut stage = stage_with(&[server(), client("c1")]);
    stage.kill(server()).unwrap();
    assert!(!stage.is_running(server()));
    stage.type_line(client("c1"), "hello").unwrap();
    stage.advance(Duration::from_millis(700)).unwrap();
    stage.start(server()).unwrap();
    stage.settle().unwrap();
    assert_eq!(
        screen(&stage, client("c1")).split_off(3),
        ["500 try 1", "1000 try 2", "1000 got hello"]
    );
    assert_eq!(
        screen(&stage, server()),
        ["0 Started", "0 ready", "0 Killed", "700 Started", "700 ready", "1000 got hello"]
    );
}

#[test]
fn a_paused_server_gets_its_datagrams_late() {
    let mut stage = stage_with(&[server(), client("c1")]);
    stage.type_line(client("c1"), "hello").unwrap();
    stage.pause(server()).unwrap();
    stage.type_line(server(), "ring 1").unwrap();
    stage.advance(Duration::from_millis(700)).unwrap();
    assert_eq!(screen(&stage, server()).pop().unwrap(), "0 typed >>> ring 1");
    assert!(stage.is_running(server()));
    stage.resume(server()).unwrap();
    stage.settle().unwrap();
    assert_eq!(screen(&stage, server()).split_off(3), ["700 got hello", "700 got hello"]);
    stage.advance(Duration::from_secs(1)).unwrap();
    assert_eq!(screen(&stage, server()).pop().unwrap(), "1700 rang");
}

#[test]
fn a_paused_actor_can_be_killed_and_started_anew() {
    let mut stage = stage_with(&[server(), client("c1")]);
    stage.pause(server()).unwrap();
    stage.kill(server()).unwrap();
    stage.start(server()).unwrap();
    stage.type_line(client("c1"), "hello").unwrap();
    stage.settle().unwrap();
    assert_eq!(screen(&stage, server()).pop().unwrap(), "0 got hello");
}

#[test]
fn stop_is_a_polite_leave() {
    let mut stage = stage_with(&[client("c1")]);
    stage.stop(client("c1")).unwrap();
    stage.settle().unwrap();
    assert_eq!(
        screen(&stage, client("c1")).split_off(2),
        ["0 Interrupted", "0 bye", "0 Exited(Left)"]
    );
}

#[test]
fn who_starts_twice_or_does_not_run_is_named() {
    let mut stage = stage_with(&[server()]);
    assert_eq!(stage.start(server()), Err(StageError::AlreadyRunning(server())));
    let absent = Err(StageError::NotRunning(client("c1")));
    assert_eq!(stage.kill(client("c1")), absent);
    assert_eq!(stage.stop(client("c1")), absent);
    assert_eq!(stage.pause(client("c1")), absent);
    assert_eq!(stage.resume(client("c1")), absent);
    assert_eq!(stage.resume(server()), Err(StageError::NotPaused(server())));
    stage.pause(server()).unwrap();
    assert_eq!(stage.pause(server()), Err(StageError::AlreadyPaused(server())));
    assert_eq!(stage.resume(server()), Ok(()));
    assert_eq!(stage.resume(server()), Err(StageError::NotPaused(server())));
    assert_eq!(screen(&stage, client("c1")), Vec::<String>::new());
}

#[test]
fn who_waits_for_nothing_is_said_to_be_unsettled() {
    let mut stage = stage_with(&[server(), client("c1")]);
    stage.type_line(client("c1"), "stall 1").unwrap();
    let problem = "`c1` busy, no timer ends that within 60 minutes".to_owned();
    assert_eq!(stage.settle(), Err(StageError::Unsettled(problem)));
}

#[test]
#[should_panic(expected = "a bug")]
fn a_panic_in_a_loop_is_not_swallowed() {
    let mut stage = stage_with(&[client("c1")]);
    stage.type_line(client("c1"), "panic a bug").unwrap();
    stage.settle().unwrap();
}

#[test]
fn a_taken_port_is_named_with_its_cure() {
    let first = stage_with(&[]);
    let port = first.channel(server()).unwrap().address().port();
    let second = Udp::new(&scenario(Some(port)), 1);
    let problem =
        format!("port `{port}` is taken: choose another port, or end the program that uses it");
    assert_eq!(second.err(), Some(StageError::Environment(problem)));
    drop(first);
    let third = Udp::new(&scenario(Some(port)), 1);
    assert_eq!(third.unwrap().channel(server()).unwrap().address().port(), port);
}

#[test]
fn two_stages_do_not_disturb_each_other() {
    let run = || {
        let mut stage = stage_with(&[server(), client("c1"), client("c2")]);
        for round in 0..50 {
            for actor in ["c1", "c2"] {
                stage.type_line(client(actor), &format!("{actor} {round}")).unwrap();
            }
            stage.kill(client("c2")).unwrap();
            stage.start(client("c2")).unwrap();
            stage.settle().unwrap();
        }
        [server(), client("c1"), client("c2")].map(|actor| screen(&stage, actor))
    };
    let alone = run();
    let other = std::thread::spawn(run);
    assert_eq!(run(), alone);
    assert_eq!(other.join().unwrap(), alone);
}

#[test]
fn datagrams_of_strangers_leave_the_ledger_balanced() {
    let mut stage = stage_with(&[server(), client("c1")]);
    let stranger = {
        let _context = stage.runtime.enter();
        let any = Address::new(SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 0));
        UdpChannel::bind(any).unwrap()
    };
    let own = stage.channel(client("c1")).unwrap().address();
    stage.pause(server()).unwrap();
    stage.type_line(client("c1"), "hello").unwrap();
    stage.advance(Duration::ZERO).unwrap();
    stage.pause(client("c1")).unwrap();
    // The answer comes after more of them than the loop handles before it yields.
    for _ in 0..200 {
        assert!(stage.runtime.block_on(stranger.send(own, b"garbage")));
    }
    stage.resume(server()).unwrap();
    stage.settle().unwrap();
    stage.resume(client("c1")).unwrap();
    stage.settle().unwrap();
    let shown = screen(&stage, client("c1"));
    assert_eq!(shown.len(), 204);
    assert_eq!(shown.last().unwrap(), "0 got hello");
}

#[test]
fn datagrams_that_the_kernel_drops_are_written_off() {
    let mut stage = stage_with(&[server(), client("c1")]);
    stage.pause(server()).unwrap();
    // More than the socket of the paused server can hold, whatever its size is.
    for _ in 0..3000 {
        stage.type_line(client("c1"), "hello").unwrap();
    }
    stage.advance(Duration::ZERO).unwrap();
    stage.resume(server()).unwrap();
    stage.settle().unwrap();
    assert_eq!(stage.now(), Timestamp::from_micros(0));
    let arrived = screen(&stage, server()).len() - 2;
    assert!((1..3000).contains(&arrived), "{arrived}");
}

#[test]
fn who_moves_speaks_from_its_new_port_and_nothing_reaches_the_old_one() {
    let mut stage = stage_with(&[server(), client("c1")]);
    let old = stage.channel(client("c1")).unwrap().address();
    stage.pause(client("c1")).unwrap();
    stage.type_line(client("c1"), "hello").unwrap();
    assert!(stage.runtime.block_on(async {
        UdpChannel::bind(Address::new(([127, 0, 0, 1], 0).into())).unwrap().send(old, b"lost").await
    }));
    stage.move_to(client("c1"), None).unwrap();
    let new = stage.channel(client("c1")).unwrap().address();
    assert_ne!(old, new);
    assert_eq!(
        stage.move_to(client("c1"), Some(new.port())),
        Err(StageError::PortTaken(new.port()))
    );
    stage.resume(client("c1")).unwrap();
    stage.settle().unwrap();
    let shown = screen(&stage, client("c1")).split_off(2);
    assert_eq!(shown, ["0 typed >>> hello", "0 got hello"], "the answer came to the new port");
    stage.move_to(client("c1"), Some(old.port())).unwrap();
    assert_eq!(stage.channel(client("c1")).unwrap().address(), old);
    stage.type_line(client("c1"), "back").unwrap();
    stage.settle().unwrap();
    assert_eq!(screen(&stage, client("c1")).pop().unwrap(), "0 got back");
}

#[test]
fn a_clock_that_is_set_ahead_lets_timers_fire_at_once() {
    let mut stage = stage_with(&[client("c1")]);
    stage.type_line(client("c1"), "ring 60").unwrap();
    stage.settle().unwrap();
    stage.jump_clock(client("c1"), SignedDuration::from_secs(59)).unwrap();
    stage.advance(Duration::from_millis(999)).unwrap();
    assert_eq!(screen(&stage, client("c1")).len(), 3);
    stage.advance(Duration::from_millis(1)).unwrap();
    assert_eq!(screen(&stage, client("c1")).pop().unwrap(), "1000 rang");
    stage.pause(client("c1")).unwrap();
    stage.type_line(client("c1"), "ring 60").unwrap();
    stage.jump_clock(client("c1"), SignedDuration::from_secs(-3600)).unwrap();
    stage.jump_clock(client("c1"), SignedDuration::from_secs(3600)).unwrap();
    stage.resume(client("c1")).unwrap();
    stage.advance(Duration::from_mins(1)).unwrap();
    assert_eq!(screen(&stage, client("c1")).pop().unwrap(), "61000 rang");
}
