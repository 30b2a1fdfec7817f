//! A list of instances that follows changes and is never encoded anew as a whole.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use eureka_wire::Layout;

use super::block::{Block, Draft, SLOTS_MAX};
use super::crc::{Shift, join};
use super::fragment::{GZIP_HEAD, Packer, store};

/// What to do with an instance of the list: put its encoded form, or take it out.
pub(super) type Edits = BTreeMap<Arc<str>, Option<Vec<u8>>>;

/// A body in pieces that are shared with other bodies.
#[derive(Clone, Debug, Default)]
pub struct Body {
    /// The pieces, in order.
    pub chunks: Arc<[Bytes]>,
    /// Bytes in all.
    pub length: usize,
}

impl Body {
    fn of(chunks: Vec<Bytes>) -> Self {
        Self { length: chunks.iter().map(Bytes::len).sum(), chunks: chunks.into() }
    }

    /// The same in one piece.
    pub(super) fn joined(&self) -> Self {
        Self { chunks: [Bytes::from(self.chunks.concat())].into(), length: self.length }
    }
}

/// Instances sorted by application and id, in blocks.
pub(super) struct Document {
    layout: Layout,
    blocks: Vec<Block>,
    packer: Packer,
}

impl Document {
    pub(super) fn new(layout: Layout) -> Self {
        Self { layout, blocks: Vec::new(), packer: Packer::new() }
    }

    pub(super) const fn layout(&self) -> Layout {
        self.layout
    }

    /// Makes `edits`, copying only the blocks they touch.
    pub(super) fn apply(&mut self, edits: Edits) {
        if edits.is_empty() {
            return;
        }
        let mut edits = edits.into_iter().peekable();
        let mut rebuilt = Rebuilt::new(self.layout, self.blocks.len());
        let mut old = std::mem::take(&mut self.blocks).into_iter().peekable();
        while let Some(block) = old.next() {
            let end = old.peek().map(|next| Arc::<str>::from(next.first_key()));
            let mine = |key: &Arc<str>| end.as_ref().is_none_or(|end| key < end);
            if edits.peek().is_none_or(|(key, _)| !mine(key)) {
                rebuilt.keep(block);
                continue;
            }
            let mut touched = BTreeMap::new();
            while let Some((key, edit)) = edits.next_if(|(key, _)| mine(key)) {
                touched.insert(key, edit);
            }
            rebuilt.merge(block, touched);
        }
        rebuilt.fill(edits.filter_map(|(key, edit)| Some(Draft::new(key, edit?))).collect());
        self.blocks = rebuilt.blocks;
    }

    /// The list as text.
    pub(super) fn plain(&self, version: i64, hashcode: &str) -> Body {
        let mut chunks = Vec::with_capacity(self.blocks.len() + 2);
        chunks.push(self.head(version, hashcode).into());
        chunks.extend(self.blocks.iter().map(|block| block.raw().clone()));
        chunks.push(self.tail(version, hashcode).into());
        Body::of(chunks)
    }

    /// The list as a gzip stream (RFC 1952), compressing only what changed since the last time.
    pub(super) fn gzip(&mut self, version: i64, hashcode: &str) -> Body {
        let (head, tail) = (self.head(version, hashcode), self.tail(version, hashcode));
        let mut chunks = Vec::with_capacity(self.blocks.len() + 2);
        let mut opening = GZIP_HEAD.to_vec();
        store(&mut opening, &head, false);
        chunks.push(opening.into());

        let mut crc = crc32fast::hash(&head);
        let mut length = head.len() + tail.len();
        // The head changes with every version: the first instance must not refer to it.
        let mut before = Bytes::new();
        for block in &mut self.blocks {
            let packed = block.pack(&mut self.packer, &before);
            crc = join(crc, packed.crc, packed.shift);
            chunks.push(packed.bytes.clone());
            length += block.raw().len();
            before = block.last_text();
        }

        let mut closing = Vec::with_capacity(tail.len() + 16);
        store(&mut closing, &tail, true);
        crc = join(crc, crc32fast::hash(&tail), Shift::by(tail.len()));
        closing.extend_from_slice(&crc.to_le_bytes());
        let length = u64::try_from(length).unwrap_or_default().to_le_bytes();
        // Length modulo 2^32.
        closing.extend_from_slice(length.get(..4).unwrap_or_default());
        chunks.push(closing.into());
        Body::of(chunks)
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
}

/// Blocks on their way to being linked again.
struct Rebuilt {
    layout: Layout,
    blocks: Vec<Block>,
    /// Whether the text before the next block is another than it was.
    loose: bool,
}

impl Rebuilt {
    fn new(layout: Layout, capacity: usize) -> Self {
        Self { layout, blocks: Vec::with_capacity(capacity + 1), loose: false }
    }

    /// Takes over a block that no edit touches.
    fn keep(&mut self, block: Block) {
        if self.loose {
            self.fill(block.into_drafts().collect());
        } else {
            self.blocks.push(block);
        }
    }

    /// Makes `edits` in `block`.
    fn merge(&mut self, block: Block, mut edits: Edits) {
        let mut drafts = Vec::with_capacity(SLOTS_MAX + edits.len());
        let mut loose = false;
        for mut draft in block.into_drafts() {
            let later = edits.split_off(&draft.key);
            for (key, edit) in std::mem::replace(&mut edits, later) {
                drafts.extend(edit.map(|body| Draft::new(key, body)));
            }
            match edits.remove(&draft.key) {
                Some(Some(body)) => drafts.push(Draft::new(draft.key, body)),
                Some(None) => {
                    loose = true;
                    continue;
                }
                None => {
                    draft.loose = loose;
                    drafts.push(draft);
                }
            }
            loose = false;
        }
        for (key, edit) in edits {
            drafts.extend(edit.map(|body| Draft::new(key, body)));
        }
        self.fill(drafts);
        self.loose |= loose;
    }

    /// Builds blocks of `drafts`, splitting evenly where they are too many for one.
    fn fill(&mut self, mut drafts: Vec<Draft>) {
        if drafts.is_empty() {
            return;
        }
        if let Some(first) = drafts.first_mut() {
            first.loose |= self.loose;
        }
        let layout = self.layout;
        let parts = drafts.len().div_ceil(SLOTS_MAX);
        let size = drafts.len().div_ceil(parts);
        let mut drafts = drafts.into_iter();
        loop {
            let mut part: Vec<Draft> = drafts.by_ref().take(size).collect();
            let Some(first) = part.first_mut() else { return };
            first.loose |= self.loose;
            let before = self.blocks.last().map(|block| Arc::<str>::from(block.last_key()));
            let (block, changed) = Block::build(part, before.as_deref(), |out, before, key| {
                write_separators(layout, out, before, key);
            });
            self.blocks.push(block);
            self.loose = changed;
        }
    }
}

/// What stands before the instance under `key`, the one before it being under `before`.
fn write_separators(layout: Layout, out: &mut Vec<u8>, before: Option<&str>, key: &str) {
    let app = |key| application_of(key);
    match before {
        Some(before) if app(before) == app(key) => layout.write_separator(out),
        Some(_) => {
            layout.write_application_close(out);
            layout.write_application_open(out, app(key), false);
        }
        None => layout.write_application_open(out, app(key), true),
    }
}

/// Application of a registry key: what stands before its separator.
fn application_of(key: &str) -> &str {
    memchr::memchr(0, key.as_bytes()).and_then(|end| key.get(..end)).unwrap_or(key)
}

#[cfg(test)]
mod tests;
