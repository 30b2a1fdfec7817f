//! A run of neighbouring instances, encoded, and compressed where somebody wants it so.

use std::sync::Arc;

use bytes::Bytes;

use super::crc::Shift;
use super::fragment::Packer;

/// Instances in a block. A change copies its block, a request hands out one piece per block.
pub(super) const SLOTS_MAX: usize = 16;

/// One instance of a block.
#[derive(Debug)]
struct Slot {
    key: Arc<str>,
    /// Where the separators before it begin, the instance itself, and what follows.
    start: usize,
    body: usize,
    end: usize,
    fragment: Option<Box<[u8]>>,
}

/// Compressed form of a block.
#[derive(Clone, Debug)]
pub(super) struct Packed {
    pub(super) bytes: Bytes,
    pub(super) crc: u32,
    pub(super) shift: Shift,
}

/// A run of instances.
#[derive(Debug)]
pub(super) struct Block {
    slots: Vec<Slot>,
    raw: Bytes,
    packed: Option<Packed>,
}

/// An instance on its way into a block.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) key: Arc<str>,
    body: DraftBody,
    fragment: Option<Box<[u8]>>,
    /// Whether the text before it may be another than when its fragment was made.
    pub(super) loose: bool,
}

#[derive(Debug)]
enum DraftBody {
    New(Vec<u8>),
    Kept { raw: Bytes, start: usize, body: usize, end: usize },
}

impl Draft {
    pub(super) const fn new(key: Arc<str>, body: Vec<u8>) -> Self {
        Self { key, body: DraftBody::New(body), fragment: None, loose: true }
    }

    fn body(&self) -> &[u8] {
        match &self.body {
            DraftBody::New(body) => body,
            DraftBody::Kept { raw, body, end, .. } => raw.get(*body..*end).unwrap_or_default(),
        }
    }

    /// Separators as they stood, if it is kept.
    fn kept_separators(&self) -> Option<&[u8]> {
        match &self.body {
            DraftBody::New(_) => None,
            DraftBody::Kept { raw, start, body, .. } => raw.get(*start..*body),
        }
    }
}

impl Block {
    pub(super) fn first_key(&self) -> &str {
        self.slots.first().map_or("", |slot| &slot.key)
    }

    pub(super) fn last_key(&self) -> &str {
        self.slots.last().map_or("", |slot| &slot.key)
    }

    /// Text of the last instance with its separators.
    pub(super) fn last_text(&self) -> Bytes {
        self.slots.last().map_or_else(Bytes::new, |slot| self.raw.slice(slot.start..slot.end))
    }

    /// Its instances, to be rebuilt.
    pub(super) fn into_drafts(self) -> impl Iterator<Item = Draft> {
        let raw = self.raw;
        self.slots.into_iter().map(move |slot| Draft {
            key: slot.key,
            body: DraftBody::Kept {
                raw: raw.clone(),
                start: slot.start,
                body: slot.body,
                end: slot.end,
            },
            fragment: slot.fragment,
            loose: false,
        })
    }

    /// Builds a block. `separator` writes what stands before an instance, given the key before it
    /// and its own. Returns the block and whether its last text differs from what it was.
    pub(super) fn build(
        drafts: Vec<Draft>,
        before: Option<&str>,
        separator: impl Fn(&mut Vec<u8>, Option<&str>, &str),
    ) -> (Self, bool) {
        let mut raw = Vec::with_capacity(drafts.iter().map(|draft| draft.body().len() + 48).sum());
        let mut slots: Vec<Slot> = Vec::with_capacity(drafts.len());
        let mut changed = false;
        for draft in drafts {
            let start = raw.len();
            let previous = slots.last().map(|slot: &Slot| Arc::clone(&slot.key));
            separator(&mut raw, previous.as_deref().or(before), &draft.key);
            let body = raw.len();
            // What is kept is the same anyway; only what stands before it may have changed.
            let same = draft.kept_separators() == raw.get(start..body);
            raw.extend_from_slice(draft.body());
            // A fragment refers to the text before it: both must be what they were.
            let fragment = draft.fragment.filter(|_| same && !draft.loose && !changed);
            changed = !same;
            slots.push(Slot { key: draft.key, start, body, end: raw.len(), fragment });
        }
        (Self { slots, raw: raw.into(), packed: None }, changed)
    }

    /// Its instances one after the other.
    pub(super) fn raw(&self) -> &Bytes {
        &self.raw
    }

    /// Compresses what is not compressed yet; `before` is the text before the block.
    pub(super) fn pack(&mut self, packer: &mut Packer, before: &[u8]) -> &Packed {
        let Self { slots, raw, packed } = self;
        packed.get_or_insert_with(|| {
            let mut before = before;
            let mut bytes = Vec::with_capacity(slots.len() * 160);
            for slot in slots {
                let text = raw.get(slot.start..slot.end).unwrap_or_default();
                let fragment = slot.fragment.get_or_insert_with(|| packer.pack(before, text));
                bytes.extend_from_slice(fragment);
                before = text;
            }
            Packed { bytes: bytes.into(), crc: crc32fast::hash(raw), shift: Shift::by(raw.len()) }
        })
    }
}
