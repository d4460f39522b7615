//! `row_hashes` against what `SELECT hash(…)` answers in Spark 4.3.0.

use std::sync::Arc;

use arrow::array::*;
use arrow::datatypes::{DataType, Field, Fields, Int32Type};
use vltava_state::{row_hashes, row_partitions};

/// 2013-01-01T05:15:00Z in microseconds.
const DEPARTURE: i64 = 1_357_017_300_000_000;
const FIVE: i64 = 1_357_016_400_000_000;
const SIX: i64 = 1_357_020_000_000_000;

fn one(array: impl Array + 'static) -> Vec<ArrayRef> {
    vec![Arc::new(array)]
}

fn text(s: &str) -> ArrayRef {
    Arc::new(StringArray::from(vec![s]))
}

fn decimal(unscaled: i128, precision: u8, scale: i8) -> Vec<ArrayRef> {
    one(Decimal128Array::from(vec![unscaled])
        .with_precision_and_scale(precision, scale)
        .unwrap())
}

fn structure(fields: Vec<(&str, ArrayRef)>) -> ArrayRef {
    let types: Fields = fields
        .iter()
        .map(|(name, a)| Field::new(*name, a.data_type().clone(), true))
        .collect();
    Arc::new(StructArray::new(
        types,
        fields.into_iter().map(|(_, a)| a).collect(),
        None,
    ))
}

fn window() -> ArrayRef {
    let instant = |at| Arc::new(TimestampMicrosecondArray::from(vec![at]).with_timezone("UTC"));
    structure(vec![("start", instant(FIVE)), ("end", instant(SIX))])
}

#[test]
fn hashes_are_sparks() {
    let null_text: ArrayRef = new_null_array(&DataType::Utf8, 1);
    let number = |n: i32| -> ArrayRef { Arc::new(Int32Array::from(vec![n])) };
    let null_number: ArrayRef = new_null_array(&DataType::Int32, 1);
    let list = |items: Vec<Option<i32>>| {
        one(ListArray::from_iter_primitive::<Int32Type, _, _>([Some(
            items,
        )]))
    };
    let vectors: Vec<(&str, Vec<ArrayRef>, i32)> = vec![
        ("null", vec![null_number.clone()], 42),
        ("true", one(BooleanArray::from(vec![true])), -559580957),
        ("false", one(BooleanArray::from(vec![false])), 933211791),
        ("1Y", one(Int8Array::from(vec![1])), -559580957),
        ("-1Y", one(Int8Array::from(vec![-1])), -1604776387),
        ("300S", one(Int16Array::from(vec![300])), -2133297984),
        ("0", vec![number(0)], 933211791),
        ("-1", vec![number(-1)], -1604776387),
        ("2147483647", vec![number(i32::MAX)], 133916647),
        ("42L", one(Int64Array::from(vec![42])), 1316951768),
        ("-1L", one(Int64Array::from(vec![-1])), -939490007),
        (
            "9223372036854775807L",
            one(Int64Array::from(vec![i64::MAX])),
            -1604625029,
        ),
        ("-0.0F", one(Float32Array::from(vec![-0.0])), 933211791),
        ("1.5F", one(Float32Array::from(vec![1.5])), -221251528),
        (
            "NaN F",
            one(Float32Array::from(vec![-f32::NAN])),
            -349261430,
        ),
        ("-0.0D", one(Float64Array::from(vec![-0.0])), -1670924195),
        ("1.5D", one(Float64Array::from(vec![1.5])), 1290763749),
        (
            "NaN D",
            one(Float64Array::from(vec![-f64::NAN])),
            -1281358385,
        ),
        (
            "Infinity",
            one(Float64Array::from(vec![f64::INFINITY])),
            833680482,
        ),
        ("''", vec![text("")], 142593372),
        ("'a'", vec![text("a")], 1485273170),
        ("'ab'", vec![text("ab")], -97053317),
        ("'abc'", vec![text("abc")], 1322437556),
        ("'abcd'", vec![text("abcd")], -396302900),
        ("'abcde'", vec![text("abcde")], 814637928),
        // Tail bytes above 0x7f are sign-extended.
        ("Czech", vec![text("Příliš žluťoučký kůň")], 764752402),
        (
            "view",
            one(StringViewArray::from(vec!["N14228"])),
            1853464548,
        ),
        (
            "X'00FF80'",
            one(BinaryArray::from(vec![&[0u8, 0xff, 0x80][..]])),
            -2052482636,
        ),
        ("1.23", decimal(123, 10, 2), -46242105),
        ("-1.23", decimal(-123, 10, 2), 1993430267),
        (
            "wide decimal",
            decimal(1_234_567_890_123_456_789_012, 38, 2),
            -2030013727,
        ),
        (
            "wide negative",
            decimal(-1_234_567_890_123_456_789_012, 38, 2),
            333635401,
        ),
        ("wide 0", decimal(0, 38, 2), -783713497),
        ("wide 255", decimal(255, 38, 0), 1246198977),
        ("wide 128", decimal(128, 20, 0), -544401882),
        ("wide -128", decimal(-128, 20, 0), 775851899),
        ("date", one(Date32Array::from(vec![15706])), -1477305664),
        (
            "timestamp_ntz",
            one(TimestampMicrosecondArray::from(vec![DEPARTURE])),
            -1188171685,
        ),
        (
            "interval 1 day",
            one(DurationMicrosecondArray::from(vec![86_400_000_000])),
            892267096,
        ),
        (
            "interval 3 month",
            one(IntervalYearMonthArray::from(vec![3])),
            -1823081949,
        ),
        (
            "struct",
            vec![structure(vec![("a", number(1)), ("b", text("x"))])],
            -1305545736,
        ),
        (
            "struct null",
            vec![structure(vec![("a", null_number), ("b", text("x"))])],
            -80340190,
        ),
        ("window", vec![window()], 411959529),
        ("array", list(vec![Some(1), Some(2), Some(3)]), -912918097),
        ("array null", list(vec![Some(1), None, Some(3)]), 1066699649),
        ("array()", list(vec![]), 42),
        ("null, 1", vec![null_text.clone(), number(1)], -559580957),
        ("1, null", vec![number(1), null_text], -559580957),
        (
            "'EWR', 'UA', 7L",
            vec![text("EWR"), text("UA"), Arc::new(Int64Array::from(vec![7]))],
            -264179860,
        ),
        (
            "window, 'EWR', 'UA'",
            vec![window(), text("EWR"), text("UA")],
            -246244822,
        ),
    ];
    for (what, columns, expected) in vectors {
        assert_eq!(row_hashes(&columns).unwrap(), [expected], "hash({what})");
    }
}

#[test]
fn partitions_are_sparks() {
    assert_eq!(
        row_partitions(&[text("EWR"), text("UA")], 200).unwrap(),
        [138]
    );
    assert_eq!(row_partitions(&[text("a")], 7).unwrap(), [3]);
}

#[test]
fn a_slice_hashes_as_its_rows() {
    let words = StringArray::from(vec![Some("a"), None, Some("abc"), Some("abcd")]);
    let hashes = row_hashes(&one(words.slice(1, 3))).unwrap();
    assert_eq!(hashes, [42, 1322437556, -396302900]);
}
