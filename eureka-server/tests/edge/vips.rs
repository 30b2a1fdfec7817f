//! `GET /eureka/vips/{vip}` and `GET /eureka/svips/{svip}`.

use serde_json::Value;
use test_kit::Registration;

use crate::support::{Call, JSON, Server, XML};

async fn server() -> Server {
    let server = Server::start();
    for (app, id, vip, secure, status) in [
        ("FOO", "i1", "a,b", "s", "UP"),
        ("FOO", "i2", "b, c", "s", "DOWN"),
        ("BAR", "i3", "b", "t", "UP"),
        ("BAR", "i4", "", "", "UP"),
    ] {
        let made = Registration::new(app, id).with("vipAddress", vip);
        let made = made.with("secureVipAddress", secure).with("status", status);
        server.register(app, &made).await.is_bare(204);
    }
    server
}

/// Version, hash and ids of the list at `path`.
async fn list(server: &Server, path: &str) -> (String, String, Vec<String>) {
    let list = server.get(path).await.json()["applications"].take();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let instances = list["application"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|app| app["instance"].as_array().unwrap());
    let ids = instances.map(|instance| text(&instance["instanceId"])).collect();
    (text(&list["versions__delta"]), text(&list["apps__hashcode"]), ids)
}

// EP-25
#[tokio::test(start_paused = true)]
async fn an_address_is_matched_exactly_and_the_hash_is_that_of_the_matches() {
    let server = server().await;
    for (path, hash, ids) in [
        ("vips/a", "UP_1_", &["i1"][..]),
        ("vips/b", "DOWN_1_UP_2_", &["i3", "i1", "i2"]),
        ("vips/%20c", "DOWN_1_", &["i2"]),
        ("vips/c", "", &[]),
        ("vips/A", "", &[]),
        ("vips/a,b", "", &[]),
        ("svips/s", "DOWN_1_UP_1_", &["i1", "i2"]),
        ("svips/a", "", &[]),
        ("vips/s", "", &[]),
    ] {
        let expected =
            ("-1".to_owned(), hash.to_owned(), ids.iter().map(|&id| id.to_owned()).collect());
        assert_eq!(list(&server, &format!("/eureka/{path}")).await, expected, "{path}");
        assert_eq!(list(&server, &format!("/eureka/v2/{path}/")).await, expected, "{path}");
    }
}

// EP-25: nobody there is no error.
#[tokio::test(start_paused = true)]
async fn no_match_is_an_empty_list() {
    let server = server().await;
    let none = "{\"applications\":{\"versions__delta\":\"-1\",\"apps__hashcode\":\"\",\"application\":[]}}";
    assert_eq!(server.get("/eureka/vips/none").await.told(), (200, none));
    let answer = Call::new("GET", "/eureka/svips/none").send(&server).await;
    let none = "<applications>\n  <versions__delta>-1</versions__delta>\n  <apps__hashcode></apps__hashcode>\n</applications>";
    assert_eq!((answer.told(), answer.header("content-type")), ((200, none), XML));
    server.get("/eureka/vips").await.is_bare(404);
    server.get("/eureka/vips/").await.is_bare(404);
}

#[tokio::test(start_paused = true)]
async fn an_instance_leaves_its_addresses_when_they_change_or_it_goes() {
    let server = server().await;
    let moved = Registration::new("FOO", "i1").with("vipAddress", "z");
    server.register("FOO", &moved).await.is_bare(204);
    assert_eq!(list(&server, "/eureka/vips/a").await.2, Vec::<String>::new());
    assert_eq!(list(&server, "/eureka/svips/s").await.2, ["i2"]);
    assert_eq!(list(&server, "/eureka/vips/z").await.2, ["i1"]);
    server.delete("/eureka/apps/FOO/i1").await.is_bare(200);
    assert_eq!(list(&server, "/eureka/vips/z").await.2, Vec::<String>::new());
}

// 2.7
#[tokio::test(start_paused = true)]
async fn the_compact_form_tells_no_lease_and_no_metadata() {
    let server = server().await;
    for accept in [JSON, XML] {
        let call = Call::new("GET", "/eureka/vips/a").accept(accept);
        let answer = call.header("X-Eureka-Accept", "compact").send(&server).await;
        assert!(answer.text().contains("i1") && !answer.text().contains("leaseInfo"));
        assert!(!answer.text().contains("metadata") && !answer.text().contains('\n'));
    }
}

// A registration may list only so many addresses: each is an entry of the index.
#[tokio::test(start_paused = true)]
async fn too_many_addresses_are_refused() {
    let server = server().await;
    for (count, status) in [(256, 204), (257, 400)] {
        let list: Vec<String> = (0..count).map(|n| format!("v{n}")).collect();
        for member in ["vipAddress", "secureVipAddress"] {
            let made = Registration::new("FOO", "i9").with(member, list.join(","));
            assert_eq!(server.register("FOO", &made).await.status, status, "{member} {count}");
        }
    }
}
