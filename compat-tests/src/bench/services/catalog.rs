//! Products, and the requests that make and read them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use anyhow::Result;

use crate::bench::script::{Answered, Script, Scripts, Step};

/// Headers of every request.
const HEADERS: &str = "Host: localhost:8081\r\nAccept: application/json\r\n\
                       Accept-Encoding: gzip, x-gzip, deflate\r\nConnection: keep-alive\r\n";

/// `GET /products/{id}`.
#[must_use]
pub(super) fn by_id(id: &str) -> Vec<u8> {
    get(&format!("/products/{id}"))
}

/// Path of a page of 20 active products, in the order of their names.
#[must_use]
pub(super) fn page_path(number: usize) -> String {
    format!("/products?status=ACTIVE&priceFrom=1000&sort=name,desc&size=20&page={number}")
}

/// The request for that page.
#[must_use]
pub(super) fn page(number: usize) -> Vec<u8> {
    get(&page_path(number))
}

fn get(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\n{HEADERS}\r\n").into_bytes()
}

/// `POST /products` of the product with that number.
#[must_use]
pub(super) fn create(prefix: &str, number: usize) -> Vec<u8> {
    let body = document(prefix, number);
    let length = body.len();
    let head = format!(
        "POST /products HTTP/1.1\r\n{HEADERS}Content-Type: application/json\r\n\
         Content-Length: {length}\r\n\r\n"
    );
    [head.into_bytes(), body.into_bytes()].concat()
}

/// A product with most of what a product can have.
fn document(prefix: &str, number: usize) -> String {
    let price = 1_000 + number % 9_000;
    let (purchase, size) = (price * 7 / 10, 10 + number % 90);
    format!(
        concat!(
            r#"{{"sku":"{prefix}-{number:07}","name":"스테인리스 육각볼트 M8×{size} {number}","#,
            r#""nameEn":"Stainless hex bolt M8x{size}","spec":"M8×{size}, SUS304","#,
            r#""description":"포장 단위 100개. 납기는 재고에 따라 다릅니다.","uom":"EA","#,
            r#""salePrice":{{"amount":{price},"currency":"KRW"}},"#,
            r#""purchasePrice":{{"amount":{purchase},"currency":"KRW"}},"leadTimeDays":14,"#,
            r#""attributes":{{"재질":"SUS304","표면":"산세"}}}}"#
        ),
        prefix = prefix,
        number = number,
        size = size,
        price = price,
        purchase = purchase,
    )
}

/// Makes products, each with a number of its own.
#[derive(Debug)]
pub(super) struct Creates {
    prefix: &'static str,
    next: Arc<AtomicUsize>,
    /// Numbers from here on are not made.
    end: usize,
    current: Vec<u8>,
}

impl Creates {
    /// Scripts for `connections` connections that make the products with numbers below `end`.
    #[must_use]
    pub(super) fn scripts(prefix: &'static str, end: usize, connections: usize) -> Scripts {
        let next = Arc::new(AtomicUsize::new(0));
        let script = |_| {
            let (next, current) = (Arc::clone(&next), Vec::new());
            Box::new(Self { prefix, next, end, current }) as Box<dyn Script>
        };
        (0..connections).map(script).collect()
    }
}

impl Script for Creates {
    fn next(&mut self) -> Option<Step<'_>> {
        let number = self.next.fetch_add(1, Relaxed);
        if number >= self.end {
            return None;
        }
        self.current = create(self.prefix, number);
        Some(Step { request: &self.current, status: 201, keep_body: false })
    }

    fn answered(&mut self, _answer: Answered) -> Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_number_is_made_once() {
        let mut scripts = Creates::scripts("T", 3, 2);
        let mut bodies = Vec::new();
        for _ in 0..2 {
            for script in &mut scripts {
                bodies.extend(script.next().map(|step| step.request.to_vec()));
            }
        }

        assert_eq!(bodies, [create("T", 0), create("T", 1), create("T", 2)]);
    }

    #[test]
    fn a_product_is_json_of_the_length_it_says() {
        let request = String::from_utf8(create("T", 7)).unwrap();
        let (head, body) = request.split_once("\r\n\r\n").unwrap();
        let product: serde_json::Value = serde_json::from_str(body).unwrap();

        assert!(head.ends_with(&format!("Content-Length: {}", body.len())), "{head}");
        assert_eq!(product["sku"], "T-0000007");
    }
}
