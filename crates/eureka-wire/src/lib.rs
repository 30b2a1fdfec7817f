//! What travels between Eureka clients, servers and peers: the types and both codecs, bit for bit.
//!
//! Only this crate knows the accidents of the Java serialisers (`@class`, `$`, `@enabled`, numbers
//! that are texts); above it an instance is a plain value. Nothing here reads a clock, waits or
//! logs. Decoders are bounded in depth and size and never follow a name found in the data.

pub mod applications;
pub mod data_center;
pub mod document;
pub mod error;
pub mod hashcode;
pub mod instance;
pub mod json;
pub mod lease_info;
pub mod media;
pub mod metadata;
pub mod port;
pub mod replication;
pub mod status;
pub mod xml;

pub use applications::{Application, Applications};
pub use data_center::{DataCenterInfo, DataCenterName};
pub use document::Layout;
pub use error::DecodeError;
pub use hashcode::StatusCounts;
pub use instance::InstanceInfo;
pub use lease_info::LeaseInfo;
pub use media::{Detail, Format};
pub use metadata::Metadata;
pub use port::Port;
pub use replication::{ReplicationAction, ReplicationItem, ReplicationOutcome};
pub use status::{ActionType, InstanceStatus};
