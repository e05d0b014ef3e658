//! Dependencies and clocks may be named in few places only.

use crate::tokens::tokens;

/// A path in code that is allowed in few places.
struct Home {
    /// The path.
    named: &'static str,
    /// The prefixes of the paths of allowed files.
    homes: &'static [&'static str],
    /// The reason.
    reason: &'static str,
}

const HOMES: &[Home] = &[
    Home {
        named: "bincode",
        homes: &["src/protocol/codec"],
        reason: "the encoding can change without anybody else noticing",
    },
    Home {
        named: "schemars",
        homes: &["src/console/json/"],
        reason: "how lines for programs look is one module's matter",
    },
    Home {
        named: "redb",
        homes: &["src/storage/disk/"],
        reason: "the database can change without anybody else noticing",
    },
    Home {
        named: "tracing",
        homes: &["src/cli/chatapp/log", "src/cli/chatapp/serve"],
        reason: "everything else reports events, and logs nothing",
    },
    Home {
        named: "tracing_subscriber",
        homes: &["src/cli/chatapp/log"],
        reason: "how a log is written is one module's matter",
    },
    Home {
        named: "hyper",
        homes: &["src/cli/chatapp/metrics/"],
        reason: "HTTP is there for metrics only",
    },
    Home {
        named: "prometheus_client",
        homes: &["src/cli/chatapp/metrics/"],
        reason: "everything else counts in numbers of its own",
    },
    Home {
        named: "etcetera",
        homes: &["src/cli/chatapp/data"],
        reason: "everything else is told where its data are",
    },
    Home {
        named: "rustyline",
        homes: &["src/repl/", "src/sim/prompt"],
        reason: "the line editor is the matter of prompts only",
    },
    Home {
        named: "chatsim",
        homes: &["src/sim/", "src/bin/chatsim", "src/lib"],
        reason: "the chat is built without its simulation",
    },
];

/// Returns what a file names although it is not allowed to.
pub(crate) fn breaches(path: &str, source: &str) -> Vec<String> {
    let source = tokens(source);
    let mut breaches = Vec::new();
    for home in HOMES {
        if home.homes.iter().any(|home| path.starts_with(home)) {
            continue;
        }
        let named = tokens(home.named);
        for found in source.windows(named.len()) {
            if found.iter().zip(&named).all(|(a, b)| a.text == b.text) {
                breaches.push(format!(
                    "{path}:{}: `{}` belongs into {}: {}",
                    found[0].line,
                    home.named,
                    home.homes.join(", "),
                    home.reason
                ));
            }
        }
    }
    breaches
}

#[test]
fn what_is_named_away_from_home_is_told() {
    assert_eq!(
        breaches("src/repl/a.rs", "use rustyline::Editor;\n\nlet a = redb::open();"),
        [
            "src/repl/a.rs:3: `redb` belongs into src/storage/disk/: the database can change without \
             anybody else noticing",
        ]
    );
}

#[test]
fn each_has_a_guarded_home() {
    for home in HOMES {
        let source = format!("{} x", home.named);
        assert_eq!(breaches("src/protocol/name.rs", &source).len(), 1, "{}", home.named);
        let inside = format!("{}/x.rs", home.homes[0].trim_end_matches('/'));
        assert_eq!(breaches(&inside, &source), [""; 0], "{}", home.named);
    }
}

#[test]
fn words_that_only_contain_a_name_are_no_breach() {
    let source = "// redb::x\nlet my_redb = open(\"rustyline\"); use std::time::Instant;";
    assert_eq!(breaches("src/client/mod.rs", source), [""; 0]);
}
