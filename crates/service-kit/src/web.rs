//! What the HTTP interface of every business service has in common.
//!
//! A handler takes typed parts of a request and returns a value or a [`Problem`]; everything
//! around it (trace context, metrics, limits, the form of errors) is added by [`Layers`].

mod batch;
mod body;
mod caller;
mod cells;
mod csv;
mod export;
mod idempotency;
mod import;
mod layers;
mod link;
mod merge;
mod openapi;
mod page;
mod params;
mod precondition;
mod problem;
mod resource;
mod serve;
mod trace;
mod unhurried;

pub use batch::{Batch, batch_ids};
pub use body::{BODY_BYTES_MAX, Json, from_value, parse};
pub use caller::Caller;
pub use cells::{CellKind, Column, columns, members};
pub use csv::{CSV_BYTES_MAX, CSV_ROWS_MAX, CsvError, CsvFile, CsvRow, CsvRows, guarded, lines};
pub use export::{ExportRequest, exported};
pub use idempotency::{Fingerprint, IdempotencyKey};
pub use import::{
    CONCURRENT_WRITE, ImportMode, ImportOptions, ImportReport, Importable, Intake, Known, Outcome,
    Planned, Planner, import, receive_import,
};
pub use layers::Layers;
pub use link::linked;
pub use merge::merge_patch;
pub use openapi::{finished_document, openapi_routes};
pub use page::{Count, Cursor, Page, PageLimits, PageMetadata, PageRequest, SortKey, Total};
pub use params::{Params, invalid_parameter};
pub use precondition::{IfMatch, IfNoneMatch, Precondition, etag};
pub use problem::{FieldError, FieldErrorDocument, Problem, ProblemDocument};
pub use resource::{Id, Ids, created, micros, unchanged, versioned};
pub use serve::RouterHandler;
pub use trace::TraceContext;
pub use unhurried::Unhurried;
