//! Pieces of a gzip stream that can be joined without compressing anything again.
//!
//! A fragment is a run of deflate symbols (RFC 1951) that refer back only to the text right before
//! it, in codes that are always the same. So it stays valid as long as itself and its predecessor
//! stay the same, wherever in the stream the two stand, and is moved by copying its bits.
//!
//! Neighbouring instances are nearly the same text, so one look at the predecessor finds nearly
//! all there is to find. A general compressor clears tables larger than both texts before it
//! starts; that alone costs more than this does in all.

use super::deflate::BitWriter;

/// First bytes of a gzip stream: deflate, no name, no time, unknown system (RFC 1952).
pub(super) const GZIP_HEAD: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];

/// Bytes one stored block can hold (RFC 1951, 3.2.4).
const STORED_BYTES_MAX: usize = 65_535;
/// How far back a match may lie.
const DISTANCE_MAX: usize = 32_768;
/// Bytes that must agree before a match is looked at.
const MATCH_MIN: usize = 4;
/// Slots of the table of places, a power of two.
const TABLE_BITS: u32 = 11;
/// Only every other place of the predecessor is noted; a match found late is extended backwards.
const STRIDE: usize = 2;

/// Makes fragments; keeps its tables between them.
pub(super) struct Packer {
    /// Where four bytes with this hash stood last, plus one.
    places: Box<[u32; 1 << TABLE_BITS]>,
}

impl Packer {
    pub(super) fn new() -> Self {
        Self { places: Box::new([0; 1 << TABLE_BITS]) }
    }

    /// Appends what stands in `window` from `start` on, compressed; what stands before `start` is
    /// the text right before it.
    pub(super) fn pack(&mut self, window: &[u8], start: usize, out: &mut BitWriter) {
        self.places.fill(0);
        let known = start.saturating_sub(DISTANCE_MAX)..start.saturating_sub(MATCH_MIN - 1);
        for at in known.step_by(STRIDE) {
            self.note(window, at);
        }

        let (mut at, mut pending, mut distance) = (start, start, 0);
        while at + MATCH_MIN <= window.len() {
            let Some(found) = self.find(window, at, distance) else {
                at += 1;
                continue;
            };
            let (begin, length) = widen(window, at, pending, found);
            out.literals(window.get(pending..begin).unwrap_or_default());
            distance = at - found;
            out.repeat(length, distance);
            at = begin + length;
            pending = at;
        }
        out.literals(window.get(pending..).unwrap_or_default());
    }

    /// A place before `at` with the same four bytes: behind the last match first, since what
    /// differs between neighbours mostly has the same length.
    fn find(&mut self, window: &[u8], at: usize, distance: usize) -> Option<usize> {
        let word = word_at(window, at)?;
        let noted = self.note(window, at);
        let behind_last = (distance > 0).then(|| at.checked_sub(distance)).flatten();
        let same =
            |place: &usize| at - place <= DISTANCE_MAX && word_at(window, *place) == Some(word);
        behind_last.filter(same).or_else(|| noted.filter(same))
    }

    /// Notes the four bytes at `at`; returns where they, or others of their hash, stood last.
    fn note(&mut self, window: &[u8], at: usize) -> Option<usize> {
        let word = word_at(window, at)?;
        let hash = word.wrapping_mul(0x9e37_79b1) >> (32 - TABLE_BITS);
        let place = self.places.get_mut(usize::try_from(hash).ok()?)?;
        let before = usize::try_from(*place).ok()?.checked_sub(1);
        *place = u32::try_from(at + 1).ok()?;
        before
    }
}

/// The match at `at` and `found` as wide as it goes: backwards into what is not written yet, and
/// forwards. Returns where it begins and how long it is.
fn widen(window: &[u8], at: usize, pending: usize, found: usize) -> (usize, usize) {
    let equal = |back: usize| window.get(at - back) == window.get(found - back);
    let room = (at - pending).min(found);
    let back = (1..=room).take_while(|&back| equal(back)).count();
    let ours = window.get(at..).unwrap_or_default();
    let theirs = window.get(found..).unwrap_or_default();
    (at - back, back + common_prefix(ours, theirs))
}

fn word_at(window: &[u8], at: usize) -> Option<u32> {
    window.get(at..)?.first_chunk::<4>().map(|bytes| u32::from_le_bytes(*bytes))
}

/// Bytes that `a` and `b` begin with alike.
fn common_prefix(a: &[u8], b: &[u8]) -> usize {
    let mut length = 0;
    for (x, y) in a.chunks_exact(8).zip(b.chunks_exact(8)) {
        if x != y {
            break;
        }
        length += 8;
    }
    let rest = a.get(length..).unwrap_or_default().iter().zip(b.get(length..).unwrap_or_default());
    length + rest.take_while(|(x, y)| x == y).count()
}

/// Appends `text` uncompressed; `last` ends the deflate stream.
pub(super) fn store(out: &mut Vec<u8>, text: &[u8], last: bool) {
    let mut chunks = text.chunks(STORED_BYTES_MAX).peekable();
    if chunks.peek().is_none() && last {
        out.extend_from_slice(&[1, 0, 0, 0xff, 0xff]);
    }
    while let Some(chunk) = chunks.next() {
        let length = u16::try_from(chunk.len()).unwrap_or(u16::MAX);
        out.push(u8::from(last && chunks.peek().is_none()));
        out.extend_from_slice(&length.to_le_bytes());
        out.extend_from_slice(&(!length).to_le_bytes());
        out.extend_from_slice(chunk);
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use proptest::prelude::*;

    use super::*;

    /// Compresses `texts` one after the other and reads the stream with another's decoder.
    fn through_a_stream(texts: &[Vec<u8>]) -> (usize, Vec<u8>) {
        let mut packer = Packer::new();
        let mut block = BitWriter::with_capacity(0);
        block.open_block();
        let mut before: &[u8] = b"";
        for (number, text) in texts.iter().enumerate() {
            let mut alone = BitWriter::with_capacity(0);
            // Bits that do not belong to it shift it against the bytes.
            alone.bits(0, u32::try_from(number % 9).unwrap());
            let start = alone.position();
            packer.pack(&[before, text].concat(), before.len(), &mut alone);
            let range = start..alone.position();
            block.copy(&alone.into_bytes(), range);
            before = text;
        }
        block.close_block();
        let mut stream = Vec::new();
        store(&mut stream, b"head", false);
        stream.extend_from_slice(&block.into_bytes());
        store(&mut stream, &[], true);
        let mut joined = Vec::new();
        flate2::read::DeflateDecoder::new(&*stream).read_to_end(&mut joined).unwrap();
        (stream.len(), joined)
    }

    fn check(texts: &[Vec<u8>]) {
        let expected = [b"head".to_vec(), texts.concat()].concat();
        assert!(through_a_stream(texts).1 == expected);
    }

    #[test]
    fn every_match_length_and_far_distances() {
        let noise = |length: u32| -> Vec<u8> {
            (0..length).map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()[0]).collect()
        };
        for length in 0..600 {
            let text = noise(length);
            check(&[text.clone(), text.clone(), [b"x".to_vec(), text].concat()]);
        }
        check(&[noise(200_000), noise(200_000), vec![7; 300_000], noise(32_768), noise(32_769)]);
    }

    #[test]
    fn neighbours_shrink_to_a_fraction() {
        let instance = |n: u32| {
            let host = format!("host-{n}.example.internal");
            format!(
                "{{\"instanceId\":\"{host}:orders:{n}\",\"hostName\":\"{host}\",\"app\":\"ORDERS\",\
                 \"homePageUrl\":\"http://{host}:8080/\",\"lastDirtyTimestamp\":\"17953552{n:05}\",\
                 \"statusPageUrl\":\"http://{host}:8080/actuator/info\",\"status\":\"UP\"}}"
            )
        };
        let texts: Vec<Vec<u8>> = (100..200).map(|n| instance(n).into_bytes()).collect();
        let (packed, joined) = through_a_stream(&texts);
        assert!(packed * 6 < joined.len(), "{packed} of {}", joined.len());
    }

    proptest! {
        #[test]
        fn any_texts_come_back(
            texts in prop::collection::vec(prop::collection::vec(0_u8..6, 0..400), 0..6),
            bytes in prop::collection::vec(any::<u8>(), 0..2000),
        ) {
            check(&texts);
            check(&[bytes.clone(), bytes]);
        }
    }
}
