//! Timestamps in other time zones.

use arrow::array::ArrayRef;
use arrow::datatypes::TimestampMicrosecondType;
use datafusion_common::ScalarValue;
use format::time::Zone;
use sql::DataType;

use super::{Values, collect, text_at, texts, zone};
use crate::error::Result;
use crate::function::{Function, Group, Kernel};
use crate::typed::Typed;
use crate::types::{STRING, TIMESTAMP, TIMESTAMP_NTZ};
use crate::udf::Arguments;

pub(in crate::family) const FUNCTIONS: &[Function] = &[
    Function::scalar(
        "from_utc_timestamp",
        Group::Date,
        (2, 2),
        "from_utc_timestamp(timestamp, timezone) - Takes the timestamp as one in UTC and shows it in `timezone`.",
        |call| {
            call.accept(&[TIMESTAMP, STRING])?
                .invoke(DataType::Timestamp)
        },
        Kernel::Scalar(|arguments| shift(arguments, |zone, value| zone.to_local(value))),
    ),
    Function::scalar(
        "to_utc_timestamp",
        Group::Date,
        (2, 2),
        "to_utc_timestamp(timestamp, timezone) - Takes the timestamp as one in `timezone` and shows it in UTC.",
        |call| {
            call.accept(&[TIMESTAMP, STRING])?
                .invoke(DataType::Timestamp)
        },
        Kernel::Scalar(|arguments| shift(arguments, |zone, value| zone.to_instant(value))),
    ),
    Function::scalar(
        "convert_timezone",
        Group::Date,
        (2, 3),
        "convert_timezone([sourceTz, ]targetTz, sourceTs) - Converts a timestamp without zone from one zone to another.",
        |mut call| {
            if call.arguments.len() == 2 {
                let session = Typed::string(&call.settings.time_zone).named("current_timezone()");
                call.arguments.insert(0, session);
            }
            call.accept(&[STRING, STRING, TIMESTAMP_NTZ])?
                .invoke(DataType::TimestampNtz)
        },
        Kernel::Scalar(convert),
    ),
];

/// The zones of an argument: one for all rows if it is a constant.
struct Zones {
    constant: Option<Zone>,
    names: arrow::array::StringArray,
}

impl Zones {
    fn of(arguments: &Arguments<'_>, index: usize) -> Result<Zones> {
        let constant = match arguments.scalar(index) {
            Some(ScalarValue::Utf8(Some(name))) => Some(zone(name)?),
            _ => None,
        };
        let names = texts(arguments, index)?;
        Ok(Zones { constant, names })
    }

    fn get(&self, row: usize) -> Result<Option<Zone>> {
        match (self.constant, text_at(&self.names, row)) {
            (Some(constant), _) => Ok(Some(constant)),
            (None, Some(name)) => zone(name).map(Some),
            (None, None) => Ok(None),
        }
    }
}

fn shift(arguments: &Arguments<'_>, of: impl Fn(Zone, i64) -> i64) -> Result<ArrayRef> {
    let values = Values::<TimestampMicrosecondType>::of(arguments, 0)?;
    let zones = Zones::of(arguments, 1)?;
    collect::<TimestampMicrosecondType>(arguments, |row| {
        let Some(value) = values.get(row) else {
            return Ok(None);
        };
        Ok(zones.get(row)?.map(|zone| of(zone, value)))
    })
}

fn convert(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let (sources, targets) = (Zones::of(arguments, 0)?, Zones::of(arguments, 1)?);
    let values = Values::<TimestampMicrosecondType>::of(arguments, 2)?;
    collect::<TimestampMicrosecondType>(arguments, |row| {
        let Some(value) = values.get(row) else {
            return Ok(None);
        };
        let (source, target) = (sources.get(row)?, targets.get(row)?);
        Ok(source
            .zip(target)
            .map(|(source, target)| target.to_local(source.to_instant(value))))
    })
}
