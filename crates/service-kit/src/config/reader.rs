//! Reading the configuration of a process again while it runs.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::os::unix::fs::MetadataExt as _;

use parking_lot::Mutex;

use super::error::ConfigErrors;
use super::files::{Disk, Files};
use super::key::Program;
use super::sources::Sources;
use super::{Config, process};

/// Reads the configuration as the process was started with it: the same arguments and environment,
/// and whatever is in the files now.
#[derive(Debug)]
pub struct Reader {
    program: &'static Program,
    sources: Sources<Recorded>,
}

/// What the files of a configuration were like at one moment. A file that is written, replaced, or
/// reached over a link that leads elsewhere now, is another; so is one that was not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamps(BTreeMap<String, Option<Stamp>>);

/// Device, inode, bytes, and time of the last change in seconds and nanoseconds.
type Stamp = (u64, u64, u64, i64, i64);

impl Reader {
    /// A reader with the arguments and the environment of this process.
    #[must_use]
    pub fn of_process(program: &'static Program) -> Self {
        let Sources { args, env, files, builtin, seed } = process::sources();
        let args = args.into_iter().filter(|arg| arg != super::help::HEALTH_CHECK).collect();
        let files = Recorded { disk: files, looked_at: Mutex::default() };
        Self { program, sources: Sources { args, env, files, builtin, seed } }
    }

    /// The same with other arguments.
    #[must_use]
    pub fn with_other_args(mut self, args: Vec<String>) -> Self {
        self.sources.args = args;
        self
    }

    /// A reader with these arguments and no environment.
    #[must_use]
    pub fn with_args(program: &'static Program, args: &[&str]) -> Self {
        let files = Recorded { disk: Disk, looked_at: Mutex::default() };
        let args = args.iter().map(|arg| (*arg).to_owned()).collect();
        let sources = Sources { args, env: Vec::new(), files, builtin: Vec::new(), seed: 0 };
        Self { program, sources }
    }

    /// Reads everything.
    ///
    /// # Errors
    /// See [`Config::load`].
    pub fn load(&self) -> Result<Config, ConfigErrors> {
        Config::load(self.program, &self.sources)
    }

    /// What the files are like that any reading so far looked at, those that are not there
    /// included. Asks the file system.
    #[must_use]
    pub fn stamps(&self) -> Stamps {
        let looked_at = self.sources.files.looked_at.lock().clone();
        let stamp = |path: String| {
            let stamp = std::fs::metadata(&path)
                .ok()
                .map(|data| (data.dev(), data.ino(), data.size(), data.mtime(), data.mtime_nsec()));
            (path, stamp)
        };
        Stamps(looked_at.into_iter().map(stamp).collect())
    }
}

impl Stamps {
    /// Whether everything is the same that `earlier` knows of.
    #[must_use]
    pub fn extends(&self, earlier: &Self) -> bool {
        earlier.0.iter().all(|(path, stamp)| self.0.get(path) == Some(stamp))
    }
}

/// The disk, and what was looked at on it.
#[derive(Debug)]
struct Recorded {
    disk: Disk,
    looked_at: Mutex<BTreeSet<String>>,
}

impl Files for Recorded {
    fn read(&self, path: &str) -> io::Result<Option<String>> {
        self.looked_at.lock().insert(path.to_owned());
        self.disk.read(path)
    }

    fn list(&self, folder: &str) -> io::Result<Option<Vec<String>>> {
        self.looked_at.lock().insert(folder.to_owned());
        self.disk.list(folder)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use super::*;
    use crate::config::KeySpec;

    const PROGRAM: Program = Program {
        name: "demo",
        version: "1.0",
        about: "a demonstration",
        keys: &[&[KeySpec::text("demo.text", "A text.")]],
        owned: &["demo."],
        defaults: &[],
    };

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("reader-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    fn reader(folder: &std::path::Path) -> Reader {
        let location = format!("--spring.config.location={}/", folder.display());
        Reader::with_args(&PROGRAM, &[&location])
    }

    fn text(reader: &Reader) -> Option<String> {
        reader.load().unwrap().find("demo.text").unwrap()
    }

    #[test]
    fn a_file_that_changes_appears_or_goes_is_seen() {
        let folder = folder("change");
        let path = folder.join("application.yml");
        let reader = reader(&folder);
        assert_eq!(text(&reader), None);
        let absent = reader.stamps();
        assert_eq!(reader.stamps(), absent);

        fs::write(&path, "demo.text: one").unwrap();
        let present = reader.stamps();
        assert!(present != absent);
        assert_eq!(text(&reader).as_deref(), Some("one"));

        // As editors do it: another file takes the name.
        fs::write(folder.join("new"), "demo.text: two").unwrap();
        fs::rename(folder.join("new"), &path).unwrap();
        assert!(reader.stamps() != present);
        assert_eq!(text(&reader).as_deref(), Some("two"));
        fs::remove_file(&path).unwrap();
        assert_eq!(reader.stamps(), absent);
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn a_link_that_leads_elsewhere_is_seen() {
        let folder = folder("links");
        for (version, text) in [("one", "1"), ("two", "2")] {
            fs::create_dir(folder.join(version)).unwrap();
            fs::write(folder.join(version).join("application.yml"), format!("demo.text: {text}"))
                .unwrap();
        }
        // As Kubernetes mounts them: the file is a link through a folder that is a link.
        let link = |to: &str| {
            let _ = fs::remove_file(folder.join("..new"));
            std::os::unix::fs::symlink(to, folder.join("..new")).unwrap();
            fs::rename(folder.join("..new"), folder.join("..data")).unwrap();
        };
        link("one");
        std::os::unix::fs::symlink("..data/application.yml", folder.join("application.yml"))
            .unwrap();
        let reader = reader(&folder);
        assert_eq!(text(&reader).as_deref(), Some("1"));
        let before = reader.stamps();

        link("two");

        assert!(reader.stamps() != before);
        assert_eq!(text(&reader).as_deref(), Some("2"));
        fs::remove_dir_all(&folder).unwrap();
    }
}
