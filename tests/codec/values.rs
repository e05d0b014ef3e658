//! Values of any type on the wire, without a list of its variants.
//!
//! A type describes itself to its deserializer: which variants its enums have, and how it reads
//! texts and lists. So a deserializer that draws random values makes every variant, and one that
//! records its calls finds the variants that never occur and the lengths that are trusted.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt::Debug;

use chatapp::protocol::limits::NAME_LEN_MAX;
use proptest::collection::vec;
use proptest::prelude::*;
use serde::de::value::Error;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error as _, IntoDeserializer,
    SeqAccess, VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;

/// The number of bytes that are drawn for a value; the rest is zeros.
const DRAWS: usize = 128;

/// Bounds of the characters of a text, of which the first that a type accepts is used.
const TEXT_BOUNDS: [usize; 5] = [32, 16, 8, 4, 2];

/// Makes any value of a type on the wire. Its texts are shorter if it refuses longer ones.
pub(crate) fn any_of<T: DeserializeOwned + Debug>() -> impl Strategy<Value = T> {
    vec(any::<u64>(), DRAWS).prop_map(|draws| {
        let read = |text_bound| {
            let mut source = Drawn { numbers: draws.iter().copied(), text_bound };
            let notes = Notes::default();
            T::deserialize(&mut Reader { source: &mut source, notes: &notes, place: ("", "") })
        };
        let value = TEXT_BOUNDS.into_iter().find_map(|text_bound| read(text_bound).ok());
        value.unwrap_or_else(|| read(1).unwrap())
    })
}

/// A variant of an enum, or a field: of which type, and its name.
type Place = (&'static str, &'static str);

/// What is recorded about types while their values are read.
#[derive(Default)]
pub(crate) struct Notes {
    /// The variants of all enums.
    variants: RefCell<BTreeSet<Place>>,
    /// The variants that occurred.
    occurred: RefCell<BTreeSet<Place>>,
    /// The places where memory is allocated by an unchecked length.
    trusting: RefCell<BTreeSet<Place>>,
}

impl Notes {
    /// Decodes a value independently of the codec, and records its calls.
    pub(crate) fn read<T: DeserializeOwned>(&self, bytes: &[u8]) -> T {
        let mut source = Encoded(bytes);
        let mut reader = Reader { source: &mut source, notes: self, place: ("", "") };
        let value = T::deserialize(&mut reader).unwrap();
        assert!(source.0.is_empty(), "{} bytes are left over", source.0.len());
        value
    }

    /// Returns the variants that have never occurred.
    pub(crate) fn missing(&self) -> Vec<String> {
        let (variants, occurred) = (self.variants.borrow(), self.occurred.borrow());
        variants.difference(&occurred).map(|(of, variant)| format!("{of}::{variant}")).collect()
    }

    /// Returns the texts and lists that trust an encoded length.
    pub(crate) fn trusting(&self) -> Vec<String> {
        self.trusting.borrow().iter().map(|(of, place)| format!("{of}: {place}")).collect()
    }
}

/// The source of values.
trait Source {
    /// Returns a number of this many bytes.
    fn number(&mut self, bytes: u32) -> u64;

    fn flag(&mut self) -> bool;

    /// Returns the position of a variant.
    fn variant(&mut self, variants: usize) -> usize;

    fn len(&mut self) -> usize;

    fn name(&mut self) -> Vec<u8>;

    fn text(&mut self) -> String;
}

/// Random numbers. The simplest value is made of zeros.
struct Drawn<I> {
    numbers: I,
    /// Texts have fewer characters than that.
    text_bound: usize,
}

impl<I: Iterator<Item = u64>> Drawn<I> {
    fn draw(&mut self) -> u64 {
        self.numbers.next().unwrap_or_default()
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.draw() % bound as u64).unwrap()
    }

    /// Returns any amount of numbers from one drawn number.
    fn characters(&mut self) -> impl Iterator<Item = u64> + use<I> {
        let seed = self.draw();
        (0..).map(move |index| seed.rotate_left(5 * index))
    }
}

impl<I: Iterator<Item = u64>> Source for Drawn<I> {
    /// Small numbers are as likely as large ones.
    fn number(&mut self, bytes: u32) -> u64 {
        let drawn = self.draw();
        (drawn >> (drawn % 64)) & (u64::MAX >> (64 - 8 * bytes))
    }

    fn flag(&mut self) -> bool {
        self.draw() % 2 == 1
    }

    fn variant(&mut self, variants: usize) -> usize {
        self.below(variants)
    }

    fn len(&mut self) -> usize {
        self.below(8)
    }

    fn name(&mut self) -> Vec<u8> {
        const ALLOWED: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
        let len = 1 + self.below(NAME_LEN_MAX);
        let at = |seed: u64| usize::try_from(seed % ALLOWED.len() as u64).unwrap();
        self.characters().take(len).map(|seed| ALLOWED[at(seed)]).collect()
    }

    fn text(&mut self) -> String {
        let len = self.below(self.text_bound);
        let character = |seed: u64| char::from_u32(u32::try_from(seed % 0x11_0000).unwrap());
        self.characters().take(len).filter_map(character).collect()
    }
}

/// Encoded bytes.
struct Encoded<'a>(&'a [u8]);

impl Encoded<'_> {
    fn take(&mut self, len: usize) -> &[u8] {
        let (taken, rest) = self.0.split_at(len);
        self.0 = rest;
        taken
    }

    fn little_endian(&mut self, bytes: usize) -> u64 {
        self.take(bytes).iter().rfold(0, |number, byte| number << 8 | u64::from(*byte))
    }
}

impl Source for Encoded<'_> {
    fn number(&mut self, bytes: u32) -> u64 {
        match self.little_endian(1) {
            251 if bytes > 1 => self.little_endian(2),
            252 if bytes > 1 => self.little_endian(4),
            253 if bytes > 1 => self.little_endian(8),
            number => number,
        }
    }

    fn flag(&mut self) -> bool {
        self.number(1) == 1
    }

    fn variant(&mut self, _variants: usize) -> usize {
        usize::try_from(self.number(4)).unwrap()
    }

    fn len(&mut self) -> usize {
        usize::try_from(self.number(8)).unwrap()
    }

    fn name(&mut self) -> Vec<u8> {
        let len = self.len();
        self.take(len).to_vec()
    }

    fn text(&mut self) -> String {
        String::from_utf8(self.name()).unwrap()
    }
}

struct Reader<'a, S> {
    source: &'a mut S,
    notes: &'a Notes,
    /// The type being read.
    place: Place,
}

impl<S> Reader<'_, S> {
    fn note_trust(&self) {
        self.notes.trusting.borrow_mut().insert(self.place);
    }
}

macro_rules! numbers {
    ($($method:ident: $bytes:literal,)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            visitor.visit_u64(self.source.number($bytes))
        }
    )*};
}

impl<'de, S: Source> Deserializer<'de> for &mut Reader<'_, S> {
    type Error = Error;

    fn is_human_readable(&self) -> bool {
        false
    }

    numbers! { deserialize_u8: 1, deserialize_u16: 2, deserialize_u32: 4, deserialize_u64: 8, }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_bool(self.source.flag())
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.source.flag() { visitor.visit_some(self) } else { visitor.visit_none() }
    }

    /// Only names are read as bytes.
    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_bytes(&self.source.name())
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_str(&self.source.text())
    }

    /// A type that asks for an owned text gets one of any length.
    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.note_trust();
        self.deserialize_str(visitor)
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.note_trust();
        self.deserialize_bytes(visitor)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let left = self.source.len();
        visitor.visit_seq(Items::list(self, left))
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_seq(Items::tuple(self, len))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_seq(Items::fields(self, name, fields))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let position = self.source.variant(variants.len());
        let variant = variants[position];
        self.place = (name, variant);
        self.notes.variants.borrow_mut().extend(variants.iter().map(|variant| (name, *variant)));
        self.notes.occurred.borrow_mut().insert(self.place);
        visitor.visit_enum(Variant { reader: self, position, name: variant })
    }

    fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, Error> {
        let (of, place) = self.place;
        Err(Error::custom(format!("{of}: {place}: a `Source` does not have such values yet")))
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i64 i128 u128 f32 f64 char unit unit_struct tuple_struct map identifier
        ignored_any
    }
}

/// The parts of a list, a tuple or a struct.
struct Items<'a, 'b, S> {
    reader: &'a mut Reader<'b, S>,
    /// Their type or variant.
    place: Place,
    /// Their names, if they have any.
    fields: &'static [&'static str],
    next: usize,
    len: usize,
    is_list: bool,
}

impl<'a, 'b, S> Items<'a, 'b, S> {
    fn tuple(reader: &'a mut Reader<'b, S>, len: usize) -> Self {
        Self { place: reader.place, reader, fields: &[], next: 0, len, is_list: false }
    }

    fn list(reader: &'a mut Reader<'b, S>, len: usize) -> Self {
        Self { is_list: true, ..Self::tuple(reader, len) }
    }

    fn fields(
        reader: &'a mut Reader<'b, S>,
        name: &'static str,
        fields: &'static [&'static str],
    ) -> Self {
        Self { place: (name, ""), fields, ..Self::tuple(reader, fields.len()) }
    }
}

impl<'de, S: Source> SeqAccess<'de> for Items<'_, '_, S> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Error> {
        if self.next == self.len {
            return Ok(None);
        }
        let (of, place) = self.place;
        self.reader.place = (of, self.fields.get(self.next).unwrap_or(&place));
        self.next += 1;
        seed.deserialize(&mut *self.reader).map(Some)
    }

    /// The type reserves memory for this many items.
    fn size_hint(&self) -> Option<usize> {
        if self.is_list {
            self.reader.notes.trusting.borrow_mut().insert(self.place);
        }
        None
    }
}

/// A variant of an enum.
struct Variant<'a, 'b, S> {
    reader: &'a mut Reader<'b, S>,
    position: usize,
    name: &'static str,
}

impl<'de, S: Source> EnumAccess<'de> for Variant<'_, '_, S> {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<(T::Value, Self), Error> {
        let variant: Result<_, Error> = seed.deserialize(self.position.into_deserializer());
        Ok((variant?, self))
    }
}

impl<'de, S: Source> VariantAccess<'de> for Variant<'_, '_, S> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Error> {
        seed.deserialize(self.reader)
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_seq(Items::tuple(self.reader, len))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_seq(Items::fields(self.reader, self.name, fields))
    }
}
