//! `EXPLAIN`: the stages of a query, under Spark's headings.

use std::fmt::Write as _;
use std::sync::Arc;

use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::{ExecutionPlan, displayable};

use crate::dataframe::DataFrame;
use crate::error::Result;
use crate::plan::{Compiled, compile};
use crate::sink::OutputMode;

/// What `explain` shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExplainMode {
    /// The physical plan.
    Simple,
    /// The logical plans and the physical plan.
    Extended,
    /// The physical plan as an outline, and each operator of it with its arguments.
    Formatted,
    /// The optimised logical plan, and the physical plan with what is known of the number of rows.
    Cost,
}

/// The plans of a query that is optimised.
struct Planned {
    optimized: LogicalPlan,
    physical: Arc<dyn ExecutionPlan>,
}

/// The stages of `frame`. The plan of a stream is the one that every batch runs.
pub(crate) async fn explain(
    frame: &DataFrame,
    mode: ExplainMode,
    parsed: Option<&str>,
) -> Result<String> {
    let mut text = String::new();
    if mode == ExplainMode::Extended {
        if let Some(parsed) = parsed {
            let _ = writeln!(text, "== Parsed Logical Plan ==\n{parsed}");
        }
        let schema = frame.schema_string();
        let columns = schema.trim_start_matches("struct<");
        let columns = columns.strip_suffix('>').unwrap_or(columns);
        let _ = writeln!(
            text,
            "== Analyzed Logical Plan ==\n{columns}\n{}\n",
            frame.plan().display_indent()
        );
    }
    let planned = plan(frame).await?;
    if matches!(mode, ExplainMode::Extended | ExplainMode::Cost) {
        let optimized = planned.optimized.display_indent();
        let _ = writeln!(text, "== Optimized Logical Plan ==\n{optimized}\n");
    }
    let shown = displayable(planned.physical.as_ref());
    let physical = match mode {
        ExplainMode::Formatted => formatted(planned.physical.as_ref()),
        ExplainMode::Cost => shown.set_show_statistics(true).indent(false).to_string(),
        _ => shown.indent(false).to_string(),
    };
    let _ = writeln!(text, "== Physical Plan ==\n{physical}");
    Ok(text)
}

async fn plan(frame: &DataFrame) -> Result<Planned> {
    let state = frame.session().state();
    if frame.is_streaming() {
        let Compiled { logical, batch, .. } = compile_in_any_mode(frame).await?;
        return Ok(Planned {
            optimized: logical,
            physical: Arc::clone(batch.physical()),
        });
    }
    let optimized = state.optimize(&frame.bounded_plan()?)?;
    let physical = state
        .query_planner()
        .create_physical_plan(&optimized, &state)
        .await?;
    Ok(Planned {
        optimized,
        physical,
    })
}

/// The plan of a stream in the first output mode that the query can have.
async fn compile_in_any_mode(frame: &DataFrame) -> Result<Compiled> {
    let state = frame.session().state();
    let error = match compile(&state, frame.plan(), OutputMode::Append).await {
        Ok(compiled) => return Ok(compiled),
        Err(error) => error,
    };
    for mode in [OutputMode::Update, OutputMode::Complete] {
        if let Ok(compiled) = compile(&state, frame.plan(), mode).await {
            return Ok(compiled);
        }
    }
    Err(error)
}

/// An outline with numbers, and under each number the operator with its arguments.
fn formatted(physical: &dyn ExecutionPlan) -> String {
    let mut outline = Vec::new();
    let mut details = Vec::new();
    number(physical, 0, &mut outline, &mut details);
    // Inputs have lower numbers and stand below.
    outline.reverse();
    let details = details.iter().enumerate();
    let details: Vec<String> = details
        .map(|(index, line)| format!("({}) {line}\n", index + 1))
        .collect();
    format!("{}\n\n\n{}", outline.join("\n"), details.join("\n"))
}

/// Numbers the operators, inputs first; `outline` is filled from the bottom up.
fn number(
    operator: &dyn ExecutionPlan,
    depth: usize,
    outline: &mut Vec<String>,
    details: &mut Vec<String>,
) {
    for input in operator.children().into_iter().rev() {
        number(input.as_ref(), depth + 1, outline, details);
    }
    let indent = match depth {
        0 => String::new(),
        _ => format!("{}+- ", "   ".repeat(depth - 1)),
    };
    let line = displayable(operator).one_line().to_string();
    details.push(line.trim_end().to_owned());
    outline.push(format!("{indent}{} ({})", operator.name(), details.len()));
}
