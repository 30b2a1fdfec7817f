//! Closed lists: values that have a name for people and a number in the database.

/// Declares an enum whose values have a name and a number. Numbers are stored and never used again
/// for something else.
///
/// ```
/// erp_values::closed_list! {
///     /// Size of a box.
///     Size {
///         Small = 1, "SMALL", "Fits a hand.";
///         Large = 2, "LARGE", "Does not.";
///     }
/// }
/// assert_eq!(Size::named("LARGE"), Some(Size::Large));
/// assert_eq!(Size::coded(1).map(Size::name), Some("SMALL"));
/// ```
#[macro_export]
macro_rules! closed_list {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $code:literal, $text:literal, $about:literal;)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name { $(#[doc = $about] $variant,)+ }

        impl $name {
            /// All of them, in the order of their numbers.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// Its name.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }

            /// Its number in the database.
            #[must_use]
            pub const fn code(self) -> i16 {
                match self { $(Self::$variant => $code,)+ }
            }

            /// The one with this name.
            #[must_use]
            pub fn named(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.name() == name)
            }

            /// The one with this number.
            #[must_use]
            pub fn coded(code: i16) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.code() == code)
            }
        }
    };
}
