//! Makes screens comparable that were shown in real time.

use regex::Regex;

/// Replaces what differs from run to run on a real stage: points in time become `<time>`, the
/// server's port `<port>`.
#[derive(Clone, Debug)]
pub struct Redaction {
    rules: Vec<(Regex, &'static str)>,
}

impl Redaction {
    /// Makes the redaction for real stages.
    pub fn real() -> Self {
        let rules = [
            (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "<time>"),
            (r"(\[Server started at \S+ on port )\d+\]", "${1}<port>]"),
        ];
        Self {
            rules: rules
                .into_iter()
                .filter_map(|(pattern, by)| Some((Regex::new(pattern).ok()?, by)))
                .collect(),
        }
    }

    /// Redacts a text.
    pub fn apply(&self, text: &str) -> String {
        self.rules
            .iter()
            .fold(text.to_owned(), |text, (regex, by)| regex.replace_all(&text, *by).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_the_servers_port_are_redacted() {
        let shown = ">>> [Server started at 127.0.0.1 on port 40123]\n\
                     >>> [Offline message sent at 2023-10-25 14:40:03 received by the server and \
                     saved.]\n>>> c1: port 40123\n";
        assert_eq!(
            Redaction::real().apply(shown),
            ">>> [Server started at 127.0.0.1 on port <port>]\n\
             >>> [Offline message sent at <time> received by the server and saved.]\n\
             >>> c1: port 40123\n"
        );
    }
}
