//! Pieces of a gzip stream that can be joined without compressing anything again.
//!
//! A fragment is raw deflate that ends on a byte boundary and refers back only to the text right
//! before it. So it stays valid as long as itself and its predecessor stay the same, wherever in
//! the stream the two stand.

use flate2::{Compress, Compression, FlushCompress};

/// First bytes of a gzip stream: deflate, no name, no time, unknown system (RFC 1952).
pub(super) const GZIP_HEAD: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];

/// Bytes one stored block can hold (RFC 1951, 3.2.4).
const STORED_BYTES_MAX: usize = 65_535;

/// Makes fragments; keeps the compressor's tables between them.
pub(super) struct Packer {
    compress: Compress,
    buffer: Vec<u8>,
}

impl Packer {
    pub(super) fn new() -> Self {
        // With its predecessor for a dictionary an instance shrinks to an eighth at any level; the
        // fastest costs a third of the default.
        Self { compress: Compress::new(Compression::fast(), false), buffer: Vec::new() }
    }

    /// `text` compressed, `before` being the text that stands right before it.
    pub(super) fn pack(&mut self, before: &[u8], text: &[u8]) -> Box<[u8]> {
        self.buffer.clear();
        // Worst case of incompressible text, plus the flush.
        self.buffer.reserve(text.len() + text.len() / 1000 + 64);
        self.compress.reset();
        let primed = before.is_empty() || self.compress.set_dictionary(before).is_ok();
        let packed = primed
            .then(|| self.compress.compress_vec(text, &mut self.buffer, FlushCompress::Sync).ok())
            .flatten();
        let consumed = usize::try_from(self.compress.total_in()) == Ok(text.len());
        if packed.is_none() || !consumed || self.buffer.len() == self.buffer.capacity() {
            // Cannot happen with the space reserved; a stored copy is right in any case.
            self.buffer.clear();
            store(&mut self.buffer, text, false);
        }
        self.buffer.as_slice().into()
    }
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

    use super::*;

    #[test]
    fn fragments_join_to_a_stream() {
        let big: Vec<u8> =
            (0..200_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        let texts: [&[u8]; 4] = [b"head", b"the quick brown fox", b"the quick brown dog", &big];
        let mut packer = Packer::new();
        let mut stream = Vec::new();
        store(&mut stream, texts[0], false);
        let mut before: &[u8] = b"";
        for text in &texts[1..] {
            stream.extend_from_slice(&packer.pack(before, text));
            before = text;
        }
        store(&mut stream, &[], true);

        let mut joined = Vec::new();
        flate2::read::DeflateDecoder::new(&*stream).read_to_end(&mut joined).unwrap();
        assert_eq!(joined, texts.concat());
    }
}
