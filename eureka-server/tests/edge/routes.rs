//! Paths and methods: what is there, what is not, and what may be done with it.

use crate::support::{Call, JSON, Server};

async fn status(server: &Server, method: &str, path: &str) -> u16 {
    Call::new(method, path).accept(JSON).send(server).await.status.as_u16()
}

async fn server_with_foo() -> Server {
    let server = Server::start();
    server.has("FOO", "h1:foo:8080").await;
    server
}

// RT-2, RT-4 to RT-6
#[tokio::test(start_paused = true)]
async fn spellings_of_the_same_resource() {
    let server = server_with_foo().await;
    for path in [
        "/eureka/apps",
        "/eureka/apps/",
        "/eureka/v2/apps",
        "/eureka/v2/apps/",
        "/eureka/apps/delta/",
        "/eureka/apps/FOO",
        "/eureka/apps/foo/",
        "/eureka/apps/%46oo",
        "/eureka/apps/FOO;x=1",
        "/eureka/apps/FOO/h1:foo:8080",
        "/eureka/apps/FOO/h1:foo:8080/",
        "/eureka/apps/FOO/h1%3Afoo%3A8080",
        "/eureka/apps/FOO/h1:foo:8080;a=b;c",
        "/eureka/v2/instances/h1:foo:8080",
        "/eureka/status/",
    ] {
        assert_eq!(status(&server, "GET", path).await, 200, "{path}");
    }
}

// RT-3, RT-5, RT-7, RT-11
#[tokio::test(start_paused = true)]
async fn what_is_not_there() {
    let server = server_with_foo().await;
    for path in [
        "/eureka",
        "/eureka/",
        "/eureka/v2",
        "/eureka/v2/",
        "/eureka/v1/apps",
        "/eureka/v2/v2/apps",
        "/eureka//apps",
        "/eureka/apps//",
        "/eureka/apps//FOO",
        "/eureka/apps/FOO//h1:foo:8080",
        "/eureka/apps/FOO/h1:foo:8080/unknown",
        "/eureka/apps/FOO/h1:foo:8080/status/x",
        "/eureka/apps/%",
        "/eureka/apps/%zz",
        "/eureka/apps/%ff",
        "/eureka/apps/;x=1",
        "/eureka/../eureka/apps",
        "/eureka/./apps",
        "/eureka/apps/../apps",
        "/eureka/lastn",
        "/eureka/serverinfo/statusoverrides",
        "/eureka/instances",
        "/eureka/vips",
        "/eureka/asg",
        "/EUREKA/apps",
        "/eurekaapps",
        "/eureka\\apps",
        "/none",
    ] {
        for method in ["GET", "POST", "PUT", "DELETE", "PATCH"] {
            let code = status(&server, method, path).await;
            // Some name what could be there, which other methods are then wrong for.
            assert!(code == 404 || (code == 405 && method != "GET"), "{method} {path}: {code}");
        }
    }
    assert_eq!(server.app.registry().counts().total(), 1);
}

// RT-9, RT-10
#[tokio::test(start_paused = true)]
async fn methods_a_resource_does_not_have() {
    let server = server_with_foo().await;
    let i1 = "/eureka/apps/FOO/h1:foo:8080";
    for (path, allow) in [
        ("/eureka/apps".to_owned(), "GET,OPTIONS"),
        ("/eureka/apps/delta".to_owned(), "GET,OPTIONS"),
        ("/eureka/apps/FOO".to_owned(), "POST,GET,OPTIONS"),
        (i1.to_owned(), "DELETE,GET,OPTIONS,PUT"),
        (format!("{i1}/status"), "DELETE,OPTIONS,PUT"),
        (format!("{i1}/metadata"), "OPTIONS,PUT"),
        ("/eureka/instances/x".to_owned(), "GET,OPTIONS"),
        ("/eureka/vips/x".to_owned(), "GET,OPTIONS"),
        ("/eureka/svips/x".to_owned(), "GET,OPTIONS"),
        ("/eureka/peerreplication/batch".to_owned(), "POST,OPTIONS"),
        ("/eureka/asg/x/status".to_owned(), "OPTIONS,PUT"),
        ("/eureka/status".to_owned(), "GET,OPTIONS"),
    ] {
        let options = Call::new("OPTIONS", &path).send(&server).await;
        options.is_bare(200);
        assert_eq!(options.header("allow"), allow, "{path}");
        for method in ["GET", "POST", "PUT", "DELETE", "PATCH", "TRACE", "get", "BREW"] {
            if allow.split(',').any(|known| known == method) {
                continue;
            }
            let answer = Call::new(method, &path).body(JSON, "{}").send(&server).await;
            answer.is_bare(405);
            assert_eq!(answer.header("allow"), allow, "{method} {path}");
        }
    }
    assert_eq!(server.app.registry().counts().total(), 1);
}

// EP-51
#[tokio::test(start_paused = true)]
async fn scaling_groups_are_for_servers_on_amazon() {
    let server = Server::start();
    server.put("/eureka/asg/x/status?value=ENABLED").await.is_bare(400);
}

// W-29
#[tokio::test(start_paused = true)]
async fn a_path_has_a_length() {
    let server = Server::start();
    let path =
        |bytes: usize| format!("/eureka/apps/FOO?{}", "x".repeat(bytes - "/eureka/apps/FOO".len()));
    assert_eq!(status(&server, "GET", &path(8192)).await, 404);
    Call::new("GET", &path(8193)).send(&server).await.is_bare(414);
}

#[tokio::test(start_paused = true)]
async fn below_a_context_path_all_is_the_same_and_outside_is_nothing() {
    let server = Server::with(&["--server.servlet.context-path=/discovery"]);
    for (path, code) in [
        ("/discovery/eureka/apps", 200),
        ("/discovery/eureka/v2/apps/", 200),
        ("/discovery/", 200),
        ("/discovery", 200),
        ("/discovery/lastn", 200),
        ("/discovery/actuator/health", 200),
        ("/discovery/eureka/none", 404),
        ("/eureka/apps", 404),
        ("/discoveryx/eureka/apps", 404),
        ("/discovery/discovery/eureka/apps", 404),
        ("/", 404),
        ("/actuator/health", 404),
    ] {
        assert_eq!(status(&server, "GET", path).await, code, "{path}");
    }
    let made = test_kit::Registration::new("FOO", "i1").json();
    let call = Call::new("POST", "/discovery/eureka/apps/FOO").body(JSON, made);
    call.send(&server).await.is_bare(204);
    assert_eq!(status(&server, "PUT", "/discovery/eureka/apps/FOO/i1").await, 200);
}

// SPR-1
#[tokio::test(start_paused = true)]
async fn the_dashboard_is_where_it_is_configured_or_nowhere() {
    let moved = Server::with(&["--eureka.dashboard.path=/ui"]);
    let off = Server::with(&["--eureka.dashboard.enabled=false"]);
    for (path, on_moved, on_off) in [
        ("/", 404, 404),
        ("/ui", 200, 404),
        ("/ui/", 200, 404),
        ("/ui/lastn", 200, 404),
        ("/lastn", 404, 404),
    ] {
        assert_eq!(status(&moved, "GET", path).await, on_moved, "{path}");
        assert_eq!(status(&off, "GET", path).await, on_off, "{path}");
    }
    assert_eq!(status(&off, "GET", "/eureka/apps").await, 200);
}
