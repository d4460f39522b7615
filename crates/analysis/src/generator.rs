//! Generators: many rows for each row.

use datafusion_common::UnnestOptions;
use datafusion_expr::{Expr, LogicalPlanBuilder, lit, when};
use functions::{Kind, Typed};
use sql::{DataType, Expression, ExpressionKind, StructField};

use crate::analyser::Analyser;
use crate::error::{Error, Result};
use crate::expression::lookup;
use crate::planned::{Planned, all_columns};
use crate::scope::{Column, Scope};

/// A call of a generator.
#[derive(Debug)]
pub(crate) struct Generator {
    /// The rows of each row: an `ARRAY<STRUCT<..>>`.
    pub array: Typed,
    /// Whether a row without rows gives one of NULLs.
    pub is_outer: bool,
}

impl Analyser {
    /// The generator that an expression is, if it is one.
    pub(crate) fn generator(
        &self,
        expression: &Expression,
        scope: &Scope<'_>,
    ) -> Result<Option<Generator>> {
        let ExpressionKind::UnresolvedFunction(call) = &expression.kind else {
            return Ok(None);
        };
        let function = match lookup(&call.name) {
            Ok(function) if function.kind == Kind::Generator => function,
            Ok(_) => return Ok(None),
            Err(error) => return Err(error.at(Some(&self.place(expression.span)))),
        };
        let array = self.resolve_generator(function, call, expression, scope)?;
        Ok(Some(Generator {
            array,
            is_outer: function.name.ends_with("_outer"),
        }))
    }

    /// The columns that the fields of a generator's rows become.
    pub(crate) fn generated_columns(&self, array: &Typed, is_outer: bool) -> Result<Vec<Column>> {
        let columns = fields_of(array)?.iter().map(|field| Column {
            id: self.next_id(),
            origin: None,
            name: field.name.clone(),
            qualifier: Vec::new(),
            data_type: field.data_type.clone(),
            nullable: field.nullable || is_outer,
        });
        Ok(columns.collect())
    }

    /// The relation with the rows of `array`, whose elements' fields become the columns that are returned.
    pub(crate) fn generate(
        &self,
        input: Planned,
        array: &Typed,
        is_outer: bool,
    ) -> Result<(Planned, Vec<Column>)> {
        let columns = self.generated_columns(array, is_outer)?;
        let planned = self.generate_as(input, array, is_outer, &columns)?;
        Ok((planned, columns))
    }

    /// The relation with the rows of `array`, whose elements' fields become these columns.
    pub(crate) fn generate_as(
        &self,
        input: Planned,
        array: &Typed,
        is_outer: bool,
        columns: &[Column],
    ) -> Result<Planned> {
        let fields = fields_of(array)?;
        let mut rows = array.clone();
        if is_outer {
            // DataFusion keeps a row whose array is NULL, but not one whose array is empty.
            let size = self.call("size", vec![rows.clone()])?;
            let is_empty = size.expr.eq(lit(0_i32));
            let null = Typed::null(rows.data_type.clone());
            rows.expr = when(is_empty, null.expr).otherwise(rows.expr)?;
        }
        let (extended, column) = self.extend(input, &rows)?;
        let options = UnnestOptions::new().with_preserve_nulls(is_outer);
        let element = datafusion_common::Column::new_unqualified(column.engine_name());
        let unnested = LogicalPlanBuilder::from(extended.plan)
            .unnest_column_with_options(element.clone(), options)?
            .build()?;
        let row = Typed::new(
            Expr::Column(element.clone()),
            DataType::Struct(fields.to_vec()),
            true,
            "row",
        );
        let mut exprs = all_columns(&unnested);
        exprs.retain(|expr| !matches!(expr, Expr::Column(column) if *column == element));
        for (field, column) in fields.iter().zip(columns) {
            let value = self.call("__field", vec![row.clone(), Typed::string(&field.name)])?;
            exprs.push(value.expr.alias(column.engine_name()));
        }
        let plan = LogicalPlanBuilder::from(unnested).project(exprs)?.build()?;
        Ok(Planned {
            plan,
            columns: extended.columns,
            hidden: extended.hidden,
        })
    }
}

/// The fields of the rows of a generator.
fn fields_of(array: &Typed) -> Result<&[StructField]> {
    if let DataType::Array(element) = &array.data_type
        && let DataType::Struct(fields) = element.as_ref()
    {
        return Ok(fields);
    }
    Err(Error::internal("a generator gives no array of structs"))
}
