//! One page in the browser: opened, looked at, typed into.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use compat_tests::{paths, wait};
use serde_json::{Value, json};

use super::browser::{Browser, PATIENCE, is_named};

/// How a page is looked at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View {
    pub(crate) width: u32,
    pub(crate) is_dark: bool,
    pub(crate) runs_script: bool,
}

impl View {
    pub(crate) const WIDE: Self = Self { width: 1280, is_dark: false, runs_script: true };
    pub(crate) const PHONE: Self = Self { width: 360, ..Self::WIDE };

    pub(crate) const fn dark(self) -> Self {
        Self { is_dark: true, ..self }
    }

    pub(crate) const fn without_script(self) -> Self {
        Self { runs_script: false, ..self }
    }
}

/// Height of the part of a page that is seen at once, in CSS pixels.
const HEIGHT: u32 = 800;

/// What the browser says of a page that another one takes the place of.
const LEAVING: [&str; 2] = ["navigated or closed", "context was destroyed"];

/// What a page load cost, as the browser measured it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Load {
    /// Until everything was there and drawn for the first time.
    pub(crate) time: Duration,
    /// Size of the HTML.
    pub(crate) bytes: u64,
}

/// A tab. There is one at a time; dropping it leaves it to the browser's end.
#[derive(Debug)]
pub(crate) struct Tab<'b> {
    browser: &'b mut Browser,
    session: String,
}

impl<'b> Tab<'b> {
    /// Opens an empty tab.
    pub(crate) fn new(browser: &'b mut Browser, view: View) -> Result<Self> {
        let target = browser.call(None, "Target.createTarget", &json!({ "url": "about:blank" }))?;
        let target = text(&target, "targetId")?;
        let params = json!({ "targetId": target, "flatten": true });
        let session = text(&browser.call(None, "Target.attachToTarget", &params)?, "sessionId")?;
        let mut tab = Self { browser, session };
        for domain in ["Page", "Runtime", "Log", "Network"] {
            tab.call(&format!("{domain}.enable"), &json!({}))?;
        }
        tab.look(view)?;
        Ok(tab)
    }

    /// Changes size, colour scheme and whether scripts run; the last takes effect on the next load.
    pub(crate) fn look(&mut self, view: View) -> Result<()> {
        let is_mobile = view.width < 600;
        let size = json!({ "width": view.width, "height": HEIGHT, "deviceScaleFactor": 1, "mobile": is_mobile });
        self.call("Emulation.setDeviceMetricsOverride", &size)?;
        let scheme = if view.is_dark { "dark" } else { "light" };
        let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.call("Emulation.setEmulatedMedia", &features)?;
        let script = json!({ "value": !view.runs_script });
        self.call("Emulation.setScriptExecutionDisabled", &script)?;
        Ok(())
    }

    /// Loads `url` and waits until everything it asks for is there.
    pub(crate) fn open(&mut self, url: &str) -> Result<()> {
        self.browser.forget_events();
        let answer = self.call("Page.navigate", &json!({ "url": url }))?;
        if let Some(error) = answer.get("errorText").and_then(Value::as_str) {
            bail!("opening {url}: {error}");
        }
        self.loaded()
    }

    /// Waits until the page that is being loaded is there.
    pub(crate) fn loaded(&mut self) -> Result<()> {
        self.browser.take_event("Page.loadEventFired").map(drop)
    }

    /// Value of a JavaScript expression in the page.
    pub(crate) fn eval(&mut self, expression: &str) -> Result<Value> {
        let params =
            json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
        let answer = self.call("Runtime.evaluate", &params)?;
        if let Some(error) = answer.get("exceptionDetails") {
            bail!("{expression}: {error}");
        }
        Ok(answer.pointer("/result/value").cloned().unwrap_or_default())
    }

    /// Text of a JavaScript expression in the page, with ordinary blanks; empty when it is no text.
    pub(crate) fn text(&mut self, expression: &str) -> Result<String> {
        Ok(self.eval(expression)?.as_str().unwrap_or_default().replace('\u{a0}', " "))
    }

    /// Number of elements that `selector` finds.
    pub(crate) fn count(&mut self, selector: &str) -> Result<u64> {
        let expression = format!("document.querySelectorAll({}).length", json!(selector));
        self.eval(&expression)?.as_u64().context("a length is a number")
    }

    /// Waits until a JavaScript expression is true. The page it is asked of may be on its way out.
    pub(crate) fn until(&mut self, expression: &str) -> Result<()> {
        wait::until_some(expression, PATIENCE, || match self.eval(expression) {
            Ok(value) => Ok((value == Value::Bool(true)).then_some(())),
            Err(error) if LEAVING.iter().any(|part| format!("{error:#}").contains(part)) => {
                Ok(None)
            }
            Err(error) => Err(error),
        })
    }

    /// Types `text` at the focus.
    pub(crate) fn type_text(&mut self, text: &str) -> Result<()> {
        self.call("Input.insertText", &json!({ "text": text })).map(drop)
    }

    /// Presses the enter key.
    pub(crate) fn press_enter(&mut self) -> Result<()> {
        for kind in ["keyDown", "keyUp"] {
            let key =
                json!({ "type": kind, "key": "Enter", "windowsVirtualKeyCode": 13, "text": "\r" });
            self.call("Input.dispatchKeyEvent", &key)?;
        }
        Ok(())
    }

    /// What the last load cost.
    pub(crate) fn load(&mut self) -> Result<Load> {
        let entry = self.eval("performance.getEntriesByType('navigation')[0].toJSON()")?;
        let number = |name: &str| entry.get(name).and_then(Value::as_f64);
        let millis = number("loadEventEnd").context("the load has an end")?;
        let bytes = entry.get("decodedBodySize").and_then(Value::as_u64).context("a size")?;
        Ok(Load { time: Duration::from_secs_f64(millis / 1_000.0), bytes })
    }

    /// Saves a picture of the whole page as `compat-tests/.work/screenshots/<name>.png`.
    pub(crate) fn screenshot(&mut self, name: &str) -> Result<()> {
        let metrics = self.call("Page.getLayoutMetrics", &json!({}))?;
        let side = |name: &str| metrics.pointer(&format!("/cssContentSize/{name}")).cloned();
        // A page of ten thousand pixels shows enough, and is still a picture one can look at.
        let height = side("height").and_then(|height| height.as_f64()).unwrap_or(1.0).min(6_000.0);
        let clip = json!({ "x": 0, "y": 0, "width": side("width"), "height": height, "scale": 1 });
        let params = json!({ "format": "png", "captureBeyondViewport": true, "clip": clip });
        let picture = text(&self.call("Page.captureScreenshot", &params)?, "data")?;
        let path = paths::work("screenshots")?.join(format!("{name}.png"));
        fs::write(&path, from_base64(&picture))
            .with_context(|| format!("writing {}", path.display()))
    }

    /// Every address asked for since the last [`Tab::open`].
    pub(crate) fn requests(&mut self) -> Result<Vec<String>> {
        self.settle()?;
        let requests = self.browser.events().iter();
        let requests = requests.filter(|event| is_named(event, "Network.requestWillBeSent"));
        Ok(requests
            .filter_map(|event| event.pointer("/params/request/url")?.as_str())
            .map(str::to_owned)
            .collect())
    }

    /// Everything the browser complained about since the last [`Tab::open`]: exceptions, warnings
    /// and errors on the console, violations of the content policy, failed requests.
    pub(crate) fn complaints(&mut self) -> Result<Vec<String>> {
        self.settle()?;
        let is_bad = |event: &&Value| match event.get("method").and_then(Value::as_str) {
            Some("Runtime.exceptionThrown" | "Network.loadingFailed" | "Log.entryAdded") => true,
            Some("Runtime.consoleAPICalled") => {
                event.pointer("/params/type") != Some(&json!("log"))
            }
            _ => false,
        };
        Ok(self.browser.events().iter().filter(is_bad).map(Value::to_string).collect())
    }

    /// Lets events that are on their way arrive: the browser answers in order.
    fn settle(&mut self) -> Result<()> {
        self.eval("1").map(drop)
    }

    fn call(&mut self, method: &str, params: &Value) -> Result<Value> {
        self.browser.call(Some(&self.session), method, params)
    }
}

fn text(answer: &Value, member: &str) -> Result<String> {
    let text = answer.get(member).and_then(Value::as_str);
    Ok(text.with_context(|| format!("the browser gave no {member}"))?.to_owned())
}

/// Decodes base64 as the browser writes it: no blanks, padded at the end.
fn from_base64(text: &str) -> Vec<u8> {
    let value = |symbol: u8| match symbol {
        b'A'..=b'Z' => symbol - b'A',
        b'a'..=b'z' => symbol - b'a' + 26,
        b'0'..=b'9' => symbol - b'0' + 52,
        b'+' => 62,
        _ => 63,
    };
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut held) = (0_u32, 0);
    for symbol in text.bytes().filter(|&symbol| symbol != b'=') {
        bits = bits << 6 | u32::from(value(symbol));
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push(((bits >> held) & 0xff) as u8);
        }
    }
    bytes
}
