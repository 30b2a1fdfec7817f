//! Configuration: the table of keys, and the settings made of them.

pub mod keys;
mod settings;

pub use settings::{OwnInstance, Settings, SettingsError};
