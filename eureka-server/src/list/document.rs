//! A list of instances that follows changes and is never encoded anew as a whole.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use eureka_wire::Layout;

use super::block::{Block, SLOTS_MAX, Slot};
use super::crc::{Shift, join};
use super::fragment::{GZIP_HEAD, store};
use super::item::Item;
use super::piece::{Coding, PieceWriter};

/// What to do with an instance of the list: put it, or take it out.
pub(super) type Edits = BTreeMap<Arc<str>, Option<Item>>;

/// The bytes of a list, in pieces that are shared with other lists.
pub type Body = Arc<[Bytes]>;

/// Instances sorted by application and id, in blocks.
pub(super) struct Document {
    layout: Layout,
    blocks: Vec<Block>,
    writer: PieceWriter,
    /// Serial number of the item that came last.
    serial: u64,
}

impl Document {
    pub(super) fn new(layout: Layout, coding: Coding) -> Self {
        let writer = PieceWriter::new(layout, coding);
        Self { layout, blocks: Vec::new(), writer, serial: 0 }
    }

    /// Its instances in order.
    pub(super) fn items(&self) -> impl Iterator<Item = &Item> {
        self.blocks.iter().flat_map(Block::items)
    }

    /// Makes `edits`, copying only the blocks they touch.
    pub(super) fn apply(&mut self, edits: Edits) {
        let mut edits = edits.into_iter().peekable();
        let mut at = 0;
        loop {
            if self.is_linked(at) {
                let Some((key, _)) = edits.peek() else { return };
                at = self.block_of(key);
            }
            let end = self.blocks.get(at + 1).map(|next| Arc::<str>::from(next.first_key()));
            let mut touched = Edits::new();
            while let Some((key, edit)) =
                edits.next_if(|(key, _)| end.as_ref().is_none_or(|end| key < end))
            {
                touched.insert(key, edit);
            }
            at = self.rebuild(at, touched);
        }
    }

    /// The list's bytes.
    pub(super) fn render(&self, version: i64, hashcode: &str) -> Body {
        let (head, tail) = (self.head(version, hashcode), self.tail(version, hashcode));
        let mut chunks = Vec::with_capacity(self.blocks.len() + 2);
        let blocks = self.blocks.iter().map(|block| block.bytes().clone());
        match self.writer.coding() {
            Coding::Plain => {
                chunks.push(head.into());
                chunks.extend(blocks);
                chunks.push(tail.into());
            }
            Coding::Gzip => {
                let mut opening = GZIP_HEAD.to_vec();
                store(&mut opening, &head, false);
                chunks.push(opening.into());
                chunks.extend(blocks);
                chunks.push(self.closing(&head, &tail).into());
            }
        }
        chunks.into()
    }

    /// End of the gzip stream (RFC 1952): `tail`, checksum and length of the whole text.
    fn closing(&self, head: &[u8], tail: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(tail.len() + 16);
        store(&mut out, tail, true);
        let mut crc = crc32fast::hash(head);
        let mut length = head.len() + tail.len();
        for sum in self.blocks.iter().map(Block::sum) {
            crc = join(crc, sum.crc, sum.shift);
            length += sum.length;
        }
        crc = join(crc, crc32fast::hash(tail), Shift::by(tail.len()));
        out.extend_from_slice(&crc.to_le_bytes());
        let length = u64::try_from(length).unwrap_or_default().to_le_bytes();
        // Length modulo 2^32.
        out.extend_from_slice(length.get(..4).unwrap_or_default());
        out
    }

    fn head(&self, version: i64, hashcode: &str) -> Vec<u8> {
        let mut out = Vec::with_capacity(128);
        self.layout.write_head(&mut out, version, hashcode);
        out
    }

    fn tail(&self, version: i64, hashcode: &str) -> Vec<u8> {
        let mut out = Vec::with_capacity(128);
        if !self.blocks.is_empty() {
            self.layout.write_application_close(&mut out);
        }
        self.layout.write_tail(&mut out, version, hashcode);
        out
    }

    /// Whether block `at` was written for what stands before it; so is one that does not exist.
    fn is_linked(&self, at: usize) -> bool {
        self.blocks.get(at).is_none_or(|block| block.follows(before(&self.blocks, at)))
    }

    /// The block that `key` is in or would be in.
    fn block_of(&self, key: &str) -> usize {
        self.blocks.partition_point(|block| block.first_key() <= key).saturating_sub(1)
    }

    /// Makes `edits` in block `at`; returns where the next block is.
    fn rebuild(&mut self, at: usize, edits: Edits) -> usize {
        let removed = (at < self.blocks.len()).then(|| self.blocks.remove(at));
        let (old, kept) = removed.map(Block::into_parts).unwrap_or_default();
        let slots = self.merged(old, edits);
        let parts = slots.len().div_ceil(SLOTS_MAX).max(1);
        let size = slots.len().div_ceil(parts);
        let mut slots = slots.into_iter();
        let mut built: Vec<Block> = Vec::with_capacity(parts);
        loop {
            let part: Vec<Slot> = slots.by_ref().take(size).collect();
            if part.is_empty() {
                break;
            }
            let before = built.last().or_else(|| before(&self.blocks, at)).and_then(Block::last);
            let block = Block::build(part, before, &kept, &mut self.writer);
            built.push(block);
        }
        let next = at + built.len();
        self.blocks.splice(at..at, built);
        next
    }

    /// `slots` with `edits` made, both in order.
    fn merged(&mut self, slots: Vec<Slot>, edits: Edits) -> Vec<Slot> {
        let mut merged = Vec::with_capacity(slots.len() + edits.len());
        let mut edits = edits.into_iter().peekable();
        for slot in slots {
            while let Some((_, edit)) = edits.next_if(|(key, _)| *key < slot.item.key) {
                merged.extend(edit.map(|item| self.slot(item)));
            }
            match edits.next_if(|(key, _)| *key == slot.item.key) {
                Some((_, edit)) => merged.extend(edit.map(|item| self.slot(item))),
                None => merged.push(slot),
            }
        }
        for (_, edit) in edits {
            merged.extend(edit.map(|item| self.slot(item)));
        }
        merged
    }

    const fn slot(&mut self, item: Item) -> Slot {
        self.serial += 1;
        Slot::new(item, self.serial)
    }
}

/// The block before `at`.
fn before(blocks: &[Block], at: usize) -> Option<&Block> {
    at.checked_sub(1).and_then(|before| blocks.get(before))
}

#[cfg(test)]
mod tests;
