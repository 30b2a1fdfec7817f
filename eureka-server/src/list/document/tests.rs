use std::io::Read;

use eureka_wire::{Detail, Format};

use super::*;

const LAYOUTS: [Layout; 4] = [
    Layout { format: Format::Json, detail: Detail::Full },
    Layout { format: Format::Json, detail: Detail::Compact },
    Layout { format: Format::Xml, detail: Detail::Full },
    Layout { format: Format::Xml, detail: Detail::Compact },
];

fn joined(body: &Body) -> Vec<u8> {
    let bytes = body.chunks.concat();
    assert_eq!(bytes.len(), body.length);
    bytes
}

fn unzipped(body: &Body) -> Vec<u8> {
    let mut out = Vec::new();
    flate2::read::GzDecoder::new(&*joined(body)).read_to_end(&mut out).unwrap();
    out
}

/// The same list written from scratch.
fn naive(layout: Layout, model: &BTreeMap<Arc<str>, Vec<u8>>) -> Vec<u8> {
    let mut out = Vec::new();
    layout.write_head(&mut out, 7, "UP_1_");
    let mut before: Option<&str> = None;
    for (key, body) in model {
        write_separators(layout, &mut out, before, key);
        out.extend_from_slice(body);
        before = Some(key);
    }
    if before.is_some() {
        layout.write_application_close(&mut out);
    }
    layout.write_tail(&mut out, 7, "UP_1_");
    out
}

/// Deterministic numbers, no clock and no system randomness.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

fn key(app: u64, id: u64) -> Arc<str> {
    format!("APP{app}\0id{id:03}").into()
}

#[test]
fn any_edits_give_the_list_written_from_scratch() {
    for (seed, layout) in (1..).zip(LAYOUTS.into_iter().cycle().take(40)) {
        let mut dice = Dice(seed);
        let (mut document, mut model) = (Document::new(layout), BTreeMap::new());
        for round in 0..60 {
            let mut edits = Edits::new();
            let count = if round == 0 { 150 } else { dice.roll(6) };
            for _ in 0..count {
                let key = key(dice.roll(5), dice.roll(60));
                let put = dice.roll(3) > 0 || round == 0;
                let body = format!("<{}:{}>", dice.roll(40), "x".repeat(80)).into_bytes();
                edits.insert(key, put.then_some(body));
            }
            for (key, edit) in &edits {
                match edit {
                    Some(body) => model.insert(Arc::clone(key), body.clone()),
                    None => model.remove(key),
                };
            }
            document.apply(edits);
            let expected = naive(layout, &model);
            assert_eq!(joined(&document.plain(7, "UP_1_")), expected, "seed {seed} round {round}");
            // Not every time: fragments must also survive rounds in which nobody asks for them.
            if dice.roll(2) == 0 {
                assert_eq!(unzipped(&document.gzip(7, "UP_1_")), expected, "seed {seed}");
            }
        }
    }
}

#[test]
fn an_empty_list_is_a_valid_stream() {
    let mut document = Document::new(LAYOUTS[0]);
    let body = document.gzip(1, "");
    assert_eq!(unzipped(&body), joined(&document.plain(1, "")));
}

#[test]
fn a_change_shares_the_other_blocks() {
    let mut document = Document::new(LAYOUTS[0]);
    document.apply((0..200).map(|id| (key(0, id), Some(vec![b'x'; 50]))).collect());
    let before = document.gzip(1, "");
    document.apply([(key(0, 3), Some(vec![b'y'; 50]))].into());
    let after = document.gzip(2, "");
    let shared = before.chunks.iter().zip(after.chunks.iter());
    let same = shared.filter(|(a, b)| a.as_ptr() == b.as_ptr()).count();
    assert_eq!(same, before.chunks.len() - 3, "head, tail and one block are new");
}
