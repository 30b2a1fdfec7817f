//! What a connection costs that is kept and says nothing.

use anyhow::{Result, ensure};

use super::servers::{self, Estate};
use super::table::{Cells, GatewayRow};
use crate::bench::options::Options;
use crate::bench::server::Server;
use crate::bench::table::size;
use crate::http;

/// Connections that are open at the same time.
const OPEN: usize = 4_000;
/// Bytes that one may cost.
const MOST: f64 = 12_000.0;

/// Resident memory per connection after one request on each.
pub(super) fn run(options: &Options, estate: &Estate) -> Result<Vec<GatewayRow>> {
    let mut cells = Cells::default();
    let mut ours = f64::NAN;
    for server in estate.servers(options, super::ROUTES)? {
        let bytes = cost(&server)?;
        cells.set(server.name, size(bytes));
        if server.name == servers::OURS {
            ours = bytes;
        }
    }
    let mut row = GatewayRow::new(format!("memory per idle connection, {OPEN} of them"), cells);
    row.target = format!("≤ {}", size(MOST));
    row.met = Some(ours <= MOST);
    Ok(vec![row])
}

fn cost(server: &Server) -> Result<f64> {
    let request = (super::line::SMALL.requests)(servers::prefixes(server, 1)).concat();
    let ask = |count: usize| -> Result<Vec<std::net::TcpStream>> {
        let mut streams = Vec::with_capacity(count);
        for _ in 0..count {
            let mut stream = http::connect(server.port, http::TIMEOUT)?;
            std::io::Write::write_all(&mut stream, &request)?;
            let answer = http::read_answer(&mut stream, "GET")?;
            ensure!(answer.status == 200, "{} answers {}", server.name, answer.status);
            streams.push(stream);
        }
        Ok(streams)
    };
    // What a server sets up once is not the price of a connection.
    drop(ask(64)?);
    let before = server.resident()?;
    let open = ask(OPEN)?;
    let after = server.resident()?;
    drop(open);
    Ok(after.saturating_sub(before) as f64 / OPEN as f64)
}
