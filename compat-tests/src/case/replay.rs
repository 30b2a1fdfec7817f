//! Sending the steps of a case to a server and observing what it answers.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};

use super::normalise::{Against, Rules};
use super::value::Value;
use super::{Case, Step};
use crate::http::{Request, Response};
use crate::wait;

/// Bytes that an instance id keeps when it becomes part of a path; all others are escaped.
const PLAIN_IN_PATH: &[u8] = b"_.-~:";

/// A running server that cases are replayed against.
#[derive(Clone, Debug)]
pub struct Server {
    base_url: String,
}

impl Server {
    /// A server whose registry is at `base_url`, without a slash at the end.
    #[must_use]
    pub fn new(base_url: &str) -> Self {
        Self { base_url: base_url.to_owned() }
    }

    /// Replays a case and takes what is left of it out of the registry. One observation per step.
    ///
    /// # Errors
    ///
    /// When the server hangs up, is silent, or sends gzip that is none.
    pub fn replay(&self, case: &Case, rules: &Rules<'_>) -> Result<Vec<Value>> {
        let mut seen = Vec::new();
        for (index, step) in case.steps.iter().enumerate() {
            wait::pause(Duration::from_millis(step.sleep_ms));
            let answer = self.send(step).with_context(|| format!("step {index}"))?;
            seen.push(observe(step, &answer, rules).with_context(|| format!("step {index}"))?);
        }
        self.clean().context("emptying the registry")?;
        Ok(seen)
    }

    /// Sends one step as it is, times filled in.
    ///
    /// # Errors
    ///
    /// When the server hangs up or is silent.
    pub fn send(&self, step: &Step) -> Result<Response> {
        let now = now_ms();
        let url = format!("{}{}", self.base_url, fill_times(&step.path, now));
        let mut request = Request::new(&step.method, url);
        for (name, value) in step.headers.members() {
            request = request.header(name, value.as_text().unwrap_or_default());
        }
        if let Some(mut body) = body_text(&step.body) {
            if step.repeat > 0 {
                body = body.replace("{PAD}", &"x".repeat(step.repeat));
            }
            request = request.body(fill_times(&body, now));
        }
        request.send()
    }

    /// Cancels every instance in the registry.
    ///
    /// # Errors
    ///
    /// When the server hangs up, or its registry is not readable.
    pub fn clean(&self) -> Result<()> {
        let apps = Request::get(format!("{}/apps", self.base_url));
        let answer = apps.header("Accept", "application/json").send()?;
        if answer.status != 200 {
            return Ok(());
        }
        let registry = Value::parse(&answer.text()?).context("reading the registry")?;
        let applications = registry.get("applications").and_then(|it| it.get("application"));
        for application in applications.map(Value::elements).unwrap_or_default() {
            let name = application.get("name").and_then(Value::as_text).unwrap_or_default();
            for instance in one_or_many(application.get("instance")) {
                let path = format!("/apps/{name}/{}", escape_segment(effective_id(instance)));
                Request::new("DELETE", format!("{}{path}", self.base_url)).send()?;
            }
        }
        Ok(())
    }
}

/// What of an answer is compared: status; media type, encoding, listed headers; the body's normal
/// form unless the method is HEAD. Of an error only the status: no client reads more. (Peers read
/// conflicts, so a live comparison keeps those.)
///
/// # Errors
///
/// When the body is not the gzip data that it says it is.
pub fn observe(step: &Step, answer: &Response, rules: &Rules<'_>) -> Result<Value> {
    let status = ("status".to_owned(), Value::Integer(answer.status.into()));
    let is_compared = answer.status == 409 && rules.against != Against::Record;
    if answer.status >= 400 && !is_compared {
        return Ok(Value::Object(vec![status]));
    }
    let content_type = answer.header("content-type").unwrap_or_default();
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    let encoding = answer.header("content-encoding").unwrap_or_default();
    let mut seen = vec![
        status,
        ("content-type".to_owned(), Value::text(media_type)),
        ("content-encoding".to_owned(), Value::text(encoding)),
    ];
    if step.method != "HEAD" {
        let body = rules.body(&answer.content()?, content_type);
        if body == Value::text("") {
            // The type of an empty body says nothing.
            seen.retain(|(name, _)| name != "content-type");
        }
        seen.push(("body".to_owned(), body));
    }
    for name in &step.headers_compared {
        let value = answer.header(name).unwrap_or_default();
        seen.push((name.clone(), Value::text(value)));
    }
    Ok(Value::Object(seen))
}

/// Milliseconds since the epoch.
#[must_use]
pub fn now_ms() -> i128 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i128::try_from(since.as_millis()).unwrap_or(i128::MAX)
}

fn body_text(body: &Value) -> Option<String> {
    match body {
        Value::Null => None,
        Value::Text(text) => Some(text.clone()),
        Value::Bool(_)
        | Value::Integer(_)
        | Value::Fraction(_)
        | Value::List(_)
        | Value::Object(_) => Some(body.to_string()),
    }
}

/// Replaces `{NOW}`, `{NOW+MS}` and `{NOW-MS}`; anything else in braces stays.
fn fill_times(text: &str, now: i128) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{NOW") {
        filled.push_str(before);
        let offset = after.split_once('}').and_then(|(inside, _)| offset_ms(inside));
        match (offset, after.split_once('}')) {
            (Some(offset), Some((_, after))) => {
                filled.push_str(&(now + offset).to_string());
                rest = after;
            }
            _ => {
                filled.push_str("{NOW");
                rest = after;
            }
        }
    }
    filled.push_str(rest);
    filled
}

/// Milliseconds of `+1000` or `-1000`; of nothing 0.
fn offset_ms(text: &str) -> Option<i128> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or_default();
    let is_number = !digits.is_empty() && digits.bytes().all(|it| it.is_ascii_digit());
    if text.is_empty() { Some(0) } else { is_number.then(|| text.parse().ok()).flatten() }
}

/// The elements of a list, or the one value that stands in place of a list.
fn one_or_many(value: Option<&Value>) -> &[Value] {
    match value {
        Some(Value::List(elements)) => elements,
        Some(one) => std::slice::from_ref(one),
        None => &[],
    }
}

/// The id under which the registry keeps an instance (`EP-3`).
fn effective_id(instance: &Value) -> &str {
    let amazon = instance.get("dataCenterInfo").and_then(|it| it.get("metadata"));
    filled_text(Some(instance), "instanceId")
        .or_else(|| filled_text(amazon, "instance-id"))
        .or_else(|| filled_text(Some(instance), "hostName"))
        .unwrap_or_default()
}

/// Member `name`, if it is text and not empty.
fn filled_text<'a>(object: Option<&'a Value>, name: &str) -> Option<&'a str> {
    object?.get(name)?.as_text().filter(|text| !text.is_empty())
}

/// A segment of a path: every byte escaped but letters, digits and `_.-~:`.
#[must_use]
pub fn escape_segment(id: &str) -> String {
    let mut escaped = String::new();
    for byte in id.bytes() {
        if byte.is_ascii_alphanumeric() || PLAIN_IN_PATH.contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_filled_in_and_other_braces_stay() {
        let text = "a={NOW}&b={NOW-60}&c={NOW+7}&d={NOWX}{NOW+}{PAD}{NOW";

        assert_eq!(fill_times(text, 1000), "a=1000&b=940&c=1007&d={NOWX}{NOW+}{PAD}{NOW");
    }

    #[test]
    fn ids_are_escaped_but_for_colons() {
        assert_eq!(escape_segment("h-1:a b/é%"), "h-1:a%20b%2F%C3%A9%25");
    }

    #[test]
    fn an_instance_without_id_is_known_by_its_amazon_id_or_host() {
        let amazon = r#"{"hostName": "h", "dataCenterInfo": {"metadata": {"instance-id": "i-1"}}}"#;
        let plain = r#"{"hostName": "h", "instanceId": "", "dataCenterInfo": {"name": "MyOwn"}}"#;

        assert_eq!(effective_id(&Value::parse(amazon).unwrap()), "i-1");
        assert_eq!(effective_id(&Value::parse(plain).unwrap()), "h");
    }
}
