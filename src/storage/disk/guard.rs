//! The boundary to the storage engine: its errors become ours, and so do its panics.

use std::cell::Cell;
use std::io::ErrorKind;
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;
use std::sync::Once;

use crate::storage::{Place, StoreError};

thread_local! {
    static IS_GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Runs the engine on the file at `path`. It panics on some pages that were changed by others; that
/// is damage like any other, and is not printed to the terminal. The objects that it was working on
/// must not be used any more.
#[expect(clippy::wildcard_enum_match_arm, reason = "most errors of the system are alike here")]
pub(super) fn guarded<T>(
    path: &Path,
    doing: &'static str,
    work: impl FnOnce() -> Result<T, redb::Error>,
) -> Result<T, StoreError> {
    silence_guarded();
    let was_guarded = IS_GUARDED.replace(true);
    let done = panic::catch_unwind(AssertUnwindSafe(work));
    IS_GUARDED.set(was_guarded);
    let damaged = |cause: &str| StoreError::damaged(path, Place::Structure, cause);
    match done {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(redb::Error::Io(source))) => match source.kind() {
            ErrorKind::UnexpectedEof => Err(damaged("it is too short")),
            ErrorKind::InvalidData => Err(damaged("it is not a database")),
            _ => Err(StoreError::Refused { path: path.to_owned(), doing, source }),
        },
        Ok(Err(redb::Error::DatabaseAlreadyOpen)) => Err(StoreError::InUse(path.to_owned())),
        Ok(Err(error)) => Err(damaged(&error.to_string())),
        Err(_) => Err(damaged("its pages are invalid")),
    }
}

/// Suppresses the messages of panics in guarded threads.
fn silence_guarded() {
    static SILENCED: Once = Once::new();
    SILENCED.call_once(|| {
        let previous = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !IS_GUARDED.get() {
                previous(info);
            }
        }));
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_damage() {
        let done = guarded::<()>(Path::new("x"), "read", || panic!("from within"));
        let error = done.unwrap_err().to_string();
        assert!(
            error.starts_with(
                "`x` is damaged in the structure that leads to its records (its pages"
            )
        );
    }

    #[test]
    fn an_error_of_the_system_stays_one() {
        let full = std::io::Error::from(ErrorKind::StorageFull);
        let done = guarded::<()>(Path::new("x"), "written", || Err(redb::Error::Io(full)));
        let error = done.unwrap_err().to_string();
        assert!(error.starts_with("`x` cannot be written: free some space"), "{error}");
    }
}
