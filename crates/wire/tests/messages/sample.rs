//! Random messages as bytes, made from a seed and the schema, without the codec.

use crate::schema::{Field, Message};

/// A sequence of numbers that depends only on its seed (SplitMix64).
pub struct Numbers(pub u64);

impl Numbers {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }
}

/// The bytes of a random message of this kind.
pub fn bytes(message: &Message, version: i16, numbers: &mut Numbers) -> Vec<u8> {
    let flexible = message.is_flexible(version);
    let mut sample = Sample {
        out: Vec::new(),
        version,
        flexible,
        numbers,
    };
    sample.structure(&message.fields, false);
    sample.out
}

struct Sample<'a> {
    out: Vec<u8>,
    version: i16,
    flexible: bool,
    numbers: &'a mut Numbers,
}

impl Sample<'_> {
    /// With `full`, nothing is null, empty or zero, because a tagged field with its default value is
    /// not encoded.
    fn structure(&mut self, fields: &[Field], full: bool) {
        let version = self.version;
        let present = || {
            fields
                .iter()
                .filter(|field| field.versions.contains(&version))
        };
        for field in present().filter(|field| field.tag.is_none()) {
            self.field(field, full);
        }
        if !self.flexible {
            return;
        }
        let mut chosen: Vec<&Field> = Vec::new();
        for field in present().filter(|field| field.tag.is_some()) {
            if self.numbers.below(2) == 0 {
                chosen.push(field);
            }
        }
        self.varint(chosen.len());
        for field in chosen {
            let before = std::mem::take(&mut self.out);
            self.field(field, true);
            let body = std::mem::replace(&mut self.out, before);
            self.varint(field.tag.unwrap_or(0) as usize);
            self.varint(body.len());
            self.out.extend(body);
        }
    }

    fn field(&mut self, field: &Field, full: bool) {
        let nullable = field.is_nullable(self.version);
        if nullable && !full && self.numbers.below(4) == 0 {
            return self.null(&field.ty);
        }
        if let Some(element) = field.ty.strip_prefix("[]") {
            let count = self.numbers.below(3) as usize + usize::from(full);
            self.length(count, 4);
            for _ in 0..count {
                self.value(element, field, full);
            }
            return;
        }
        if field.ty == "struct" && nullable {
            self.out.push(1);
        }
        self.value(&field.ty, field, full);
    }

    fn value(&mut self, ty: &str, field: &Field, full: bool) {
        match ty {
            "bool" => {
                let bit = full || self.numbers.below(2) == 0;
                self.out.push(u8::from(bit));
            }
            "i8" => self.number(1, full),
            "i16" | "u16" => self.number(2, full),
            "i32" | "u32" => self.number(4, full),
            "i64" | "f64" => self.number(8, full),
            "uuid" => self.number(16, full),
            "string" => {
                let text: &[u8] =
                    [&b""[..], b"flights", "Zürich ✈".as_bytes()][self.numbers.below(3) as usize];
                let text = if full && text.is_empty() { b"x" } else { text };
                self.length(text.len(), 2);
                self.out.extend(text);
            }
            "bytes" | "records" => {
                let length = self.numbers.below(200) as usize + usize::from(full);
                self.length(length, 4);
                self.out.extend(std::iter::repeat_n(0xab, length));
            }
            "struct" => self.structure(&field.fields, full),
            other => panic!("the schema has a type {other} that this test does not know"),
        }
    }

    /// A number of `bytes` bytes: any number, or (with `full`) a small one that is not the default.
    fn number(&mut self, bytes: usize, full: bool) {
        for place in (0..bytes).rev() {
            let byte = if full { 0 } else { self.numbers.next() as u8 };
            self.out.push(if full && place == 0 {
                2 + self.numbers.below(50) as u8
            } else {
                byte
            });
        }
    }

    fn null(&mut self, ty: &str) {
        match ty {
            "struct" => self.out.push(0xff),
            _ if self.flexible => self.out.push(0),
            "string" => self.out.extend(i16::to_be_bytes(-1)),
            _ => self.out.extend(i32::to_be_bytes(-1)),
        }
    }

    fn length(&mut self, length: usize, plain_bytes: usize) {
        if self.flexible {
            self.varint(length + 1);
        } else {
            self.out
                .extend(&(length as u32).to_be_bytes()[4 - plain_bytes..]);
        }
    }

    fn varint(&mut self, mut value: usize) {
        while value > 0x7f {
            self.out.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.out.push(value as u8);
    }
}
