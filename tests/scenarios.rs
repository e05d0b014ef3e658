//! Plays every scenario as a test of its own name: `simulated::<name>` against its snapshot by
//! insta, and `udp::<name>` and `pty::<name>` against the same one.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use chatapp::cli::chatsim::{StageKind, build_stage, find, load};
use chatapp::report::{Pretty, Reporter as _, Setting};
use chatapp::runner::{self, Case, Patience, Redaction, RunOptions, Seeds, TraceDepth, Update};
use chatapp::scenario::StageName;
use chatapp::stage::pty::{Programs, Pty};
use libtest_mimic::{Arguments, Failed, Trial};

/// Scenarios that are played at the same time unless the command line says otherwise.
const PLAYS_AT_ONCE: usize = 8;

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // Real programs mostly wait.
    arguments.test_threads.get_or_insert(PLAYS_AT_ONCE);
    let mut trials = vec![
        Trial::test("scenarios::there_are_some", there_are_some),
        Trial::test("snapshots::none_is_orphaned", none_is_orphaned),
    ];
    match cases() {
        Ok(cases) => {
            for case in cases {
                let name = case.location.name.replace('/', "::");
                let simulated = case.clone();
                trials.push(Trial::test(format!("simulated::{name}"), move || {
                    play_simulated(&simulated)
                }));
                for kind in [StageKind::Udp, StageKind::Pty] {
                    let case = case.clone();
                    let name = format!("{}::{name}", kind.name());
                    trials.push(Trial::test(name, move || play_real(&case, kind)));
                }
            }
        }
        Err(error) => trials.push(Trial::test("scenarios::all_can_be_read", || Err(error))),
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn found() -> Result<Vec<PathBuf>, Failed> {
    find(&[root().join("scenarios")]).map_err(|errors| format!("{errors:?}").into())
}

/// Reads all scenarios, each in all combinations of its matrix.
fn cases() -> Result<Vec<Case>, Failed> {
    let cases: Result<Vec<_>, _> = found()?.iter().map(|path| load(path, false)).collect();
    Ok(cases?.into_iter().flatten().collect())
}

fn there_are_some() -> Result<(), Failed> {
    match found()?.as_slice() {
        [] => Err("the folder `scenarios` has no scenario".into()),
        [..] => Ok(()),
    }
}

/// Every snapshot belongs to a scenario: a renamed one leaves nothing behind.
fn none_is_orphaned() -> Result<(), Failed> {
    let owned: BTreeSet<_> = cases()?.into_iter().map(|case| case.location.snapshot).collect();
    let mut snapshots = Vec::new();
    let folder = root().join("snapshots");
    if folder.exists() {
        list_snapshots(&folder.canonicalize()?, &mut snapshots)?;
    }
    let orphans: Vec<_> = snapshots
        .iter()
        .filter(|path| !owned.contains(*path))
        .map(|path| format!("`{}` has no scenario; delete it", path.display()))
        .collect();
    if orphans.is_empty() { Ok(()) } else { Err(orphans.join("\n").into()) }
}

fn list_snapshots(folder: &Path, found: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in folder.read_dir()? {
        let path = entry?.path();
        if path.is_dir() {
            list_snapshots(&path, found)?;
        } else if path.extension() == Some(OsStr::new("snap")) {
            found.push(path);
        }
    }
    Ok(())
}

/// Plays twice, if it is for this stage, which must be the same, and lets insta compare.
fn play_simulated(case: &Case) -> Result<(), Failed> {
    if !case.scenario.terms.allow(StageName::Simulated) {
        return Ok(());
    }
    let text = screens(case)?;
    if case.scenario.terms.xfail.is_some() {
        return Ok(());
    }
    let snapshot = &case.location.snapshot;
    let name = snapshot.file_stem().unwrap().to_string_lossy();
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(snapshot.parent().unwrap());
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name.as_ref(), text));
    Ok(())
}

/// Plays twice and tells the screens as the text of a snapshot.
fn screens(case: &Case) -> Result<String, Failed> {
    let (summary, report) = run(case, StageKind::Simulated, None);
    if summary.passed + summary.failed_as_expected != 1 {
        return Err(report.into());
    }
    let seed = case.scenario.seed.unwrap_or_default();
    let mut stage = build_stage(StageKind::Simulated, &case.scenario, seed)?;
    let played = runner::play(&case.scenario, stage.as_mut(), Patience::SIMULATED, &mut |_| ());
    Ok(played.screens)
}

fn play_real(case: &Case, kind: StageKind) -> Result<(), Failed> {
    let (summary, report) = run(case, kind, Some(Update::Never));
    let bad = summary.failed + summary.environment + summary.unknown;
    if bad == 0 { Ok(()) } else { Err(report.into()) }
}

/// Plays a scenario as `chatsim run` does, but writes nothing.
fn run(case: &Case, kind: StageKind, update: Option<Update>) -> (runner::Summary, String) {
    let is_real = kind != StageKind::Simulated;
    let options = RunOptions {
        stage: kind.stage_name(),
        patience: if is_real { Patience::real(1.0) } else { Patience::SIMULATED },
        seeds: Seeds::Own,
        update,
        redaction: is_real.then(Redaction::real),
        trace: TraceDepth::Latest,
        transcripts: None,
        jobs: NonZeroUsize::MIN,
        has_real_ports: is_real,
        verifies_determinism: !is_real,
        fails_fast: false,
        clock: &|| Duration::ZERO,
        is_interrupted: &|| false,
    };
    let ours = Programs::chatapp(Path::new(env!("CARGO_BIN_EXE_chatapp")));
    let setting = Setting {
        stage: kind.name().to_owned(),
        play: format!("chatsim run --stage {}", kind.name()),
        accept: None,
        folder: root().to_owned(),
    };
    let mut pretty = Pretty::new(anstream::StripStream::new(Vec::new()), setting);
    let summary = runner::run(
        std::slice::from_ref(case),
        &options,
        &|scenario, seed| match kind {
            StageKind::Pty => Ok(Box::new(Pty::new(scenario, ours.clone(), 1.0)?)),
            StageKind::Simulated | StageKind::Udp => build_stage(kind, scenario, seed),
        },
        &mut |event| pretty.handle(event).unwrap(),
    );
    let text = String::from_utf8(pretty.into_inner().into_inner()).unwrap();
    (summary, text)
}
