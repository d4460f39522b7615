//! `withWatermark`: marks a column as event time and says how late its rows may be.
//!
//! The mark is field metadata, as in Spark, so that it follows the column through projections,
//! aliases and windows to the operator that needs it.

use std::cmp::Ordering;
use std::collections::HashSet;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::datatypes::{DataType, Field};
use datafusion::common::{Column, DFSchema, DFSchemaRef, ExprSchema, Result, internal_err};
use datafusion::logical_expr::{Expr, LogicalPlan, UserDefinedLogicalNodeCore};

use crate::error::Error;

/// Metadata key of the event-time column; the value is the delay in milliseconds.
pub const EVENT_TIME_DELAY: &str = "spark.watermarkDelayMs";

/// The delay in milliseconds if `field` is marked as event time.
pub fn event_time_delay(field: &Field) -> Option<i64> {
    field
        .metadata()
        .get(EVENT_TIME_DELAY)
        .and_then(|delay| delay.parse().ok())
}

/// A logical plan's watermark on one of its columns.
#[derive(Clone, Debug)]
pub struct WatermarkNode {
    input: LogicalPlan,
    column: Column,
    delay_ms: i64,
    /// Which watermark of its query this is; known once the query is compiled.
    id: Option<usize>,
    schema: DFSchemaRef,
}

impl WatermarkNode {
    /// Marks `column` of `input` as event time, `delay_ms` milliseconds late at most.
    pub fn try_new(
        input: LogicalPlan,
        column: Column,
        delay_ms: i64,
    ) -> crate::error::Result<Self> {
        let field = input
            .schema()
            .field_from_column(&column)
            .map_err(Error::from)?;
        let is_time = match field.data_type() {
            DataType::Timestamp(_, _) => true,
            DataType::Struct(fields) => fields
                .iter()
                .any(|f| f.name() == "end" && matches!(f.data_type(), DataType::Timestamp(_, _))),
            _ => false,
        };
        if !is_time {
            return Err(Error::analysis(
                "EVENT_TIME_IS_NOT_ON_TIMESTAMP_TYPE",
                format!(
                    "The event time `{}` has the invalid type \"{}\", but expected \"TIMESTAMP\".",
                    column.name,
                    format::schema::catalog_string(field.data_type())
                        .unwrap_or_else(|| field.data_type().to_string())
                        .to_uppercase()
                ),
            ));
        }
        let schema = marked(input.schema(), &column, delay_ms)?;
        Ok(WatermarkNode {
            input,
            column,
            delay_ms,
            id: None,
            schema,
        })
    }

    /// The same node as watermark number `id` of a query.
    pub fn with_id(&self, id: usize) -> Self {
        WatermarkNode {
            id: Some(id),
            ..self.clone()
        }
    }

    /// Which watermark of its query this is.
    pub fn id(&self) -> Option<usize> {
        self.id
    }

    /// The event-time column's place in the input.
    pub fn column_index(&self) -> Result<usize> {
        self.input.schema().index_of_column(&self.column)
    }

    /// How late rows may be, in milliseconds.
    pub fn delay_ms(&self) -> i64 {
        self.delay_ms
    }
}

/// `schema` with the mark on `column` and on no other.
fn marked(schema: &DFSchema, column: &Column, delay_ms: i64) -> Result<DFSchemaRef> {
    let index = schema.index_of_column(column)?;
    let fields = schema.iter().enumerate().map(|(i, (qualifier, field))| {
        let mut metadata = field.metadata().clone();
        metadata.remove(EVENT_TIME_DELAY);
        if i == index {
            metadata.insert(EVENT_TIME_DELAY.to_owned(), delay_ms.to_string());
        }
        let field = field.as_ref().clone().with_metadata(metadata);
        (qualifier.cloned(), Arc::new(field))
    });
    let marked = DFSchema::new_with_metadata(fields.collect(), schema.metadata().clone())?;
    Ok(Arc::new(marked))
}

impl PartialEq for WatermarkNode {
    fn eq(&self, other: &Self) -> bool {
        (&self.input, &self.column, self.delay_ms, self.id)
            == (&other.input, &other.column, other.delay_ms, other.id)
    }
}

impl Eq for WatermarkNode {}

impl Hash for WatermarkNode {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.input.hash(state);
        self.column.hash(state);
        self.delay_ms.hash(state);
        self.id.hash(state);
    }
}

impl PartialOrd for WatermarkNode {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        (&self.input, &self.column, self.delay_ms, self.id).partial_cmp(&(
            &other.input,
            &other.column,
            other.delay_ms,
            other.id,
        ))
    }
}

impl UserDefinedLogicalNodeCore for WatermarkNode {
    fn name(&self) -> &str {
        "EventTimeWatermark"
    }

    fn inputs(&self) -> Vec<&LogicalPlan> {
        vec![&self.input]
    }

    fn schema(&self) -> &DFSchemaRef {
        &self.schema
    }

    fn expressions(&self) -> Vec<Expr> {
        vec![Expr::Column(self.column.clone())]
    }

    fn prevent_predicate_push_down_columns(&self) -> HashSet<String> {
        HashSet::from([self.column.name.clone()])
    }

    fn fmt_for_explain(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(
            f,
            "EventTimeWatermark {}, {} ms",
            self.column.name, self.delay_ms
        )
    }

    fn with_exprs_and_inputs(
        &self,
        mut exprs: Vec<Expr>,
        mut inputs: Vec<LogicalPlan>,
    ) -> Result<Self> {
        let (Some(Expr::Column(column)), Some(input)) = (exprs.pop(), inputs.pop()) else {
            return internal_err!("a watermark has one column and one input");
        };
        let schema = marked(input.schema(), &column, self.delay_ms)?;
        Ok(WatermarkNode {
            input,
            column,
            delay_ms: self.delay_ms,
            id: self.id,
            schema,
        })
    }

    fn necessary_children_exprs(&self, output_columns: &[usize]) -> Option<Vec<Vec<usize>>> {
        Some(vec![output_columns.to_vec()])
    }
}
