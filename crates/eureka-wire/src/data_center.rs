//! Where an instance runs.

use crate::Metadata;

/// Kind of data center, as named on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DataCenterName {
    /// Netflix's own.
    Netflix,
    /// Amazon Web Services.
    Amazon,
    /// Anything else; what Spring clients send.
    MyOwn,
}

impl DataCenterName {
    /// Name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Netflix => "Netflix",
            Self::Amazon => "Amazon",
            Self::MyOwn => "MyOwn",
        }
    }

    /// Exactly one of the three names, or nothing (DM-21).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Netflix, Self::Amazon, Self::MyOwn].into_iter().find(|name| name.as_str() == text)
    }
}

/// Java class that stands for every data center but Amazon's.
pub const DEFAULT_CLASS: &str = "com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo";
/// Another name for [`DEFAULT_CLASS`]; read, never written.
pub const MY_CLASS: &str = "com.netflix.appinfo.MyDataCenterInfo";
/// Java class that stands for Amazon's data centers.
pub const AMAZON_CLASS: &str = "com.netflix.appinfo.AmazonInfo";

/// Amazon metadata key that holds the instance's own id.
pub const AMAZON_INSTANCE_ID: &str = "instance-id";

/// Amazon metadata that the compact form keeps (section 2.7).
pub const AMAZON_COMPACT_KEYS: [&str; 5] =
    [AMAZON_INSTANCE_ID, "public-ipv4", "public-hostname", "local-ipv4", "availability-zone"];

/// Data center of an instance (section 2.6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DataCenterInfo {
    /// Without metadata. The name is missing where a registration left it out, which the server
    /// refuses (EP-9).
    Plain(Option<DataCenterName>),
    /// Amazon's, with what the instance knows of itself.
    Amazon(Metadata),
}

impl DataCenterInfo {
    /// Name, if there is one.
    #[must_use]
    pub const fn name(&self) -> Option<DataCenterName> {
        match self {
            Self::Plain(name) => *name,
            Self::Amazon(_) => Some(DataCenterName::Amazon),
        }
    }

    /// Java class on the wire.
    #[must_use]
    pub const fn class(&self) -> &'static str {
        match self {
            Self::Plain(_) => DEFAULT_CLASS,
            Self::Amazon(_) => AMAZON_CLASS,
        }
    }

    /// Amazon metadata, if this is Amazon's.
    #[must_use]
    pub const fn amazon(&self) -> Option<&Metadata> {
        match self {
            Self::Plain(_) => None,
            Self::Amazon(metadata) => Some(metadata),
        }
    }
}
