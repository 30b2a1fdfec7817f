use http::Method;

use super::*;

const TTL: Duration = Duration::from_secs(60);

struct Case {
    cache: Arc<Cache>,
    clock: Clock,
    used: Arc<AtomicUsize>,
}

fn case(bytes_max: usize) -> Case {
    let settings = CacheSettings { time_to_live: TTL, bytes_max, all_max: 1 << 20, updates: false };
    let (clock, used) = (Clock::manual(0), Arc::default());
    Case { cache: Arc::new(Cache::new(settings, &used, clock.clone())), clock, used }
}

fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
    let line = |(name, value): &(&'static str, &str)| {
        (HeaderName::from_static(name), value.parse().unwrap())
    };
    lines.iter().map(line).collect()
}

impl Case {
    fn find(&self, path: &str, lines: &[(&'static str, &str)]) -> Found {
        let asking = self.cache.asking("a", (path, None), &headers(lines));
        self.cache.find(asking, false).unwrap()
    }

    fn kept(&self, path: &str, lines: &[(&'static str, &str)]) -> Option<Response<Bytes>> {
        match self.find(path, lines) {
            Found::Answer(answer) => Some(answer),
            Found::Wait(_) | Found::Ask(_) => None,
        }
    }

    /// Whether an answer with these headers was kept.
    fn keep(
        &self,
        path: &str,
        asked: &[(&'static str, &str)],
        told: &[(&'static str, &str)],
    ) -> bool {
        let Found::Ask(flight) = self.find(path, asked) else { panic!("it is there") };
        let Some(mut recording) = flight.record(StatusCode::OK, &mut headers(told)) else {
            return false;
        };
        let fits = recording.add(&Bytes::from_static(b"body"));
        recording.finish();
        fits
    }
}

#[test]
fn an_answer_is_given_again_until_its_time_is_over_rc_4_rc_5() {
    let case = case(1 << 20);
    assert!(case.keep("/a", &[], &[("cache-control", "max-age=5, public"), ("expires", "0")]));
    case.clock.advance(Duration::from_secs(20));
    let answer = case.kept("/a", &[]).unwrap();
    assert_eq!(answer.body(), "body");
    assert_eq!(answer.headers()["cache-control"], "public, max-age=40");
    assert_eq!(answer.headers()["age"], "20");
    assert!(!answer.headers().contains_key("expires"));
    assert!(case.kept("/b", &[]).is_none());
    case.clock.advance(Duration::from_secs(40));
    assert!(case.kept("/a", &[]).is_none());
}

#[test]
fn who_asks_and_what_the_answer_depends_on_tell_answers_apart_rc_3() {
    let case = case(1 << 20);
    let gzip = [("accept-encoding", "gzip")];
    assert!(case.keep("/a", &gzip, &[("vary", "Accept-Encoding")]));
    assert!(case.kept("/a", &gzip).is_some());
    assert!(case.kept("/a", &[]).is_none());
    for own in [[("authorization", "Bearer x")], [("cookie", "s=1")], [("range", "bytes=0-1")]] {
        assert!(case.kept("/a", &[gzip[0], own[0]]).is_none(), "{own:?}");
    }
}

#[test]
fn what_is_private_is_not_kept_rc_2() {
    let case = case(1 << 20);
    let never = [
        ("cache-control", "private"),
        ("cache-control", "no-store"),
        ("vary", "*"),
        ("set-cookie", "a=b"),
    ];
    for told in never {
        assert!(!case.keep("/a", &[], &[told]), "{told:?}");
    }
    let asks = |lines: &[(&'static str, &str)]| may_answer(&Method::GET, &headers(lines), false);
    assert_eq!(asks(&[]), Some(false));
    assert_eq!(asks(&[("cache-control", "no-cache")]), Some(true));
    assert_eq!(asks(&[("cache-control", "no-store")]), None);
    assert_eq!(may_answer(&Method::POST, &headers(&[]), false), None);
    assert_eq!(may_answer(&Method::GET, &headers(&[]), true), None);
}

#[test]
fn the_one_not_asked_for_the_longest_goes_first_rc_4() {
    let case = case(3 * 520);
    for path in ["/a", "/b", "/c"] {
        assert!(case.keep(path, &[], &[]));
        case.kept("/a", &[]);
    }
    assert!(case.kept("/a", &[]).is_some() && case.kept("/c", &[]).is_some());
    assert!(case.keep("/d", &[], &[]));
    assert!(case.kept("/b", &[]).is_none());
    assert!(case.used.load(std::sync::atomic::Ordering::Relaxed) <= 3 * 520);
}

#[test]
fn of_many_that_ask_at_once_one_goes_rc_7() {
    let case = case(1 << 20);
    let Found::Ask(flight) = case.find("/a", &[]) else { panic!("nobody asked before") };
    let Found::Wait(waiting) = case.find("/a", &[]) else { panic!("somebody asks") };
    assert!(waiting.has_changed().is_ok());
    drop(flight);
    assert!(waiting.has_changed().is_err(), "it may go now");
    assert!(matches!(case.find("/a", &[]), Found::Ask(_)));
}

#[test]
fn who_has_it_already_is_told_so() {
    let case = case(1 << 20);
    assert!(case.keep("/a", &[], &[("etag", "\"1\"")]));
    let answer = case.kept("/a", &[("if-none-match", "W/\"1\"")]).unwrap();
    assert_eq!((answer.status(), answer.body().len()), (StatusCode::NOT_MODIFIED, 0));
}
