//! WebSocket, server-sent events, gRPC and HTTP/2 with the clients and servers that people use, and a
//! page of another origin in a real browser.

#[path = "../dashboard_browser/browser.rs"]
#[expect(dead_code, reason = "shared with another suite, which needs more of it")]
mod browser;
mod cors_page;
mod h2spec;
mod npm;
mod python;
mod servers;
mod tunnels;
mod wss;
