//! A folder whose files are values, as secrets are mounted: the path below it is the key.
//!
//! `spring.config.import=configtree:/run/secrets/` makes of the file
//! `/run/secrets/spring/datasource/password`, or `/run/secrets/spring.datasource.password`, the
//! value of `spring.datasource.password`.
//!
//! Source: Spring Boot reference "External Application Properties", section "Using Configuration
//! Trees".

use super::files::Files;
use super::origin::{Origin, Property};

/// The values of `folder`; none of one that is missing and `optional`. A line end at the end of a
/// file is not part of its value.
///
/// # Errors
/// What is wrong with the folder or one of its files.
pub(super) fn properties(
    files: &dyn Files,
    folder: &str,
    optional: bool,
) -> Result<Vec<Property>, String> {
    let Some(root) = folder.strip_suffix('/') else {
        return Err(format!("configtree:{folder}: the name of a folder must end with /"));
    };
    let failed = |path: &str, error: std::io::Error| format!("cannot read {path}: {error}");
    let Some(mut names) = files.list(root).map_err(|error| failed(folder, error))? else {
        let missing = format!("there is no folder {folder}; optional:configtree: allows that");
        return if optional { Ok(Vec::new()) } else { Err(missing) };
    };
    names.sort_unstable();
    let mut found = Vec::new();
    for name in names {
        let path = format!("{root}/{name}");
        let text = files.read(&path).map_err(|error| failed(&path, error))?.unwrap_or_default();
        let value = text.strip_suffix('\n').unwrap_or(&text);
        let value = value.strip_suffix('\r').unwrap_or(value).to_owned();
        let origin = Origin::File { path, line: 1 };
        found.push(Property { name: name.replace('/', "."), value, origin });
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::config::Disk;

    fn found(files: &dyn Files, folder: &str) -> Result<Vec<(String, String)>, String> {
        let found = properties(files, folder, false)?;
        Ok(found.into_iter().map(|property| (property.name, property.value)).collect())
    }

    fn pair(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[test]
    fn paths_are_keys_and_contents_values() {
        let files = [
            ("/run/secrets/spring/datasource/password", "p w\r\n"),
            ("/run/secrets/a.b", "two\nlines\n\n"),
            ("/run/other", "x"),
        ];
        let files = files.map(|(path, text)| (path.to_owned(), text.to_owned()));
        let files = BTreeMap::from(files);
        let expected = [pair("a.b", "two\nlines\n"), pair("spring.datasource.password", "p w")];
        assert_eq!(found(&files, "/run/secrets/"), Ok(expected.to_vec()));
        assert!(found(&files, "/run/secrets").unwrap_err().contains("must end with /"));
        assert!(found(&files, "/nowhere/").unwrap_err().contains("no folder /nowhere/"));
        assert_eq!(properties(&files, "/nowhere/", true).unwrap().len(), 0);
    }

    #[test]
    fn folders_of_the_disk_are_followed_and_hidden_ones_are_not() {
        let name = format!("configtree-{}", std::process::id());
        let root = std::env::temp_dir().join(name);
        std::fs::create_dir_all(root.join("spring/datasource")).unwrap();
        std::fs::create_dir_all(root.join("..data")).unwrap();
        std::fs::write(root.join("spring/datasource/password"), "secret\n").unwrap();
        std::fs::write(root.join("..data/password"), "not this").unwrap();
        let expected = vec![pair("spring.datasource.password", "secret")];
        let read = found(&Disk, &format!("{}/", root.display()));
        std::fs::remove_dir_all(&root).unwrap();
        assert_eq!(read, Ok(expected));
    }
}
