//! Which route takes a request, and why the others do not.

use gateway_routing::explain::{Verdict, explain};

use crate::support::{Sent, table};

#[test]
fn every_route_says_why() {
    let table = table(
        "routes:
         - {id: post, uri: 'http://u', predicates: ['Path=/a/{x}', 'Method=POST']}
         - {id: query, uri: 'http://u', predicates: ['Path=/a/**', 'Query=kind, gr.+']}
         - {id: takes, uri: 'http://u', predicates: ['Path=/a/{x}']}
         - {id: late, uri: 'http://u', predicates: ['Path=/**']}",
    );
    let sent = Sent::new("GET /a/b%20c?kind=x");
    let all = explain(&table, &sent.request());
    let verdicts: Vec<_> = all.iter().map(|one| (one.id.as_str(), &one.verdict)).collect();
    let refuses = |text: &str| Verdict::Refuses(vec![text.to_owned()]);
    assert_eq!(
        verdicts,
        [
            ("post", &refuses("Methods: [POST]: the method is GET")),
            ("query", &refuses("Query: param=kind regexp=gr.+: parameter kind is x")),
            ("takes", &Verdict::Takes(vec![("x".to_owned(), "b c".to_owned())])),
            ("late", &Verdict::Shadowed),
        ]
    );
    assert_eq!(sent.taken_by(&table), "takes");
}
