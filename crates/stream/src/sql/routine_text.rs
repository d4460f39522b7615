//! What `DESCRIBE FUNCTION` shows of a SQL function.

use analysis::RoutineResult;
use sql::DataType;

use super::session_object::RoutineEntry;

/// The lines about a SQL function: a label in the first line of each part, values below each other.
pub(super) fn routine_lines(found: &RoutineEntry, is_extended: bool) -> Vec<String> {
    let routine = &found.routine;
    let (kind, returns) = match &routine.result {
        RoutineResult::Value(data_type) => ("SCALAR", vec![data_type.sql()]),
        RoutineResult::Table(columns) => {
            let columns = columns.iter().map(|column| {
                (
                    column.name.as_str(),
                    &column.data_type,
                    None,
                    &column.comment,
                )
            });
            ("TABLE", aligned(columns.collect(), is_extended))
        }
    };
    let input = routine.parameters.iter().map(|parameter| {
        (
            parameter.name.as_str(),
            &parameter.data_type,
            parameter.default.as_deref(),
            &parameter.comment,
        )
    });
    let mut input = aligned(input.collect(), is_extended);
    if input.is_empty() {
        input.push("()".to_owned());
    }
    let mut parts = vec![
        ("Function:", vec![routine.name.join(".")]),
        ("Type:", vec![kind.to_owned()]),
        ("Input:", input),
        ("Returns:", returns),
    ];
    if is_extended {
        parts.extend(
            found
                .comment
                .clone()
                .map(|comment| ("Comment:", vec![comment])),
        );
        parts.push(("Deterministic:", vec![found.is_deterministic.to_string()]));
        let access = match found.reads_data {
            true => "READS SQL DATA",
            false => "CONTAINS SQL",
        };
        parts.push(("Data Access:", vec![access.to_owned()]));
        let settings = found.configuration.iter();
        let settings = settings.map(|(name, value)| format!("{name}={value}"));
        parts.push(("Configs:", settings.collect()));
        parts.push(("Create Time:", vec![time_text(found.created_ms)]));
        parts.push(("Body:", vec![routine.body.clone()]));
    }
    let width = if is_extended { 15 } else { 10 };
    let mut lines = Vec::new();
    for (label, values) in parts {
        for (index, value) in values.iter().enumerate() {
            let label = if index == 0 { label } else { "" };
            lines.push(format!("{label:width$}{value}"));
        }
    }
    lines
}

/// Name, type, default and comment of parameters or columns, each kind below the other.
fn aligned(
    columns: Vec<(&str, &DataType, Option<&str>, &Option<String>)>,
    is_extended: bool,
) -> Vec<String> {
    let names = columns.iter().map(|(name, ..)| name.chars().count()).max();
    let types = columns
        .iter()
        .map(|(_, data_type, ..)| data_type.sql().len())
        .max();
    let (names, types) = (names.unwrap_or(0), types.unwrap_or(0));
    let lines = columns
        .into_iter()
        .map(|(name, data_type, default, comment)| {
            let mut line = format!("{name:names$} {:types$}", data_type.sql());
            if let (true, Some(default)) = (is_extended, default) {
                line.push_str(&format!(" DEFAULT {default}"));
            }
            if let (true, Some(comment)) = (is_extended, comment) {
                line.push_str(&format!(" '{comment}'"));
            }
            line
        });
    lines.collect()
}

/// A time as `DESCRIBE FUNCTION` shows it, in UTC.
fn time_text(ms: i64) -> String {
    chrono::DateTime::from_timestamp_millis(ms)
        .map(|time| time.format("%a %b %d %H:%M:%S UTC %Y").to_string())
        .unwrap_or_default()
}
