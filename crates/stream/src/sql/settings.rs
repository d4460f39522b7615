//! `SET`, `SET TIME ZONE` and `RESET`.

use datafusion::common::ScalarValue;
use sql::{Expression, ExpressionKind, Literal};

use super::answer::{rows, strings};
use super::run::SqlResult;
use crate::conf_key::{self, KEYS};
use crate::error::{Error, Result};
use crate::session::Session;

const TIME_ZONE: &str = "spark.sql.session.timeZone";

/// The zone of an interval has at most this many seconds (Spark: 18 hours).
const ZONE_SECONDS_MAX: i64 = 18 * 3600;

/// `SET key = value`, `SET key`, `SET` and `SET -v`.
///
/// # Errors
/// `INVALID_CONF_VALUE`.
pub(super) fn set(
    session: &Session,
    name: Option<String>,
    value: Option<String>,
) -> Result<SqlResult> {
    let conf = session.conf();
    let shown: Vec<(String, String)> = match (name, value) {
        (Some(name), Some(value)) => {
            conf_key::check(&name, &value)?;
            conf.set(&name, &value);
            vec![(name, value)]
        }
        (Some(name), None) if name == "-v" => return all_settings(session),
        (Some(name), None) => {
            let value = conf.get(&name);
            let value = value.unwrap_or_else(|| "<undefined>".to_owned());
            vec![(name, value)]
        }
        (None, _) => conf.all().into_iter().collect(),
    };
    let (names, values): (Vec<_>, Vec<_>) = shown.into_iter().unzip();
    rows(
        session,
        &[("key", strings(names)), ("value", strings(values))],
    )
}

/// `SET -v`: the settings that have an effect.
fn all_settings(session: &Session) -> Result<SqlResult> {
    let value = |name: &str| session.conf().get(name).unwrap_or_default();
    rows(
        session,
        &[
            ("key", strings(KEYS.iter().map(|key| key.name.to_owned()))),
            ("value", strings(KEYS.iter().map(|key| value(key.name)))),
            (
                "meaning",
                strings(KEYS.iter().map(|key| key.meaning.to_owned())),
            ),
            (
                "Since version",
                strings(KEYS.iter().map(|key| key.since.to_owned())),
            ),
        ],
    )
}

/// `RESET key` and `RESET`: values as they were when the session began.
pub(super) fn reset(session: &Session, name: Option<&str>) {
    let (conf, before) = (session.conf(), session.first_conf());
    match name {
        None => conf.reset(before),
        Some(name) => match before.all().get(name) {
            Some(value) => conf.set(name, value),
            None => conf.unset(name),
        },
    }
}

/// `SET TIME ZONE`, with a name, an interval, or none for `LOCAL`.
///
/// # Errors
/// `INVALID_CONF_VALUE.TIME_ZONE`, `INVALID_INTERVAL_FORMAT.TIMEZONE_INTERVAL_OUT_OF_RANGE`.
pub(super) fn set_time_zone(
    session: &Session,
    text: &str,
    zone: Option<Expression>,
) -> Result<SqlResult> {
    let zone = match zone {
        // The session knows no other zone of the machine.
        None => "UTC".to_owned(),
        Some(Expression {
            kind: ExpressionKind::Literal(Literal::String(name)),
            ..
        }) => name,
        Some(interval) => offset(session, text, &interval)?,
    };
    set(session, Some(TIME_ZONE.to_owned()), Some(zone))
}

/// The offset that an interval is: `+02:00`.
fn offset(session: &Session, text: &str, interval: &Expression) -> Result<String> {
    let typed = session.analyser(text).constant(interval)?;
    let micros = match functions::fold(&typed.expr)? {
        ScalarValue::DurationMicrosecond(Some(micros)) => Some(micros),
        _ => None,
    };
    let seconds = micros.filter(|micros| micros % 1_000_000 == 0);
    let seconds = seconds.map(|micros| micros / 1_000_000);
    let Some(seconds) = seconds.filter(|seconds| seconds.abs() <= ZONE_SECONDS_MAX) else {
        return Err(Error::analysis(
            "INVALID_INTERVAL_FORMAT.TIMEZONE_INTERVAL_OUT_OF_RANGE",
            format!(
                "Error parsing '{}' to interval. Please ensure that the value provided is in a valid format for defining an \
                 interval. You can reference the documentation for the correct format. The interval value must be in the \
                 range of [-18, +18] hours with second precision.",
                interval.span.of(text)
            ),
        ));
    };
    let sign = if seconds < 0 { '-' } else { '+' };
    let (hours, rest) = (seconds.abs() / 3600, seconds.abs() % 3600);
    let mut offset = format!("{sign}{hours:02}:{:02}", rest / 60);
    if rest % 60 != 0 {
        offset.push_str(&format!(":{:02}", rest % 60));
    }
    Ok(offset)
}
