use std::cell::RefCell;
use std::collections::BTreeSet;

use partner_service::store::migrations;
use test_kit::database::{migrations_folder, on_each_engine};
use test_kit::schema::Schema;

#[test]
fn both_engines_have_the_same_migrations() {
    let names = |engine| -> BTreeSet<_> {
        let files = std::fs::read_dir(migrations_folder("partner", engine)).unwrap();
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
    let number = ["business_no", "sub_no"].map(str::to_owned).into();
    assert!(found[0].unique.contains(&("partner".to_owned(), number)));
    assert!(found.iter().all(|schema| schema == &found[0]), "{found:#?}");
}
