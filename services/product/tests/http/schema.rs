use std::cell::RefCell;
use std::collections::BTreeSet;

use product_service::store::migrations;
use test_kit::database::{migrations_folder, on_each_engine};
use test_kit::schema::Schema;

#[test]
fn both_engines_have_the_same_migrations() {
    let names = |engine| -> BTreeSet<_> {
        let files = std::fs::read_dir(migrations_folder("product", engine)).unwrap();
        files.map(|file| file.unwrap().file_name()).collect()
    };
    assert_eq!(names("postgres"), names("sqlite"));
    assert!(!names("sqlite").is_empty());
}

#[tokio::test]
async fn both_engines_have_the_same_tables() {
    let found = RefCell::new(Vec::new());
    on_each_engine(migrations, |database| {
        let found = &found;
        async move {
            let schema = Schema::of(&database).await;
            found.borrow_mut().push(schema);
        }
    })
    .await;
    let found = found.into_inner();
    let barcode = ["barcode"].map(str::to_owned).into();
    assert!(found[0].unique.contains(&("product".to_owned(), barcode)));
    assert!(found[0].indexes.iter().any(|(_, columns)| columns == &["updated_at", "id"]));
    let above = ["category", "parent_id", "category"].map(str::to_owned).into();
    assert!(found[0].references.contains(&above));
    assert!(found.iter().all(|schema| schema == &found[0]), "{found:#?}");
}
