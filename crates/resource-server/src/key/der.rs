//! The little of DER that a public key is made of (X.690; RFC 5280 section 4.1.2.7, RFC 8017).

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OBJECT_ID: u8 = 0x06;
const SEQUENCE: u8 = 0x30;

/// What is left of a DER text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Der<'a>(&'a [u8]);

impl<'a> Der<'a> {
    pub(super) const fn new(text: &'a [u8]) -> Self {
        Self(text)
    }

    pub(super) fn sequence(&mut self) -> Option<Self> {
        self.value(SEQUENCE).map(Self)
    }

    pub(super) fn object_id(&mut self) -> Option<&'a [u8]> {
        self.value(OBJECT_ID)
    }

    /// A number that is not negative, big-endian.
    pub(super) fn unsigned(&mut self) -> Option<&'a [u8]> {
        self.value(INTEGER).filter(|number| number.first().is_some_and(|first| first & 0x80 == 0))
    }

    /// A string of whole bytes.
    pub(super) fn bit_string(&mut self) -> Option<&'a [u8]> {
        self.value(BIT_STRING)?.strip_prefix(&[0])
    }

    pub(super) const fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// The content of the next value, which must have this tag.
    fn value(&mut self, tag: u8) -> Option<&'a [u8]> {
        let (&first, rest) = self.0.split_first()?;
        let (&short, rest) = rest.split_first()?;
        let (length, rest) = match short {
            0..=0x7f => (usize::from(short), rest),
            0x81 | 0x82 => {
                let (bytes, rest) = rest.split_at_checked(usize::from(short & 3))?;
                let length = bytes.iter().fold(0, |sum, &byte| sum << 8 | usize::from(byte));
                (length, rest)
            }
            _ => return None,
        };
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        (first == tag).then_some(content)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_in_their_order() {
        let mut der = Der::new(&[0x30, 7, 2, 2, 0, 0x80, 3, 1, 0]);
        let mut inner = der.sequence().unwrap();
        assert_eq!(inner.unsigned(), Some(&[0, 0x80][..]));
        assert_eq!(inner.bit_string(), Some(&[][..]));
        assert!(inner.is_empty() && der.is_empty());
    }

    #[test]
    fn long_lengths_are_read() {
        let mut long = vec![2, 0x82, 1, 0];
        long.extend([1; 256]);
        assert_eq!(Der::new(&long).unsigned().map(<[u8]>::len), Some(256));
    }

    #[test]
    fn damaged_texts_have_no_value() {
        for text in
            [&[][..], &[2], &[2, 1], &[2, 0x84, 0, 0, 0, 1, 1], &[2, 1, 0x80], &[2, 0], &[3, 1, 7]]
        {
            assert_eq!((Der::new(text).unsigned(), Der::new(text).bit_string()), (None, None));
        }
    }
}
