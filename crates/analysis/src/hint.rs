//! Hints: they change nothing, but what they name must be there.

use sql::{ExpressionKind, Hint, Literal};

use crate::analyser::Analyser;
use crate::error::{Error, Result};
use crate::scope::Scope;

impl Analyser {
    /// Checks the arguments of hints about partitions, over the columns of the result.
    ///
    /// # Errors
    /// Columns that are not there; a number that is none.
    pub(crate) fn check_hints<'h>(
        &self,
        hints: impl IntoIterator<Item = &'h Hint>,
        scope: &Scope<'_>,
    ) -> Result<()> {
        for hint in hints {
            let is_number = |kind: &ExpressionKind| {
                matches!(kind, ExpressionKind::Literal(Literal::Integer(_)))
            };
            match hint.name.to_ascii_uppercase().as_str() {
                "COALESCE" => match hint.arguments.as_slice() {
                    [number] if is_number(&number.kind) => {}
                    _ => return Err(not_a_number()),
                },
                "REPARTITION" | "REPARTITION_BY_RANGE" | "REBALANCE" => {
                    let columns = match hint.arguments.as_slice() {
                        [number, columns @ ..] if is_number(&number.kind) => columns,
                        columns => columns,
                    };
                    for column in columns {
                        if is_number(&column.kind) {
                            return Err(no_column(&hint.name));
                        }
                        self.resolve(column, scope)?;
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }
}

fn no_column(hint: &str) -> Error {
    Error::analysis(
        "_LEGACY_ERROR_TEMP_1047",
        format!(
            "{} Hint parameters should include an optional integral partitionNum and/or columns.",
            hint.to_ascii_uppercase()
        ),
    )
}

fn not_a_number() -> Error {
    Error::analysis(
        "_LEGACY_ERROR_TEMP_1048",
        "COALESCE Hint expects a partition number as a parameter.",
    )
}
