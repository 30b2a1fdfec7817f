//! The table about the gateway.

use super::servers::{HAPROXY, NGINX, OURS, SPRING};
use crate::bench::race::Spread;
use crate::bench::table::{ratio, verdict, write_row};

/// What each contender needed.
#[derive(Clone, Debug, Default)]
pub(super) struct Cells {
    ours: String,
    spring: String,
    nginx: String,
    haproxy: String,
}

impl Cells {
    pub(super) fn set(&mut self, server: &str, text: String) {
        match server {
            OURS => self.ours = text,
            SPRING => self.spring = text,
            NGINX => self.nginx = text,
            HAPROXY => self.haproxy = text,
            _ => {}
        }
    }
}

/// One line.
#[derive(Clone, Debug, Default)]
pub(super) struct GatewayRow {
    what: String,
    cells: Cells,
    to_nginx: String,
    pub(super) spring_to_ours: String,
    pub(super) target: String,
    pub(super) met: Option<bool>,
}

impl GatewayRow {
    pub(super) fn new(what: impl Into<String>, cells: Cells) -> Self {
        Self { what: what.into(), cells, ..Self::default() }
    }

    /// Ours over nginx, at most `most` if there is a target.
    pub(super) fn against_nginx(&mut self, spread: Spread, most: Option<f64>) {
        self.to_nginx = ratio(spread);
        if let Some(most) = most {
            self.target = format!("≤ {most} × nginx");
            // Two digits are shown; a third must not decide.
            self.met = Some((spread.median * 100.0).round() <= most * 100.0);
        }
    }
}

/// The rows as a Markdown table.
pub(super) fn markdown(rows: &[GatewayRow]) -> String {
    let mut text = String::from(
        "| what | ours | Spring Cloud Gateway | nginx | HAProxy | ours ÷ nginx | Spring ÷ ours | target | met |\n\
         |---|---|---|---|---|---|---|---|---|\n",
    );
    for row in rows {
        let Cells { ours, spring, nginx, haproxy } = &row.cells;
        let cells: [&str; 9] = [
            &row.what,
            ours,
            spring,
            nginx,
            haproxy,
            &row.to_nginx,
            &row.spring_to_ours,
            &row.target,
            verdict(row.met),
        ];
        write_row(&mut text, &cells);
    }
    text
}
