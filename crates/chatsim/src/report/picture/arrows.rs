//! How a datagram is drawn: everything unusual about it has a shape of its own, not only a color.

use serde::Serialize;

use super::grid::{Grid, LETTER_WIDTH, int};
use crate::report::journey::Oddity;
use crate::report::sequence::Arrow;
use crate::report::words::cut;

/// A datagram, ready for a template.
#[derive(Debug, Serialize)]
pub(super) struct ArrowView {
    number: u64,
    step: Option<usize>,
    /// The sender's lane.
    from: usize,
    /// The receiver's lane.
    to: Option<usize>,
    class: String,
    /// The lines, as paths.
    shafts: Vec<String>,
    /// The filled shapes, as paths.
    heads: Vec<String>,
    /// The shapes that are not filled, as paths.
    signs: Vec<String>,
    label: Option<Label>,
    details: String,
}

#[derive(Debug, Serialize)]
struct Label {
    x: i32,
    y: i32,
    text: String,
}

/// A line from a point to another.
#[derive(Clone, Copy)]
struct Leg {
    from: (i32, i32),
    to: (i32, i32),
}

/// Draws a datagram.
pub(super) fn view(arrow: &Arrow, step: Option<usize>, grid: &Grid) -> ArrowView {
    let legs = legs(arrow, grid);
    let is = |oddity| arrow.oddities.contains(&oddity);
    let is_damaged = is(Oddity::Corrupted) || is(Oddity::Truncated);
    let gone = [Oddity::Lost, Oddity::Missed, Oddity::NotArrived];
    let is_gone = gone.into_iter().any(is);
    let (mut shafts, mut heads, mut signs) = (Vec::new(), Vec::new(), Vec::new());
    for (index, leg) in legs.iter().enumerate() {
        shafts.push(leg.shaft(is_damaged));
        if is(Oddity::Lost) || is(Oddity::NotArrived) {
            signs.push(leg.cross());
        } else if is_gone {
            signs.push(leg.ring());
        } else {
            heads.push(leg.head(0.0));
            // The second arrival has a second head.
            heads.extend((index > 0).then(|| leg.head(9.0)));
        }
    }
    ArrowView {
        number: arrow.number,
        step,
        from: arrow.from,
        to: arrow.to,
        class: class(arrow),
        shafts,
        heads,
        signs,
        label: legs.first().and_then(|leg| label(arrow, *leg)),
        details: arrow.details.join("\n"),
    }
}

/// The most important oddity decides the color and the dashes.
fn class(arrow: &Arrow) -> String {
    let odd = arrow.oddities.first().map(|oddity| match oddity {
        Oddity::Lost => "lost",
        Oddity::Missed | Oddity::NotArrived => "missed",
        Oddity::Corrupted | Oddity::Truncated => "damaged",
        Oddity::Twice => "twice",
        Oddity::Late => "late",
        Oddity::Resent => "resent",
    });
    match (odd, arrow.is_ack) {
        (None, false) => "normal".to_owned(),
        (None, true) => "ack".to_owned(),
        (Some(odd), false) => odd.to_owned(),
        (Some(odd), true) => format!("{odd} ack"),
    }
}

/// Returns the lines from the sender to each arrival, or halfway if there is none.
fn legs(arrow: &Arrow, grid: &Grid) -> Vec<Leg> {
    let from = (grid.lane(arrow.from), grid.middle(arrow.row));
    let Some(to) = arrow.to.map(|to| grid.lane(to)) else {
        let end = arrow.ends.first().map_or(from.1 + 9, |row| grid.middle(*row));
        return vec![Leg { from, to: (from.0 + grid.lane_width / 2, end) }];
    };
    if arrow.ends.is_empty() {
        let halfway = if to == from.0 { to + 24 } else { i32::midpoint(from.0, to) };
        return vec![Leg { from, to: (halfway, from.1 + 9) }];
    }
    let leg = |row: &usize| Leg { from, to: (to, grid.middle(*row)) };
    arrow.ends.iter().map(leg).collect()
}

impl Leg {
    fn is_loop(self) -> bool {
        self.from.0 == self.to.0
    }

    /// Returns its direction at its end, as a vector of length 1.
    fn direction(self) -> (f64, f64) {
        if self.is_loop() {
            return (-1.0, 0.0);
        }
        let (x, y) = (f64::from(self.to.0 - self.from.0), f64::from(self.to.1 - self.from.1));
        let length = x.hypot(y).max(1.0);
        (x / length, y / length)
    }

    /// Returns the point `back` before the end and `aside` of the line.
    fn point(self, back: f64, aside: f64) -> String {
        let (x, y) = self.direction();
        let at = (f64::from(self.to.0), f64::from(self.to.1));
        format!("{:.1} {:.1}", at.0 - x * back - y * aside, at.1 - y * back + x * aside)
    }

    fn shaft(self, is_damaged: bool) -> String {
        let ((x1, y1), (x2, y2)) = (self.from, self.to);
        if self.is_loop() {
            return format!("M{x1} {y1}C{} {y1} {} {y2} {x2} {y2}", x1 + 40, x1 + 40);
        }
        if !is_damaged {
            return format!("M{x1} {y1}L{x2} {y2}");
        }
        // Near the end, where there is no label.
        let half = (f64::from(x2 - x1).hypot(f64::from(y2 - y1)) / 2.0).min(34.0);
        let zigzag = [(12.0, 0.0), (8.0, 6.0), (0.0, -6.0), (-8.0, 6.0), (-12.0, 0.0)];
        let zigzag = zigzag.map(|(back, aside)| self.point(half + back, aside)).join("L");
        format!("M{x1} {y1}L{zigzag}L{x2} {y2}")
    }

    fn head(self, back: f64) -> String {
        let (tip, left) = (self.point(back, 0.0), self.point(back + 9.0, 4.0));
        format!("M{tip}L{left}L{}Z", self.point(back + 9.0, -4.0))
    }

    fn cross(self) -> String {
        let (x, y) = self.to;
        let (left, right, top, bottom) = (x - 5, x + 5, y - 5, y + 5);
        format!("M{left} {top}L{right} {bottom}M{left} {bottom}L{right} {top}")
    }

    fn ring(self) -> String {
        let (x, y) = self.to;
        format!("M{} {y}a5 5 0 1 1 10 0a5 5 0 1 1 -10 0", x - 5)
    }
}

/// Places the label on the line: at the sender's end, or at the receiver's if several are sent
/// together. An acknowledgement is labeled only if something is unusual about it.
fn label(arrow: &Arrow, leg: Leg) -> Option<Label> {
    if arrow.is_ack && arrow.oddities.is_empty() {
        return None;
    }
    let mut words: Vec<_> = arrow.oddities.iter().map(|oddity| oddity.word()).collect();
    words.push(&arrow.kinds);
    let ((x1, y1), (x2, y2)) = (leg.from, leg.to);
    let room = if leg.is_loop() { 120 } else { (x2 - x1).abs() - 34 };
    let text = cut(&words.join(" · "), usize::try_from(room / LETTER_WIDTH).unwrap_or(1).max(4));
    let half = int(text.chars().count()) * LETTER_WIDTH / 2;
    if leg.is_loop() {
        return Some(Label { x: x1 + 36 + half, y: i32::midpoint(y1, y2), text });
    }
    let sign = (x2 - x1).signum();
    let x = if arrow.is_one_of_many { x2 - sign * (half + 18) } else { x1 + sign * (half + 10) };
    let y = y1 + (y2 - y1) * (x - x1) / (x2 - x1);
    Some(Label { x, y, text })
}
