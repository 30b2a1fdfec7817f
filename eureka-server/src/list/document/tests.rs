use std::io::Read;

use eureka_wire::{Detail, Format, InstanceInfo, LeaseInfo};

use super::*;

const LAYOUTS: [Layout; 4] = [
    Layout { format: Format::Json, detail: Detail::Full },
    Layout { format: Format::Json, detail: Detail::Compact },
    Layout { format: Format::Xml, detail: Detail::Full },
    Layout { format: Format::Xml, detail: Detail::Compact },
];

fn joined(body: &Body) -> Vec<u8> {
    body.concat()
}

fn unzipped(body: &Body) -> Vec<u8> {
    let mut out = Vec::new();
    flate2::read::GzDecoder::new(&*joined(body)).read_to_end(&mut out).unwrap();
    out
}

/// The same list written from scratch.
fn naive(layout: Layout, model: &BTreeMap<Arc<str>, Item>) -> Vec<u8> {
    let mut out = Vec::new();
    layout.write_head(&mut out, 7, "UP_1_");
    let mut app: Option<&str> = None;
    for (key, item) in model {
        let own = key.split_once('\0').unwrap().0;
        if app == Some(own) {
            layout.write_separator(&mut out);
        } else {
            if app.is_some() {
                layout.write_application_close(&mut out);
            }
            layout.write_application_open(&mut out, own, app.is_none());
        }
        layout.write_instance(&mut out, &item.info, &item.lease);
        app = Some(own);
    }
    if app.is_some() {
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

fn item(app: u64, id: u64, text: &str) -> Item {
    let info = InstanceInfo {
        host_name: text.into(),
        app: format!("APP{app}").into(),
        ..InstanceInfo::empty(0)
    };
    Item {
        key: format!("APP{app}\0id{id:03}").into(),
        info: Arc::new(info),
        lease: LeaseInfo::default(),
        number: 0,
    }
}

fn put(items: impl IntoIterator<Item = Item>) -> Edits {
    items.into_iter().map(|item| (Arc::clone(&item.key), Some(item))).collect()
}

#[test]
fn any_edits_give_the_list_written_from_scratch() {
    for (seed, layout) in (1..).zip(LAYOUTS.into_iter().cycle().take(40)) {
        let mut dice = Dice(seed);
        let mut plain = Document::new(layout, Coding::Plain);
        let mut gzip = Document::new(layout, Coding::Gzip);
        let mut model = BTreeMap::new();
        for round in 0..60 {
            let mut edits = Edits::new();
            let count = if round == 0 { 150 } else { dice.roll(6) };
            for _ in 0..count {
                let text = format!("{}{}", "x".repeat(80), dice.roll(40));
                let item = item(dice.roll(5), dice.roll(60), &text);
                let put = dice.roll(3) > 0 || round == 0;
                edits.insert(Arc::clone(&item.key), put.then_some(item));
            }
            // Now and then an application, which may be blocks on end, leaves as a whole.
            if dice.roll(8) == 0 {
                let app = format!("APP{}\0", dice.roll(5));
                let of_app = model.keys().filter(|key: &&Arc<str>| key.starts_with(&app));
                edits.extend(of_app.map(|key| (Arc::clone(key), None)));
            }
            for (key, edit) in &edits {
                match edit {
                    Some(item) => model.insert(Arc::clone(key), item.clone()),
                    None => model.remove(key),
                };
            }
            plain.apply(edits.clone());
            gzip.apply(edits);
            let expected = naive(layout, &model);
            assert!(joined(&plain.render(7, "UP_1_")) == expected, "seed {seed} round {round}");
            assert!(unzipped(&gzip.render(7, "UP_1_")) == expected, "seed {seed} round {round}");
            assert!(gzip.items().map(|item| &item.key).eq(model.keys()), "seed {seed}");
        }
    }
}

#[test]
fn an_empty_list_is_a_valid_stream() {
    let [plain, gzip] = [Coding::Plain, Coding::Gzip].map(|coding| {
        let mut document = Document::new(LAYOUTS[0], coding);
        document.apply(put([item(0, 0, "x")]));
        document.apply([(item(0, 0, "").key, None)].into());
        document.render(1, "")
    });
    assert_eq!(unzipped(&gzip), joined(&plain));
}

#[test]
fn a_change_shares_the_other_blocks() {
    let mut document = Document::new(LAYOUTS[0], Coding::Gzip);
    document.apply(put((0..200).map(|id| item(0, id, "x"))));
    let before = document.render(1, "");
    document.apply(put([item(0, 3, "y")]));
    let after = document.render(2, "");
    let shared = before.iter().zip(after.iter());
    let same = shared.filter(|(a, b)| a.as_ptr() == b.as_ptr()).count();
    assert_eq!(same, before.len() - 3, "head, tail and one block are new");
}
