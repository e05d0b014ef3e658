//! Files that were changed by others: for any damage, either the folder is refused with the place
//! of the damage, or everything in it is read exactly.

use std::collections::BTreeSet;
use std::fs;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};
use tempfile::TempDir;

use super::tests::{contents, group, keep, load, mail, open};
use machine::RestoreError;

use super::*;
use crate::records::ServerKey;
use crate::storage::Record;

/// A folder with records of all sizes, some of them removed again, as it is after a crash or after
/// a normal exit; and its records.
fn filled(is_crashed: bool) -> (TempDir, Vec<Record>) {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path()).unwrap();
    for ticket in 1..=20 {
        let texts =
            (0..15).map(|number| mail(&format!("r{}", number % 4), ticket * 100 + number, 60));
        let mut changes: Vec<_> = texts.chain([group(ticket)]).map(|record| record.put()).collect();
        changes.push(mail("long", ticket, 3_000).put());
        changes.push(ServerKey::Group(ticket / 2).remove());
        keep(&mut store, ticket, changes);
    }
    let records = load(&mut store);
    let left = contents(folder.path());
    drop(store);
    if is_crashed {
        for (path, bytes) in left {
            fs::write(path, bytes).unwrap();
        }
    }
    (folder, records)
}

/// The result of opening a damaged folder.
#[derive(PartialEq, Eq, Debug)]
enum Found {
    Refused,
    Whole,
}

/// Opens a folder whose database has these bytes.
#[track_caller]
fn look(folder: &Path, bytes: &[u8], records: &[Record], what: &str) -> Found {
    let path = folder.join(kept::RECORDS);
    fs::write(&path, bytes).unwrap();
    let before = contents(folder);
    let mut read = Vec::new();
    let done = open(folder).and_then(|mut store| {
        let load = store.load(&mut |_, value| {
            let record = Record::decode(value, Some(Owner::Server));
            read.push(record.map_err(|error| RestoreError(error.to_string()))?);
            Ok(())
        });
        load.map_err(|error| match error {
            DriveError::Store(error) => error,
            DriveError::Restore(error) => panic!("{what}: {error}"),
        })
    });
    assert!(contents(folder) == before, "{what}: a folder that is looked at is not changed");
    match done {
        Ok(()) => {
            assert!(read == records, "{what}: {} records of {}", read.len(), records.len());
            Found::Whole
        }
        Err(StoreError::Damaged { path: of, .. }) => {
            assert_eq!(of, path);
            check_saved(folder, records, what);
            Found::Refused
        }
        Err(error) => panic!("{what}: {error}"),
    }
}

/// Recovered records were stored before, and missing ones are reported.
#[track_caller]
fn check_saved(folder: &Path, records: &[Record], what: &str) {
    let mut saved = Vec::new();
    let damage = Reader::open(folder).unwrap().read(&mut |record| saved.push(record)).unwrap();
    let damage = damage.unwrap_or_else(|| panic!("{what}: nothing is damaged"));
    assert!(saved.is_sorted_by_key(Record::key), "{what}");
    // Only an earlier state may be left: it has a group that was removed since.
    let formerly = group(10);
    let mut kept = records.iter();
    let is_kept = |record: &Record| *record == formerly || kept.any(|it| it == record);
    assert!(saved.iter().all(is_kept), "{what}: never kept");
    if saved.len() < records.len() {
        let is_told =
            !damage.places.is_empty() || damage.missing.is_some_and(|missing| missing > 0);
        assert!(is_told, "{what}: {} of {}", saved.len(), records.len());
    }
}

#[test]
fn flipped_bits_anywhere_are_found() {
    flip_bits(false);
}

#[test]
fn flipped_bits_anywhere_are_found_after_a_crash() {
    flip_bits(true);
}

fn flip_bits(is_crashed: bool) {
    let (folder, records) = filled(is_crashed);
    let whole = fs::read(folder.path().join(kept::RECORDS)).unwrap();
    let mut random = ChaCha8Rng::seed_from_u64(7);
    // All of the header, and a sample of the rest.
    let head = (0..320).map(|at| (at, 1 << (at % 8)));
    let god = (0..8).map(|bit| (9, 1 << bit));
    let rest: Vec<(usize, u8)> = (0..600)
        .map(|_| {
            let at = usize::try_from(random.next_u64() % whole.len() as u64).unwrap();
            (at, 1 << (random.next_u32() % 8))
        })
        .collect();
    let mut found = [0, 0];
    for (at, bit) in head.chain(god).chain(rest) {
        let mut bytes = whole.clone();
        bytes[at] ^= bit;
        let what = format!("bit {bit} of byte {at}");
        found[look(folder.path(), &bytes, &records, &what) as usize] += 1;
    }
    assert!(found[0] > 100 && found[1] > 100, "{found:?}");
}

#[test]
fn overwritten_pieces_are_found() {
    let (folder, records) = filled(true);
    let whole = fs::read(folder.path().join(kept::RECORDS)).unwrap();
    let mut random = ChaCha8Rng::seed_from_u64(8);
    for number in 0..150 {
        let mut bytes = whole.clone();
        let at = usize::try_from(random.next_u64() % whole.len() as u64).unwrap();
        let len = usize::try_from(random.next_u64() % 9_000).unwrap().min(bytes.len() - at);
        if number % 2 == 0 {
            bytes[at..at + len].fill(0);
        } else {
            random.fill_bytes(&mut bytes[at..at + len]);
        }
        look(folder.path(), &bytes, &records, &format!("{len} bytes from {at} on"));
    }
}

#[test]
fn a_file_that_is_too_short_or_too_long_is_found() {
    let (folder, records) = filled(false);
    let whole = fs::read(folder.path().join(kept::RECORDS)).unwrap();
    let mut random = ChaCha8Rng::seed_from_u64(9);
    for number in 0..100 {
        let len = match number {
            0 => 0,
            number if number % 2 == 0 => whole.len() / 4096 * number / 100 * 4096,
            _ => usize::try_from(random.next_u64() % whole.len() as u64).unwrap(),
        };
        look(folder.path(), &whole[..len], &records, &format!("cut to {len} bytes"));
    }
    for more in [1, 4096, 100_000] {
        let mut bytes = whole.clone();
        bytes.resize(whole.len() + more, 0);
        look(folder.path(), &bytes, &records, &format!("{more} bytes more"));
    }
}

#[test]
fn one_damaged_record_costs_only_its_neighbours() {
    let (folder, records) = filled(false);
    let path = folder.path().join(kept::RECORDS);
    let whole = fs::read(&path).unwrap();
    // One of the long texts fills most of a page.
    let text = [b'x'; 2_000];
    let at = whole.windows(text.len()).position(|window| window == text).unwrap();
    let found: BTreeSet<_> = [at, at + 1_000]
        .map(|at| {
            let mut bytes = whole.clone();
            bytes[at] ^= 1;
            fs::write(&path, &bytes).unwrap();
            let error = open(folder.path()).err().unwrap().to_string();
            let mut saved = 0;
            let damage = Reader::open(folder.path()).unwrap().read(&mut |_| saved += 1).unwrap();
            let damage = damage.unwrap();
            assert!(saved + 5 > records.len(), "{saved} of {}: {damage:?}", records.len());
            error
        })
        .into();
    let error = found.first().unwrap();
    assert!(error.contains("is damaged in the record `Mail(\"long\", "), "{error}");
}
