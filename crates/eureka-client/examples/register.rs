//! Registers an instance until Ctrl-C: `cargo run --example register -- [SERVER] [NAME] [PORT]`.

#![expect(clippy::print_stdout, reason = "it talks to whoever tries it")]

use eureka_client::{Client, Instance};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let server = arguments.next().unwrap_or_else(|| "http://localhost:8761/eureka/".to_owned());
    let name = arguments.next().unwrap_or_else(|| "hello-service".to_owned());
    let port = arguments.next().map_or(Ok(8080), |text| text.parse())?;

    let instance = Instance::new(&name, "localhost", "127.0.0.1", port).metadata("team", "hello");
    let client = Client::builder().server(&server).instance(instance).build()?;

    let service = async {
        // Here a real service would be listening by now.
        client.ready();
        client.until_registered().await;
        println!("{name} is registered at {server}; Ctrl-C unregisters it");
        tokio::signal::ctrl_c().await?;
        client.shutdown().await?;
        println!("{name} is gone");
        Ok::<(), Box<dyn std::error::Error>>(())
    };
    let (ran, served) = tokio::join!(client.run(), service);
    ran?;
    served
}
