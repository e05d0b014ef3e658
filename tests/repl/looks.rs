//! Colors, and no colors on request.

use tempfile::TempDir;
use vt100::Color;

use crate::server::Server;
use crate::terminal::Setting;
use crate::{client_in, welcomed};

const RED: Color = Color::Idx(1);

#[test]
fn commands_and_names_are_coloured_and_what_is_wrong_is_red_before_enter() {
    let (server, folder) = (Server::start(), TempDir::new().unwrap());
    let mut c1 = welcomed(&server, "c1", &folder);
    c1.type_keys("send bob hi");
    c1.wait_for_last_row(">>> send bob hi");
    assert_eq!(c1.looks("send"), (Color::Default, true));
    let (bob, _) = c1.looks("bob");
    assert!(!matches!(bob, Color::Default | RED), "{bob:?}");
    assert_eq!(c1.looks("hi"), (Color::Default, false));

    c1.type_keys("\x15sond");
    c1.wait_for_last_row(">>> sond");
    assert_eq!(c1.looks("sond"), (RED, false));
    c1.type_keys("\x15join_group a/b");
    c1.wait_for_last_row(">>> join_group a/b");
    assert_eq!((c1.looks("join_group"), c1.looks("a/b")), ((Color::Default, true), (RED, false)));
}

#[test]
fn nothing_is_coloured_for_who_does_not_want_it() {
    let (server, folder) = (Server::start(), TempDir::new().unwrap());
    let no_color = Setting { variables: &[("NO_COLOR", "1")], ..Setting::default() };
    let ways: [(&Setting<'_>, &[&str]); 2] =
        [(&no_color, &[]), (&Setting::default(), &["--color", "never"])];
    for (n, (setting, more)) in ways.into_iter().enumerate() {
        let mut c1 = client_in(setting, server.port(), &format!("c{n}"), &folder, more);
        c1.wait_for_last_row(">>>");
        c1.type_keys("send bob");
        c1.wait_for_last_row(">>> send bob <message>");
        for text in [">>>", "send", "bob", "<message>"] {
            assert_eq!(c1.looks(text), (Color::Default, false), "{text}");
        }
    }
    let mut c1 = client_in(&no_color, server.port(), "c3", &folder, &["--color", "always"]);
    c1.wait_for_last_row(">>>");
    c1.type_keys("sond");
    c1.wait_for_last_row(">>> sond");
    assert_eq!(c1.looks("sond"), (RED, false));
}
