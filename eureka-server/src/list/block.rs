//! A run of neighbouring instances and their bytes.

use bytes::Bytes;

use super::crc::{Shift, join};
use super::item::Item;
use super::piece::{PieceWriter, Sum};

/// Instances in a block. A change copies its block, a request hands out one piece per block.
pub(super) const SLOTS_MAX: usize = 32;

/// One instance of a block.
#[derive(Debug)]
pub(super) struct Slot {
    pub(super) item: Item,
    /// Tells this item from all others that ever were in the list; never 0.
    serial: u64,
    piece: Option<Piece>,
}

/// Where a slot is in its block's bytes.
#[derive(Clone, Copy, Debug)]
struct Piece {
    /// Serial number of the item before, 0 if it is the first of the list.
    after: u64,
    /// First bit, and the bit behind the last.
    start: usize,
    end: usize,
    sum: Sum,
}

/// A run of instances, never empty.
#[derive(Debug)]
pub(super) struct Block {
    slots: Vec<Slot>,
    bytes: Bytes,
    /// Of the text that `bytes` stand for.
    sum: Sum,
}

impl Slot {
    /// An instance whose bytes are not written yet.
    pub(super) const fn new(item: Item, serial: u64) -> Self {
        Self { item, serial, piece: None }
    }
}

impl Block {
    /// A block of `slots` that follow `before`. Bytes are taken over from `kept`, the block that
    /// the slots were in, unless another instance stands before them now.
    pub(super) fn build(
        mut slots: Vec<Slot>,
        before: Option<&Slot>,
        kept: &[u8],
        writer: &mut PieceWriter,
    ) -> Self {
        let mut out = writer.open(kept.len() + kept.len() / 8);
        let mut sum = Sum { length: 0, crc: 0, shift: Shift::by(0) };
        let mut rest = slots.as_mut_slice();
        let mut before = before;
        while let Some((slot, later)) = rest.split_first_mut() {
            let after = before.map_or(0, |before| before.serial);
            let start = out.position();
            let own = match slot.piece.filter(|piece| piece.after == after) {
                Some(piece) => {
                    out.copy(kept, piece.start..piece.end);
                    piece.sum
                }
                None => {
                    let before = before.map(|before| (&before.item, before.serial));
                    writer.write(&mut out, before, (&slot.item, slot.serial))
                }
            };
            slot.piece = Some(Piece { after, start, end: out.position(), sum: own });
            sum.crc = join(sum.crc, own.crc, own.shift);
            sum.length += own.length;
            before = Some(slot);
            rest = later;
        }
        sum.shift = Shift::by(sum.length);
        Self { slots, bytes: writer.close(out).into(), sum }
    }

    pub(super) fn first_key(&self) -> &str {
        self.slots.first().map_or("", |slot| &slot.item.key)
    }

    pub(super) fn last(&self) -> Option<&Slot> {
        self.slots.last()
    }

    /// Whether its first bytes were written for what now stands before it.
    pub(super) fn follows(&self, before: Option<&Self>) -> bool {
        let serial = before.and_then(Self::last).map_or(0, |slot| slot.serial);
        let first = self.slots.first().and_then(|slot| slot.piece.as_ref());
        first.is_some_and(|piece| piece.after == serial)
    }

    /// Its instances.
    pub(super) fn items(&self) -> impl Iterator<Item = &Item> {
        self.slots.iter().map(|slot| &slot.item)
    }

    /// Its instances and their bytes, to be rebuilt.
    pub(super) fn into_parts(self) -> (Vec<Slot>, Bytes) {
        (self.slots, self.bytes)
    }

    /// Its bytes.
    pub(super) const fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// Length and checksum of the text.
    pub(super) const fn sum(&self) -> &Sum {
        &self.sum
    }
}
