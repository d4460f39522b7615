//! `WITH RECURSIVE`: runs a term over the rows of its run before, until it gives none (Spark: `UnionLoopExec`).

use std::fmt;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use condition::Error;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Result, internal_err};
use datafusion::execution::memory_pool::MemoryReservation;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::execution_plan::EmissionType;
use datafusion::physical_plan::memory::MemoryStream;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, Distribution, ExecutionPlan, PlanProperties,
};
use futures::TryStreamExt;

use super::{projected, single_partition};
use crate::memory::Memory;
use crate::plan::Recursion;

/// The rows of an anchor, then those of each run of a term.
#[derive(Clone, Debug)]
pub struct RecursionExec {
    recursion: Recursion,
    anchor: Arc<dyn ExecutionPlan>,
    term: Arc<dyn ExecutionPlan>,
    /// The rows that are wanted. With it, the limit of rows is not looked at.
    fetch: Option<usize>,
    properties: Arc<PlanProperties>,
}

impl RecursionExec {
    /// `anchor` and `term` have the types of `schema`. The term reads the run before with [`WorkTableExec`].
    pub fn new(
        recursion: Recursion,
        anchor: Arc<dyn ExecutionPlan>,
        term: Arc<dyn ExecutionPlan>,
        schema: SchemaRef,
    ) -> RecursionExec {
        RecursionExec {
            recursion,
            anchor,
            term,
            fetch: None,
            properties: single_partition(schema, EmissionType::Incremental),
        }
    }
}

impl DisplayAs for RecursionExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "RecursionExec: {}", self.recursion)?;
        match self.fetch {
            Some(fetch) => write!(f, ", fetch={fetch}"),
            None => Ok(()),
        }
    }
}

impl ExecutionPlan for RecursionExec {
    fn name(&self) -> &str {
        "RecursionExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.anchor, &self.term]
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![false, false]
    }

    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false, false]
    }

    fn required_input_distribution(&self) -> Vec<Distribution> {
        vec![Distribution::SinglePartition, Distribution::SinglePartition]
    }

    without_expressions!();

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let [anchor, term] = children.as_slice() else {
            return internal_err!("a recursive query has two inputs");
        };
        Ok(Arc::new(RecursionExec {
            anchor: Arc::clone(anchor),
            term: Arc::clone(term),
            ..self.as_ref().clone()
        }))
    }

    fn with_fetch(&self, limit: Option<usize>) -> Option<Arc<dyn ExecutionPlan>> {
        Some(Arc::new(RecursionExec {
            fetch: limit,
            ..self.clone()
        }))
    }

    fn fetch(&self) -> Option<usize> {
        self.fetch
    }

    fn execute(
        &self,
        partition: usize,
        task: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        if self.recursion.level_limit == 0 {
            return Err(level_limit_exceeded(0).into());
        }
        let schema = self.schema();
        let runs = Runs {
            recursion: self.recursion,
            term: Arc::clone(&self.term),
            schema: Arc::clone(&schema),
            missing: self.fetch,
            level: 0,
            rows: 0,
            run: Some(self.anchor.execute(partition, Arc::clone(&task))?),
            given: Vec::new(),
            held: Memory::of(&task).holder("recursive query"),
            before: Memory::of(&task).holder("recursive query"),
            task,
        };
        let rows = futures::stream::try_unfold(runs, |mut runs| async move {
            let batch = runs.next().await?;
            Ok(batch.map(|batch| (batch, runs)))
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, rows)))
    }
}

/// The runs of one execution.
struct Runs {
    recursion: Recursion,
    term: Arc<dyn ExecutionPlan>,
    schema: SchemaRef,
    task: Arc<TaskContext>,
    /// The rows that are still wanted; none if all are.
    missing: Option<usize>,
    /// The number of the run; 0 is the anchor.
    level: i64,
    /// The rows that were given.
    rows: usize,
    /// The run, until it has ended.
    run: Option<SendableRecordBatchStream>,
    /// What the run has given.
    given: Vec<RecordBatch>,
    /// The memory of `given`.
    held: MemoryReservation,
    /// The memory of what the run before gave.
    before: MemoryReservation,
}

impl Runs {
    async fn next(&mut self) -> Result<Option<RecordBatch>> {
        while self.missing != Some(0) {
            let Some(run) = &mut self.run else {
                return Ok(None);
            };
            match run.try_next().await? {
                Some(batch) if batch.num_rows() == 0 => {}
                Some(batch) => return self.give(&batch).map(Some),
                None => self.run = self.next_run()?,
            }
        }
        Ok(None)
    }

    /// A batch of the run, with the names and types of the whole, up to the rows that are wanted.
    fn give(&mut self, batch: &RecordBatch) -> Result<RecordBatch> {
        let Recursion {
            level_limit,
            row_limit,
            ..
        } = self.recursion;
        if level_limit >= 0 && self.level >= level_limit {
            return Err(level_limit_exceeded(level_limit).into());
        }
        let rows = self
            .missing
            .map_or(batch.num_rows(), |n| n.min(batch.num_rows()));
        let batch = RecordBatch::try_new(
            Arc::clone(&self.schema),
            batch.slice(0, rows).columns().to_vec(),
        )?;
        self.rows += rows;
        match &mut self.missing {
            Some(missing) => *missing -= rows,
            None => check_rows(self.rows, row_limit)?,
        }
        self.held.try_grow(batch.get_array_memory_size())?;
        self.given.push(batch.clone());
        Ok(batch)
    }

    /// The run of the term over what was given last; none if that is nothing.
    fn next_run(&mut self) -> Result<Option<SendableRecordBatchStream>> {
        if self.given.is_empty() {
            return Ok(None);
        }
        self.level += 1;
        let given = Arc::new(std::mem::take(&mut self.given));
        self.before = self.held.take();
        let id = self.recursion.id;
        // Operators keep what they did in the run before.
        let term = Arc::clone(&self.term).transform_up(|node| {
            Ok(Transformed::yes(
                match node.downcast_ref::<WorkTableExec>() {
                    Some(table) if table.id == id => Arc::new(table.with_rows(&given)),
                    _ => node.reset_state()?,
                },
            ))
        })?;
        term.data.execute(0, Arc::clone(&self.task)).map(Some)
    }
}

fn level_limit_exceeded(limit: i64) -> Error {
    Error::data(
        "RECURSION_LEVEL_LIMIT_EXCEEDED",
        format!(
            "Recursion level limit {limit} reached but query has not exhausted, try increasing it like 'WITH RECURSIVE t(col) \
             MAX RECURSION LEVEL 200'."
        ),
    )
}

fn check_rows(rows: usize, limit: i64) -> Result<()> {
    match usize::try_from(limit) {
        Ok(limit) if rows >= limit => Err(Error::data(
            "RECURSION_ROW_LIMIT_EXCEEDED",
            format!(
                "Recursion row limit {limit} reached but query has not exhausted, try setting a larger LIMIT value when \
                 querying the CTE relation."
            ),
        )
        .into()),
        _ => Ok(()),
    }
}

/// The rows of the run before. The term of a recursive query may have several of these.
#[derive(Clone, Debug)]
pub struct WorkTableExec {
    /// The number of the recursive query.
    id: usize,
    projection: Option<Vec<usize>>,
    rows: Arc<Vec<RecordBatch>>,
    properties: Arc<PlanProperties>,
}

impl WorkTableExec {
    /// The columns `projection` of a table without rows, or all of them. [`RecursionExec`] puts rows into it.
    ///
    /// # Errors
    /// A column that the schema does not have.
    pub fn try_new(
        id: usize,
        schema: &SchemaRef,
        projection: Option<Vec<usize>>,
    ) -> Result<WorkTableExec> {
        let schema = projected(schema, projection.as_deref())?;
        Ok(WorkTableExec {
            id,
            projection,
            rows: Arc::default(),
            properties: single_partition(schema, EmissionType::Incremental),
        })
    }

    fn with_rows(&self, rows: &Arc<Vec<RecordBatch>>) -> WorkTableExec {
        WorkTableExec {
            rows: Arc::clone(rows),
            ..self.clone()
        }
    }
}

impl DisplayAs for WorkTableExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "WorkTableExec: recursion {}", self.id)
    }
}

impl ExecutionPlan for WorkTableExec {
    fn name(&self) -> &str {
        "WorkTableExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    without_expressions!();

    fn with_new_children(
        self: Arc<Self>,
        _: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    fn execute(&self, _: usize, _: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let rows = self.rows.as_ref().clone();
        let stream = MemoryStream::try_new(rows, self.schema(), self.projection.clone())?;
        Ok(Box::pin(stream))
    }
}
