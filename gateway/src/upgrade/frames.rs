//! Where the frames of a WebSocket end, followed without keeping any (RFC 6455, section 5.2).

/// What is left of the frame under way.
#[derive(Debug, Default)]
pub(super) struct Frames {
    /// Beginning of a header whose end has not come.
    header: [u8; 14],
    header_length: usize,
    /// Bytes of content that are still to come.
    left: u64,
}

impl Frames {
    /// Notes `bytes` that passed.
    pub(super) fn passed(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            if self.left > 0 {
                let part = usize::try_from(self.left).unwrap_or(usize::MAX).min(bytes.len());
                self.left -= u64::try_from(part).unwrap_or(self.left);
                bytes = bytes.get(part..).unwrap_or_default();
                continue;
            }
            let Some((&byte, rest)) = bytes.split_first() else { return };
            if let Some(place) = self.header.get_mut(self.header_length) {
                *place = byte;
            }
            self.header_length += 1;
            bytes = rest;
            if let Some(length) = self.content() {
                (self.left, self.header_length) = (length, 0);
            }
        }
    }

    /// Whether the next byte begins a frame.
    pub(super) const fn is_between(&self) -> bool {
        self.left == 0 && self.header_length == 0
    }

    /// Length of the content, once the header is complete.
    fn content(&self) -> Option<u64> {
        let header = self.header.get(..self.header_length)?;
        let &second = header.get(1)?;
        let wide = match second & 0x7f {
            126 => 2,
            127 => 8,
            _ => 0,
        };
        let mask = if second & 0x80 == 0 { 0 } else { 4 };
        if header.len() < 2 + wide + mask {
            return None;
        }
        if wide == 0 {
            return Some(u64::from(second & 0x7f));
        }
        let digits = header.get(2..2 + wide)?;
        Some(digits.iter().fold(0, |all, &digit| (all << 8) | u64::from(digit)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_of_all_sizes_are_followed_however_they_arrive() {
        let mut all = vec![0x81, 3, b'a', b'b', b'c', 0x8a, 0x80, 1, 2, 3, 4];
        all.extend([0x82, 126, 1, 0]);
        all.extend([7; 256]);
        all.extend([0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0]);
        all.extend(std::iter::repeat_n(7, 65536));
        let ends = [0, 5, 11, 11 + 260, all.len()];
        for size in [1, 2, 7, 1000] {
            let (mut frames, mut passed) = (Frames::default(), 0);
            for part in all.chunks(size) {
                frames.passed(part);
                passed += part.len();
                assert_eq!(frames.is_between(), ends.contains(&passed), "{passed} by {size}");
            }
        }
    }
}
