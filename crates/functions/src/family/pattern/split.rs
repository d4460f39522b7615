//! Texts split at a pattern.

use arrow::array::ArrayRef;
use sql::DataType;

use super::matcher::{Matcher, Patterns};
use super::regexp::lists;
use crate::error::Result;
use crate::family::text::{Ints, TextBuilder, Texts};
use crate::function::{Function, Group, Kernel};
use crate::typed::Typed;
use crate::types::{INT, STRING, array};
use crate::udf::Arguments;

pub(in crate::family) const FUNCTIONS: &[Function] = &[Function::scalar(
    "split",
    Group::String,
    (2, 3),
    "split(str, regex[, limit]) - Splits `str` at what `regex` matches, into at most `limit` parts if that is positive.",
    |mut call| {
        if call.arguments.len() == 2 {
            call.arguments.push(Typed::int(-1));
        }
        call.accept(&[STRING, STRING, INT])?
            .invoke(array(DataType::String))
    },
    Kernel::Scalar(split),
)];

fn split(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let (values, patterns) = (Texts::of(arguments, 0)?, Texts::of(arguments, 1)?);
    let limits = Ints::of(arguments, 2)?;
    let mut compiled = Patterns::new("split");
    lists(arguments, |row, out| {
        let (Some(value), Some(pattern), Some(limit)) =
            (values.get(row), patterns.get(row), limits.get(row))
        else {
            return Ok(None);
        };
        let limit = usize::try_from(limit).ok().filter(|limit| *limit > 0);
        let count = if pattern.is_empty() && !value.is_empty() {
            characters(value, limit, out)?
        } else {
            let mut matcher = Matcher::new(compiled.get(pattern)?);
            parts(value, &mut matcher, limit, out)?
        };
        Ok(Some(count))
    })
}

/// Each character; the last part is the rest.
fn characters(value: &str, limit: Option<usize>, out: &mut TextBuilder) -> Result<usize> {
    let mut count = 0;
    for (at, c) in value.char_indices() {
        count += 1;
        if Some(count) == limit {
            out.push(&value.as_bytes()[at..])?;
            break;
        }
        out.push(&value.as_bytes()[at..at + c.len_utf8()])?;
    }
    Ok(count)
}

/// The parts between the matches, as Java's `Pattern.split` gives them; empty parts at the end are kept.
fn parts(
    value: &str,
    matcher: &mut Matcher<'_>,
    limit: Option<usize>,
    out: &mut TextBuilder,
) -> Result<usize> {
    let bytes = value.as_bytes();
    let (mut count, mut begin) = (0, 0);
    while limit.is_none_or(|limit| count + 1 < limit) && matcher.find(value)? {
        let Some((start, end)) = matcher.span() else {
            break;
        };
        // No empty part before an empty match at the beginning.
        if begin == 0 && start == 0 && end == 0 {
            continue;
        }
        out.push(&bytes[begin..start])?;
        count += 1;
        begin = end;
    }
    out.push(&bytes[begin..])?;
    Ok(count + 1)
}
