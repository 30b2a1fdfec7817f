//! Metadata: texts by name, in the order they came.

/// Texts by name. A name occurs once; setting it again replaces its value in place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata(Vec<(Box<str>, Box<str>)>);

impl Metadata {
    /// Value of `name`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| &**key == name).map(|(_, value)| &**value)
    }

    /// Sets `name` to `value`.
    ///
    /// Looks through the names it has: for a few entries. Decoders, which may meet ten thousand,
    /// use [`Metadata::from_pairs`].
    pub fn set(&mut self, name: &str, value: &str) {
        match self.0.iter_mut().find(|(key, _)| &**key == name) {
            Some((_, old)) => *old = value.into(),
            None => self.0.push((name.into(), value.into())),
        }
    }

    /// From names and values as they came; of a repeated name the last value counts (W-26).
    #[must_use]
    pub fn from_pairs(pairs: Vec<(Box<str>, Box<str>)>) -> Self {
        const FEW: usize = 16;
        if pairs.len() <= FEW {
            let mut metadata = Self(Vec::with_capacity(pairs.len()));
            for (name, value) in pairs {
                match metadata.0.iter_mut().find(|(key, _)| *key == name) {
                    Some((_, old)) => *old = value,
                    None => metadata.0.push((name, value)),
                }
            }
            return metadata;
        }
        // Never quadratic: remember where each name went.
        let mut seen = std::collections::HashMap::with_capacity(pairs.len());
        let mut kept: Vec<(Box<str>, Box<str>)> = Vec::with_capacity(pairs.len());
        for (name, value) in pairs {
            let next = kept.len();
            let at = *seen.entry(name.clone()).or_insert(next);
            match kept.get_mut(at) {
                Some(entry) => entry.1 = value,
                None => kept.push((name, value)),
            }
        }
        Self(kept)
    }

    /// Names and values in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, value)| (&**key, &**value))
    }

    /// Whether there is no entry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Number of entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

impl<'a> FromIterator<(&'a str, &'a str)> for Metadata {
    fn from_iter<I: IntoIterator<Item = (&'a str, &'a str)>>(pairs: I) -> Self {
        Self::from_pairs(pairs.into_iter().map(|(k, v)| (k.into(), v.into())).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_value_of_a_name_counts_for_few_and_for_many() {
        for size in [3_usize, 3000] {
            let mut pairs: Vec<(Box<str>, Box<str>)> =
                (0..size).map(|i| (format!("k{i}").into(), "old".into())).collect();
            pairs.push(("k1".into(), "new".into()));

            let metadata = Metadata::from_pairs(pairs);

            assert_eq!(metadata.len(), size);
            assert_eq!(metadata.get("k1"), Some("new"));
            assert_eq!(metadata.iter().next(), Some(("k0", "old")));
        }
    }
}
