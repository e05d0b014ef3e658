//! Enums on the wire whose variants are named and numbered where they are defined.

/// Defines an enum that is encoded, and beside it the enum of its tags: the same variants without
/// their contents, each with the name of its kind.
///
/// An encoded value begins with the position of its variant, which is the number of its tag.
macro_rules! tagged {
    (
        $(#[$of_enum:meta])*
        pub enum $enum:ident: $tag:ident {
            $(
                $(#[$of_variant:meta])*
                $variant:ident $(($($tuple:tt)*))? $({$($fields:tt)*})? = $kind:literal,
            )*
        }
    ) => {
        $(#[$of_enum])*
        pub enum $enum {
            $($(#[$of_variant])* $variant $(($($tuple)*))? $({$($fields)*})?,)*
        }

        #[doc = concat!("Which variant a [`", stringify!($enum), "`] is.")]
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[repr(u32)]
        pub(crate) enum $tag {
            $(
                #[doc = concat!("Of [`", stringify!($enum), "::", stringify!($variant), "`].")]
                $variant,
            )*
        }

        impl $tag {
            /// All tags, in the order of their numbers.
            pub(crate) const ALL: &[Self] = &[$(Self::$variant,)*];

            /// Returns the name of the kind.
            pub(crate) const fn kind(self) -> &'static str {
                match self {
                    $(Self::$variant => $kind,)*
                }
            }

            /// Returns the tag of a number on the wire.
            pub(crate) fn numbered(number: u32) -> Option<Self> {
                Self::ALL.get(usize::try_from(number).ok()?).copied()
            }
        }
    };
}

pub(super) use tagged;
