//! A page as its readers see it: wide and narrow, by day and by night.

use anyhow::{Result, ensure};
use serde_json::json;

use super::browser::Browser;
use super::tab::{Tab, View};

/// Looks at `path` of the server whose pages begin with `home`, in each way a reader may, keeps a
/// picture of each, and lists what is wrong: with its layout, in the browser's eyes, or that it asks
/// elsewhere.
pub(crate) fn look_over(browser: &mut Browser, home: &str, path: &str, name: &str) -> Result<()> {
    let views = [
        ("wide", View::WIDE),
        ("wide-dark", View::WIDE.dark()),
        ("phone", View::PHONE),
        ("phone-dark", View::PHONE.dark()),
    ];
    for (kind, view) in views {
        let mut tab = Tab::new(browser, view)?;
        tab.open(&format!("{home}{path}"))?;
        tab.screenshot(&format!("{name}-{kind}"))?;
        let wrong = tab.eval(include_str!("look.js"))?;
        ensure!(wrong == json!([]), "{name}-{kind}: {wrong:#}");
        let complaints = tab.complaints()?;
        ensure!(complaints.is_empty(), "{name}-{kind}: {complaints:#?}");
        let requests = tab.requests()?;
        ensure!(requests.len() >= 3, "page, style and script: {requests:?}");
        let foreign = requests.iter().find(|url| !url.starts_with(&format!("{home}/")));
        ensure!(foreign.is_none(), "{name}-{kind} asks elsewhere: {foreign:?}");
    }
    Ok(())
}
