//! What the planner complains of, under Spark's condition names.

use datafusion::common::{DataFusionError, SchemaError};

use crate::error::{Error, ErrorKind};

/// A planner's complaint as Spark's error.
pub(crate) fn planning_error(error: DataFusionError) -> Error {
    if let DataFusionError::SchemaError(schema_error, _) = error.find_root() {
        match schema_error.as_ref() {
            SchemaError::FieldNotFound {
                field,
                valid_fields,
            } => {
                let known: Vec<_> = valid_fields
                    .iter()
                    .map(|column| format!("`{}`", column.name))
                    .collect();
                return Error::with_condition(
                    ErrorKind::Analysis,
                    "UNRESOLVED_COLUMN.WITH_SUGGESTION",
                    format!(
                        "A column, variable, or function parameter with name `{}` cannot be \
                         resolved. Did you mean one of the following? [{}].",
                        field.name,
                        known.join(", ")
                    ),
                );
            }
            SchemaError::AmbiguousReference { field } => {
                return Error::analysis(
                    "AMBIGUOUS_REFERENCE",
                    format!("Reference `{}` is ambiguous.", field.name),
                );
            }
            _ => {}
        }
    }
    if let DataFusionError::Plan(message) = error.find_root() {
        let message = message.lines().next().unwrap_or_default();
        if let Some(name) = message.strip_prefix("Invalid function '") {
            let name = name.split('\'').next().unwrap_or_default();
            return Error::analysis(
                "UNRESOLVED_ROUTINE",
                format!("Cannot resolve routine `{name}` on search path [`system`.`builtin`]."),
            );
        }
        if message.contains("must be in GROUP BY or an aggregate function")
            || message.contains("must be part of GROUP BY clause")
        {
            return Error::analysis("MISSING_AGGREGATION", message);
        }
        return Error::new(ErrorKind::Analysis, message);
    }
    Error::from(error)
}
