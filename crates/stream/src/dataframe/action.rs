//! What computes the rows of a DataFrame, or says how they are computed.

use std::sync::Arc;

use arrow::record_batch::RecordBatch;
use datafusion::common::ScalarValue;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::{LogicalPlan, lit};
use datafusion::physical_plan::execute_stream;
use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt, TryStreamExt};

use super::DataFrame;
use crate::dialect;
use crate::error::{Error, ErrorKind, Result};
use crate::explain::{self, ExplainMode};
use crate::plan;
use crate::source::Lane;

impl DataFrame {
    /// All rows.
    ///
    /// # Errors
    /// If this is a stream, or the rows cannot be computed.
    pub fn collect(&self) -> BoxFuture<'static, Result<Vec<RecordBatch>>> {
        let frame = self.clone();
        async move { frame.rows().await?.try_collect().await }.boxed()
    }

    /// All rows, as they are computed.
    pub(crate) async fn rows(&self) -> Result<Lane> {
        let state = self.session.state();
        let physical = state.create_physical_plan(&self.bounded_plan()?).await?;
        let rows = execute_stream(physical, state.task_ctx())?;
        let Some(output) = self.output.clone() else {
            return Ok(rows.map_err(Error::from).boxed());
        };
        let renamed = rows.map(move |batch| {
            let columns = batch?.columns().to_vec();
            Ok(RecordBatch::try_new(Arc::clone(&output), columns)?)
        });
        Ok(renamed.boxed())
    }

    /// The first `rows` rows as a table of text, as Spark's `show` prints it; values longer than
    /// `truncate` characters are cut, 0 cuts none.
    ///
    /// # Errors
    /// As [`collect`](Self::collect).
    pub fn show_string(&self, rows: usize, truncate: usize) -> BoxFuture<'static, Result<String>> {
        let frame = self.clone();
        async move {
            // One more row than is shown tells whether there are more. A limit is a Java `int`.
            let limit = rows.saturating_add(1).min(i32::MAX as usize);
            let batches = frame.limit(limit)?.collect().await?;
            let zone = frame.session.settings().zone();
            dialect::show_string(&frame.schema(), &batches, rows, truncate, zone)
        }
        .boxed()
    }

    /// All rows as JSON objects; fields that are null are left out.
    ///
    /// # Errors
    /// As [`collect`](Self::collect).
    pub fn to_json(&self) -> BoxFuture<'static, Result<Vec<String>>> {
        let frame = self.clone();
        async move {
            let zone = frame
                .session
                .conf()
                .get("spark.sql.session.timeZone")
                .unwrap_or_default();
            let mut rows = Vec::new();
            for batch in frame.collect().await? {
                rows.extend(dialect::json_lines(&batch, &zone)?);
            }
            Ok(rows)
        }
        .boxed()
    }

    /// How the rows would be computed: the physical plan; `extended` adds the logical plans.
    ///
    /// # Errors
    /// If the rows cannot be planned.
    pub fn explain(&self, extended: bool) -> BoxFuture<'static, Result<String>> {
        self.explain_mode(match extended {
            true => ExplainMode::Extended,
            false => ExplainMode::Simple,
        })
    }

    /// How the rows would be computed, as `EXPLAIN` shows it.
    ///
    /// # Errors
    /// If the rows cannot be planned.
    pub fn explain_mode(&self, mode: ExplainMode) -> BoxFuture<'static, Result<String>> {
        let frame = self.clone();
        async move { explain::explain(&frame, mode, None).await }.boxed()
    }

    /// The plan of a query that ends, with `current_timestamp()` a constant, for one run.
    pub(crate) fn bounded_plan(&self) -> Result<LogicalPlan> {
        if self.is_streaming() {
            return Err(Error::new(
                ErrorKind::Analysis,
                "Queries with streaming sources must be executed with writeStream.start()",
            ));
        }
        let now_us = self.session.io().clock.now_ms() * 1000;
        let now = lit(ScalarValue::TimestampMicrosecond(
            Some(now_us),
            Some("UTC".into()),
        ));
        let plan = self.plan.clone().transform_up_with_subqueries(|node| {
            let names = NamePreserver::new(&node);
            node.map_expressions(|expr| {
                let name = names.save(&expr);
                let replaced = expr.transform_up(|e| {
                    Ok(match plan::is_current_timestamp(&e) {
                        true => Transformed::yes(now.clone()),
                        false => Transformed::no(e),
                    })
                })?;
                Ok(replaced.update_data(|expr| name.restore(expr)))
            })
        })?;
        Ok(functions::with_new_states(plan.data)?)
    }
}
