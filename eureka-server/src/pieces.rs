//! Bytes of an answer in pieces that other answers share.

use std::io::IoSlice;
use std::sync::Arc;

use bytes::{Buf, Bytes};

/// Bytes in one piece or many, handed over at once: the connection writes as many pieces with one
/// system call as it can. Given one by one they would go out in runs of a few kilobytes.
#[derive(Clone, Debug, Default)]
pub struct Pieces {
    /// The piece being sent; also where there is just one.
    first: Bytes,
    /// More pieces; those before `next` have been sent or are `first`.
    more: Option<Arc<[Bytes]>>,
    next: usize,
    left: usize,
}

impl From<Bytes> for Pieces {
    fn from(bytes: Bytes) -> Self {
        Self { left: bytes.len(), first: bytes, more: None, next: 0 }
    }
}

impl From<Arc<[Bytes]>> for Pieces {
    fn from(pieces: Arc<[Bytes]>) -> Self {
        let left = pieces.iter().map(Bytes::len).sum();
        let mut all = Self { first: Bytes::new(), more: Some(pieces), next: 0, left };
        all.skip_sent();
        all
    }
}

impl Pieces {
    /// Makes the next piece that is not empty the first.
    fn skip_sent(&mut self) {
        while self.first.is_empty() {
            let more = self.more.as_deref().unwrap_or_default();
            let Some(piece) = more.get(self.next) else { return };
            self.first = piece.clone();
            self.next += 1;
        }
    }
}

impl Buf for Pieces {
    fn remaining(&self) -> usize {
        self.left
    }

    fn chunk(&self) -> &[u8] {
        &self.first
    }

    fn chunks_vectored<'a>(&'a self, slices: &mut [IoSlice<'a>]) -> usize {
        let more = self.more.as_deref().unwrap_or_default();
        let left = std::iter::once(&self.first).chain(more.get(self.next..).unwrap_or_default());
        let filled = slices.iter_mut().zip(left.filter(|piece| !piece.is_empty()));
        filled.map(|(slice, piece)| *slice = IoSlice::new(piece)).count()
    }

    fn advance(&mut self, mut count: usize) {
        while count > 0 && self.left > 0 {
            let now = count.min(self.first.len());
            self.first.advance(now);
            self.left -= now;
            count -= now;
            self.skip_sent();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces() -> Pieces {
        let all: Vec<Bytes> = ["", "ab", "", "cde", "f", ""].map(Bytes::from).into();
        Arc::<[Bytes]>::from(all).into()
    }

    #[test]
    fn they_come_out_whole_however_they_are_taken() {
        for step in 1..8 {
            let mut left = pieces();
            let mut taken = Vec::new();
            while left.has_remaining() {
                let mut slices = [IoSlice::new(&[]); 2];
                let filled = left.chunks_vectored(&mut slices);
                let shown = slices[..filled].iter().flat_map(|slice| slice.to_vec());
                let shown: Vec<u8> = shown.collect();
                assert!(shown.starts_with(left.chunk()) && !left.chunk().is_empty());
                let now = step.min(shown.len());
                taken.extend_from_slice(&shown[..now]);
                left.advance(now);
            }
            assert_eq!(taken, b"abcdef");
        }
    }

    #[test]
    fn none_and_one() {
        assert_eq!(Pieces::default().remaining(), 0);
        assert_eq!(Pieces::from(Arc::<[Bytes]>::from([])).chunk(), b"");
        let mut one = Pieces::from(Bytes::from("xy"));
        one.advance(1);
        assert_eq!((one.remaining(), one.chunk()), (1, &b"y"[..]));
    }
}
