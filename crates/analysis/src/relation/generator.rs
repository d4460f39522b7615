//! Generators: many rows for each row.

use datafusion_common::UnnestOptions;
use datafusion_expr::{Expr, LogicalPlanBuilder, lit, when};
use functions::{Kind, Typed};
use sql::{
    DataType, Expression, ExpressionKind, FunctionCall, ObjectName, Relation, RelationKind,
    StructField, TableAlias,
};

use crate::analyser::Analyser;
use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::expression::lookup;
use crate::planned::{Planned, all_columns, projection};
use crate::relation::table::rename;
use crate::scope::{Column, Scope};

/// A call of a generator.
#[derive(Debug)]
pub(crate) struct Generator {
    /// The rows of each row: an `ARRAY<STRUCT<..>>`.
    pub array: Typed,
    /// Whether a row without rows gives one of NULLs.
    pub is_outer: bool,
}

/// A generator that may name columns of the relations to its left.
pub(crate) struct LateralCall<'r> {
    generator: Generator,
    alias: Option<&'r TableAlias>,
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
            Some(function) if function.kind == Kind::Generator => function,
            // The name of a SQL function, `IDENTIFIER(..)`, or of nothing.
            Some(_) | None => return Ok(None),
        };
        let array = self.resolve_generator(function, call, expression, scope)?;
        Ok(Some(Generator {
            array,
            is_outer: function.name.ends_with("_outer"),
        }))
    }

    /// The generator that the right side of a lateral join is, if it is one.
    pub(crate) fn lateral_call<'r>(
        &self,
        right: &'r Relation,
        left: &Planned,
        environment: &Environment,
        outer: Option<&Scope<'_>>,
    ) -> Result<Option<LateralCall<'r>>> {
        let (function, alias) = match &right.kind {
            RelationKind::SubqueryAlias {
                input,
                alias: Some(alias),
            } => (input.as_ref(), Some(alias)),
            _ => (right, None),
        };
        let RelationKind::TableFunction {
            name: ObjectName::Parts(name),
            arguments,
        } = &function.kind
        else {
            return Ok(None);
        };
        let call = FunctionCall {
            arguments: arguments.clone(),
            ..FunctionCall::named(name.clone())
        };
        let call = Expression {
            kind: ExpressionKind::UnresolvedFunction(Box::new(call)),
            span: function.span,
        };
        if !lookup(name).is_some_and(|function| function.kind == Kind::Generator) {
            return Ok(None);
        }
        let scope = self.scope(left, environment, outer);
        let generator = self.generator(&call, &scope)?;
        Ok(generator.map(|generator| LateralCall { generator, alias }))
    }

    /// Each row with the rows that a generator makes of it.
    pub(crate) fn lateral_generator(
        &self,
        left: Planned,
        call: LateralCall<'_>,
    ) -> Result<Planned> {
        // As in Spark, `LEFT JOIN LATERAL explode(..)` keeps no row whose array is empty.
        let LateralCall { generator, alias } = call;
        let (mut planned, mut new) = self.generate(left, &generator.array, generator.is_outer)?;
        if let Some(alias) = alias {
            rename(&mut new, alias)?;
        }
        planned.columns.extend(new);
        Ok(planned)
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
        let plan = projection(unnested, exprs)?;
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
