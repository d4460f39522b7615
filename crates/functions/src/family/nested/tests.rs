//! Many rows give what each row alone gives, whatever the offsets, NULLs and slices of the columns are.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Float64Array, Int32Array, RecordBatch, RecordBatchOptions,
    StringArray, StructArray, make_array,
};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::compute::{concat, take};
use arrow::datatypes::{DataType as ArrowType, Field, Fields, Schema};
use datafusion_common::DFSchema;
use datafusion_expr::execution_props::ExecutionProps;
use datafusion_expr::expr::{Lambda, LambdaVariable};
use datafusion_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion_expr::{Expr, col, lit};
use sql::DataType;

use super::lists::list_of;
use crate::call::{Call, Lambdas};
use crate::error::Result;
use crate::function::find;
use crate::settings::Settings;
use crate::typed::Typed;
use crate::types::{array, field, to_arrow};

const ROWS: usize = 6;

/// Rows: elements with NULL, an empty list, NULL, NULL with elements below it, one element, duplicates.
fn lists(values: ArrayRef, element: &DataType) -> ArrayRef {
    let offsets = vec![0, 3, 3, 3, 5, 6, 10];
    let nulls = NullBuffer::from(vec![true, true, false, false, true, true]);
    list_of(
        values,
        offsets,
        Some(nulls),
        &to_arrow(&array(element.clone())),
    )
    .expect("lists")
}

/// The columns of the test; every one is a slice of a longer one.
fn columns() -> Vec<(&'static str, DataType, ArrayRef)> {
    use DataType as T;
    let ints: ArrayRef = Arc::new(Int32Array::from(vec![
        Some(3),
        None,
        Some(1),
        Some(9),
        Some(9),
        Some(2),
        Some(2),
        None,
        Some(2),
        Some(1),
    ]));
    let doubles: ArrayRef = Arc::new(Float64Array::from(vec![
        Some(-0.0),
        Some(f64::NAN),
        Some(1.5),
        Some(9.0),
        None,
        Some(0.0),
        Some(-0.0),
        Some(f64::NAN),
        Some(f64::NAN),
        Some(0.0),
    ]));
    let texts: ArrayRef = Arc::new(StringArray::from(vec![
        Some("b"),
        Some("é"),
        None,
        Some("x"),
        Some("y"),
        Some(""),
        Some("a"),
        Some("a"),
        None,
        Some("b"),
    ]));
    let fields = vec![field("a", T::Integer, true), field("b", T::String, true)];
    let pair = T::Struct(fields.clone());
    let structs = StructArray::try_new(
        crate::types::to_fields(&fields),
        vec![Arc::clone(&ints), Arc::clone(&texts)],
        Some(NullBuffer::from(vec![
            true, true, false, true, true, true, true, true, true, true,
        ])),
    );
    let structs: ArrayRef = Arc::new(structs.expect("structs"));
    let of_lists = lists(Arc::clone(&ints), &T::Integer);
    let nested = list_of(
        of_lists,
        vec![0, 2, 2, 3, 4, 5, 6],
        Some(NullBuffer::from(vec![true, true, true, false, true, true])),
        &to_arrow(&array(array(T::Integer))),
    );
    let keys: ArrayRef = Arc::new(Int32Array::from(vec![1, 2, 3, 4, 5, 1, 1, 2, 3, 4]));
    let map_type = T::Map(Box::new(T::Integer), Box::new(T::String));
    let map_arrow = to_arrow(&map_type);
    let entries = super::lists::entries(keys, Arc::clone(&texts), &map_arrow).expect("entries");
    let maps = list_of(
        entries,
        vec![0, 3, 3, 3, 5, 6, 10],
        Some(NullBuffer::from(vec![true, true, false, false, true, true])),
        &map_arrow,
    );
    let int = vec![Some(1), Some(2), None, Some(3), Some(2), Some(-1)];
    let text = vec![Some("b"), None, Some("a"), Some(""), Some(""), Some("a")];
    let all = vec![
        ("ints", array(T::Integer), lists(ints, &T::Integer)),
        ("doubles", array(T::Double), lists(doubles, &T::Double)),
        ("texts", array(T::String), lists(texts, &T::String)),
        ("structs", array(pair.clone()), lists(structs, &pair)),
        ("nested", array(array(T::Integer)), nested.expect("nested")),
        ("maps", map_type, maps.expect("maps")),
        (
            "int",
            T::Integer,
            Arc::new(Int32Array::from(int)) as ArrayRef,
        ),
        (
            "text",
            T::String,
            Arc::new(StringArray::from(text)) as ArrayRef,
        ),
    ];
    let sliced = |array: ArrayRef| {
        let padded = concat(&[&*array.slice(4, 2), &*array]).expect("one type");
        padded.slice(2, ROWS)
    };
    all.into_iter()
        .map(|(name, data_type, array)| (name, data_type, sliced(array)))
        .collect()
}

/// A lambda of the test: makes its body of its parameters.
type Body = fn(&[Typed]) -> Typed;

struct TestLambdas(Vec<(usize, usize, Body)>);

impl Lambdas for TestLambdas {
    fn arity(&self, index: usize) -> Option<usize> {
        self.0
            .iter()
            .find(|(at, ..)| *at == index)
            .map(|(_, arity, _)| *arity)
    }

    fn resolve(&mut self, index: usize, parameters: &[(DataType, bool)]) -> Result<Typed> {
        let body = self
            .0
            .iter()
            .find(|(at, ..)| *at == index)
            .expect("a lambda")
            .2;
        let names: Vec<String> = (0..parameters.len())
            .map(|at| format!("p{index}_{at}"))
            .collect();
        let variables = names
            .iter()
            .zip(parameters)
            .map(|(name, (data_type, nullable))| {
                let field = Arc::new(Field::new(name, to_arrow(data_type), *nullable));
                let variable = LambdaVariable::new(name.clone(), Some(field));
                Typed::new(
                    Expr::LambdaVariable(variable),
                    data_type.clone(),
                    *nullable,
                    name,
                )
            });
        let body = body(&variables.collect::<Vec<_>>());
        let expr = Expr::Lambda(Lambda::new(names, body.expr));
        Ok(Typed::new(expr, body.data_type, body.nullable, "lambda"))
    }
}

fn call(name: &str, arguments: Vec<Typed>, lambdas: Vec<(usize, usize, Body)>) -> Typed {
    let settings = Arc::new(Settings::default());
    let mut lambdas = TestLambdas(lambdas);
    let function = find(name).unwrap_or_else(|| panic!("{name} is there"));
    Call::new(function, arguments, &settings, None, &mut lambdas)
        .resolve()
        .unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn evaluate(expr: &Expr, batch: &RecordBatch) -> Result<ArrayRef> {
    let schema = DFSchema::try_from(batch.schema().as_ref().clone())?;
    let physical = datafusion_physical_expr::create_physical_expr(
        expr,
        &schema,
        &ExecutionProps::new(),
        &PhysicalPlanningContext::default(),
    )?;
    Ok(physical.evaluate(batch)?.into_array(batch.num_rows())?)
}

/// All rows at once, in another order and one by one.
fn check(what: &str, typed: &Typed) {
    let columns = columns();
    let fields = columns
        .iter()
        .map(|(name, data_type, _)| Field::new(*name, to_arrow(data_type), true));
    let schema = Arc::new(Schema::new(fields.collect::<Fields>()));
    let arrays = columns.into_iter().map(|(_, _, array)| array).collect();
    let options = RecordBatchOptions::new().with_row_count(Some(ROWS));
    let batch = RecordBatch::try_new_with_options(schema, arrays, &options).expect("a batch");
    let all = evaluate(&typed.expr, &batch).unwrap_or_else(|error| panic!("{what}: {error}"));
    assert_eq!(all.data_type(), &to_arrow(&typed.data_type), "{what}");
    all.to_data()
        .validate_full()
        .unwrap_or_else(|error| panic!("{what}: {error}"));
    for row in 0..ROWS {
        let one = evaluate(&typed.expr, &batch.slice(row, 1)).expect("one row");
        let expected = all.slice(row, 1);
        assert_eq!(text(&one), text(&expected), "{what}, row {row}");
    }
    let order = Int32Array::from(vec![5, 4, 4, 0, 1, 2, 3]);
    let other = arrow::compute::take_record_batch(&batch, &order).expect("rows");
    let other = evaluate(&typed.expr, &other).expect("rows in another order");
    let expected = take(&all, &order, None).expect("rows");
    assert_eq!(text(&other), text(&expected), "{what}, in another order");
}

fn text(array: &ArrayRef) -> String {
    let options = arrow::util::display::FormatOptions::default().with_null("NULL");
    let formatter = arrow::util::display::ArrayFormatter::try_new(array, &options);
    let formatter = formatter.expect("a text for each value");
    let texts: Vec<String> = (0..array.len())
        .map(|at| formatter.value(at).to_string())
        .collect();
    texts.join("; ")
}

fn column(name: &str) -> Typed {
    let data_type = columns()
        .into_iter()
        .find(|(known, ..)| *known == name)
        .expect(name)
        .1;
    Typed::new(col(name), data_type, true, name)
}

fn int(value: i32) -> Typed {
    Typed::int(value)
}

#[test]
fn every_row_is_computed_alone() {
    let c = column;
    let mut calls: Vec<(&str, Vec<Typed>)> = vec![
        ("array", vec![c("int"), int(7), c("int")]),
        ("array_repeat", vec![c("text"), c("int")]),
        (
            "array_join",
            vec![c("texts"), Typed::string("-"), c("text")],
        ),
        ("flatten", vec![c("nested")]),
        ("arrays_zip", vec![c("ints"), c("texts"), c("nested")]),
        ("map_keys", vec![c("maps")]),
        ("map_values", vec![c("maps")]),
        ("map_entries", vec![c("maps")]),
        ("map_contains_key", vec![c("maps"), c("int")]),
        ("map_concat", vec![c("maps")]),
        ("element_at", vec![c("maps"), c("int")]),
        ("size", vec![c("maps")]),
        ("struct", vec![c("ints"), c("text"), int(1)]),
        ("map", vec![c("text").named("t"), c("int")]),
        ("posexplode", vec![c("maps")]),
        ("inline", vec![c("structs")]),
        ("stack", vec![int(2), c("int"), c("text"), int(4)]),
        ("sequence", vec![int(0), c("int")]),
        ("__array_field", vec![c("structs"), Typed::string("b")]),
        ("array_contains", vec![c("ints"), c("int")]),
        ("array_position", vec![c("texts"), c("text")]),
        ("array_remove", vec![c("ints"), c("int")]),
        ("array_append", vec![c("texts"), c("text")]),
        ("array_prepend", vec![c("ints"), c("int")]),
        ("array_insert", vec![c("ints"), c("int"), c("int")]),
    ];
    // A key that is NULL is an error.
    calls.retain(|(name, _)| *name != "map");
    for list in ["ints", "doubles", "texts", "structs", "nested"] {
        calls.extend([
            ("array_distinct", vec![c(list)]),
            ("array_union", vec![c(list), c(list)]),
            ("array_intersect", vec![c(list), c(list)]),
            ("array_except", vec![c(list), c(list)]),
            ("arrays_overlap", vec![c(list), c(list)]),
            ("array_compact", vec![c(list)]),
            ("__array_reverse", vec![c(list)]),
            ("__array_concat", vec![c(list), c(list)]),
            ("__array_sort", vec![c(list)]),
            ("sort_array", vec![c(list), Typed::boolean(false)]),
            ("sort_array", vec![c(list)]),
            ("array_max", vec![c(list)]),
            ("array_min", vec![c(list)]),
            ("slice", vec![c(list), int(-2), int(1)]),
            ("get", vec![c(list), c("int")]),
            ("try_element_at", vec![c(list), c("int")]),
            ("size", vec![c(list)]),
            ("array_size", vec![c(list)]),
            ("explode", vec![c(list)]),
            ("posexplode", vec![c(list)]),
        ]);
    }
    for (name, arguments) in calls {
        let what: Vec<&str> = arguments
            .iter()
            .map(|argument| argument.name.as_str())
            .collect();
        let what = format!("{name}({})", what.join(", "));
        check(&what, &call(name, arguments, Vec::new()));
    }
}

fn boolean(expr: Expr) -> Typed {
    Typed::new(expr, DataType::Boolean, true, "")
}

fn integer(expr: Expr) -> Typed {
    Typed::new(expr, DataType::Integer, true, "")
}

#[test]
fn lambdas_see_the_elements_and_the_row() {
    let c = column;
    type LambdaCall<'a> = (&'a str, Vec<Typed>, Vec<(usize, usize, Body)>);
    let calls: Vec<LambdaCall<'_>> = vec![
        (
            "transform",
            vec![c("ints"), int(0)],
            vec![(1, 1, |p| integer(p[0].expr.clone() + col("int")))],
        ),
        (
            "transform",
            vec![c("texts"), int(0)],
            vec![(1, 2, |p| p[1].clone())],
        ),
        (
            "filter",
            vec![c("ints"), int(0)],
            vec![(1, 1, |p| boolean(p[0].expr.clone().gt(col("int"))))],
        ),
        (
            "exists",
            vec![c("ints"), int(0)],
            vec![(1, 1, |p| boolean(p[0].expr.clone().gt(lit(1))))],
        ),
        (
            "forall",
            vec![c("ints"), int(0)],
            vec![(1, 1, |p| boolean(p[0].expr.clone().lt_eq(lit(2))))],
        ),
        (
            "aggregate",
            vec![c("ints"), c("int"), int(0)],
            vec![(2, 2, |p| {
                integer(p[0].expr.clone() * lit(3) + p[1].expr.clone())
            })],
        ),
        (
            "aggregate",
            vec![c("nested"), int(0), int(0), int(0)],
            vec![
                (2, 2, |p| integer(p[0].expr.clone() + col("int"))),
                (3, 1, |p| integer(p[0].expr.clone() + lit(100))),
            ],
        ),
        (
            "zip_with",
            vec![c("ints"), c("texts"), int(0)],
            vec![(2, 2, |p| p[1].clone())],
        ),
        (
            "array_sort",
            vec![c("doubles"), int(0)],
            vec![(1, 2, |_| integer(lit(1)))],
        ),
        (
            "array_sort",
            vec![c("texts"), int(0)],
            vec![(1, 2, |_| integer(lit(-1)))],
        ),
        (
            "map_filter",
            vec![c("maps"), int(0)],
            vec![(1, 2, |p| boolean(p[0].expr.clone().gt(col("int"))))],
        ),
        (
            "transform_keys",
            vec![c("maps"), int(0)],
            vec![(1, 2, |p| integer(p[0].expr.clone() + lit(10)))],
        ),
        (
            "transform_values",
            vec![c("maps"), int(0)],
            vec![(1, 2, |p| integer(p[0].expr.clone() + col("int")))],
        ),
        (
            "map_zip_with",
            vec![c("maps"), c("maps"), int(0)],
            vec![(2, 3, |p| p[2].clone())],
        ),
    ];
    for (name, arguments, lambdas) in calls {
        let what = format!("{name}({})", arguments[0].name);
        check(&what, &call(name, arguments, lambdas));
    }
}

/// A comparison of the sizes of texts is no total order of the texts: equal ones keep their places.
#[test]
fn array_sort_keeps_the_order_of_equal_elements() {
    let typed = call(
        "array_sort",
        vec![column("ints"), int(0)],
        vec![(1, 2, |_| integer(lit(0)))],
    );
    let columns = columns();
    let (_, data_type, ints) = &columns[0];
    let schema = Schema::new(vec![Field::new("ints", to_arrow(data_type), true)]);
    let batch = RecordBatch::try_new(Arc::new(schema), vec![Arc::clone(ints)]).expect("a batch");
    let sorted = evaluate(&typed.expr, &batch).expect("sorted");
    assert_eq!(text(&sorted), text(ints));
}

/// The kernels of lists trust the offsets of a column to be within its values.
#[test]
fn slices_of_the_test_begin_behind_the_first_value() {
    for (name, _, array) in columns() {
        if let ArrowType::List(_) = array.data_type() {
            let offsets: &OffsetBuffer<i32> = array.as_list::<i32>().offsets();
            assert!(offsets[0] > 0, "{name}");
            assert_eq!(make_array(array.to_data()).len(), ROWS);
        }
    }
}
