use super::{at, name};
use crate::client::requests::{Purpose, Silence};
use crate::client::server_link::ServerLink;
use crate::delivery::Endpoint;
use crate::protocol::limits::{KEEPALIVE_AFTER, REQUEST_RETRY_EVERY};
use crate::protocol::{Address, Initiative, Request, Timestamp};

fn address() -> Address {
    Address::new("10.0.0.1:5000".parse().unwrap())
}

fn connect(initiative: Initiative) -> Request {
    Request::Connect { name: name("c1"), known: None, initiative }
}

/// Makes the link of a client that has registered at `now`.
fn registered(now: Timestamp) -> (ServerLink, Endpoint) {
    let (mut link, mut endpoint) = (ServerLink::new(address()), Endpoint::new(0));
    let id = link.request(connect(Initiative::Person), &mut endpoint, now);
    assert!(link.is_joining());
    assert_eq!(link.answered(id), Some(connect(Initiative::Person)));
    link.registered(true, now);
    assert!(link.is_reachable());
    (link, endpoint)
}

#[test]
fn waits_before_attempts_to_reconnect_double_up_to_a_minute() {
    let (mut link, mut endpoint) = registered(at(0));
    link.reconnect(at(10));
    link.reconnect(at(11));
    let mut attempts = Vec::new();
    for _ in 0..7 {
        let now = link.poll_timeout().unwrap();
        link.try_to_reconnect(connect(Initiative::Program), &mut endpoint, now);
        attempts.push(now.since(at(10)).as_secs());
        assert_eq!(link.requests().count(Purpose::Rejoin), 1, "the one before is given up");
        link.assert_invariants(&endpoint);
    }
    assert_eq!(attempts, [2, 6, 14, 30, 62, 122, 182]);
}

#[test]
fn any_answer_ends_the_attempts_to_reconnect() {
    let (mut link, mut endpoint) = registered(at(0));
    link.reconnect(at(10));
    assert!(link.is_online() && link.is_reconnecting() && !link.is_reachable());
    let id = link.request(Request::ListGroups, &mut endpoint, at(11));
    assert_eq!(link.answered(id), Some(Request::ListGroups));
    assert!(link.is_reachable() && !link.is_reconnecting());
    assert_eq!(link.answered(id), None, "an answer that comes twice is ignored");
}

#[test]
fn silence_is_fatal_only_for_a_client_that_cannot_go_on() {
    let (mut link, mut endpoint) = (ServerLink::new(address()), Endpoint::new(0));
    link.request(connect(Initiative::Person), &mut endpoint, at(0));
    assert_eq!(link.went_silent(&mut endpoint, at(3)), Silence::Fatal);

    let cases = [
        (Request::Dereg, Silence::Fatal, false),
        (Request::ListGroups, Silence::Unanswered, true),
        (connect(Initiative::Person), Silence::Unanswered, true),
        (connect(Initiative::Program), Silence::Unnoticed, true),
        (Request::Refresh { known: None }, Silence::Unnoticed, true),
    ];
    for (request, silence, reconnects) in cases {
        let (mut link, mut endpoint) = registered(at(0));
        link.request(request.clone(), &mut endpoint, at(10));
        assert_eq!(link.went_silent(&mut endpoint, at(13)), silence, "{request:?}");
        assert_eq!(link.is_reconnecting(), reconnects, "{request:?}");
        assert_eq!(link.requests().count(Purpose::Command), 0, "{request:?}");
    }
}

#[test]
fn who_leaves_asks_for_nothing_else_and_only_once() {
    let (mut link, mut endpoint) = registered(at(0));
    link.request(Request::Refresh { known: None }, &mut endpoint, at(1));
    assert!(link.leave(&mut endpoint, at(2)).is_some());
    assert!(link.is_leaving());
    assert!(!link.requests().has(Purpose::Refresh));
    assert_eq!(link.leave(&mut endpoint, at(3)), None);
    link.assert_invariants(&endpoint);
    assert_eq!(link.went_silent(&mut endpoint, at(4)), Silence::Left);

    let (mut link, mut endpoint) = registered(at(0));
    link.reconnect(at(1));
    assert_eq!(link.leave(&mut endpoint, at(2)), None, "the server is lost");
}

#[test]
fn requests_wait_for_the_registration_after_a_reset() {
    let (mut link, mut endpoint) = registered(at(0));
    let leave = link.request(Request::LeaveGroup, &mut endpoint, at(1));
    endpoint.close(address());
    link.restarted(connect(Initiative::Program), &mut endpoint, at(2));
    assert_eq!(link.requests().count(Purpose::Rejoin), 1);
    link.assert_invariants(&endpoint);
    link.restarted(connect(Initiative::Program), &mut endpoint, at(3));
    assert_eq!(link.requests().count(Purpose::Rejoin), 1, "it is sent again, not made again");
    link.registered(true, at(4));
    assert!(link.send_waiting(&mut endpoint, at(4)), "the request to leave the group is sent");
    assert!(!link.send_waiting(&mut endpoint, at(4)), "nothing waits any more");
    assert_eq!(link.answered(leave), Some(Request::LeaveGroup));
}

#[test]
fn a_kick_ends_all_requests_but_the_users_own_return() {
    let (mut link, mut endpoint) = registered(at(0));
    link.reconnect(at(1));
    let other = link.request(Request::ListGroups, &mut endpoint, at(2));
    let back = link.request(connect(Initiative::Person), &mut endpoint, at(2));
    assert!(link.kicked());
    assert!(!link.is_online() && !link.is_reconnecting());
    assert!(link.requests().contains(back) && !link.requests().contains(other));
    assert!(!link.kicked(), "a client that is offline cannot be kicked");
}

#[test]
fn a_silent_server_is_probed() {
    let (mut link, mut endpoint) = registered(at(0));
    while endpoint.poll_datagram().is_some() {}
    endpoint.close(address());
    let due = at(0) + KEEPALIVE_AFTER;
    assert_eq!(link.poll_timeout(), Some(due));
    link.keep_alive(true, &mut endpoint, due).unwrap();
    assert!(endpoint.is_pending(address()));
    assert_eq!(link.poll_timeout(), Some(due + KEEPALIVE_AFTER));
    link.registered(false, at(100));
    let soon = at(100) + REQUEST_RETRY_EVERY;
    assert_eq!(link.poll_timeout(), Some(soon), "a server that owes the table is probed sooner");
}

#[test]
#[should_panic(expected = "are on no link")]
fn a_request_whose_loss_nobody_would_hear_of_is_noticed() {
    let (mut link, mut endpoint) = registered(at(0));
    link.request(Request::ListGroups, &mut endpoint, at(1));
    endpoint.close(address());
    link.assert_invariants(&endpoint);
}
