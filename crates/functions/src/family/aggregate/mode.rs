//! `mode`: the most frequent value.

use arrow::array::{ArrayRef, Int64Array, UInt32Array};
use arrow::buffer::OffsetBuffer;
use arrow::compute::take;
use datafusion_common::ScalarValue;

use super::percentile::no_distinct;
use crate::aggregate::{Codes, Counted, Encoder, Spec};
use crate::call::{AggregateParts, Call};
use crate::error::{Error, Result};
use crate::function::{Function, Kernel};
use crate::typed::Typed;

pub(super) const FUNCTIONS: &[Function] = &[Function::aggregate(
    "mode",
    (0, 2),
    "mode(col[, deterministic]) - Returns the value that is there most often.",
    mode,
    Kernel::Aggregate(|spec| Counted::boxed(spec, most_frequent)),
)];

fn mode(mut call: Call<'_>) -> Result<Typed> {
    no_distinct(&call)?;
    let mut orders = Vec::new();
    let name = match (call.clauses.within_group.as_slice(), call.arguments.len()) {
        ([key], 0) => {
            orders.push((!key.is_ascending, key.nulls_first));
            // Spark shows the order in which it looks for the value, which is the other one.
            let shown = if key.is_ascending { " DESC" } else { "" };
            let name = format!("mode() WITHIN GROUP (ORDER BY {}{shown})", key.key.name);
            call.arguments = vec![call.clauses.within_group[0].key.clone()];
            name
        }
        ([], 1) => call.text(),
        ([], 2) => {
            let is_deterministic = call.constant(1)? == ScalarValue::from(true);
            call.arguments.truncate(1);
            if is_deterministic {
                orders.push((false, true));
                format!(
                    "mode() WITHIN GROUP (ORDER BY {} DESC)",
                    call.arguments[0].name
                )
            } else {
                call.text()
            }
        }
        ([], _) => return Err(call.wrong_number()),
        _ => {
            return Err(Error::analysis(
                "INVALID_WITHIN_GROUP_EXPRESSION.WRONG_NUM_ORDERINGS",
                "Invalid function `mode` with WITHIN GROUP. The function requires 1 orderings in WITHIN GROUP.",
            ));
        }
    };
    let result = call.type_of(0).clone();
    let parts = AggregateParts {
        orders,
        ..AggregateParts::default()
    };
    call.aggregate_of(parts, result, true, name)
}

/// The most frequent value of each group. Of several the smallest or the largest if that is asked for, else the first
/// in Spark's hash table.
fn most_frequent(
    spec: &Spec,
    values: &ArrayRef,
    counts: &Int64Array,
    offsets: &OffsetBuffer<i32>,
) -> Result<ArrayRef> {
    let keys = Encoder::keys(&[spec.argument(0)])?.encode(std::slice::from_ref(values))?;
    let codes = match spec.orders.is_empty() {
        true => Codes::of(values),
        false => None,
    };
    let wants_largest = spec
        .orders
        .first()
        .is_some_and(|(is_largest, _)| *is_largest);
    let rows = offsets.windows(2).map(|group| {
        let mut distinct: Vec<usize> = (group[0] as usize..group[1] as usize).collect();
        let most = distinct.iter().map(|row| counts.value(*row)).max()?;
        match &codes {
            Some(codes) => codes.sort_as_map(&mut distinct),
            None => distinct.sort_by(|a, b| keys.row(*a).cmp(&keys.row(*b))),
        }
        let mut candidates = distinct
            .into_iter()
            .filter(|row| counts.value(*row) == most);
        let chosen = match wants_largest {
            true => candidates.next_back(),
            false => candidates.next(),
        };
        chosen.map(|row| row as u32)
    });
    let rows: UInt32Array = rows.collect();
    Ok(take(values, &rows, None)?)
}
