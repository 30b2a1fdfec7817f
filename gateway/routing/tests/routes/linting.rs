//! Routes that can be and are hardly meant (BY-8).

use gateway_routing::lint;

use crate::support::table;

fn found(yaml: &str) -> Vec<String> {
    lint(&table(yaml)).iter().map(ToString::to_string).collect()
}

#[test]
fn a_route_behind_a_wider_one_never_gets_a_request() {
    let told = found(
        "routes:\n\
         - {id: all, uri: 'http://a', predicates: ['Path=/shop/**']}\n\
         - {id: one, uri: 'http://b', predicates: ['Path=/shop/cart', 'Method=GET']}\n\
         - {id: early, uri: 'http://b', order: -1, predicates: ['Path=/shop/x']}\n\
         - {id: other, uri: 'http://b', predicates: ['Path=/else/**,/shop/y']}\n",
    );
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("route one: it never gets a request: route all"), "{told:?}");
}

#[test]
fn a_narrower_one_or_one_of_a_group_takes_nothing_away() {
    let told = found(
        "routes:\n\
         - {id: a, uri: 'http://a', predicates: ['Path=/**', 'Header=X-A']}\n\
         - {id: b, uri: 'http://b', predicates: ['Path=/b/**']}\n\
         - {id: c, uri: 'http://b', predicates: ['Path=/c/**', 'Weight=g, 5']}\n\
         - {id: d, uri: 'http://b', predicates: ['Path=/c/**', 'Weight=g, 5']}\n",
    );
    assert_eq!(told, [""; 0]);
}

#[test]
fn fallbacks_in_a_circle_are_told() {
    let guarded = |to: &str| {
        format!(
            "filters: [{{name: CircuitBreaker, args: {{name: c, fallbackUri: 'forward:{to}'}}}}]"
        )
    };
    let told = found(&format!(
        "routes:\n\
         - {{id: a, uri: 'http://a', predicates: ['Path=/a/**'], {}}}\n\
         - {{id: b, uri: 'http://b', predicates: ['Path=/b/**'], {}}}\n\
         - {{id: c, uri: 'http://b', predicates: ['Path=/c/**'], {}}}\n\
         - {{id: d, uri: 'forward:/c/x', predicates: ['Path=/d']}}\n",
        guarded("/b/help"),
        guarded("/a/help"),
        guarded("/elsewhere"),
    ));
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].contains("route a: forward:/b/help"), "{told:?}");
    assert!(told[0].contains("leads back to it"), "{told:?}");
}

#[test]
fn a_method_that_nobody_knows_may_be_misspelt() {
    let told = found("routes:\n- {id: a, uri: 'http://a', predicates: ['Method=GET,PSOT']}\n");
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].ends_with("PSOT is a method that few know; did you mean POST?"), "{told:?}");
}
