//! What Spring services do with products, and a Rust program with them.

use anyhow::{Context as _, Result, ensure};
use compat_tests::binary::client_example;
use compat_tests::process::Launch;
use serde_json::{Value, json};

use crate::caller::{Answer, Caller};
use crate::estate::{Estate, PATIENCE};

/// An id that nobody has.
const NOBODY: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

/// Each Spring service reads, makes and changes products, and is refused what is wrong.
pub(crate) fn work_with_products(estate: &Estate) -> Result<()> {
    for caller in &estate.callers {
        let stem = caller.name.replace("-service", "");
        makes_each_once(caller, &stem)
            .and_then(|()| reads_pages_of_both_shapes(caller, &stem))
            .and_then(|()| changes_what_it_has_read(caller, &stem))
            .and_then(|()| is_refused(caller, &stem))
            .with_context(|| format!("{}\n{}", caller.name, caller.program.log_tail()))?;
    }
    Ok(())
}

/// A product as Spring's services write one: with all members.
fn product(sku: &str, name: &str) -> Value {
    json!({
        "sku": sku, "name": name, "uom": "EA", "salePrice": {"amount": 1200, "currency": "KRW"},
        "attributes": {"재질": "SUS304"},
    })
}

fn make(caller: &Caller, stem: &str, number: u32) -> Result<Answer> {
    let key = format!("{stem}-{number}");
    let body = product(&key, &format!("{stem} 육각볼트 {number}"));
    caller.send("POST", "", Some(("Idempotency-Key", &key)), &body)
}

fn makes_each_once(caller: &Caller, stem: &str) -> Result<()> {
    for number in 1..=3 {
        let made = make(caller, stem, number)?.wanted(201)?;
        let told = &made.body;
        ensure!(told["sku"] == format!("{stem}-{number}").to_uppercase(), "{made:?}");
        ensure!(told["name"] == format!("{stem} 육각볼트 {number}"), "{made:?}");
        ensure!(told["salePrice"] == json!({"amount": 1200, "currency": "KRW"}), "{made:?}");
        ensure!(told["attributes"] == json!({"재질": "SUS304"}), "{made:?}");
        ensure!(told["status"] == "ACTIVE" && told["version"] == 1, "{made:?}");
        ensure!(made.etag.as_deref() == Some("\"1\""), "{made:?}");
        let again = make(caller, stem, number)?;
        ensure!(again.status < 300 && again.body["id"] == made.body["id"], "{again:?}");
    }
    Ok(())
}

fn reads_pages_of_both_shapes(caller: &Caller, stem: &str) -> Result<()> {
    for shape in ["page", "model"] {
        let page = |number: u32| -> Result<Value> {
            let path = format!("/{shape}?q={stem}&page={number}&size=2");
            Ok(caller.get(&path)?.wanted(200)?.body)
        };
        let (first, second) = (page(0)?, page(1)?);
        let numbers = |page: &Value| -> Vec<Option<u64>> {
            let names = ["number", "size", "totalElements", "totalPages"];
            names.iter().map(|name| page[*name].as_u64()).collect()
        };
        ensure!(numbers(&first) == [Some(0), Some(2), Some(3), Some(2)], "{shape}: {first}");
        ensure!(numbers(&second) == [Some(1), Some(2), Some(3), Some(2)], "{shape}: {second}");
        let pages = [&first, &second];
        let products = pages.iter().flat_map(|page| page["products"].as_array().cloned());
        let names: Vec<Value> = products.flatten().map(|one| one["name"].clone()).collect();
        let wanted: Vec<Value> =
            (1..=3).rev().map(|number| format!("{stem} 육각볼트 {number}").into()).collect();
        ensure!(names == wanted, "{shape}: {names:?}");
    }
    Ok(())
}

/// The product with that number of the first page, by its id.
fn read(caller: &Caller, stem: &str) -> Result<Answer> {
    let page = caller.get(&format!("/page?q={stem}&page=0&size=1"))?.wanted(200)?;
    let id = page.body["products"][0]["id"].as_str().context("there is one")?;
    caller.get(&format!("/products/{id}"))?.wanted(200)
}

fn changes_what_it_has_read(caller: &Caller, stem: &str) -> Result<()> {
    let before = read(caller, stem)?;
    let (id, tag) = (before.body["id"].as_str(), before.etag.as_deref());
    let (path, tag) = (format!("/{}", id.context("id")?), tag.context("it has a tag")?);
    ensure!(tag == "\"1\"", "{before:?}");
    let mut product = before.body.clone();
    product["salePrice"]["amount"] = 1500.into();
    // The member names a version too; this time the header does.
    product["version"] = Value::Null;

    let after = caller.send("PUT", &path, Some(("If-Match", tag)), &product)?.wanted(200)?;
    ensure!(after.body["salePrice"]["amount"] == 1500, "{after:?}");
    ensure!(after.body["version"] == 2 && after.etag.as_deref() == Some("\"2\""), "{after:?}");

    let at = format!("/products{path}");
    let stale = caller.send("PUT", &path, Some(("If-Match", tag)), &product)?;
    stale.refused(412, "PRECONDITION_FAILED", &at)?;
    let unsaid = caller.send("PUT", &path, None, &product)?;
    unsaid.refused(428, "PRECONDITION_REQUIRED", &at)?;
    product["version"] = 1.into();
    let stale = caller.send("PUT", &path, None, &product)?;
    stale.refused(409, "STALE_VERSION", &at)
}

fn is_refused(caller: &Caller, stem: &str) -> Result<()> {
    let nobody = caller.get(&format!("/products/{NOBODY}"))?;
    nobody.refused(404, "NOT_FOUND", &format!("/products/{NOBODY}"))?;
    let empty_pages = caller.get("/model?q=x&page=0&size=0")?;
    empty_pages.refused(400, "INVALID_PARAMETER", "/products")?;
    let taken = caller.send("POST", "", None, &product(&format!("{stem}-1"), "taken"))?;
    taken.refused(409, "DUPLICATE_CODE", "/products")?;
    let nameless = caller.send("POST", "", None, &product("nameless", " "))?;
    nameless.refused(422, "REQUIRED", "/products")?;
    let problem = &nameless.body["problem"];
    let errors = problem.get("errors").unwrap_or_else(|| &problem["properties"]["errors"]);
    ensure!(errors[0]["field"] == "name", "{nameless:?}");
    Ok(())
}

/// A Rust program finds each Spring service by its name, and so reads what that one reads.
pub(crate) fn are_called(estate: &Estate) -> Result<()> {
    for caller in &estate.callers {
        let made = make(caller, &caller.name.replace("-service", ""), 1)?.wanted(201)?;
        let id = made.body["id"].as_str().context("it has an id")?;
        let url = format!("http://{}/shop/products/{id}", caller.name);
        let call = Launch::new("call", client_example("call")?)?.arg(estate.zone()).arg(url);
        let mut call = call.output_apart().start()?;
        let status = call.wait_exit(PATIENCE)?;
        ensure!(status.success(), "{status}\n{}", call.log_tail());
        let told = call.lines()?;
        ensure!(told.iter().any(|line| line.starts_with("200 OK from")), "{told:?}");
        ensure!(told.iter().any(|line| line.contains(id)), "{told:?}");
    }
    Ok(())
}
