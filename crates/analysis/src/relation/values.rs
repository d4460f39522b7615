//! Rows that no table has: `VALUES`, `range(..)`, generators in `FROM`.

use datafusion_common::ScalarValue;
use datafusion_expr::{Expr, LogicalPlanBuilder};
use functions::coerce::widest_type;
use functions::{Kind, Typed, cast};
use sql::{ArgumentValue, DataType, Expression, ExpressionKind, Relation, TableAlias};

use crate::analyser::Analyser;
use crate::environment::Environment;
use crate::error::{Error, Result, not_supported, quoted_name};
use crate::expression::lookup;
use crate::planned::{Planned, all_columns, projection};
use crate::scope::{Column, Scope};

impl Analyser {
    /// `VALUES`: every column has the type that all its values fit in.
    pub(crate) fn values(
        &self,
        rows: &[Expression],
        environment: &Environment,
        outer: Option<&Scope<'_>>,
    ) -> Result<Planned> {
        let scope = Scope {
            outer,
            environment: environment.clone(),
            ..Scope::default()
        };
        let mut table: Vec<Vec<Typed>> = Vec::with_capacity(rows.len());
        for row in rows {
            let values = match &row.kind {
                // As in Spark, `struct(1, 2)` is a row too.
                ExpressionKind::UnresolvedFunction(call) if call.name == ["struct"] => {
                    let values = call.arguments.iter().map(|argument| match &argument.value {
                        ArgumentValue::Expression(value) => self.resolve(value, &scope),
                        ArgumentValue::Table { .. } => Err(not_supported("A table as an argument")),
                    });
                    values.collect::<Result<Vec<_>>>()?
                }
                _ => vec![self.resolve(row, &scope)?],
            };
            if table
                .first()
                .is_some_and(|first| first.len() != values.len())
            {
                let error = Error::analysis(
                    "INVALID_INLINE_TABLE.NUM_COLUMNS_MISMATCH",
                    format!(
                        "Invalid inline table. Inline table expected {} columns but found {} columns in row {}.",
                        table[0].len(),
                        values.len(),
                        table.len()
                    ),
                );
                return Err(error.at(Some(&self.place(row.span))));
            }
            if let Some(value) = values.iter().find(|value| value.expr.contains_outer()) {
                let error = Error::analysis(
                    "INVALID_INLINE_TABLE.CANNOT_EVALUATE_EXPRESSION_IN_INLINE_TABLE",
                    format!(
                        "Invalid inline table. Cannot evaluate the expression \"outer({})\" in inline table definition.",
                        value.name
                    ),
                );
                return Err(error.at(Some(&self.place(row.span))));
            }
            values.iter().try_for_each(check_value)?;
            table.push(values);
        }
        let width = table.first().map_or(0, Vec::len);
        let mut columns = Vec::with_capacity(width);
        for index in 0..width {
            let types = table.iter().map(|row| &row[index].data_type);
            let Some(common) = without_promotion(types, self.settings.ansi) else {
                return Err(Error::analysis(
                    "INVALID_INLINE_TABLE.INCOMPATIBLE_TYPES_IN_INLINE_TABLE",
                    format!(
                        "Invalid inline table. Found incompatible types in the column `col{}` for inline table.",
                        index + 1
                    ),
                ));
            };
            for row in &mut table {
                row[index] = cast(row[index].clone(), &common, &self.settings, None)?;
            }
            columns.push(Column {
                id: self.next_id(),
                origin: None,
                name: format!("col{}", index + 1),
                qualifier: Vec::new(),
                data_type: common,
                nullable: table.iter().any(|row| row[index].nullable),
            });
        }
        let exprs = table
            .into_iter()
            .map(|row| row.into_iter().map(|value| value.expr).collect());
        let plan = LogicalPlanBuilder::values(exprs.collect())?.build()?;
        let renamed = all_columns(&plan)
            .into_iter()
            .zip(&columns)
            .map(|(expr, column)| expr.alias(column.engine_name()));
        let plan = projection(plan, renamed)?;
        Ok(Planned::new(plan, columns))
    }

    /// `range(..)`, or a generator in `FROM`.
    pub(crate) fn table_function(
        &self,
        name: &[String],
        arguments: &[Expression],
        relation: &Relation,
        environment: &Environment,
        outer: Option<&Scope<'_>>,
    ) -> Result<Planned> {
        let scope = Scope {
            outer,
            environment: environment.clone(),
            ..Scope::default()
        };
        let one_row = Planned::new(LogicalPlanBuilder::empty(true).build()?, Vec::new());
        if let [name] = name
            && name.eq_ignore_ascii_case("range")
        {
            let mut bounds = Vec::new();
            for argument in arguments {
                let value = self.resolve(argument, &scope)?;
                bounds.push(cast(value, &DataType::Long, &self.settings, None)?);
            }
            let (start, end, step) = match bounds.as_slice() {
                [end] => (Typed::long(0), end.clone(), Typed::long(1)),
                [start, end] => (start.clone(), end.clone(), Typed::long(1)),
                [start, end, step] | [start, end, step, _] => {
                    (start.clone(), end.clone(), step.clone())
                }
                _ => {
                    return Err(Error::analysis(
                        "WRONG_NUM_ARGS.WITHOUT_SUGGESTION",
                        format!(
                            "The `range` requires [1, 2, 3, 4] parameters but the actual number is {}.",
                            arguments.len()
                        ),
                    ));
                }
            };
            let mut numbers = [0; 3];
            for (number, (bound, parameter)) in
                numbers
                    .iter_mut()
                    .zip([(start, "start"), (end, "end"), (step, "step")])
            {
                if !bound.is_foldable() {
                    return Err(Error::analysis(
                        "NON_FOLDABLE_ARGUMENT",
                        format!(
                            "The function `range` requires the parameter `{parameter}` to be a foldable expression of the type \
                             \"BIGINT\", but the actual argument is a non-foldable."
                        ),
                    ));
                }
                match crate::expression::fold(&bound)? {
                    ScalarValue::Int64(Some(value)) => *number = value,
                    _ => {
                        return Err(Error::analysis(
                            "UNEXPECTED_INPUT_TYPE",
                            "The parameters of the function `range` must not be NULL.",
                        ));
                    }
                }
            }
            let [start, end, step] = numbers;
            if step == 0 {
                return Err(Error::analysis(
                    "FAILED_FUNCTION_CALL",
                    "Failed preparing of the function `range` for call. Please, double check function's arguments.",
                ));
            }
            let plan = self.catalog().range(start, end, step)?;
            let values: Vec<Typed> = all_columns(&plan)
                .into_iter()
                .map(|expr| Typed::new(expr, DataType::Long, false, "id"))
                .collect();
            return self.project(plan, &values);
        }
        let function = lookup(name);
        if let Some(other) = function
            && other.kind != Kind::Generator
        {
            return Err(Error::analysis(
                "NOT_A_TABLE_FUNCTION",
                format!(
                    "`{}` appears as a table function here, but the function was defined as a scalar function. Please update the \
                     query to move the function call outside the FROM clause, or redefine `{}` as a table function instead.",
                    other.name, other.name
                ),
            ));
        }
        let Some(function) = function else {
            return Err(Error::analysis(
                "UNRESOLVABLE_TABLE_VALUED_FUNCTION",
                format!(
                    "Could not resolve {} to a table-valued function. Please make sure that {} is defined as a \
                     table-valued function and that all required parameters are provided correctly.",
                    quoted_name(name),
                    quoted_name(name)
                ),
            ));
        };
        let values = arguments
            .iter()
            .map(|argument| self.resolve(argument, &scope));
        let call = self.function(function.name, values.collect::<Result<_>>()?, relation.span)?;
        let (mut planned, new) =
            self.generate(one_row, &call, function.name.ends_with("_outer"))?;
        planned.columns = new;
        planned.visible()
    }
}

/// The type that all of these fit in; strings fit in no other type.
pub(crate) fn without_promotion<'t>(
    types: impl Iterator<Item = &'t DataType>,
    ansi: bool,
) -> Option<DataType> {
    let types: Vec<&DataType> = types
        .filter(|data_type| **data_type != DataType::Void)
        .collect();
    let is_string = |data_type: &&&DataType| ***data_type == DataType::String;
    let strings = types.iter().filter(is_string).count();
    match (types.len(), strings) {
        (0, _) => Some(DataType::Void),
        (all, strings) if strings > 0 && strings < all => None,
        _ => widest_type(types, ansi),
    }
}

/// That an alias of `VALUES` names all its columns, or none.
pub(crate) fn check_alias(planned: &Planned, alias: &TableAlias) -> Result<()> {
    let (given, needed) = (alias.columns.len(), planned.columns.len());
    match given == 0 || given == needed {
        true => Ok(()),
        false => Err(Error::analysis(
            "INVALID_INLINE_TABLE.NUM_COLUMNS_MISMATCH",
            format!(
                "Invalid inline table. Inline table expected {given} columns but found {needed} columns in row 0."
            ),
        )),
    }
}

/// Computes a value of `VALUES`, as Spark does when it analyses the query.
fn check_value(value: &Typed) -> Result<()> {
    if matches!(value.expr, Expr::Literal(..)) || value.expr.is_volatile() {
        return Ok(());
    }
    let Err(error) = functions::fold(&value.expr) else {
        return Ok(());
    };
    let name = &value.name;
    Err(match error.condition() {
        // It cannot be computed yet.
        "INTERNAL_ERROR" => return Ok(()),
        "USER_RAISED_EXCEPTION" => Error::analysis(
            "INVALID_INLINE_TABLE.CANNOT_EVALUATE_EXPRESSION_IN_INLINE_TABLE",
            format!(
                "Invalid inline table. Cannot evaluate the expression \"{name}\" in inline table definition."
            ),
        ),
        _ => Error::analysis(
            "INVALID_INLINE_TABLE.FAILED_SQL_EXPRESSION_EVALUATION",
            format!(
                "Invalid inline table. Failed to evaluate the SQL expression \"{name}\". Please check your syntax and ensure \
                 all required tables and columns are available."
            ),
        ),
    })
}
