//! What an instance contributes to the bytes of a list, given the one before it.

use eureka_wire::Layout;

use super::crc::Shift;
use super::deflate::BitWriter;
use super::fragment::Packer;
use super::item::Item;

/// How the bytes of a list are encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    Plain,
    Gzip,
}

/// Length and checksum of a text that was compressed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sum {
    pub(super) length: usize,
    pub(super) crc: u32,
    pub(super) shift: Shift,
}

/// Writes pieces. A piece depends on its instance and the one right before it, and on nothing else.
pub(super) struct PieceWriter {
    layout: Layout,
    coding: Coding,
    packer: Packer,
    /// Text before a piece, without what stands around it, and the piece's own.
    window: Vec<u8>,
    /// Where in the window the instance written last begins, and its serial number.
    last: Option<(usize, u64)>,
}

impl PieceWriter {
    pub(super) fn new(layout: Layout, coding: Coding) -> Self {
        let packer = Packer::new();
        Self { layout, coding, packer, window: Vec::new(), last: None }
    }

    pub(super) const fn coding(&self) -> Coding {
        self.coding
    }

    /// Begins the bytes of a block.
    pub(super) fn open(&self, capacity: usize) -> BitWriter {
        let mut out = BitWriter::with_capacity(capacity);
        if self.coding == Coding::Gzip {
            out.open_block();
        }
        out
    }

    /// Ends them.
    pub(super) fn close(&self, mut out: BitWriter) -> Vec<u8> {
        if self.coding == Coding::Gzip {
            out.close_block();
        }
        out.into_bytes()
    }

    /// Appends the piece of `item` to `out`. Items come with serial numbers, equal only for equal
    /// ones: the text before is mostly the one written last.
    pub(super) fn write(
        &mut self,
        out: &mut BitWriter,
        before: Option<(&Item, u64)>,
        (item, serial): (&Item, u64),
    ) -> Sum {
        let layout = self.layout;
        let neighbour = before.map(|(before, _)| before);
        if self.coding == Coding::Plain {
            let out = out.whole_bytes();
            let start = out.len();
            item.write_separators(layout, neighbour, out);
            item.write(layout, out);
            return Sum { length: out.len() - start, crc: 0, shift: Shift::by(0) };
        }
        self.begin(before);
        let start = self.window.len();
        item.write_separators(layout, neighbour, &mut self.window);
        self.last = Some((self.window.len(), serial));
        item.write(layout, &mut self.window);
        self.packer.pack(&self.window, start, out);
        let text = self.window.get(start..).unwrap_or_default();
        Sum { length: text.len(), crc: crc32fast::hash(text), shift: Shift::by(text.len()) }
    }

    /// Makes the window the text of `before`.
    fn begin(&mut self, before: Option<(&Item, u64)>) {
        match (before, self.last) {
            (Some((_, wanted)), Some((start, serial))) if wanted == serial => {
                self.window.drain(..start);
            }
            (Some((before, _)), _) => {
                self.window.clear();
                before.write(self.layout, &mut self.window);
            }
            (None, _) => self.window.clear(),
        }
    }
}
