//! Partners: what they are and what may be done to them. Pure.

mod address;
mod business_no;
mod contact;
mod email;
mod entry;
mod partner;
mod roles;
mod status;
mod terms;

pub use address::{ADDRESSES_MAX, Address, AddressDraft, AddressKind};
pub use business_no::BusinessNo;
pub use contact::{CONTACTS_MAX, Contact, ContactDraft, Person};
pub use partner::{CODE_CHARS_MAX, Draft, PHONE_CHARS_MAX, Partner, Unchecked};
pub use roles::{Role, Roles};
pub use status::{Action, Refusal, Status};
pub use terms::{PaymentTerms, TermsType};
