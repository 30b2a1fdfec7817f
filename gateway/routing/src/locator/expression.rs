//! The part of Spring's expression language that discovery routes use (DL-4, DL-9).
//!
//! Texts, `serviceId`, `host`, `port`, `metadata['key']`, `+`, `==`, `!=`, `&&`, `||`, `!` and
//! `matches`. Nothing in it can call anything.

use std::fmt;

use regex::Regex;

use super::Instance;
use crate::java;

/// Levels of parentheses and `!` beyond which an expression is refused.
const DEPTH_MAX: usize = 32;

/// A value while an expression is worked out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Text {
    Plain(String),
    Bool(bool),
    Null,
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(text) => f.write_str(text),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Null => f.write_str("null"),
        }
    }
}

/// A parsed expression.
#[derive(Clone, Debug)]
pub(super) struct Expression(Term);

#[derive(Clone, Debug)]
enum Term {
    Value(Text),
    ServiceId,
    InstanceId,
    Host,
    Port,
    Secure,
    Metadata(String),
    Join(Box<Self>, Box<Self>),
    Equal(Box<Self>, Box<Self>),
    Matches(Box<Self>, Regex),
    And(Box<Self>, Box<Self>),
    Or(Box<Self>, Box<Self>),
    Not(Box<Self>),
}

impl Expression {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut parser = Parser { rest: text, depth: 0 };
        let term = parser.or()?;
        parser.skip();
        if parser.rest.is_empty() {
            return Ok(Self(term));
        }
        Err(format!(
            "{:?} is not understood here; only texts, serviceId, host, port, metadata['key'], \
                     + == != && || ! and matches are",
            parser.rest
        ))
    }

    /// Stands for an expression that could not be parsed.
    pub(super) const fn nothing() -> Self {
        Self(Term::Value(Text::Null))
    }

    /// The value for an instance, whose service's name may be seen in lower case.
    pub(super) fn eval(&self, instance: &Instance, lower_case: bool) -> Text {
        eval(&self.0, instance, lower_case)
    }
}

fn eval(term: &Term, instance: &Instance, lower: bool) -> Text {
    let is_true = |term: &Term| eval(term, instance, lower) == Text::Bool(true);
    match term {
        Term::Value(value) => value.clone(),
        Term::ServiceId if lower => Text::Plain(instance.service_id.to_lowercase()),
        Term::ServiceId => Text::Plain(instance.service_id.clone()),
        Term::InstanceId => Text::Plain(instance.instance_id.clone()),
        Term::Host => Text::Plain(instance.host.clone()),
        Term::Port => Text::Plain(instance.port.to_string()),
        Term::Secure => Text::Bool(instance.is_secure),
        Term::Metadata(key) => {
            instance.metadata.get(key).map_or(Text::Null, |value| Text::Plain(value.clone()))
        }
        Term::Join(left, right) => {
            Text::Plain(format!("{}{}", eval(left, instance, lower), eval(right, instance, lower)))
        }
        Term::Equal(left, right) => {
            Text::Bool(eval(left, instance, lower) == eval(right, instance, lower))
        }
        Term::Matches(text, regex) => match eval(text, instance, lower) {
            Text::Plain(text) => Text::Bool(regex.is_match(&text)),
            Text::Bool(_) | Text::Null => Text::Bool(false),
        },
        Term::And(left, right) => Text::Bool(is_true(left) && is_true(right)),
        Term::Or(left, right) => Text::Bool(is_true(left) || is_true(right)),
        Term::Not(inner) => Text::Bool(!is_true(inner)),
    }
}

struct Parser<'t> {
    rest: &'t str,
    depth: usize,
}

impl<'t> Parser<'t> {
    fn skip(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn eat(&mut self, token: &str) -> bool {
        self.skip();
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn word(&mut self, word: &str) -> bool {
        self.skip();
        let after = self.rest.strip_prefix(word);
        let ends = |rest: &&str| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_');
        match after.filter(ends) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn or(&mut self) -> Result<Term, String> {
        let mut left = self.and()?;
        while self.eat("||") || self.word("or") {
            left = Term::Or(Box::new(left), Box::new(self.and()?));
        }
        Ok(left)
    }

    fn and(&mut self) -> Result<Term, String> {
        let mut left = self.comparison()?;
        while self.eat("&&") || self.word("and") {
            left = Term::And(Box::new(left), Box::new(self.comparison()?));
        }
        Ok(left)
    }

    fn comparison(&mut self) -> Result<Term, String> {
        self.skip();
        if (self.rest.starts_with('!') && !self.rest.starts_with("!=")) || self.word("not") {
            self.eat("!");
            return self.deeper(|own| own.comparison().map(|inner| Term::Not(Box::new(inner))));
        }
        let left = self.sum()?;
        if self.eat("==") {
            return Ok(Term::Equal(Box::new(left), Box::new(self.sum()?)));
        }
        if self.eat("!=") {
            let equal = Term::Equal(Box::new(left), Box::new(self.sum()?));
            return Ok(Term::Not(Box::new(equal)));
        }
        if self.word("matches") {
            self.skip();
            let pattern = self.quoted()?;
            return Ok(Term::Matches(Box::new(left), java::compile_whole(&pattern)?));
        }
        Ok(left)
    }

    fn sum(&mut self) -> Result<Term, String> {
        let mut left = self.atom()?;
        while self.eat("+") {
            left = Term::Join(Box::new(left), Box::new(self.atom()?));
        }
        Ok(left)
    }

    fn atom(&mut self) -> Result<Term, String> {
        self.skip();
        if self.rest.starts_with(['\'', '"']) {
            return self.quoted().map(|text| Term::Value(Text::Plain(text)));
        }
        if self.eat("(") {
            let inner = self.deeper(Self::or)?;
            return if self.eat(")") {
                Ok(inner)
            } else {
                Err("a parenthesis is not closed".to_owned())
            };
        }
        for (word, term) in [
            ("true", Term::Value(Text::Bool(true))),
            ("false", Term::Value(Text::Bool(false))),
            ("null", Term::Value(Text::Null)),
            ("serviceId", Term::ServiceId),
            ("instanceId", Term::InstanceId),
            ("host", Term::Host),
            ("port", Term::Port),
            ("secure", Term::Secure),
        ] {
            if self.word(word) {
                return Ok(term);
            }
        }
        if self.word("metadata") {
            return self.metadata();
        }
        let shown: String = self.rest.chars().take(40).collect();
        Err(format!(
            "{shown:?} is not understood here; only texts, serviceId, host, port, \
                     metadata['key'] and operators are"
        ))
    }

    fn metadata(&mut self) -> Result<Term, String> {
        if self.eat(".") {
            let end = self.rest.find(|c: char| !c.is_alphanumeric() && c != '_');
            let (key, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
            if key.is_empty() || rest.starts_with('(') {
                return Err("metadata['key'] is expected".to_owned());
            }
            self.rest = rest;
            return Ok(Term::Metadata(key.to_owned()));
        }
        if !self.eat("[") {
            return Err("metadata['key'] is expected".to_owned());
        }
        self.skip();
        let key = self.quoted()?;
        if self.eat("]") {
            Ok(Term::Metadata(key))
        } else {
            Err("a bracket is not closed".to_owned())
        }
    }

    /// A text in quotes; two of them inside are one.
    fn quoted(&mut self) -> Result<String, String> {
        let quote = self.rest.chars().next().filter(|c| matches!(c, '\'' | '"'));
        let Some(quote) = quote else { return Err("a text in quotes is expected".to_owned()) };
        let mut out = String::new();
        let mut rest = self.rest.get(1..).unwrap_or_default();
        while let Some((text, after)) = rest.split_once(quote) {
            out.push_str(text);
            match after.strip_prefix(quote) {
                Some(more) => {
                    out.push(quote);
                    rest = more;
                }
                None => {
                    self.rest = after;
                    return Ok(out);
                }
            }
        }
        Err("a quote is not closed".to_owned())
    }

    fn deeper<T>(
        &mut self,
        parse: impl FnOnce(&mut Self) -> Result<T, String>,
    ) -> Result<T, String> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(format!("nested more than {DEPTH_MAX} levels deep"));
        }
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Result<String, String> {
        let metadata = [("edge", "true"), ("zone", "z1")];
        let metadata = metadata.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
        let instance = Instance {
            service_id: "ECHO".to_owned(),
            host: "h".to_owned(),
            port: 81,
            metadata,
            ..Instance::default()
        };
        Expression::parse(text).map(|expression| expression.eval(&instance, true).to_string())
    }

    #[test]
    fn the_subset_is_worked_out_dl_4_dl_9() {
        let cases = [
            ("'lb://'+serviceId", "lb://echo"),
            ("'/' + serviceId + '/?(?<remaining>.*)'", "/echo/?(?<remaining>.*)"),
            ("metadata['edge']=='true'", "true"),
            ("metadata['none'] == null and !false", "true"),
            ("metadata.zone matches 'z\\d' && serviceId != 'x'", "true"),
            ("(host + ':' + port) == 'h:81' || false", "true"),
            ("!(metadata['edge'] != 'true')", "true"),
            ("'it''s'", "it's"),
            ("secure", "false"),
        ];
        for (text, expected) in cases {
            assert_eq!(value(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "T(java.lang.Runtime).getRuntime()",
            "serviceId.toUpperCase()",
            "metadata.get('x')",
            "@bean",
            "'a",
            "(true",
            "metadata[x]",
            "",
            "1 > 2",
        ] {
            assert!(value(text).is_err(), "{text}");
        }
        assert!(value(&("(".repeat(1_000) + "true")).unwrap_err().contains("levels"));
        assert!(value(&("!".repeat(100_000) + "true")).unwrap_err().contains("levels"));
    }
}
