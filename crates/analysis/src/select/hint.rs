//! Hints: they change nothing here, but their arguments must be right (Spark: `ResolveHints`).

use sql::{Expression, ExpressionKind, Hint, Literal};

use crate::analyser::Analyser;
use crate::error::{Error, Result};
use crate::planned::Planned;
use crate::scope::Scope;

/// What a hint is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Subject {
    /// How the named relations are joined.
    Join,
    /// The number of partitions.
    Coalesce,
    /// Partitions: their number and the columns that they are made by.
    Partitions,
}

impl Subject {
    /// None for a hint that Spark does not know.
    fn of(hint: &Hint) -> Option<Subject> {
        match hint.name.to_ascii_uppercase().as_str() {
            "BROADCAST"
            | "BROADCASTJOIN"
            | "MAPJOIN"
            | "MERGE"
            | "MERGEJOIN"
            | "SHUFFLE_MERGE"
            | "SHUFFLE_HASH"
            | "SHUFFLE_REPLICATE_NL" => Some(Subject::Join),
            "COALESCE" => Some(Subject::Coalesce),
            "REPARTITION" | "REPARTITION_BY_RANGE" | "REBALANCE" => Some(Subject::Partitions),
            _ => None,
        }
    }
}

impl Analyser {
    /// Checks the arguments of hints as they are written. Warns of hints that are not known.
    ///
    /// # Errors
    /// `_LEGACY_ERROR_TEMP_1046` to `_1048`; a number of partitions that is not positive.
    pub(crate) fn check_hints(&self, hints: &[&Hint]) -> Result<()> {
        for hint in hints {
            match Subject::of(hint) {
                Some(Subject::Join) => {
                    for argument in &hint.arguments {
                        if name_of(argument).is_none() {
                            return Err(self.no_relation(argument));
                        }
                    }
                }
                Some(Subject::Coalesce) => match hint.arguments.as_slice() {
                    [number] => check_positive(number_of(number).ok_or_else(not_a_number)?)?,
                    _ => return Err(not_a_number()),
                },
                Some(Subject::Partitions) => {
                    let (number, columns) = parts(hint);
                    if let Some(wrong) = columns.iter().find(|it| name_of(it).is_none()) {
                        return Err(self.no_column(hint, wrong));
                    }
                    number.map_or(Ok(()), check_positive)?;
                }
                None => {
                    let arguments = hint.arguments.iter().map(|it| self.shown(it));
                    let arguments: Vec<String> = arguments.collect();
                    let shown = format!("{}({})", hint.name, arguments.join(", "));
                    self.catalog().warn(&format!("Unrecognized hint: {shown}"));
                }
            }
        }
        Ok(())
    }

    /// Warns of relations in hints about joins that are not in `input`.
    pub(crate) fn check_hinted_relations(&self, hints: &[&Hint], input: &Planned) {
        let names = self.environment().names;
        let is_of = |name: &[String], qualifier: &[String]| {
            let same = name.iter().rev().zip(qualifier.iter().rev());
            qualifier.len() >= name.len() && { same }.all(|(a, b)| names.same(a, b))
        };
        for hint in hints {
            if Subject::of(hint) != Some(Subject::Join) {
                continue;
            }
            for name in hint.arguments.iter().filter_map(name_of) {
                let mut columns = input.columns.iter().chain(&input.hidden);
                if !columns.any(|column| is_of(&name, &column.qualifier)) {
                    self.catalog().warn(&format!(
                        "Count not find relation '{}' specified in hint '{}'.",
                        name.join("."),
                        hint.name
                    ));
                }
            }
        }
    }

    /// Checks the columns of hints about partitions, over the columns of the result.
    ///
    /// # Errors
    /// Columns that are not there.
    pub(crate) fn check_hinted_columns(&self, hints: &[&Hint], scope: &Scope<'_>) -> Result<()> {
        for hint in hints {
            if Subject::of(hint) != Some(Subject::Partitions) {
                continue;
            }
            let (_, columns) = parts(hint);
            for column in columns {
                let parts = name_of(column).unwrap_or_default();
                let kind = ExpressionKind::UnresolvedAttribute {
                    parts,
                    plan_id: None,
                };
                let span = column.span;
                self.resolve(&Expression { kind, span }, scope)?;
            }
        }
        Ok(())
    }

    /// The text of an argument in a message.
    fn shown(&self, argument: &Expression) -> String {
        if let ExpressionKind::UnresolvedStar { .. } = &argument.kind {
            return "unresolvedstar()".to_owned();
        }
        if let ExpressionKind::Literal(literal) = &argument.kind
            && let Ok(typed) = self.literal(literal)
        {
            return typed.name;
        }
        let text = self.text.get(argument.span.start..argument.span.end);
        text.unwrap_or_default().to_owned()
    }

    fn no_relation(&self, argument: &Expression) -> Error {
        let class = match &argument.kind {
            ExpressionKind::Literal(_) => "expressions.Literal",
            ExpressionKind::UnresolvedStar { .. } => "analysis.UnresolvedStar",
            _ => "analysis.UnresolvedFunction",
        };
        Error::analysis(
            "_LEGACY_ERROR_TEMP_1046",
            format!(
                "Join strategy hint parameter should be an identifier or string but was \"{}\" (class \
                 org.apache.spark.sql.catalyst.{class}).",
                self.shown(argument)
            ),
        )
    }

    fn no_column(&self, hint: &Hint, argument: &Expression) -> Error {
        Error::analysis(
            "_LEGACY_ERROR_TEMP_1047",
            format!(
                "{} Hint parameters should include an optional integral partitionNum and/or columns, but \"{}\" can not be \
                 recognized as either partitionNum or columns.",
                hint.name.to_ascii_uppercase(),
                self.shown(argument)
            ),
        )
    }
}

/// The number of partitions of a hint, and its columns.
fn parts(hint: &Hint) -> (Option<i32>, &[Expression]) {
    match hint.arguments.split_first() {
        Some((first, rest)) if number_of(first).is_some() => (number_of(first), rest),
        _ => (None, &hint.arguments),
    }
}

fn number_of(argument: &Expression) -> Option<i32> {
    match &argument.kind {
        ExpressionKind::Literal(Literal::Integer(number)) => Some(*number),
        _ => None,
    }
}

/// The name that an argument is: an identifier, or the text of one.
fn name_of(argument: &Expression) -> Option<Vec<String>> {
    match &argument.kind {
        ExpressionKind::UnresolvedAttribute { parts, .. } => Some(parts.clone()),
        ExpressionKind::Literal(Literal::String(text)) => {
            Some(sql::parse_name(text).unwrap_or_else(|_| vec![text.clone()]))
        }
        _ => None,
    }
}

fn check_positive(number: i32) -> Result<()> {
    match number > 0 {
        true => Ok(()),
        // Spark has no condition for it: an `IllegalArgumentException`.
        false => Err(Error::analysis(
            "INTERNAL_ERROR",
            format!("requirement failed: Number of partitions ({number}) must be positive."),
        )),
    }
}

fn not_a_number() -> Error {
    Error::analysis(
        "_LEGACY_ERROR_TEMP_1048",
        "COALESCE Hint expects a partition number as a parameter.",
    )
}
