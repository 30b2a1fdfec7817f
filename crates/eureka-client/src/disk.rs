//! The registry kept on disk, for a start while no discovery server answers.
//!
//! One line that says what the file is and when it was written, then the list as JSON.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use eureka_wire::{Applications, Detail, Format, Layout};

/// How a file begins.
const HEAD: &str = "eureka-client registry 1 ";
/// Largest file that is read, in bytes.
const FILE_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// A registry as it was once.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(crate) list: Applications,
    /// When it was written, ms since the epoch.
    pub(crate) written: i64,
}

/// Reads `path`; `None` if there is no such file.
///
/// # Errors
/// The file cannot be read or is not one of ours.
pub(crate) fn read(path: &Path) -> io::Result<Option<Kept>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut content = Vec::new();
    file.take(FILE_BYTES_MAX + 1).read_to_end(&mut content)?;
    let wrong = |what: String| io::Error::new(io::ErrorKind::InvalidData, what);
    if u64::try_from(content.len()).is_ok_and(|length| length > FILE_BYTES_MAX) {
        return Err(wrong("it is too large".to_owned()));
    }
    let end = content.iter().position(|byte| *byte == b'\n').unwrap_or(content.len());
    let (head, body) = content.split_at(end);
    let written = str::from_utf8(head).ok().and_then(|head| head.strip_prefix(HEAD)?.parse().ok());
    let written = written.ok_or_else(|| wrong("it is not a kept registry".to_owned()))?;
    let list = eureka_wire::json::decode_applications(body, written)
        .map_err(|error| wrong(error.to_string()))?;
    Ok(Some(Kept { list, written }))
}

/// Writes `list` to `path`, as a whole or not at all: a crash in between leaves the file before.
///
/// # Errors
/// What the file system says.
pub(crate) fn write(path: &Path, list: &Applications, now: i64) -> io::Result<()> {
    let beside = beside(path);
    let written = write_file(&beside, list, now).and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        // Half a file helps nobody; that it cannot be removed says nothing new.
        let _ = fs::remove_file(&beside);
    }
    written
}

fn write_file(path: &Path, list: &Applications, now: i64) -> io::Result<()> {
    let layout = Layout { format: Format::Json, detail: Detail::Full };
    let mut file = File::create(path)?;
    writeln!(file, "{HEAD}{now}")?;
    file.write_all(&layout.encode_applications(list))?;
    file.sync_all()
}

/// A name in the same folder that no other process uses.
fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use eureka_wire::{Application, InstanceInfo};

    use super::*;

    /// A folder that is gone with the test.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("eureka-{name}-{}", std::process::id()));
            fs::create_dir_all(&path).unwrap();
            Self(path)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn list() -> Applications {
        let mut info = InstanceInfo::empty(5);
        info.app = "A".into();
        info.metadata.set("k", "v ä");
        info.data_center = None;
        let application = Application { name: "A".into(), instances: vec![info] };
        Applications { version: 1, hashcode: "UP_1_".into(), applications: vec![application] }
    }

    #[test]
    fn what_was_written_is_read_and_replaced_as_a_whole() {
        let folder = Folder::new("kept");
        let path = folder.0.join("registry");
        assert_eq!(read(&path).unwrap(), None);

        write(&path, &list(), 77).unwrap();
        assert_eq!(read(&path).unwrap(), Some(Kept { list: list(), written: 77 }));
        write(&path, &Applications::default(), 78).unwrap();
        assert_eq!(read(&path).unwrap().unwrap().written, 78);
        assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 1, "nothing is left beside it");
    }

    #[test]
    fn what_cannot_be_written_leaves_the_file_before() {
        let folder = Folder::new("whole");
        let path = folder.0.join("registry");
        write(&path, &list(), 77).unwrap();
        // Something is in the way of the new file.
        fs::create_dir(beside(&path)).unwrap();

        assert!(write(&path, &Applications::default(), 78).is_err());

        assert_eq!(read(&path).unwrap().unwrap().written, 77);
    }

    #[test]
    fn other_files_are_refused() {
        let folder = Folder::new("other");
        let path = folder.0.join("registry");
        let whole = format!("{HEAD}5\n{{\"applications\":{{}}}}");
        fs::write(&path, &whole).unwrap();
        assert!(read(&path).is_ok());
        for text in ["", "eureka", "{}", &whole[..whole.len() - 1], &whole.replace('5', "x")] {
            fs::write(&path, text).unwrap();
            assert_eq!(read(&path).unwrap_err().kind(), io::ErrorKind::InvalidData, "{text}");
        }
    }
}
