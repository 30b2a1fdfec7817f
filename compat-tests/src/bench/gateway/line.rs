//! The kinds of requests that are raced.

/// At most so many times what nginx needs; `None` without a target.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target(pub(super) Option<f64>);

/// One kind.
#[derive(Debug)]
pub(super) struct Line {
    /// What `--only` calls it.
    pub(super) name: &'static str,
    /// What the table calls it.
    pub(super) what: &'static str,
    /// The requests, given the prefixes of the routes.
    pub(super) requests: fn(Vec<String>) -> Vec<Vec<u8>>,
    pub(super) target: Target,
}

/// The usual request.
pub(super) const SMALL: Line = Line {
    name: "small",
    what: "GET, 200 B, 100 routes",
    requests: |prefixes| get(&prefixes, "/small"),
    target: Target(Some(1.0)),
};

/// In the order of the table.
pub(super) const LINES: [Line; 5] = [
    SMALL,
    Line {
        name: "browser",
        what: "GET, 200 B, with the 12 headers of a browser",
        requests: |prefixes| with_headers(&prefixes, "/small", BROWSER),
        target: Target(None),
    },
    Line {
        name: "post1k",
        what: "POST, 1 KB",
        requests: |prefixes| post(&prefixes, 1_000),
        target: Target(Some(1.1)),
    },
    Line {
        name: "post100k",
        what: "POST, 100 KB",
        requests: |prefixes| post(&prefixes, 100_000),
        target: Target(None),
    },
    Line {
        name: "get100k",
        what: "GET, 100 KB",
        requests: |prefixes| get(&prefixes, "/files/100k"),
        target: Target(Some(0.55)),
    },
];

const BROWSER: &str = "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36\r\n\
    Accept: application/json, text/plain, */*\r\nAccept-Language: ko-KR,ko;q=0.9,en;q=0.8\r\nAccept-Encoding: gzip, deflate, br\r\n\
    Referer: http://localhost/app/orders\r\nCookie: SESSION=5f2b7d0e9c614a8f; theme=dark; lang=ko\r\nSec-Fetch-Dest: empty\r\n\
    Sec-Fetch-Mode: cors\r\nSec-Fetch-Site: same-origin\r\nX-Requested-With: XMLHttpRequest\r\nCache-Control: no-cache\r\nPragma: no-cache\r\n";

fn get(prefixes: &[String], path: &str) -> Vec<Vec<u8>> {
    with_headers(prefixes, path, "")
}

fn with_headers(prefixes: &[String], path: &str, headers: &str) -> Vec<Vec<u8>> {
    let request =
        |prefix| format!("GET {prefix}{path} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n");
    prefixes.iter().map(request).map(String::into_bytes).collect()
}

fn post(prefixes: &[String], bytes: usize) -> Vec<Vec<u8>> {
    let body = "x".repeat(bytes);
    let request = |prefix| {
        format!(
            "POST {prefix}/post HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
             Content-Length: {bytes}\r\n\r\n{body}"
        )
    };
    // Large bodies need not be kept for each route.
    prefixes.iter().take(16).map(request).map(String::into_bytes).collect()
}
