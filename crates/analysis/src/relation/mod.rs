//! Relations: each kind, and the file that knows it.

pub(crate) mod frame;
pub(crate) mod generator;
pub(crate) mod join;
pub(crate) mod pivot;
pub(crate) mod recursion;
pub(crate) mod row_limit;
pub(crate) mod set_operation;
pub(crate) mod table;
pub(crate) mod values;

use datafusion_expr::{Expr, LogicalPlanBuilder};
use sql::{ArgumentValue, JoinCriteria, JoinType, Relation, RelationKind};

use crate::analyser::{Analyser, with_stack};
use crate::environment::Environment;
use crate::error::{Error, Result, not_supported};
use crate::planned::{Planned, id_of};
use crate::relation::frame::{deduplicated, renamed, without};
use crate::relation::join::Join;
use crate::scope::Scope;
use crate::select::block::Block;
use crate::select::pipe::PipeClause;

impl Analyser {
    /// Analyses a query.
    ///
    /// # Errors
    /// Names that stand for nothing, types that do not fit, and what is not supported, with Spark's conditions.
    pub fn query(&self, relation: &Relation) -> Result<Planned> {
        self.relation(relation, &self.environment(), None)
    }

    /// Analyses a relation that may name columns of `outer`.
    pub(crate) fn relation(
        &self,
        relation: &Relation,
        environment: &Environment,
        outer: Option<&Scope<'_>>,
    ) -> Result<Planned> {
        let place = self.place(relation.span);
        let planned = with_stack(|| self.relation_kind(relation, environment, outer));
        planned.map_err(|error| {
            if error.is_analysis() {
                error.at(Some(&place))
            } else {
                error
            }
        })
    }

    fn relation_kind(
        &self,
        relation: &Relation,
        environment: &Environment,
        outer: Option<&Scope<'_>>,
    ) -> Result<Planned> {
        let inner = |input: &Relation| self.relation(input, environment, outer);
        match &relation.kind {
            RelationKind::Analysed(index) => self.analysed(*index),
            RelationKind::OneRow => {
                let plan = LogicalPlanBuilder::empty(true).build()?;
                Ok(Planned::new(plan, Vec::new()))
            }
            RelationKind::Table {
                name,
                options,
                is_streaming,
            } => {
                let place = self.place_in_text(relation.span);
                self.table(name, options, *is_streaming, environment, &place)
            }
            RelationKind::Values { rows } => self.values(rows, environment, outer),
            RelationKind::TableFunction { name, arguments } => {
                let name = &self.object_name(name)?;
                if let Some(routine) = self.table_routine(name)? {
                    let scope = Scope {
                        outer,
                        environment: environment.clone(),
                        ..Scope::default()
                    };
                    return self.routine_table(&routine, arguments, &scope);
                }
                let mut values = Vec::with_capacity(arguments.len());
                for argument in arguments {
                    let ArgumentValue::Expression(value) = &argument.value else {
                        return Err(not_supported("A table as an argument"));
                    };
                    values.push(value.clone());
                }
                self.table_function(name, &values, relation, environment, outer)
            }
            RelationKind::SubqueryAlias { input, alias } => {
                let planned = self.relation(input, &environment.inner(), outer)?;
                if let (RelationKind::Values { .. }, Some(alias)) = (&input.kind, alias) {
                    values::check_alias(&planned, alias)?;
                }
                self.aliased(planned, alias.as_ref())
            }
            RelationKind::Watermark {
                input,
                column,
                delay,
            } => self.watermark(inner(input)?, column, delay),
            RelationKind::Filter { input, condition } => {
                let planned = inner(input)?;
                let scope = self.scope(&planned, environment, outer);
                let condition = self.condition(condition, &scope, "WHERE")?;
                self.filter(planned, condition)
            }
            RelationKind::Join {
                left,
                right,
                join_type,
                criteria,
                is_lateral,
            } => {
                let left = inner(left)?;
                if *is_lateral
                    && let Some(call) = self.lateral_call(right, &left, environment, outer)?
                    && matches!(
                        join_type,
                        JoinType::Inner | JoinType::Cross | JoinType::LeftOuter
                    )
                    && *criteria == JoinCriteria::None
                {
                    return self.lateral_generator(left, call);
                }
                let right = if *is_lateral {
                    let scope = self.scope(&left, environment, outer);
                    self.relation(right, &environment.inner(), Some(&scope))?
                } else {
                    self.apart(&left, inner(right)?)?
                };
                let join = Join {
                    left,
                    right,
                    join_type: *join_type,
                    criteria,
                    is_lateral: *is_lateral,
                };
                self.join(join, environment, outer)
            }
            RelationKind::SetOperation {
                left,
                right,
                operator,
                is_all,
            } => {
                let left = inner(left)?;
                let right = self.apart(&left, inner(right)?)?;
                let place = self.place(relation.span);
                self.set_operation(left, right, *operator, *is_all, &place)
            }
            RelationKind::LateralView {
                input,
                generator,
                is_outer,
                table,
                columns,
            } => {
                let planned = inner(input)?;
                let scope = self.scope(&planned, environment, outer);
                let call = self.generator(generator, &scope)?;
                let Some(call) = call else {
                    return Err(Error::analysis(
                        "UNSUPPORTED_GENERATOR.NOT_GENERATOR",
                        "The generator is not supported: a generator is expected in LATERAL VIEW.",
                    ));
                };
                let (mut planned, mut new) =
                    self.generate(planned, &call.array, call.is_outer || *is_outer)?;
                if !columns.is_empty() {
                    if columns.len() != new.len() {
                        return Err(number_of_aliases(columns.len(), new.len()));
                    }
                    for (column, name) in new.iter_mut().zip(columns) {
                        column.name.clone_from(name);
                    }
                }
                for column in &mut new {
                    column.qualifier = vec![table.clone()];
                }
                planned.columns.extend(new);
                Ok(planned)
            }
            RelationKind::Pivot { input, pivot } => {
                let planned = inner(input)?;
                self.pivot(planned, pivot, environment, outer)
            }
            RelationKind::Unpivot { input, unpivot } => {
                let planned = inner(input)?;
                self.unpivot(planned, unpivot, environment, outer)
            }
            RelationKind::Sample {
                input,
                method,
                seed,
            } => self.sample(inner(input)?, method, *seed),
            RelationKind::WithWindows { input, windows } => {
                self.relation(input, &environment.with_windows(windows), outer)
            }
            RelationKind::Limit { input, limit } => {
                let planned = inner(input)?;
                let rows = self.row_count(limit, "limit")?;
                planned.map(|plan| plan.limit(0, Some(rows)))
            }
            RelationKind::Offset { input, offset } => {
                let planned = inner(input)?;
                let rows = self.row_count(offset, "offset")?;
                planned.map(|plan| plan.limit(rows, None))
            }
            RelationKind::With {
                tables,
                is_recursive,
                input,
            } => {
                let environment = self.with_tables(tables, *is_recursive, environment, outer)?;
                self.relation(input, &environment, outer)
            }
            RelationKind::Pipe { input, operator } => {
                self.piped(input, *operator, environment, outer)
            }
            RelationKind::SetColumns { input, columns } => {
                let input = inner(input)?;
                let mut block = Block::of(relation, environment);
                block.pipe = Some(PipeClause::Set);
                self.set_columns(input, columns, &block, outer)
            }
            RelationKind::WithColumns { input, columns } => {
                let input = inner(input)?;
                let block = Block::of(relation, environment);
                self.with_columns(input, columns, &block, outer)
            }
            RelationKind::WithColumnsRenamed { input, renames } => {
                Ok(renamed(inner(input)?, renames, environment.names))
            }
            RelationKind::Drop { input, names } => without(inner(input)?, names, environment.names),
            RelationKind::Deduplicate { input, names } => {
                deduplicated(inner(input)?, names, environment.names)
            }
            RelationKind::Project { .. }
            | RelationKind::Aggregate { .. }
            | RelationKind::Distinct(_)
            | RelationKind::Having { .. }
            | RelationKind::Hints { .. }
            | RelationKind::Qualify { .. }
            | RelationKind::Repartition { .. }
            | RelationKind::Sort { .. } => self.block(&Block::of(relation, environment), outer),
        }
    }

    /// The scope of expressions over a relation.
    pub(crate) fn scope<'a>(
        &self,
        planned: &Planned,
        environment: &Environment,
        outer: Option<&'a Scope<'a>>,
    ) -> Scope<'a> {
        let fields = planned.plan.schema().columns().into_iter();
        let order = match planned.hidden.is_empty() {
            true => Vec::new(),
            false => fields
                .filter_map(|field| id_of(&Expr::Column(field)))
                .collect(),
        };
        Scope {
            hidden: planned.hidden.clone(),
            order,
            outer,
            environment: environment.clone(),
            ..Scope::of(&planned.columns)
        }
    }
}

/// The error for a generator with another number of names than columns.
pub(crate) fn number_of_aliases(given: usize, needed: usize) -> Error {
    Error::analysis(
        "UDTF_ALIAS_NUMBER_MISMATCH",
        format!(
            "The number of aliases supplied in the AS clause does not match the number of columns output by the UDTF. \
             Expected {needed} aliases, but got {given}. Please ensure that the number of aliases provided matches the \
             number of columns output by the UDTF."
        ),
    )
}
