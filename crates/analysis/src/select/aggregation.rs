//! `GROUP BY`: keys, aggregates, and expressions over both.

use std::cell::RefCell;
use std::collections::HashSet;
use std::sync::Arc;

use arrow::datatypes::DataType as ArrowType;
use datafusion_common::Column as EngineColumn;
use datafusion_common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion_expr::expr::GroupingSet;
use datafusion_expr::{
    Aggregate, Expr, LogicalPlan, LogicalPlanBuilder, LogicalPlanBuilderOptions, Subquery, cast,
    lit,
};
use functions::{ScalarFunction, Typed};
use sql::DataType;

use crate::analyser::Analyser;
use crate::error::{Error, Result};
use crate::expression::canonical::canonical;
use crate::expression::has_window;
use crate::planned::{Planned, all_columns, id_of, projection};
use crate::scope::{Column, engine_name};
use crate::select::lateral::{check_aggregate, is_lateral};
use crate::subquery::decorrelate::replace_outer;

/// The sets of keys, by the indices of the keys; none for a plain `GROUP BY`.
pub(crate) type KeySets = Option<Vec<Vec<usize>>>;

/// The keys and the aggregates of a query block.
pub(crate) struct Aggregation<'a> {
    analyser: &'a Analyser,
    /// The keys over the input, with their columns.
    keys: Vec<(Typed, Column)>,
    /// The keys in the form in which expressions are compared.
    canonical_keys: Vec<Expr>,
    sets: KeySets,
    /// The aggregates over the input, with their columns.
    aggregates: RefCell<Vec<(Expr, Column)>>,
    /// Whether there was a `GROUP BY`.
    has_group_by: bool,
    /// The column that says which keys are aggregated.
    grouping_id: Column,
}

impl<'a> Aggregation<'a> {
    /// An aggregation by these keys.
    pub(crate) fn new(
        analyser: &'a Analyser,
        keys: Vec<Typed>,
        sets: KeySets,
        has_group_by: bool,
    ) -> Aggregation<'a> {
        let mut passed = HashSet::new();
        let canonical_keys = keys.iter().map(|key| canonical(&key.expr)).collect();
        let keys = keys.into_iter().map(|key| {
            let mut column = analyser.column_of(&key);
            column.nullable |= sets.is_some();
            // A key that is a column keeps its number, if it keeps its values.
            if sets.is_none()
                && let Some(id) = id_of(&key.expr)
                && passed.insert(id)
            {
                column.id = id;
            }
            (key, column)
        });
        let mut grouping_id = analyser.column_of(&Typed::long(0));
        grouping_id.name = "spark_grouping_id".to_owned();
        Aggregation {
            analyser,
            keys: keys.collect(),
            canonical_keys,
            sets,
            aggregates: RefCell::default(),
            has_group_by,
            grouping_id,
        }
    }

    /// The error for a column that `HAVING` or `ORDER BY` names and that is neither a key nor an item.
    pub(crate) fn unresolved(&self, typed: &Typed, input: &[Column], items: &[Typed]) -> Error {
        let named = typed.expr.column_refs();
        let is_missing = |column: &&Column| {
            let is_key = self.keys.iter().any(|(key, _)| key.expr == column.expr());
            !is_key && named.iter().any(|named| named.name == column.engine_name())
        };
        let missing = input.iter().find(is_missing);
        let name = missing.map_or(typed.name.as_str(), |column| column.name.as_str());
        let known = items.iter().map(|item| item.column_name().to_owned());
        crate::error::unresolved_column(&[name.to_owned()], known.collect())
    }

    /// An expression over the input as one over keys and aggregates.
    ///
    /// # Errors
    /// `MISSING_AGGREGATION` if it names a column that is neither.
    pub(crate) fn after(&self, typed: Typed) -> Result<Typed> {
        let mut missing: Option<String> = None;
        let mut problem: Option<Error> = None;
        let expr = typed.expr.transform_down(|expr| {
            if let Some(column) = self.key_of(&expr) {
                return Ok(Transformed::new(
                    column.expr(),
                    true,
                    TreeNodeRecursion::Jump,
                ));
            }
            match expr {
                Expr::ScalarSubquery(mut query) => {
                    self.over_keys(&mut query, &mut missing)?;
                    Ok(Transformed::yes(Expr::ScalarSubquery(query)))
                }
                Expr::Exists(mut exists) => {
                    self.over_keys(&mut exists.subquery, &mut missing)?;
                    Ok(Transformed::yes(Expr::Exists(exists)))
                }
                Expr::InSubquery(mut membership) => {
                    self.over_keys(&mut membership.subquery, &mut missing)?;
                    Ok(Transformed::yes(Expr::InSubquery(membership)))
                }
                Expr::AggregateFunction(_) => {
                    let error = named_outer(&expr, &typed.name);
                    if let Some(error) = error.or_else(|| check_aggregate(&expr, &typed.name).err())
                    {
                        problem.get_or_insert(error);
                    }
                    if has_window(&expr) {
                        problem.get_or_insert(window_in_aggregate());
                    }
                    let column = self.aggregate(expr)?;
                    Ok(Transformed::new(
                        column.expr(),
                        true,
                        TreeNodeRecursion::Jump,
                    ))
                }
                // An alias is checked where it is defined.
                Expr::Column(ref column) if is_lateral(column) => Ok(Transformed::no(expr)),
                Expr::Column(_) => {
                    missing.get_or_insert_with(|| typed.name.clone());
                    Ok(Transformed::no(expr))
                }
                Expr::ScalarFunction(ref call) => match self.grouping(call) {
                    None => Ok(Transformed::no(expr)),
                    Some(Ok(value)) => Ok(Transformed::new(value, true, TreeNodeRecursion::Jump)),
                    Some(Err(error)) => {
                        problem.get_or_insert(error);
                        Ok(Transformed::new(expr, false, TreeNodeRecursion::Jump))
                    }
                },
                other => Ok(Transformed::no(other)),
            }
        })?;
        if let Some(problem) = problem {
            return Err(problem);
        }
        if let Some(name) = missing {
            if !self.has_group_by {
                return Err(Error::analysis(
                    "MISSING_GROUP_BY",
                    "The query does not include a GROUP BY clause. Add GROUP BY or turn it into the window functions using \
                     OVER clauses.",
                ));
            }
            return Err(Error::analysis(
                "MISSING_AGGREGATION",
                format!(
                    "The non-aggregating expression \"{name}\" is based on columns which are not participating in the GROUP BY \
                     clause.\nAdd the columns or the expression to the GROUP BY, aggregate the expression, or use \
                     \"any_value({name})\" if you do not care which of the values within a group is returned."
                ),
            ));
        }
        Ok(Typed {
            expr: expr.data,
            // A key is NULL in the rows of the sets that it is not in.
            nullable: typed.nullable || self.sets.is_some(),
            ..typed
        })
    }

    /// A subquery that names columns of the input: it names the keys then. `missing` is set to a column that is no key.
    fn over_keys(
        &self,
        query: &mut Subquery,
        missing: &mut Option<String>,
    ) -> datafusion_common::Result<()> {
        if query.outer_ref_columns.is_empty() {
            return Ok(());
        }
        let mut unknown = false;
        let mut problem = None;
        let plan = query.subquery.as_ref().clone().transform_up(|plan| {
            plan.map_expressions(|expr| {
                replace_outer(expr, |field, outer| {
                    let column = match self.analyser.outer_aggregate(outer) {
                        Some(aggregate) => match self.aggregate(aggregate) {
                            Ok(column) => Some(column),
                            Err(error) => {
                                problem = Some(error);
                                None
                            }
                        },
                        None if is_lateral(outer) => return None,
                        None => self.key_column(outer).cloned(),
                    };
                    unknown |= column.is_none();
                    let column = EngineColumn::new_unqualified(column?.engine_name());
                    Some(Expr::OuterReferenceColumn(Arc::clone(field), column))
                })
            })
        })?;
        if let Some(problem) = problem {
            return Err(problem);
        }
        if unknown {
            missing.get_or_insert_with(|| "scalarsubquery()".to_owned());
        }
        query.outer_ref_columns = plan.data.all_out_ref_exprs();
        query.subquery = Arc::new(plan.data);
        Ok(())
    }

    /// The column of the key that computes the same as an expression.
    fn key_of(&self, expr: &Expr) -> Option<&Column> {
        let mut keys = self.keys.iter();
        let mut found = keys.find(|(key, _)| key.expr == *expr);
        // A column or a literal is no other expression.
        let is_plain = matches!(expr, Expr::Column(_) | Expr::Literal(..));
        if found.is_none() && !is_plain && self.canonical_keys.iter().any(|key| is_kind(key, expr))
        {
            let canonical = canonical(expr);
            found = std::iter::zip(&self.keys, &self.canonical_keys)
                .find(|(_, key)| **key == canonical)
                .map(|(key, _)| key);
        }
        found.map(|(_, column)| column)
    }

    /// The column of the key that is this column of the input.
    fn key_column(&self, input: &EngineColumn) -> Option<&Column> {
        let is_input = |key: &Expr| matches!(key, Expr::Column(column) if column == input);
        let mut keys = self.keys.iter();
        keys.find(|(key, _)| is_input(&key.expr))
            .map(|(_, column)| column)
    }

    /// The column of an aggregate.
    fn aggregate(&self, expr: Expr) -> datafusion_common::Result<Column> {
        let mut aggregates = self.aggregates.borrow_mut();
        if let Some((_, column)) = aggregates.iter().find(|(known, _)| *known == expr) {
            return Ok(column.clone());
        }
        // The type in Spark is known where the aggregate was resolved; here only the column's number is needed.
        let column = self.analyser.column_of(&Typed::null(DataType::Void));
        aggregates.push((expr, column.clone()));
        Ok(column)
    }

    /// `grouping(key)` and `grouping_id(keys)` as bits of the column that says which keys are aggregated.
    fn grouping(&self, call: &datafusion_expr::expr::ScalarFunction) -> Option<Result<Expr>> {
        let function = call.func.inner().downcast_ref::<ScalarFunction>()?;
        let name = function.resolved.function.name;
        if name != "grouping" && name != "grouping_id" {
            return None;
        }
        let Some(sets) = &self.sets else {
            return Some(Err(Error::analysis(
                "UNSUPPORTED_GROUPING_EXPRESSION",
                "grouping()/grouping_id() can only be used with GroupingSets/Cube/Rollup.",
            )));
        };
        let order = key_order(sets, self.keys.len());
        let id = self.grouping_id.expr();
        let bit = |key: &Expr| -> Result<Expr> {
            let at = self.keys.iter().position(|(known, _)| known.expr == *key);
            let Some(at) = at else {
                return Err(Error::analysis(
                    "GROUPING_COLUMN_MISMATCH",
                    "Column of grouping can't be found in grouping columns.",
                ));
            };
            let Some(at) = order.iter().position(|index| *index == at) else {
                // A key that is in no set.
                return Ok(lit(1_i64));
            };
            let shift = (order.len() - 1 - at) as i64;
            Ok((id.clone() >> lit(shift)) & lit(1_i64))
        };
        if name == "grouping" {
            return Some(bit(call.args.first()?).map(|bit| cast(bit, ArrowType::Int8)));
        }
        if call.args.is_empty() {
            // In the order of the clause, not of the sets.
            let keys: Vec<Expr> = self.keys.iter().map(|(key, _)| key.expr.clone()).collect();
            return Some(bits(&keys, bit));
        }
        let keys = self.keys.iter().map(|(key, _)| &key.expr);
        if !call.args.iter().eq(keys) {
            return Some(Err(Error::analysis(
                "GROUPING_ID_COLUMN_MISMATCH",
                "Columns of grouping_id does not match grouping columns.",
            )));
        }
        Some(bits(&call.args, bit))
    }

    /// The aggregation of `input`: a column for each key and each aggregate that was asked for.
    pub(crate) fn build(self, input: LogicalPlan) -> Result<LogicalPlan> {
        let mut computed: Vec<Expr> = self.keys.iter().map(|(key, _)| key.expr.clone()).collect();
        let mut aggregates = self.aggregates.into_inner();
        let input = self.analyser.lift(input, &mut computed)?;
        let values = aggregates.iter_mut().map(|(expr, _)| expr);
        let input = self.analyser.lift(input, values)?;
        let mut exprs = all_columns(&input);
        let named = computed.into_iter().zip(&self.keys);
        let named = named.filter(|(key, (_, column))| *key != column.expr());
        exprs.extend(named.map(|(key, (_, column))| key.alias(column.engine_name())));
        let keyed = match self.keys.is_empty() {
            true => input,
            false => projection(input, exprs)?,
        };
        let key_exprs: Vec<Expr> = self.keys.iter().map(|(_, column)| column.expr()).collect();
        let aggregate_exprs: Vec<Expr> = aggregates
            .iter()
            .map(|(expr, column)| expr.clone().alias(column.engine_name()))
            .collect();
        let Some(sets) = self.sets else {
            if key_exprs.is_empty() && aggregate_exprs.is_empty() {
                // DataFusion has no aggregate without keys and aggregates; it would give one row.
                return Ok(LogicalPlanBuilder::empty(true).build()?);
            }
            let options = LogicalPlanBuilderOptions::new().with_add_implicit_group_by_exprs(false);
            return Ok(LogicalPlanBuilder::from(keyed)
                .with_options(options)
                .aggregate(key_exprs, aggregate_exprs)?
                .build()?);
        };
        let mut sets: Vec<Vec<Expr>> = sets
            .iter()
            .map(|set| set.iter().map(|index| key_exprs[*index].clone()).collect())
            .collect();
        let keyed = self.analyser.without_empty_set(keyed, &mut sets)?;
        let grouping = vec![Expr::GroupingSet(GroupingSet::GroupingSets(sets))];
        let plan = Aggregate::try_new(Arc::new(keyed), grouping, aggregate_exprs)?;
        let plan = LogicalPlan::Aggregate(plan);
        let exprs = all_columns(&plan).into_iter().map(|expr| match &expr {
            Expr::Column(column) if column.name == Aggregate::INTERNAL_GROUPING_ID => {
                cast(expr, ArrowType::Int64).alias(self.grouping_id.engine_name())
            }
            _ => expr,
        });
        let mut exprs: Vec<Expr> = exprs.collect();
        for (key, column) in &self.keys {
            // A key that is in no set.
            if !exprs.contains(&column.expr()) {
                let null = Typed::null(key.data_type.clone()).expr;
                exprs.push(null.alias(column.engine_name()));
            }
        }
        projection(plan, exprs)
    }
}

/// The error for an aggregate that names columns of the query around.
fn named_outer(aggregate: &Expr, name: &str) -> Option<Error> {
    let names =
        |is_wanted: fn(&Expr) -> bool| aggregate.exists(|expr| Ok(is_wanted(expr))).unwrap_or(true);
    if !names(|expr| matches!(expr, Expr::OuterReferenceColumn(..))) {
        return None;
    }
    Some(match names(|expr| matches!(expr, Expr::Column(_))) {
        true => Error::analysis(
            "UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY.AGGREGATE_FUNCTION_MIXED_OUTER_LOCAL_REFERENCES",
            format!(
                "Unsupported subquery expression: Found an aggregate function in a correlated predicate that has both outer \
                 and local references, which is not supported: {name}."
            ),
        ),
        false => outer_reference(name),
    })
}

/// The error for a column of the query around where it must not be named.
pub(crate) fn outer_reference(name: &str) -> Error {
    Error::analysis(
        "UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY.CORRELATED_REFERENCE",
        format!(
            "Unsupported subquery expression: Expressions referencing the outer query are not supported outside of \
             WHERE/HAVING clauses: \"{name}\"."
        ),
    )
}

/// One number of several bits, the first expression's the highest.
fn bits(exprs: &[Expr], bit: impl Fn(&Expr) -> Result<Expr>) -> Result<Expr> {
    let mut id = lit(0_i64);
    for expr in exprs {
        id = (id << lit(1_i64)) | bit(expr)?;
    }
    Ok(id)
}

/// The keys in the order in which the sets name them first, which is the order of DataFusion's bits.
fn key_order(sets: &[Vec<usize>], keys: usize) -> Vec<usize> {
    let mut order = Vec::with_capacity(keys);
    for index in sets.iter().flatten() {
        if !order.contains(index) {
            order.push(*index);
        }
    }
    order
}

impl Analyser {
    /// Gives all sets a key with one value, if one of them has none: DataFusion gives a row for a set without keys where
    /// there is no input. Spark gives none (`Expand`), unless no set has a key.
    fn without_empty_set(&self, input: LogicalPlan, sets: &mut [Vec<Expr>]) -> Result<LogicalPlan> {
        if !sets.iter().any(Vec::is_empty) || sets.iter().all(Vec::is_empty) {
            return Ok(input);
        }
        let name = engine_name(self.next_id());
        let mut exprs = all_columns(&input);
        exprs.push(lit(true).alias(&name));
        for set in sets {
            // In front, it does not change the bits of the others.
            set.insert(0, Expr::Column(EngineColumn::new_unqualified(&name)));
        }
        projection(input, exprs)
    }

    /// The aggregation of a relation, all at once: keys and values over the input become the columns of the result.
    pub(crate) fn aggregate(
        &self,
        input: Planned,
        keys: Vec<Typed>,
        values: Vec<Typed>,
    ) -> Result<Planned> {
        let aggregation = Aggregation::new(self, keys.clone(), None, true);
        let outputs = keys
            .into_iter()
            .chain(values)
            .map(|value| aggregation.after(value));
        let outputs = outputs.collect::<Result<Vec<_>>>()?;
        let plan = aggregation.build(input.plan)?;
        self.project(plan, &outputs)
    }
}

/// Whether the canonical form of `expr` can be `key`: the form keeps the kind of an expression.
fn is_kind(key: &Expr, expr: &Expr) -> bool {
    match (key, expr) {
        (Expr::ScalarFunction(key), Expr::ScalarFunction(call)) => {
            key.func.name() == call.func.name()
        }
        _ => std::mem::discriminant(key) == std::mem::discriminant(expr),
    }
}

fn window_in_aggregate() -> Error {
    Error::analysis(
        "_LEGACY_ERROR_TEMP_1031",
        "It is not allowed to use a window function inside an aggregate function. Please use the inner window function in a \
         sub-query.",
    )
}
