//! Makes screens from real time comparable.
//!
//! Screens of a real stage are compared with a snapshot after times and ports were replaced on both
//! sides, so only screens of the simulated stage can be accepted as a snapshot.

use std::ops::Range;

use regex::Regex;

use crate::{Guest, Rewrite};

/// What differs from run to run on a real stage.
#[derive(Clone, Debug)]
pub struct Redaction {
    rules: Vec<Rule>,
}

/// Points in time.
const TIMES: Rewrite = Rewrite {
    place: r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)",
    by: "<time>",
    shape: r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d",
};

/// Something that differs: the group of `place`, which matches `shape`, is replaced by `by`.
#[derive(Clone, Debug)]
struct Rule {
    place: Regex,
    by: &'static str,
    shape: &'static str,
}

impl Redaction {
    /// Makes the redaction for real stages: dates with times, and what the guest adds to them.
    pub fn real(guest: &dyn Guest) -> Self {
        let rule = |rewrite: &Rewrite| {
            let Rewrite { place, by, shape } = *rewrite;
            Some(Rule { place: Regex::new(place).ok()?, by, shape })
        };
        Self { rules: [TIMES].iter().chain(guest.rewrites()).filter_map(rule).collect() }
    }

    /// Redacts a text: points in time become `<time>`.
    pub fn apply(&self, text: &str) -> String {
        self.rewritten(text, str::to_owned, |rule| rule.by)
    }

    /// Returns a regular expression for a line with a part that differs; `None` if there is no such
    /// part.
    pub fn pattern(&self, line: &str) -> Option<String> {
        (!self.found(line).is_empty())
            .then(|| self.rewritten(line, regex::escape, |rule| rule.shape))
    }

    /// Finds the parts that differ, in order.
    fn found(&self, text: &str) -> Vec<(Range<usize>, &Rule)> {
        let mut found = Vec::new();
        for rule in &self.rules {
            let groups = rule.place.captures_iter(text).filter_map(|captures| captures.get(1));
            found.extend(groups.map(|group| (group.range(), rule)));
        }
        found.sort_by_key(|(range, _)| range.start);
        found
    }

    fn rewritten(
        &self,
        text: &str,
        kept: impl Fn(&str) -> String,
        replaced: impl Fn(&Rule) -> &'static str,
    ) -> String {
        let mut rewritten = String::with_capacity(text.len());
        let mut rest = 0;
        for (range, rule) in self.found(text) {
            rewritten.push_str(&kept(text.get(rest..range.start).unwrap_or_default()));
            rewritten.push_str(replaced(rule));
            rest = range.end;
        }
        rewritten.push_str(&kept(text.get(rest..).unwrap_or_default()));
        rewritten
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Fakes;

    #[test]
    fn times_and_the_servers_port_are_redacted() {
        let shown = ">>> [Server started at 127.0.0.1 on port 40123]\n\
                     >>> [Offline message sent at 2023-10-25 14:40:03 received by the server and \
                     saved.]\n>>> c1: port 40123\n";
        assert_eq!(
            Redaction::real(&Fakes).apply(shown),
            ">>> [Server started at 127.0.0.1 on port <port>]\n\
             >>> [Offline message sent at <time> received by the server and saved.]\n\
             >>> c1: port 40123\n"
        );
    }

    #[test]
    fn line_in_which_something_differs_becomes_a_pattern() {
        let pattern = |line| Redaction::real(&Fakes).pattern(line);
        assert_eq!(pattern("c1: port 40123 <time>"), None);
        assert_eq!(
            pattern("[Server started at 127.0.0.1 on port 40123]").as_deref(),
            Some(r"\[Server started at 127\.0\.0\.1 on port \d+\]")
        );
        assert_eq!(
            pattern("c1: 2023-10-25 14:40:03 see <time>?").as_deref(),
            Some(r"c1: \d{4}-\d\d-\d\d \d\d:\d\d:\d\d see <time>\?")
        );
    }
}
