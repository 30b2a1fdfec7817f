//! Calls a service by its name: `cargo run --example call -- [SERVER] [URL]`.

#![expect(clippy::print_stdout, reason = "it talks to whoever tries it")]

use eureka_client::Client;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let server = arguments.next().unwrap_or_else(|| "http://localhost:8761/eureka/".to_owned());
    let url = arguments.next().unwrap_or_else(|| "http://hello-service/".to_owned());

    let client = Client::builder().server(&server).fetch_only().build()?;
    let caller = async {
        client.until_fetched().await;
        for service in client.services() {
            println!("{service}: {:?}", client.instances(&service));
        }
        let called = call(&client, &url).await;
        client.shutdown().await?;
        called
    };
    let (ran, called) = tokio::join!(client.run(), caller);
    ran?;
    called
}

async fn call(client: &Client, url: &str) -> Result<(), Box<dyn std::error::Error>> {
    let answer = client.http().get(url).send().await?;
    println!("{} from {}", answer.status(), answer.url());
    println!("{}", answer.text().await?);
    Ok(())
}
