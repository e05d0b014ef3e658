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

/// How a page is opened.
#[derive(Clone, Copy)]
struct Look {
    scheme: &'static str,
    /// The width of the window, in pixels; the browser has no window below 500.
    width: u32,
}

impl Default for Look {
    fn default() -> Self {
        Self { scheme: "light", width: 1400 }
    }
}

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
        self.probe_in(page, fragment, script, Look::default())
    }

    fn probe_in(&self, page: &str, fragment: &str, script: &str, look: Look) -> Value {
        let text = fs::read_to_string(self.path(page)).unwrap();
        let script = format!(
            "<script>document.body.insertAdjacentHTML('beforeend', '<pre id=probe></pre>');\n\
             document.querySelector('#probe').textContent = \
             encodeURIComponent(JSON.stringify((() => {{ {script} }})()));</script></body>"
        );
        assert_eq!(text.matches("</body>").count(), 1);
        let probed = self.path(page).with_extension("probed.html");
        fs::write(&probed, text.replace("</body>", &script)).unwrap();
        let dom = self.dom(&probed, fragment, look);
        let (_, rest) = dom.split_once("<pre id=\"probe\">").unwrap();
        let (encoded, _) = rest.split_once("</pre>").unwrap();
        serde_json::from_str(&decoded(encoded)).unwrap()
    }

    /// Opens a file in the browser, which must report no errors; returns the resulting document.
    fn dom(&self, file: &Path, fragment: &str, Look { scheme, width }: Look) -> String {
        let profile = tempfile::tempdir_in(&self.0).unwrap();
        let scheme = u8::from(scheme != "dark");
        let browser = std::env::var("CHROMIUM").unwrap_or_else(|_| "chromium".to_owned());
        let output = Command::new(&browser)
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"])
            .arg("--enable-logging=stderr")
            .arg(format!("--window-size={width},900"))
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
    let color = |scheme| reports.probe_in(PAGE, "", script, Look { scheme, ..Look::default() });
    assert_eq!(color("light"), "rgb(255, 255, 255)");
    assert_eq!(color("dark"), "rgb(18, 22, 29)");
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

/// Functions that act on lanes and return where things are.
const LANES: &str = "
    const all = (selector) => [...document.querySelectorAll(selector)];
    const visible = (selector) => all(selector).filter((it) => it.getClientRects().length > 0);
    const click = (selector) => document.querySelector(selector)
      .dispatchEvent(new MouseEvent('click', { bubbles: true }));
    const head = (name) => all('.top .head').find((it) => it.textContent.startsWith(name));
    const choose = (name) => head(name).dispatchEvent(new MouseEvent('click', { bubbles: true }));
    const act = (name) => click(`[data-do=${name}]`);
    const middle = (it) => { const { left, right } = it.getBoundingClientRect(); return (left + right) / 2; };
    const order = () => visible('.top .head').sort((a, b) => middle(a) - middle(b))
      .map((it) => it.querySelector('text').textContent);
    const boxes = () => all('.sheet .middle svg *, .top .head').map((it) => {
      const box = it.getBoundingClientRect();
      return [box.left, box.top, box.width, box.height];
    });
    const differ = (boxes, others) => boxes.filter(
      (box, index) => box.some((length, side) => Math.abs(length - others[index][side]) > 1.5));
    // The distance from the tip of each datagram to the lane of its receiver.
    const misses = () => visible('.sheet .arrow .head').map((tip) => {
      const lane = document.querySelector(`.top [data-lane='${tip.parentNode.dataset.to}'] rect`);
      const point = tip.getPointAtLength(0).matrixTransform(tip.getScreenCTM());
      return Math.abs(point.x - middle(lane));
    });
    const pressed = () => all('.actors [aria-pressed=true]').map((it) => it.textContent);
";

#[test]
fn lanes_are_hidden_and_ordered() {
    let reports = Reports::of(LOSSY);
    let script = format!(
        "{LANES}
        const before = {{ boxes: boxes(), order: order(), arrows: visible('.sheet .arrow').length }};
        choose('c2'); act('left');
        const moved = {{ order: order(), misses: misses().filter((it) => it > 1).length,
          frame: middle(visible('rect.fault')[0]) - (middle(head('c1')) + middle(head('c2'))) / 2,
          chosen: document.querySelector('.actors output').textContent }};
        act('right');
        const back = differ(boxes(), before.boxes);
        act('hide');
        const hidden = {{ order: order(), pressed: pressed(),
          foreign: visible('.sheet .arrow').filter((it) => it.dataset.to === '2' || it.dataset.from === '2').length,
          lines: visible('.line .actor').filter((it) => it.textContent === 'c2').length,
          disabled: all('.chosen button').every((it) => it.disabled) }};
        act('none');
        const none = [order(), visible('.sheet .arrow').length, visible('.fault').length];
        for (const lane of [2, 0]) click(`[data-actor='${{lane}}']`);
        const some = {{ order: order(), misses: misses().filter((it) => it > 1).length }};
        act('all');
        const after = differ(boxes(), before.boxes);
        return {{ before: before.order, moved, back, hidden, none, some, after }};"
    );
    let expected = serde_json::json!({
        "before": ["server", "c1", "c2"],
        "moved": { "order": ["server", "c2", "c1"], "misses": 0, "frame": 0, "chosen": "c2" },
        "back": [],
        "hidden": {
            "order": ["server", "c1"], "pressed": ["server", "c1"], "foreign": 0, "lines": 0,
            "disabled": true,
        },
        "none": [[], 0, 0],
        "some": { "order": ["c2", "server"], "misses": 0 },
        "after": [],
    });
    assert_eq!(reports.probe(PAGE, "", &script), expected);
}

#[test]
fn names_of_lanes_are_buttons() {
    let reports = Reports::of(LOSSY);
    let script = format!(
        "{LANES}
        const names = all('.top .head');
        const roles = names.map((it) => [it.getAttribute('role'), it.getAttribute('aria-label'), it.tabIndex]);
        const press = (key) => names[1].dispatchEvent(new KeyboardEvent('keydown', {{ key, bubbles: true }}));
        const states = ['Enter', ' '].map((key) => {{ press(key); return names[1].getAttribute('aria-pressed'); }});
        const isHidden = names[0].closest('[aria-hidden]') !== null;
        return [roles, states, isHidden];"
    );
    let roles = ["server", "c1", "c2"].map(|name| serde_json::json!(["button", name, 0]));
    let expected = serde_json::json!([roles, ["true", "false"], false]);
    assert_eq!(reports.probe(PAGE, "", &script), expected);
}

#[test]
fn six_of_twenty_lanes_fit_without_scrolling() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/groups/twenty_members.yaml");
    let reports = Reports::of(&fs::read_to_string(path).unwrap());
    let script = format!(
        "{LANES}
        const sheet = document.querySelector('.sheet');
        const scrolls = () => sheet.scrollWidth > sheet.clientWidth;
        const before = scrolls();
        act('none');
        for (const lane of [20, 0, 7, 3]) click(`[data-actor='${{lane}}']`);
        return [before, scrolls(), order(), misses().filter((it) => it > 1),
          document.documentElement.scrollWidth <= innerWidth];"
    );
    let expected = serde_json::json!([true, false, ["m20", "server", "m07", "m03"], [], true]);
    assert_eq!(reports.probe(PAGE, "", &script), expected);
}

#[test]
fn pages_fit_a_phone() {
    let reports = Reports::of(&LOSSY.replace(
        "title: ",
        "title: a_word_that_is_much_too_long_for_a_phone_and_has_no_blank_at_all ",
    ));
    let phone = Look { width: 500, ..Look::default() };
    let script = "
        document.body.style.width = '390px';
        const right = (it) => it.getBoundingClientRect().right;
        const inner = (it) => it.closest('.sheet, pre, #probe, thead');
        const beyond = [...document.body.querySelectorAll('*')]
          .filter((it) => !inner(it) && right(it) > 391).map((it) => it.outerHTML.slice(0, 90));
        return [beyond, document.documentElement.scrollWidth <= innerWidth];";
    for page in ["html/index.html", PAGE, "html/scenarios/broken.html"] {
        let expected = serde_json::json!([[], true]);
        assert_eq!(reports.probe_in(page, "", script, phone), expected, "{page}");
    }
}

#[test]
fn picture_is_shown_by_itself() {
    let reports = Reports::of(LOSSY);
    let dom = reports.dom(&reports.path("svg/played.svg"), "", Look::default());
    assert!(dom.contains("class=\"arrow lost\" id=\"datagram-13\""), "{dom}");
}
