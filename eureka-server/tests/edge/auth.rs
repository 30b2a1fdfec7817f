//! HTTP basic authentication in front of everything but health.

use std::time::Duration;

use serde_json::Value;
use test_kit::Registration;
use tokio::time::Instant;

use crate::support::{Call, JSON, Server};

/// `admin:s3cret`
const RIGHT: &str = "Basic YWRtaW46czNjcmV0";

const USER: [&str; 2] =
    ["--spring.security.user.name=admin", "--spring.security.user.password=s3cret"];

fn server(more: &[&str]) -> Server {
    Server::with(&[&USER, more].concat())
}

#[tokio::test(start_paused = true)]
async fn without_credentials_everything_is_refused() {
    let server = server(&["--management.endpoints.web.exposure.include=*"]);
    let all = "GET POST PUT DELETE HEAD OPTIONS PATCH";
    for (methods, path) in [
        (all, "/eureka/apps"),
        (all, "/eureka/apps/delta"),
        (all, "/eureka/apps/FOO"),
        (all, "/eureka/apps/FOO/i1"),
        (all, "/eureka/apps/FOO/i1/status?value=DOWN"),
        (all, "/eureka/apps/FOO/i1/metadata?a=b"),
        (all, "/eureka/instances/i1"),
        (all, "/eureka/vips/x"),
        (all, "/eureka/peerreplication/batch/"),
        (all, "/eureka/status"),
        (all, "/eureka/none"),
        ("GET", "/"),
        ("GET", "/lastn"),
        ("GET", "/eureka/css/dashboard.css"),
        ("GET", "/serverinfo/statusoverrides"),
        ("GET", "/actuator"),
        ("GET", "/actuator/info"),
        ("GET", "/actuator/metrics"),
        ("GET", "/actuator/prometheus"),
        ("GET", "/none"),
    ] {
        for method in methods.split(' ') {
            let call = Call::new(method, path).accept("text/html");
            let answer = call.body(JSON, Registration::new("FOO", "i1").json()).send(&server).await;
            answer.is_bare(401);
            assert_eq!(
                answer.header("www-authenticate"),
                "Basic realm=\"Realm\"",
                "{method} {path}"
            );
        }
    }
    assert_eq!(server.app.registry().counts().total(), 0);
}

#[tokio::test(start_paused = true)]
async fn health_is_open_and_nothing_can_hide_behind_its_path() {
    let server = server(&["--management.endpoints.web.exposure.include=*"]);
    for path in ["/actuator/health", "/actuator/health/liveness", "/actuator/health/readiness"] {
        assert_ne!(server.get(path).await.status, 401, "{path}");
    }
    for path in [
        "/actuator/healthy",
        "/actuator/health;/../prometheus",
        "/actuator/prometheus/health",
        "/actuator/health%2f..%2fprometheus",
        "//actuator/health",
        "/ACTUATOR/health",
    ] {
        server.get(path).await.is_bare(401);
    }
    for path in [
        "/actuator/health/../prometheus",
        "/actuator/health/../../eureka/apps",
        "/actuator/health/%2e%2e/prometheus",
        "/actuator/health//eureka/apps",
    ] {
        let answer = server.get(path).await;
        assert!([401, 404].contains(&answer.status.as_u16()), "{path}: {}", answer.text());
    }
}

#[tokio::test(start_paused = true)]
async fn with_the_right_credentials_all_is_as_without() {
    let server = server(&[]);
    let call = |method, path| Call::new(method, path).accept(JSON).header("authorization", RIGHT);
    let made = Registration::new("FOO", "i1").json();
    call("POST", "/eureka/apps/FOO").body(JSON, made).send(&server).await.is_bare(204);
    for (method, path, status) in [
        ("PUT", "/eureka/apps/FOO/i1", 200),
        ("GET", "/eureka/apps", 200),
        ("PUT", "/eureka/apps/FOO/i2", 404),
        ("GET", "/eureka/none", 404),
        ("DELETE", "/eureka/apps/FOO/i1", 200),
    ] {
        assert_eq!(call(method, path).send(&server).await.status, status, "{method} {path}");
    }
    let page = Call::new("GET", "/").accept("text/html").header("authorization", RIGHT);
    assert_eq!(page.send(&server).await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn only_the_exact_pair_is_right() {
    let server = server(&[]);
    let basic = |pair: &str| {
        use base64::Engine as _;
        format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair))
    };
    for (credentials, status) in [
        (basic("admin:s3cret"), 200),
        (basic("admin:s3cret").replace("Basic", "bAsIc"), 200),
        (basic("admin:S3cret"), 401),
        (basic("admin:s3cre"), 401),
        (basic("admin:s3cretx"), 401),
        (basic("admin:"), 401),
        (basic("Admin:s3cret"), 401),
        (basic(":s3cret"), 401),
        (basic("admin"), 401),
        (basic("admin:{noop}s3cret"), 401),
        ("Basic".to_owned(), 401),
        ("Basic ???".to_owned(), 401),
        ("Bearer YWRtaW46czNjcmV0".to_owned(), 401),
        (String::new(), 401),
    ] {
        let call = Call::new("GET", "/eureka/apps").header("authorization", &credentials);
        assert_eq!(call.send(&server).await.status, status, "{credentials}");
    }
}

// R-AUTH: a wrong try costs time, a missing one does not, and others do not wait.
#[tokio::test(start_paused = true)]
async fn who_guesses_waits_and_nobody_else() {
    let server = server(&[]);
    let try_with = async |credentials: Option<&str>| {
        let mut call = Call::new("GET", "/eureka/apps");
        if let Some(credentials) = credentials {
            call = call.header("authorization", credentials);
        }
        let started = Instant::now();
        call.send(&server).await;
        started.elapsed()
    };
    assert_eq!(try_with(None).await, Duration::ZERO);
    assert_eq!(try_with(Some(RIGHT)).await, Duration::ZERO);
    assert!(try_with(Some("Basic eDp5")).await >= Duration::from_millis(200));
    let (guess, right) = tokio::join!(try_with(Some("Basic eDp5")), try_with(Some(RIGHT)));
    assert!(right < guess, "{right:?} {guess:?}");
}

#[tokio::test(start_paused = true)]
async fn details_of_health_are_for_those_who_may_see_them() {
    let server = server(&[
        "--management.endpoint.health.show-components=when-authorized",
        "--management.endpoint.health.show-details=when-authorized",
    ]);
    let health = async |credentials: &str| {
        let call = Call::new("GET", "/actuator/health").header("authorization", credentials);
        call.send(&server).await.json()
    };
    assert_eq!(health("").await["components"], Value::Null);
    let started = Instant::now();
    assert_eq!(health("Basic eDp5").await["components"], Value::Null);
    assert!(started.elapsed() >= Duration::from_millis(200), "no place to guess faster");
    assert_ne!(health(RIGHT).await["components"], Value::Null);
}

#[tokio::test(start_paused = true)]
async fn without_a_password_nobody_is_asked() {
    let server = Server::with(&["--spring.security.user.name=admin"]);
    let call = Call::new("GET", "/eureka/apps").header("authorization", "Basic eDp5");
    assert_eq!(call.send(&server).await.status, 200);
}
