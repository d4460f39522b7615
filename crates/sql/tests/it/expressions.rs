//! Expressions.

use vltava_sql::{DataType, IntervalUnit, StructField, parse_data_type, parse_expression};

use crate::show::expression;

fn check(cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        let parsed = parse_expression(text).unwrap_or_else(|e| panic!("{text}: {e}"));
        assert_eq!(expression(&parsed), *expected, "{text}");
    }
}

#[test]
fn operators_bind_as_in_spark() {
    check(&[
        ("1 + 2 * 3 - 4", "(- (+ 1 (* 2 3)) 4)"),
        ("-a * b", "(* (- a) b)"),
        ("a -1", "(- a 1)"),
        ("-1", "-1"),
        ("- -1", "(- -1)"),
        ("a div b % c", "(% (div a b) c)"),
        ("a || b + c", "(+ (concat a b) c)"),
        ("a & b | c ^ d", "(| (& a b) (^ c d))"),
        ("a << 1 >> 2 >>> 3", "(>>> (>> (<< a 1) 2) 3)"),
        ("a + 1 << 2", "(<< (+ a 1) 2)"),
        ("a < b = c", "(== (< a b) c)"),
        ("a != b", "(not (== a b))"),
        ("a <=> b", "(<=> a b)"),
        ("NOT a AND b OR c", "(or (and (not a) b) c)"),
        ("! a = b", "(not (== a b))"),
        ("a OR b OR c OR d", "(or (or a b) (or c d))"),
        ("~a", "(~ a)"),
    ]);
}

#[test]
fn predicates_follow_a_value() {
    check(&[
        ("a BETWEEN 1 AND 2 AND b", "(and (between a 1 2) b)"),
        ("a NOT IN (1, 2)", "(not (in a 1 2))"),
        ("a NOT LIKE 'x' ESCAPE '!'", r#"(not (like a "x" "!"))"#),
        ("a RLIKE 'x'", r#"(rlike a "x")"#),
        ("a ILIKE ANY ('x', 'y')", r#"(ilike Any a "x" "y")"#),
        ("a NOT LIKE ALL ('x')", r#"(not like All a "x")"#),
        ("a IS NOT NULL", "(isnotnull a)"),
        ("a IS TRUE", "(<=> a Boolean(true))"),
        ("a IS NOT DISTINCT FROM b", "(<=> a b)"),
        (
            "(a, b) IN (SELECT c, d FROM t)",
            "(in [a b] Project(c d, t))",
        ),
        ("NOT EXISTS (SELECT 1)", "(not (exists Project(1, OneRow)))"),
    ]);
}

#[test]
fn literals_have_the_types_of_spark() {
    check(&[
        ("2147483648", "Long(2147483648)"),
        ("-2147483648", "-2147483648"),
        ("9223372036854775808", "Decimal(\"9223372036854775808\")"),
        ("1Y", "Byte(1)"),
        ("-128Y", "Byte(-128)"),
        ("1S", "Short(1)"),
        ("1L", "Long(1)"),
        ("1.5F", "Float(1.5)"),
        ("1.5", "Decimal(\"1.5\")"),
        ("1.50BD", "Decimal(\"1.50\")"),
        ("1e3", "Double(1000.0)"),
        ("'a' 'b' \"c\"", r#""abc""#),
        (r"r'a\n'", r#""a\\n""#),
        ("X'1F2'", "Binary([1, 242])"),
        ("DATE '2024-01-01'", "Date(\"2024-01-01\")"),
        ("INTERVAL 1 DAY 2 HOURS", "Interval(1 Day, 2 Hour)"),
        ("INTERVAL -'1' DAY", "Interval(-1 Day)"),
        ("INTERVAL '1 day'", "IntervalText(\"1 day\")"),
        ("a + INTERVAL 1 MONTH - b", "(- (+ a Interval(1 Month)) b)"),
        ("interval + 1", "(+ interval 1)"),
        ("date", "date"),
        (":x + ? * ?", "(+ :x (* ?0 ?1))"),
    ]);
}

#[test]
fn functions_and_forms_with_a_grammar_of_their_own() {
    check(&[
        ("f()", "(f)"),
        ("a.b.f(DISTINCT x, y => 1)", "(a.b.f DISTINCT x y=>1)"),
        ("count(*) FILTER (WHERE x > 1)", "(count * filter[(> x 1)])"),
        (
            "first(x IGNORE NULLS) OVER w",
            "(first x IgnoreNulls over[w])",
        ),
        (
            "lag(x) IGNORE NULLS OVER (PARTITION BY a ORDER BY b DESC)",
            "(lag x IgnoreNulls over[by[a] order[b desc]])",
        ),
        (
            "sum(x) OVER (ORDER BY y ROWS BETWEEN 1 PRECEDING AND UNBOUNDED FOLLOWING)",
            "(sum x over[by[] order[y] Rows -1..UnboundedFollowing])",
        ),
        (
            "percentile_cont(0.5) WITHIN GROUP (ORDER BY x)",
            "(percentile_cont Decimal(\"0.5\") within[x])",
        ),
        ("CASE WHEN a THEN 1 ELSE 2 END", "(when a 1 2)"),
        (
            "CASE a WHEN 1 THEN 'x' WHEN 2 THEN 'y' END",
            r#"(when (== a 1) "x" (== a 2) "y")"#,
        ),
        ("CAST(a AS DECIMAL(10, 2))", "(cast a Decimal(10, 2))"),
        ("a::int + 1", "(+ (cast a Integer) 1)"),
        ("TRY_CAST('x' AS INT)", r#"(try_cast "x" Integer)"#),
        ("EXTRACT(HOUR FROM t.ts)", r#"(extract "HOUR" t.ts)"#),
        ("TRIM(BOTH 'x' FROM y)", r#"(trim Both "x" y)"#),
        ("TRIM(LEADING FROM y)", "(trim Leading - y)"),
        ("trim(y)", "(trim y)"),
        ("SUBSTRING(a FROM 2 FOR 3)", "(substring a 2 3)"),
        ("substr(a, 2)", "(substr a 2)"),
        ("POSITION('a' IN b)", r#"(locate "a" b)"#),
        ("OVERLAY(a PLACING b FROM 1)", "(overlay a b 1)"),
        ("TIMESTAMPADD(DAY, 1, t)", r#"(timestampadd "DAY" 1 t)"#),
        ("date_add(d, 1)", "(date_add d 1)"),
        ("STRUCT(1 AS a, b)", "(struct 1 AS a b)"),
        (
            "transform(a, x -> x + 1)",
            "(transform a (lambda [x] (+ x 1)))",
        ),
        (
            "aggregate(a, 0, (acc, x) -> acc + x)",
            "(aggregate a 0 (lambda [acc x] (+ acc x)))",
        ),
        ("a[0].b.c[1 + 1]", r#"a[0]["b"]["c"][(+ 1 1)]"#),
        ("(a).b", "a.b"),
        ("f(x).y", r#"(f x)["y"]"#),
        ("(1, 2)", "(struct 1 2)"),
        (
            "(SELECT max(x) FROM t) + 1",
            "(+ (scalar Project((max x), t)) 1)",
        ),
        ("((SELECT 1) + 2)", "(+ (scalar Project(1, OneRow)) 2)"),
        (
            "IDENTIFIER('f' || 'g')(1)",
            r#"(identifier((concat "f" "g")) 1)"#,
        ),
        ("left(a, 1) AS left", "(left a 1) AS left"),
        ("stack(2, 1, 2) AS (a, b)", "(stack 2 1 2) AS a,b"),
        ("t.* EXCEPT (a, b.c)", "t.* except a b.c"),
    ]);
}

#[test]
fn types() {
    let cases = [
        (
            "array<array<int>>",
            DataType::Array(Box::new(DataType::Array(Box::new(DataType::Integer)))),
        ),
        (
            "map<string, decimal(5)>",
            DataType::Map(
                Box::new(DataType::String),
                Box::new(DataType::Decimal(5, 0)),
            ),
        ),
        ("varchar(10)", DataType::Varchar(10)),
        (
            "interval day to second",
            DataType::DayTimeInterval(IntervalUnit::Day, IntervalUnit::Second),
        ),
        (
            "interval year",
            DataType::YearMonthInterval(IntervalUnit::Year, IntervalUnit::Year),
        ),
        ("struct<>", DataType::Struct(Vec::new())),
    ];
    for (text, expected) in cases {
        assert_eq!(parse_data_type(text), Ok(expected), "{text}");
    }
    let DataType::Struct(fields) =
        parse_data_type("STRUCT<a: INT NOT NULL COMMENT 'x', `b c` STRING>").unwrap()
    else {
        panic!("a struct")
    };
    let first = StructField {
        name: "a".to_owned(),
        data_type: DataType::Integer,
        nullable: false,
        comment: Some("x".to_owned()),
    };
    assert_eq!(fields[0], first);
    assert_eq!(fields[1].name, "b c");
}
