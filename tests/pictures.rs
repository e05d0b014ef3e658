//! Renders the pages of reports in a headless browser, and checks the result.
//!
//! Not part of plain `cargo test`: `just test-browser` runs it, and needs Chromium.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

const LOSSY: &str = "\
chatsim: 1
title: <script>console.error('title')</script>
clients: [c1, c2]
steps:
  - start: [server, c1, c2]
  - fault: { drop: c1 -> c2, packet: send, nth: 1 }
  - c1: send c2 <script>console.error('text')</script>
  - expect: { c2: /error/ }
  - heal:
  - kill: c2
";

/// The reports of a run, in a folder of their own.
struct Reports(tempfile::TempDir);

impl Reports {
    /// Runs a scenario called `played`.
    fn of(scenario: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let scenarios = folder.path().join("scenarios");
        fs::create_dir(&scenarios).unwrap();
        fs::write(scenarios.join("played.yaml"), scenario).unwrap();
        let other = "chatsim: 1\nclients: [c1]\nsteps: [{ expect: { c1: never } }]\n";
        fs::write(scenarios.join("broken.yaml"), other).unwrap();
        let ended = Command::new(env!("CARGO_BIN_EXE_chatsim"))
            .args(["run", "scenarios", "--accept", "--report", "html=html", "--report", "svg=svg"])
            .current_dir(&folder)
            .stdout(Stdio::null())
            .status();
        assert_eq!(ended.unwrap().code(), Some(1), "one is broken, and both are drawn");
        Self(folder)
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    /// Opens a page in the browser and runs `script`; returns its result.
    fn probe(&self, page: &str, fragment: &str, script: &str) -> Value {
        self.probe_in(page, fragment, script, "light")
    }

    fn probe_in(&self, page: &str, fragment: &str, script: &str, scheme: &str) -> Value {
        let text = fs::read_to_string(self.path(page)).unwrap();
        let script = format!(
            "<script>document.body.insertAdjacentHTML('beforeend', '<pre id=probe></pre>');\n\
             document.querySelector('#probe').textContent = \
             encodeURIComponent(JSON.stringify((() => {{ {script} }})()));</script></body>"
        );
        assert_eq!(text.matches("</body>").count(), 1);
        let probed = self.path(page).with_extension("probed.html");
        fs::write(&probed, text.replace("</body>", &script)).unwrap();
        let dom = self.dom(&probed, fragment, scheme);
        let (_, rest) = dom.split_once("<pre id=\"probe\">").unwrap();
        let (encoded, _) = rest.split_once("</pre>").unwrap();
        serde_json::from_str(&decoded(encoded)).unwrap()
    }

    /// Opens a file in the browser, which must report no errors; returns the resulting document.
    fn dom(&self, file: &Path, fragment: &str, scheme: &str) -> String {
        let profile = tempfile::tempdir_in(&self.0).unwrap();
        let scheme = u8::from(scheme != "dark");
        let browser = std::env::var("CHROMIUM").unwrap_or_else(|_| "chromium".to_owned());
        let output = Command::new(&browser)
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"])
            .args(["--enable-logging=stderr", "--window-size=1400,900"])
            .arg(format!("--blink-settings=preferredColorScheme={scheme}"))
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg("--dump-dom")
            .arg(format!("file://{}{fragment}", file.display()))
            .output()
            .unwrap_or_else(|error| panic!("`{browser}` cannot be started: {error}"));
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{errors}");
        let complaints: Vec<_> = errors.lines().filter(|line| line.contains("CONSOLE")).collect();
        assert_eq!(complaints, [""; 0]);
        String::from_utf8(output.stdout).unwrap()
    }
}

/// Decodes a text from `encodeURIComponent`.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let encoded = tail.get(..2).filter(|_| *first == b'%');
        let byte = encoded.map(|hex| u8::from_str_radix(str::from_utf8(hex).unwrap(), 16).unwrap());
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8(bytes).unwrap()
}

const PAGE: &str = "html/scenarios/played.html";

/// A script that returns the selection.
const SELECTED: &str = "
    const texts = (selector) => [...document.querySelectorAll(selector)].map((it) => it.textContent);
    return {
      steps: texts('.steps a.selected .number'),
      current: texts('.steps a[aria-current=step] .number'),
      areas: [...document.querySelectorAll('.area.selected')].map((it) => it.dataset.step),
      arrows: [...document.querySelectorAll('.arrow.selected')].map((it) => it.dataset.id),
      details: document.querySelector('#details').hidden ? null : texts('#details pre')[0].split('\\n')[0],
    };";

fn selected(step: Option<&str>, arrow: Option<(&str, &str)>) -> Value {
    let steps: Vec<_> = step.into_iter().collect();
    let areas: Vec<_> = step.into_iter().chain(step).collect();
    let arrows: Vec<_> = arrow.iter().map(|(id, _)| id).collect();
    let details = arrow.map(|(_, details)| details);
    serde_json::json!({
        "steps": steps, "current": steps, "areas": areas, "arrows": arrows, "details": details,
    })
}

const LOST: (&str, &str) = ("datagram-13", "#13 c1 -> c2, 327 bytes");

#[test]
fn address_selects_a_step_or_a_datagram() {
    let reports = Reports::of(LOSSY);
    assert_eq!(reports.probe(PAGE, "", SELECTED), selected(None, None));
    assert_eq!(reports.probe(PAGE, "#step-3", SELECTED), selected(Some("3"), None));
    assert_eq!(reports.probe(PAGE, "#datagram-13", SELECTED), selected(Some("3"), Some(LOST)));
    // The step that failed is the most important one.
    let failed = reports.probe("html/scenarios/broken.html", "", SELECTED);
    assert_eq!(failed, selected(Some("1"), None));
}

#[test]
fn click_or_key_selects_a_step_or_a_datagram() {
    let reports = Reports::of(LOSSY);
    let click = |selector: &str| {
        format!(
            "document.querySelector(\"{selector}\").dispatchEvent(\
             new MouseEvent('click', {{ bubbles: true, cancelable: true }}));"
        )
    };
    let key = |key: &str| {
        format!(
            "document.body.dispatchEvent(new KeyboardEvent('keydown', {{ key: '{key}', bubbles: true }}));"
        )
    };
    let after = |acts: &[String]| reports.probe(PAGE, "", &(acts.concat() + SELECTED));
    let step = click(".steps a[href='#step-3'] pre");
    assert_eq!(after(&[step]), selected(Some("3"), None));
    let arrow = click(".sheet .arrow.lost .shaft");
    assert_eq!(after(std::slice::from_ref(&arrow)), selected(Some("3"), Some(LOST)));
    assert_eq!(after(&[arrow.clone(), key("s")]), selected(Some("3"), None));
    assert_eq!(after(&[arrow.clone(), key("Escape")]), selected(None, None));
    let first = ("datagram-1", "#1 c1 -> server, 329 bytes");
    assert_eq!(after(&[key("j")]), selected(Some("1"), Some(first)));
    let before = ("datagram-12", "#12 c2 -> server, 40 bytes");
    assert_eq!(after(&[arrow, key("k")]), selected(Some("1"), Some(before)));
}

#[test]
fn boxes_hide_what_is_not_wanted() {
    let reports = Reports::of(LOSSY);
    let script = "
        const shown = (selector) => [...document.querySelectorAll(selector)]
          .filter((it) => it.getClientRects().length > 0).length;
        const count = () => [shown('.sheet .arrow.ack'), shown('.mark.timer'), shown('rect.fault')];
        const before = count();
        document.querySelectorAll('.bar input').forEach((box) => box.click());
        return [before, count()];";
    let counts = reports.probe(PAGE, "", script);
    let [before, after] = [0, 1].map(|index| counts[index].as_array().unwrap().clone());
    assert!(before.iter().all(|count| count.as_u64().unwrap() > 0), "{counts}");
    assert!(after.iter().all(|count| count.as_u64().unwrap() == 0), "{counts}");
}

#[test]
fn index_filters_its_rows() {
    let reports = Reports::of(LOSSY);
    let script = "
        const shown = [...document.querySelectorAll('tbody tr:not([hidden]) a')];
        return [shown.map((it) => it.textContent), document.querySelector('output').textContent];";
    let all = serde_json::json!([["broken", "played"], ""]);
    assert_eq!(reports.probe("html/index.html", "", script), all);
    let one = serde_json::json!([["played"], "1 of 2"]);
    assert_eq!(reports.probe("html/index.html", "#PASSED%20console", script), one);
}

#[test]
fn colors_follow_the_scheme() {
    let reports = Reports::of(LOSSY);
    let script = "return getComputedStyle(document.body).backgroundColor;";
    assert_eq!(reports.probe_in(PAGE, "", script, "light"), "rgb(255, 255, 255)");
    assert_eq!(reports.probe_in(PAGE, "", script, "dark"), "rgb(18, 22, 29)");
}

#[test]
fn twenty_lanes_have_room_and_keep_their_names_in_sight() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/groups/twenty_members.yaml");
    let reports = Reports::of(&fs::read_to_string(path).unwrap());
    let script = "
        const box = (it) => it.getBoundingClientRect();
        const all = (selector) => [...document.querySelectorAll(selector)].map(box);
        const sheet = document.querySelector('.sheet');
        const heads = all('.top .heads rect');
        sheet.scrollTo({ left: 1e6, top: 1e6, behavior: 'instant' });
        const [frame, head, side] = [sheet, document.querySelector('.top'),
          document.querySelector('.side')].map(box);
        const last = all('.top .heads rect').at(-1);
        return {
          lanes: heads.length,
          overlap: heads.some((it, index) => index > 0 && it.left < heads[index - 1].right),
          scrolled: sheet.scrollLeft > 0 && sheet.scrollTop > 0,
          top: Math.round(head.top - frame.top), left: Math.round(side.left - frame.left),
          last: last.right <= frame.right && last.left > side.right,
          page: document.documentElement.scrollWidth <= innerWidth,
        };";
    let expected = serde_json::json!({
        "lanes": 21, "overlap": false, "scrolled": true, "top": 1, "left": 1, "last": true,
        "page": true,
    });
    assert_eq!(reports.probe(PAGE, "", script), expected);
}

#[test]
fn picture_is_shown_by_itself() {
    let reports = Reports::of(LOSSY);
    let dom = reports.dom(&reports.path("svg/played.svg"), "", "light");
    assert!(dom.contains("class=\"arrow lost\" id=\"datagram-13\""), "{dom}");
}
