//! A prompt that opens after a script.

use tempfile::TempDir;

use crate::client_in;
use crate::server::Server;
use crate::terminal::Setting;

#[test]
fn a_script_that_stays_opens_the_prompt_behind_it() {
    let (server, folder) = (Server::start(), TempDir::new().unwrap());
    let script = "create_group g\njoin_group g\necho in it";
    let more = ["--stay", "-e", script];
    let mut c1 = client_in(&Setting::default(), server.port(), "c1", &folder, &more);
    c1.wait_for_last_row(">>> (g)");
    c1.type_keys("leave_group\r");
    c1.wait_for("the script, and the prompt behind it", |rows| {
        rows.ends_with(&[
            ">>> [Entered group g successfully.]".to_owned(),
            "in it".to_owned(),
            ">>> (g) leave_group".to_owned(),
            ">>> (g) [Leave group chat g.]".to_owned(),
            ">>>".to_owned(),
        ])
    });
    c1.type_keys("exit\r");
    assert_eq!(c1.wait_for_exit(), 0);
    c1.assert_settings_are_back();
}
