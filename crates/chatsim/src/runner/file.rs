//! Atomic writes of files.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// Writes a file, and missing parent folders, so that the old file stays intact if the disk is full
/// or the program ends. A link stays, and its target is written; the permissions of an old file
/// stay, too.
///
/// # Errors
///
/// The file system refuses. Nothing has changed then except for the folders.
pub fn replace_file(path: &Path, contents: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let path = target(path)?;
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(format!(".{}", std::process::id()));
    let written = File::create(&temporary).and_then(|mut file| {
        if let Ok(old) = fs::metadata(&path) {
            file.set_permissions(old.permissions())?;
        }
        file.write_all(contents)?;
        file.sync_all()?;
        fs::rename(&temporary, &path)
    });
    if written.is_err() {
        fs::remove_file(&temporary).ok();
    }
    written
}

/// Returns the file to which a path leads over links, which need not exist.
fn target(path: &Path) -> io::Result<PathBuf> {
    /// As Linux does for a path.
    const LINKS_MAX: usize = 40;
    let mut path = path.to_owned();
    for _ in 0..LINKS_MAX {
        match fs::read_link(&path) {
            Ok(next) => path = path.parent().unwrap_or_else(|| Path::new("")).join(next),
            // It is no link, or does not exist.
            Err(_) => return Ok(path),
        }
    }
    Err(io::Error::other("too many links lead to another one"))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    #[test]
    fn link_and_permissions_stay() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("other")).unwrap();
        fs::write(at("other/file"), "old").unwrap();
        fs::set_permissions(at("other/file"), fs::Permissions::from_mode(0o640)).unwrap();
        symlink("other/file", at("link")).unwrap();
        symlink("link", at("link to a link")).unwrap();
        replace_file(&at("link to a link"), b"new").unwrap();
        assert_eq!(fs::read_to_string(at("other/file")).unwrap(), "new");
        assert_eq!(fs::read_link(at("link")).unwrap(), Path::new("other/file"));
        let mode = fs::metadata(at("other/file")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o640);
        symlink("not yet", at("dangling")).unwrap();
        replace_file(&at("dangling"), b"first").unwrap();
        assert_eq!(fs::read_to_string(at("not yet")).unwrap(), "first");
        symlink("circle", at("circle")).unwrap();
        replace_file(&at("circle"), b"x").unwrap_err();
        let mut left: Vec<_> =
            fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, ["circle", "dangling", "link", "link to a link", "not yet", "other"]);
    }
}
