//! What a program declares about a key: its kind, default, meaning and effect.

use std::time::Duration;

/// Unit of a bare number in a duration, and of its documentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Milliseconds.
    Millis,
    /// Seconds.
    Seconds,
}

impl Unit {
    /// Length of `count` of this unit; saturates instead of overflowing.
    #[must_use]
    pub const fn times(self, count: u64) -> Duration {
        match self {
            Self::Millis => Duration::from_millis(count),
            Self::Seconds => Duration::from_secs(count),
        }
    }
}

/// What a value must look like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// `true/false`, `on/off`, `yes/no`, `1/0`, in any case.
    Bool,
    /// A whole number, decimal or `0x` hexadecimal, both ends inclusive.
    Integer {
        /// Smallest value accepted.
        min: i64,
        /// Largest value accepted.
        max: i64,
    },
    /// A decimal number, both ends inclusive.
    Decimal {
        /// Smallest value accepted.
        min: f64,
        /// Largest value accepted.
        max: f64,
    },
    /// A time span: `10s`, `500ms`, `PT10S`, or a bare number in `unit`.
    Duration {
        /// Unit of a bare number.
        unit: Unit,
        /// Shortest span accepted.
        min: Duration,
    },
    /// A size: `2MB`, `512KB`, or a bare number of bytes.
    Bytes,
    /// Any text. An empty one counts as not set.
    Text,
    /// Any text, and an empty one says something else than none.
    AnyText,
    /// One of these words, compared without case and dashes; kept as listed.
    Choice(&'static [&'static str]),
    /// Texts separated by commas, or one per list element.
    List,
    /// URLs with `http` or `https`, separated by commas, or one per list element.
    Urls,
    /// A path of a URL. Normalised: begins with `/`, does not end with one, the root is empty.
    Path,
    /// A host name or an address to bind to.
    Host,
    /// Anything below this name, which the program reads by itself; see
    /// [`Config::tree`](super::Config::tree).
    Tree,
}

impl Kind {
    /// Whether values of this kind come as lists.
    #[must_use]
    pub const fn is_list(self) -> bool {
        matches!(self, Self::List | Self::Urls)
    }
}

/// What setting a key does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It works.
    Active,
    /// It is checked and otherwise ignored; setting it to something else than the default is worth
    /// one warning with this reason.
    AcceptedWithWarning(&'static str),
    /// Ignoring it would be unsafe: setting it to something else than the default stops the start
    /// with this reason.
    Refused(&'static str),
}

/// One key a program knows, or with a name ending in `.*` every key under that prefix.
///
/// Tables are constants:
///
/// ```
/// use service_kit::config::KeySpec;
///
/// const KEYS: &[KeySpec] = &[
///     KeySpec::bool("eureka.server.disable-delta", "false", "Refuse delta requests."),
///     KeySpec::text("eureka.server.my-url", "Own URL in the peer list.").accepted("no peers yet"),
/// ];
/// assert_eq!(KEYS.len(), 2);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KeySpec {
    /// Name in kebab case. A trailing `.*` declares a map: each entry has this kind.
    pub name: &'static str,
    /// What values look like.
    pub kind: Kind,
    /// Default as it would be written, placeholders included; `None` when there is none.
    pub default: Option<&'static str>,
    /// One sentence for people, with a full stop.
    pub doc: &'static str,
    /// What setting it does.
    pub effect: Effect,
    /// Older names of the same key.
    pub aliases: &'static [&'static str],
}

impl KeySpec {
    const fn new(
        name: &'static str,
        kind: Kind,
        default: Option<&'static str>,
        doc: &'static str,
    ) -> Self {
        Self { name, kind, default, doc, effect: Effect::Active, aliases: &[] }
    }

    /// A switch.
    #[must_use]
    pub const fn bool(name: &'static str, default: &'static str, doc: &'static str) -> Self {
        Self::new(name, Kind::Bool, Some(default), doc)
    }

    /// A part of the configuration that the program reads by itself; `name` ends with `.*`.
    #[must_use]
    pub const fn tree(name: &'static str, doc: &'static str) -> Self {
        Self::new(name, Kind::Tree, None, doc)
    }

    /// A whole number from `min` to `max`, both inclusive.
    #[must_use]
    pub const fn integer(
        name: &'static str,
        (min, max): (i64, i64),
        default: &'static str,
        doc: &'static str,
    ) -> Self {
        Self::new(name, Kind::Integer { min, max }, Some(default), doc)
    }

    /// A count that fits 32 bits: 0 to 2,147,483,647, what a Java `int` can say without a sign.
    #[must_use]
    pub const fn count(name: &'static str, default: &'static str, doc: &'static str) -> Self {
        Self::integer(name, (0, i32::MAX as i64), default, doc)
    }

    /// A decimal number from `min` to `max`, both inclusive.
    #[must_use]
    pub const fn decimal(
        name: &'static str,
        (min, max): (f64, f64),
        default: &'static str,
        doc: &'static str,
    ) -> Self {
        Self::new(name, Kind::Decimal { min, max }, Some(default), doc)
    }

    /// A time span whose bare numbers are milliseconds.
    #[must_use]
    pub const fn millis(name: &'static str, default: &'static str, doc: &'static str) -> Self {
        let kind = Kind::Duration { unit: Unit::Millis, min: Duration::ZERO };
        Self::new(name, kind, Some(default), doc)
    }

    /// A time span whose bare numbers are seconds.
    #[must_use]
    pub const fn seconds(name: &'static str, default: &'static str, doc: &'static str) -> Self {
        let kind = Kind::Duration { unit: Unit::Seconds, min: Duration::ZERO };
        Self::new(name, kind, Some(default), doc)
    }

    /// A size in bytes.
    #[must_use]
    pub const fn bytes(name: &'static str, default: &'static str, doc: &'static str) -> Self {
        Self::new(name, Kind::Bytes, Some(default), doc)
    }

    /// A text without default.
    #[must_use]
    pub const fn text(name: &'static str, doc: &'static str) -> Self {
        Self::new(name, Kind::Text, None, doc)
    }

    /// One of the given words.
    #[must_use]
    pub const fn choice(
        name: &'static str,
        words: &'static [&'static str],
        default: &'static str,
        doc: &'static str,
    ) -> Self {
        Self::new(name, Kind::Choice(words), Some(default), doc)
    }

    /// A list of texts without default.
    #[must_use]
    pub const fn list(name: &'static str, doc: &'static str) -> Self {
        Self::new(name, Kind::List, None, doc)
    }

    /// A list of `http`/`https` URLs without default.
    #[must_use]
    pub const fn urls(name: &'static str, doc: &'static str) -> Self {
        Self::new(name, Kind::Urls, None, doc)
    }

    /// A URL path.
    #[must_use]
    pub const fn path(name: &'static str, default: &'static str, doc: &'static str) -> Self {
        Self::new(name, Kind::Path, Some(default), doc)
    }

    /// A host name or address without default.
    #[must_use]
    pub const fn host(name: &'static str, doc: &'static str) -> Self {
        Self::new(name, Kind::Host, None, doc)
    }

    /// A text that may be empty on purpose.
    #[must_use]
    pub const fn any_text(name: &'static str, default: &'static str, doc: &'static str) -> Self {
        Self::new(name, Kind::AnyText, Some(default), doc)
    }

    /// Gives a key without default one.
    #[must_use]
    pub const fn default(mut self, default: &'static str) -> Self {
        self.default = Some(default);
        self
    }

    /// Takes the default away: not set is a state of its own.
    #[must_use]
    pub const fn without_default(mut self) -> Self {
        self.default = None;
        self
    }

    /// Shortest span of a duration, for intervals that cannot be zero.
    #[must_use]
    pub const fn at_least(mut self, shortest: Duration) -> Self {
        if let Kind::Duration { unit, .. } = self.kind {
            self.kind = Kind::Duration { unit, min: shortest };
        }
        self
    }

    /// Older names that mean this key.
    #[must_use]
    pub const fn alias(mut self, aliases: &'static [&'static str]) -> Self {
        self.aliases = aliases;
        self
    }

    /// Marks the key as accepted without effect.
    #[must_use]
    pub const fn accepted(mut self, reason: &'static str) -> Self {
        self.effect = Effect::AcceptedWithWarning(reason);
        self
    }

    /// Marks the key as one that must not be ignored silently.
    #[must_use]
    pub const fn refused(mut self, reason: &'static str) -> Self {
        self.effect = Effect::Refused(reason);
        self
    }
}

/// What a program tells the configuration about itself.
#[derive(Clone, Copy, Debug)]
pub struct Program {
    /// Name of the binary, e.g. `eureka-server`.
    pub name: &'static str,
    /// Version for `--version`.
    pub version: &'static str,
    /// One line for `--help`.
    pub about: &'static str,
    /// Every key the program knows, in tables that several programs may share.
    pub keys: &'static [&'static [KeySpec]],
    /// Prefixes, each with its trailing dot, under which an unknown key stops the start.
    pub owned: &'static [&'static str],
    /// Defaults of this program that differ from those of a shared table, e.g. `server.port`.
    pub defaults: &'static [(&'static str, &'static str)],
}
