set shell := ["bash", "-euo", "pipefail", "-c"]

# List the recipes.
default:
    @just --list --unsorted

# Play all scenarios on the simulated network (`just run --stage udp`: on real sockets, `--stage pty`: with real programs).
run *arguments:
    cargo build --bins
    cargo run --bin chatsim -- run scenarios {{ arguments }}

# Run all tests; snapshots are compared, never written.
test *arguments:
    INSTA_UPDATE=no cargo test {{ arguments }}

# Run the tests that look at reports in a browser (needs Chromium).
test-browser *arguments:
    cargo test --features browser --test pictures {{ arguments }}

# Kill real programs so many times on a bad network, and check the promises.
soak rounds='1000' seed='1':
    CHATAPP_SOAK_ROUNDS={{ rounds }} CHATAPP_SOAK_SEED={{ seed }} cargo test --release --test soak -- --nocapture

# Check the format and every lint, of the chat alone as well.
lint:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets --all-features -- --deny warnings
    cargo clippy --no-default-features --bin chatapp -- --deny warnings

# Format the source and the scenarios.
fmt:
    cargo fmt --all
    cargo run --bin chatsim -- fmt

# Build the documentation of every item, private ones too.
doc:
    RUSTDOCFLAGS='--deny warnings' cargo doc --workspace --no-deps --document-private-items

# Switch bugs on, one after the other: the fuzzer has to find each of them, and to make it small.
sabotage *bugs:
    CHATSIM_BUGS='{{ replace(bugs, ' ', ',') }}' cargo test --release --features sabotage --test sabotage -- --nocapture

# Look for misspelt words (needs `pip install typos`).
spell:
    typos

# Measure the speed.
bench *arguments:
    cargo bench --bench simulation {{ arguments }}
    cargo bench --bench storage {{ arguments }}

# Take what the screens show now as the snapshots.
accept:
    cargo run --bin chatsim -- run scenarios --accept

# Write the schema of scenario files anew.
schema:
    cargo run --bin chatsim -- schema > scenarios/scenario.schema.json

# Check everything that a change must pass.
ci:
    .ci/run
