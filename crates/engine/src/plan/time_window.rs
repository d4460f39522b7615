//! `window(time, size, slide, start)`: from a function call to a node that assigns rows to
//! windows.

use std::cmp::Ordering;
use std::collections::HashSet;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::datatypes::{DataType, Field};
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Column, DFSchema, DFSchemaRef, Result, internal_err};
use datafusion::logical_expr::{
    Expr, ExprSchemable, Extension, LogicalPlan, UserDefinedLogicalNodeCore,
};

use super::watermark::EVENT_TIME_DELAY;
use super::window_call::window_call;
use crate::error::Error;
use crate::operator::WindowSpec;

/// A logical plan plus the window each row falls into, rows repeated where windows overlap.
#[derive(Clone, Debug)]
pub struct TimeWindowNode {
    input: LogicalPlan,
    time: Expr,
    spec: WindowSpec,
    name: String,
    schema: DFSchemaRef,
}

impl TimeWindowNode {
    fn try_new(input: LogicalPlan, time: Expr, spec: WindowSpec, name: String) -> Result<Self> {
        let (_, time_field) = time.to_field(input.schema())?;
        let bounds = crate::operator::window_fields(time_field.data_type());
        let mut window = Field::new(&name, DataType::Struct(bounds), false);
        if let Some(delay) = time_field.metadata().get(EVENT_TIME_DELAY) {
            window
                .metadata_mut()
                .insert(EVENT_TIME_DELAY.to_owned(), delay.clone());
        }
        let mut fields: Vec<_> = input
            .schema()
            .iter()
            .map(|(q, f)| (q.cloned(), Arc::clone(f)))
            .collect();
        fields.push((None, Arc::new(window)));
        let metadata = input.schema().metadata().clone();
        let schema = Arc::new(DFSchema::new_with_metadata(fields, metadata)?);
        Ok(TimeWindowNode {
            input,
            time,
            spec,
            name,
            schema,
        })
    }

    /// The time expression over the input's columns.
    pub fn time(&self) -> &Expr {
        &self.time
    }

    /// Size, slide and start of the windows.
    pub fn spec(&self) -> WindowSpec {
        self.spec
    }

    /// The plan whose rows are assigned.
    pub fn input(&self) -> &LogicalPlan {
        &self.input
    }
}

/// Gives each node that calls `window(..)` a [`TimeWindowNode`] below it and a column in place of
/// the call.
///
/// All calls in one node must agree, as in Spark.
pub fn resolve_time_windows(plan: LogicalPlan) -> Result<LogicalPlan> {
    let mut is_changed = false;
    let resolved = plan.transform_up_with_subqueries(|node| {
        let mut call: Option<(Expr, WindowSpec)> = None;
        for expr in node.expressions() {
            let mut problem = None;
            expr.exists(|e| {
                match window_call(e) {
                    None => {}
                    Some(Err(error)) => problem = Some(error),
                    Some(Ok(found)) => match &call {
                        Some(first) if *first != found => {
                            problem = Some(Error::unsupported(
                                "Multiple time/session window expressions would result in a \
                                 cartesian product of rows, therefore they are currently not \
                                 supported.",
                            ));
                        }
                        _ => call = Some(found),
                    },
                }
                Ok(problem.is_some())
            })?;
            if let Some(problem) = problem {
                return Err(problem.into());
            }
        }
        let Some((time, spec)) = call else {
            // The fields of a window carry the watermark, also through the nodes above.
            return Ok(match is_changed {
                true => Transformed::yes(node.recompute_schema()?),
                false => Transformed::no(node),
            });
        };
        is_changed = true;
        let inputs = node.inputs();
        let [input] = inputs.as_slice() else {
            return Err(Error::unsupported(format!("window() in {}", node.display())).into());
        };
        let name = format!(
            "__window_{}_{}_{}",
            spec.size_us, spec.slide_us, spec.start_us
        );
        let windowed = TimeWindowNode::try_new((*input).clone(), time, spec, name.clone())?;
        let windowed = LogicalPlan::Extension(Extension {
            node: Arc::new(windowed),
        });
        let exprs = node.expressions().into_iter().map(|expr| {
            let old_name = expr.schema_name().to_string();
            let replaced = expr.transform_up(|e| {
                Ok(match window_call(&e) {
                    Some(_) => Transformed::yes(Expr::Column(Column::from_name(&name))),
                    None => Transformed::no(e),
                })
            })?;
            if replaced.transformed {
                replaced.data.alias_if_changed(old_name)
            } else {
                Ok(replaced.data)
            }
        });
        let exprs: Result<Vec<Expr>> = exprs.collect();
        Ok(Transformed::yes(
            node.with_new_exprs(exprs?, vec![windowed])?,
        ))
    })?;
    Ok(resolved.data)
}

impl PartialEq for TimeWindowNode {
    fn eq(&self, other: &Self) -> bool {
        (&self.input, &self.time, self.spec, &self.name)
            == (&other.input, &other.time, other.spec, &other.name)
    }
}

impl Eq for TimeWindowNode {}

impl Hash for TimeWindowNode {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.input.hash(state);
        self.time.hash(state);
        self.spec.hash(state);
        self.name.hash(state);
    }
}

impl PartialOrd for TimeWindowNode {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        (&self.input, &self.time, self.spec, &self.name).partial_cmp(&(
            &other.input,
            &other.time,
            other.spec,
            &other.name,
        ))
    }
}

impl UserDefinedLogicalNodeCore for TimeWindowNode {
    fn name(&self) -> &str {
        "TimeWindow"
    }

    fn inputs(&self) -> Vec<&LogicalPlan> {
        vec![&self.input]
    }

    fn schema(&self) -> &DFSchemaRef {
        &self.schema
    }

    fn expressions(&self) -> Vec<Expr> {
        vec![self.time.clone()]
    }

    fn prevent_predicate_push_down_columns(&self) -> HashSet<String> {
        HashSet::from([self.name.clone()])
    }

    fn fmt_for_explain(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let WindowSpec {
            size_us,
            slide_us,
            start_us,
        } = self.spec;
        write!(
            f,
            "TimeWindow {}, {size_us} us, {slide_us} us, {start_us} us",
            self.time
        )
    }

    fn with_exprs_and_inputs(
        &self,
        mut exprs: Vec<Expr>,
        mut inputs: Vec<LogicalPlan>,
    ) -> Result<Self> {
        let (Some(time), Some(input)) = (exprs.pop(), inputs.pop()) else {
            return internal_err!("a time window has one time and one input");
        };
        TimeWindowNode::try_new(input, time, self.spec, self.name.clone())
    }

    fn necessary_children_exprs(&self, output_columns: &[usize]) -> Option<Vec<Vec<usize>>> {
        Some(vec![super::without_last(&self.schema, output_columns)])
    }
}
