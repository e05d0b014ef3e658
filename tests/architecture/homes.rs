//! Where a dependency or a clock may be named.

use crate::tokens::tokens;

/// A path in code that is at home in few places.
struct Home {
    /// How the code names it.
    named: &'static str,
    /// Beginnings of the paths of files that may.
    homes: &'static [&'static str],
    /// Why no others.
    reason: &'static str,
}

const HOMES: &[Home] = &[
    Home {
        named: "UdpSocket",
        homes: &["src/network/udp", "benches/", "tests/"],
        reason: "all else works on bytes, so that it works on a simulated network too",
    },
    Home {
        named: "Instant::now",
        homes: &["src/app/", "benches/"],
        reason: "time is an input, so that a run can be repeated",
    },
    Home {
        named: "SystemTime::now",
        homes: &["src/app/", "benches/"],
        reason: "time is an input, so that a run can be repeated",
    },
    Home {
        named: "Timestamp::now",
        homes: &["src/app/"],
        reason: "time is an input, so that a run can be repeated",
    },
    Home {
        named: "Zoned::now",
        homes: &["src/app/"],
        reason: "time is an input, so that a run can be repeated",
    },
    Home {
        named: "insta::",
        homes: &["src/runner/", "tests/"],
        reason: "snapshots are compared in one place",
    },
    Home {
        named: "bincode",
        homes: &["src/protocol/codec"],
        reason: "the encoding can change without anybody else noticing",
    },
    Home {
        named: "serde_yaml",
        homes: &["src/yaml/", "tests/"],
        reason: "how YAML is read is one module's matter",
    },
    Home {
        named: "notify::",
        homes: &["src/cli/chatsim/watch"],
        reason: "all else reads files when it is told to",
    },
    Home {
        named: "pretty_yaml",
        homes: &["src/scenario/format"],
        reason: "how scenario files look is one module's matter",
    },
    Home {
        named: "schemars",
        homes: &["src/scenario/schema/", "src/console/json/"],
        reason: "how files of scenarios and lines for programs look is the matter of two modules",
    },
    Home {
        named: "pty_process",
        homes: &["src/stage/pty/", "tests/", "benches/"],
        reason: "only one stage plays with real programs",
    },
    Home {
        named: "vt100",
        homes: &["src/stage/pty/", "tests/", "benches/"],
        reason: "screens are read in one place",
    },
    Home {
        named: "redb",
        homes: &["src/storage/disk/", "tests/", "benches/"],
        reason: "the engine can change without anybody else noticing",
    },
    Home {
        named: "tracing",
        homes: &["src/cli/chatapp/log", "src/cli/chatapp/serve"],
        reason: "all else reports what comes about, and logs nothing",
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
        reason: "all else counts in numbers of its own",
    },
    Home {
        named: "etcetera",
        homes: &["src/cli/chatapp/data"],
        reason: "all else is told where its data are",
    },
    Home {
        named: "rustyline",
        homes: &["src/repl/"],
        reason: "the line editor is one module's matter",
    },
];

/// Lists what a file names that is at home elsewhere.
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
        breaches("src/stage/udp.rs", "use tokio::net::UdpSocket;\n\nlet a = Instant::now();"),
        [
            "src/stage/udp.rs:1: `UdpSocket` belongs into src/network/udp, benches/, tests/: all else \
             works on bytes, so that it works on a simulated network too",
            "src/stage/udp.rs:3: `Instant::now` belongs into src/app/, benches/: time is an input, \
             so that a run can be repeated",
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
    let source =
        "// insta::x\nlet reinsta = MyUdpSocket::now(\"rustyline\"); use std::time::Instant;";
    assert_eq!(breaches("src/stage/mod.rs", source), [""; 0]);
}
