use super::super::fixture::row;
use super::*;

/// `apps` applications of `each` instances; instance 3 of every application is DOWN.
fn registry(apps: usize, each: usize) -> Vec<(String, String, InstanceStatus)> {
    let mut rows = Vec::new();
    for app in 0..apps {
        for n in 0..each {
            let status = if n == 3 { InstanceStatus::Down } else { InstanceStatus::Up };
            rows.push((format!("APP-{app:04}"), format!("node-{n:06}:app-{app:04}"), status));
        }
    }
    rows
}

fn rows(
    registry: &[(String, String, InstanceStatus)],
) -> impl Iterator<Item = InstanceRow<'_>> + Clone {
    registry.iter().map(|(app, id, status)| InstanceRow { status: *status, ..row(app, id) })
}

fn ids<'a>(group: &Group<'a>) -> Vec<&'a str> {
    group.rows.iter().map(|row| row.id).collect()
}

#[test]
fn an_empty_registry_has_one_empty_page() {
    let selection = select(std::iter::empty(), &Query::parse("page=5"));

    assert_eq!((selection.page, selection.pages), (1, 1));
    assert_eq!((selection.matched, selection.registered.total()), (0, 0));
    assert!(selection.groups.is_empty());
}

#[test]
fn a_small_registry_is_shown_whole_whatever_its_order() {
    let mut registry = registry(3, 5);
    registry.reverse();

    let selection = select(rows(&registry), &Query::parse(""));

    let apps: Vec<_> = selection.groups.iter().map(|group| group.app).collect();
    assert_eq!(apps, ["APP-0000", "APP-0001", "APP-0002"]);
    let shown = ids(&selection.groups[1]);
    let expected = [3, 0, 1, 2, 4].map(|n| format!("node-{n:06}:app-0001"));
    assert_eq!(shown, expected, "the instance that is down comes first");
    assert_eq!((selection.registered.total(), selection.registered.not_up()), (15, 3));
    assert_eq!((selection.matched, selection.matched_apps, selection.registered_apps), (15, 3, 3));
}

#[test]
fn a_page_keeps_to_its_budget_and_shares_it() {
    let registry = registry(APPS_PER_PAGE + 1, 200);

    let first = select(rows(&registry), &Query::parse(""));
    let second = select(rows(&registry), &Query::parse("page=2"));

    assert_eq!((first.groups.len(), second.groups.len()), (APPS_PER_PAGE, 1));
    assert_eq!((first.pages, second.pages, second.page), (2, 2, 2));
    for group in &first.groups {
        assert_eq!(group.rows.len(), INSTANCES_PER_PAGE / APPS_PER_PAGE);
        assert_eq!(group.rows[0].status, InstanceStatus::Down);
        assert_eq!((group.matched, group.registered.total()), (200, 200));
    }
    assert_eq!(second.groups[0].rows.len(), INSTANCES_PER_PAGE);
    let beyond = select(rows(&registry), &Query::parse("page=99"));
    assert_eq!(beyond.page, 2);
    assert_eq!(beyond.groups[0].app, "APP-0050");
}

#[test]
fn shares_are_fair() {
    assert_eq!(fair_share(vec![1, 2, 3], 100), 100);
    assert_eq!(fair_share(vec![500, 10, 500], 100), 45);
    assert_eq!(fair_share(vec![50, 50], 100), 100);
    assert_eq!(fair_share(vec![51, 50], 100), 50);
    assert_eq!(fair_share(vec![9; 500], 100), 1);
    assert_eq!(fair_share(Vec::new(), 100), 100);
}

#[test]
fn one_application_is_paged_without_gap_or_double() {
    let registry = registry(2, 250);
    let page = |n| select(rows(&registry), &Query::parse(&format!("app=app-0001&page={n}")));

    let pages = [page(1), page(2), page(3)];

    let sizes = pages.each_ref().map(|page| page.groups[0].rows.len());
    assert_eq!(sizes, [100, 100, 50]);
    let seen: Vec<_> = pages.iter().flat_map(|page| ids(&page.groups[0])).collect();
    let mut expected: Vec<_> = (0..250).map(|n| format!("node-{n:06}:app-0001")).collect();
    let down = expected.remove(3);
    expected.insert(0, down);
    assert_eq!(seen, expected);
    assert_eq!(pages[0].pages, 3);
    assert_eq!((pages[0].matched, pages[0].registered.total()), (250, 500));
}

#[test]
fn an_unknown_application_is_an_empty_page() {
    let registry = registry(2, 5);

    let selection = select(rows(&registry), &Query::parse("app=NONE"));

    assert!(selection.groups.is_empty());
    assert_eq!((selection.matched, selection.matched_apps, selection.pages), (0, 0, 1));
    assert_eq!(selection.registered_apps, 2);
}

#[test]
fn counts_of_the_filter_do_not_depend_on_the_filter() {
    let registry = registry(2, 5);

    let selection = select(rows(&registry), &Query::parse("q=app-0001&status=DOWN"));

    assert_eq!(
        (selection.found.of(InstanceStatus::Up), selection.found.of(InstanceStatus::Down)),
        (4, 1)
    );
    assert_eq!((selection.matched, selection.matched_apps), (1, 1));
    assert_eq!(ids(&selection.groups[0]), ["node-000003:app-0001"]);
    assert_eq!(selection.groups[0].registered.total(), 5);
}

#[test]
fn images_and_zones_are_counted_for_the_whole_application() {
    let ids: Vec<_> = (0..150).map(|n| format!("i-{n:04}")).collect();
    let rows = ids.iter().enumerate().map(|(n, id)| InstanceRow {
        ami: Some("ami-1"),
        zone: Some(if n % 3 == 0 { "b" } else { "a" }),
        ..row("APP", id)
    });

    let selection = select(rows, &Query::parse(""));

    assert_eq!(selection.groups[0].amis, [("ami-1", 150)]);
    assert_eq!(selection.groups[0].zones, [("a", 100), ("b", 50)]);
}

#[test]
fn every_order_of_the_rows_gives_the_same_page() {
    let forwards = registry(60, 7);
    let mut backwards = forwards.clone();
    backwards.reverse();
    for query in ["", "page=2", "q=node-000004", "app=APP-0007", "status=DOWN&page=2"] {
        let query = Query::parse(query);

        let pages = [select(rows(&forwards), &query), select(rows(&backwards), &query)];

        let shown = pages.each_ref().map(|page| {
            page.groups.iter().map(|group| (group.app, ids(group))).collect::<Vec<_>>()
        });
        assert_eq!(shown[0], shown[1], "{query:?}");
        assert!(!shown[0].is_empty(), "{query:?}");
    }
}

#[test]
fn a_row_is_kept_as_it_came() {
    let registry = registry(1, 1);

    let selection = select(rows(&registry), &Query::parse(""));

    assert_eq!(selection.groups[0].rows[0].lease.remaining_ms, 170_000);
}
