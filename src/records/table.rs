//! What is made of the table of records (`record.rs`): for each program an enum of its records, an
//! enum of their keys, and the kinds of both.
//!
//! A record has two forms. On disk it is the number of its kind and its fields, which
//! [`encode`](super::ServerRecord::encode) and [`decode`](super::ServerRecord::decode) write and
//! read. In lines of JSON, which are what `serde` derives, it has names instead of numbers.

use crate::protocol::codec::DecodeError;
use crate::protocol::sabotage::Bug;

/// One row of the table of records.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Kind {
    /// The name of the variant.
    pub name: &'static str,
    /// The first byte of an encoded record. No two kinds share one, of whichever program.
    pub number: u8,
    /// The first byte of an encoded key. No two kinds share one, of whichever program.
    pub key: u8,
    /// A phrase for people that names several records of this kind.
    pub words: &'static str,
    /// The bug that keeps records of this kind from being stored.
    pub lost_by: Option<Bug>,
}

/// Why bytes are not a record of a program.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The first byte is not the number of a kind: it is a record of a newer version or of the
    /// other program, or none at all.
    #[error("the kind of the record is unknown")]
    UnknownKind,
    /// The fields do not belong to a record of that kind.
    #[error(transparent)]
    Fields(#[from] DecodeError),
}

/// Makes the records and the keys of one program.
///
/// A row holds, besides the variant and its fields: after `is`, the number of the kind; after
/// `key`, the first byte of its keys and the parts that follow, each of which is the field of that
/// name unless an expression of fields says what it is; the words for people; and after `lost by`,
/// the bug that keeps such records from being stored, if there is one.
///
/// Numbers and first bytes must not change within a version of the format. Rows are in the order of
/// the first bytes of their keys, and a new one takes free numbers; a test checks both.
macro_rules! records {
    (@part $part:ident) => { *$part };
    (@part $part:ident = $value:expr) => { $value };
    (@bug) => { None };
    (@bug $bug:path) => { Some($bug) };
    (@kind $Variant:ident $number:literal $byte:literal $words:literal $($bug:path)?) => {
        $crate::records::Kind {
            name: stringify!($Variant),
            number: $number,
            key: $byte,
            words: $words,
            lost_by: records!(@bug $($bug)?),
        }
    };
    (
        $(#[$doc:meta])*
        pub enum $Record:ident or $Ref:ident with $Key:ident {$(
            $(#[$variant_doc:meta])*
            $Variant:ident
                $({ $($(#[$field_doc:meta])* $field:ident: $type:ty,)+ })?
                $(($inner:ident: $inner_type:ty))?
                is $number:literal,
                key $byte:literal $(($($part:ident: $part_type:ty $(= $value:expr)?),+))?,
                $words:literal
                $(, lost by $bug:path)?;
        )+}
    ) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
        pub enum $Record {$(
            $(#[$variant_doc])*
            $Variant $({ $($(#[$field_doc])* $field: $type,)+ })? $(($inner_type))?,
        )+}

        impl $Record {
            /// All kinds, in the order of their keys.
            pub const KINDS: &[$crate::records::Kind] =
                &[$(records!(@kind $Variant $number $byte $words $($bug)?),)+];

            /// Returns the kind of the record.
            pub fn kind(&self) -> &'static $crate::records::Kind {
                $Ref::from(self).kind()
            }

            /// Returns the record's key.
            pub fn key(&self) -> $Key {
                $Ref::from(self).key()
            }

            /// Encodes the record; its key is encoded separately.
            pub fn encode(&self) -> Box<[u8]> {
                $Ref::from(self).encode()
            }

            /// Makes the change that stores this record, in place of what has the same key.
            pub fn put(&self) -> machine::Change {
                $Ref::from(self).put()
            }

            /// Decodes a record.
            ///
            /// # Errors
            ///
            /// The bytes are not a record of this program in this version of the format.
            pub fn decode(bytes: &[u8]) -> Result<Self, $crate::records::RecordError> {
                match bytes.split_first() {
                    $(Some(($number, fields)) => {
                        let ($($($field,)+)? $($inner,)?) =
                            $crate::protocol::codec::decode_kept(fields)?;
                        Ok(Self::$Variant $({ $($field),+ })? $(($inner))?)
                    })+
                    Some(_) | None => Err($crate::records::RecordError::UnknownKind),
                }
            }
        }

        #[doc = concat!("A [`", stringify!($Record), "`] of borrowed parts, which stores them without a copy.")]
        #[derive(Clone, Copy, Debug)]
        pub enum $Ref<'a> {$(
            $(#[$variant_doc])*
            $Variant $({ $($(#[$field_doc])* $field: &'a $type,)+ })? $((&'a $inner_type))?,
        )+}

        impl<'a> From<&'a $Record> for $Ref<'a> {
            fn from(record: &'a $Record) -> Self {
                match record {$(
                    $Record::$Variant $({ $($field),+ })? $(($inner))? =>
                        Self::$Variant $({ $($field),+ })? $(($inner))?,
                )+}
            }
        }

        impl $Ref<'_> {
            /// Returns the kind of the record.
            pub const fn kind(self) -> &'static $crate::records::Kind {
                match self {$(
                    Self::$Variant { .. } =>
                        &records!(@kind $Variant $number $byte $words $($bug)?),
                )+}
            }

            /// Returns the record's key.
            #[expect(unused_variables, reason = "a key is made of some of the fields")]
            pub const fn key(self) -> $Key {
                match self {$(
                    Self::$Variant $({ $($field),+ })? $(($inner))? =>
                        $Key::$Variant $(($(records!(@part $part $(= $value)?)),+))?,
                )+}
            }

            /// Encodes the record; its key is encoded separately.
            pub fn encode(self) -> Box<[u8]> {
                match self {$(
                    Self::$Variant $({ $($field),+ })? $(($inner))? => {
                        let number: u8 = $number;
                        $crate::protocol::codec::encode_record(
                            &(number $($(, $field)+)? $(, $inner)?),
                        )
                    }
                )+}
            }

            /// Makes the change that stores this record, in place of what has the same key.
            #[inline]
            pub fn put(self) -> machine::Change {
                machine::Change::put(self.key().encode(), self.encode())
            }
        }

        #[doc = concat!("Names a [`", stringify!($Record), "`].")]
        ///
        /// Keys have an order, in which a program that starts gets its records: what comes first
        /// does not depend on what comes later.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum $Key {$(
            #[doc = concat!("Of [`", stringify!($Record), "::", stringify!($Variant), "`].")]
            $Variant $(($($part_type),+))?,
        )+}

        impl $Key {
            /// Encodes the key. The bytes have the order of the keys.
            pub fn encode(&self) -> Vec<u8> {
                use $crate::records::key::Part;

                match *self {$(
                    Self::$Variant $(($($part),+))? => {
                        // Exactly as much as is needed: keys are kept as they are.
                        let mut bytes = Vec::with_capacity(1 $($(+ Part::len(&$part))+)?);
                        bytes.extend_from_slice(&[$byte]);
                        $($(Part::write($part, &mut bytes);)+)?
                        bytes
                    }
                )+}
            }

            /// Returns the first byte of the encoded key.
            pub const fn first_byte(&self) -> u8 {
                match self {
                    $(Self::$Variant { .. } => $byte,)+
                }
            }

            /// Decodes a key; `None` if the bytes are not one.
            pub fn decode(bytes: &[u8]) -> Option<Self> {
                let (first_byte, mut rest) = bytes.split_first()?;
                let key = match *first_byte {
                    $($byte => Self::$Variant
                        $(($(<$part_type as $crate::records::key::Part>::read(&mut rest)?),+))?,)+
                    _ => return None,
                };
                rest.is_empty().then_some(key)
            }

            /// Makes the change that removes the record of this key.
            pub fn remove(&self) -> machine::Change {
                machine::Change::remove(self.encode())
            }
        }
    };
}

pub(super) use records;
