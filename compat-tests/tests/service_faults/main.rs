//! Faults of databases, disks, processes and clients, met by the release binaries of the business
//! services on both engines.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests, where a panic is a failure"
)]

/// Makes a test of `$check` for each service on each engine.
macro_rules! on_each {
    ($($name:ident => $check:path;)*) => {
        $(mod $name {
            use compat_tests::service::{Engine, Kind};

            #[test]
            fn product_on_sqlite() {
                $check(Kind::Product, Engine::Sqlite);
            }

            #[test]
            fn product_on_postgresql() {
                $check(Kind::Product, Engine::Postgres);
            }

            #[test]
            fn partner_on_sqlite() {
                $check(Kind::Partner, Engine::Sqlite);
            }

            #[test]
            fn partner_on_postgresql() {
                $check(Kind::Partner, Engine::Postgres);
            }
        })*
    };
}

mod away;
mod crash;
mod full;
mod idle;
mod support;
mod together;

on_each! {
    killed_while_it_writes_it_loses_nothing => crate::crash::killed_while_it_writes;
    of_64_creates_with_one_code_one_succeeds => crate::together::one_code;
    of_two_writers_with_one_version_one_succeeds => crate::together::one_version;
    fifty_equal_posts_with_one_key_make_one_row => crate::together::one_key;
    five_instances_start_at_once_on_an_empty_database => crate::together::five_starts;
    a_schema_change_that_was_altered_refuses_the_start => crate::together::altered_schema_change;
    idle_and_slow_connections_cost_little => crate::idle::idle_and_slow;
}
