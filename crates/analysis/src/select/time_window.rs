//! Windows of time as keys: `window` and `session_window` in a query, and `session_window` over a table, where the windows of
//! rows that are near each other are merged (Spark: `TimeWindowing`, `SessionWindowing`).

use datafusion_common::ScalarValue;
use datafusion_common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion_expr::{
    Expr, LogicalPlan, LogicalPlanBuilder, WindowFrame, WindowFrameBound, WindowFrameUnits, lit,
    when,
};
use functions::{ScalarFunction, Typed};
use sql::{DataType, Expression, ExpressionKind};

use crate::analyser::Analyser;
use crate::error::Result;
use crate::planned::{all_columns, projection};

/// A session window of a query block, and the column that it becomes.
pub(crate) struct SessionWindow {
    call: Expr,
    column: Expr,
}

/// Whether a key of `GROUP BY` is a call of `session_window`.
pub(crate) fn is_session_window(key: &Typed) -> bool {
    let Expr::ScalarFunction(call) = &key.expr else {
        return false;
    };
    let function = call.func.inner().downcast_ref::<ScalarFunction>();
    function.is_some_and(|function| function.resolved.function.name == "session_window")
}

impl SessionWindow {
    /// Puts the merged window in the place of the call.
    pub(crate) fn replace(&self, expr: Expr) -> Result<Expr> {
        let replaced = expr.transform_down(|expr| match expr == self.call {
            true => Ok(Transformed::new(
                self.column.clone(),
                true,
                TreeNodeRecursion::Jump,
            )),
            false => Ok(Transformed::no(expr)),
        })?;
        Ok(replaced.data)
    }
}

impl Analyser {
    /// `plan` with a column for the merged window of each row. Rows belong together if they have the same values of
    /// `keys` and their windows touch; rows without time or with an empty window are dropped.
    pub(crate) fn session(
        &self,
        plan: LogicalPlan,
        window: &Typed,
        keys: &[Typed],
    ) -> Result<(LogicalPlan, SessionWindow)> {
        let bound = |name: &str| self.call("__field", vec![window.clone(), Typed::string(name)]);
        let (start, end) = (bound("start")?, bound("end")?);
        let plan = LogicalPlanBuilder::from(plan)
            .filter(start.expr.clone().lt(end.expr.clone()))?
            .build()?;
        let (plan, start) = self.computed(plan, &start, start.expr.clone())?;
        let (plan, end) = self.computed(plan, &end, end.expr.clone())?;
        let keys: Vec<Expr> = keys.iter().map(|key| key.expr.clone()).collect();
        let ordered = vec![start.expr.clone().sort(true, true)];
        let over = |name: &str, of: &Typed, keys: &[Expr], bounds: Option<WindowFrameBound>| {
            let order = match &bounds {
                Some(_) => ordered.as_slice(),
                None => &[],
            };
            let unbounded = ScalarValue::UInt64(None);
            let frame = WindowFrame::new_bounds(
                WindowFrameUnits::Rows,
                WindowFrameBound::Preceding(unbounded.clone()),
                bounds.unwrap_or(WindowFrameBound::Following(unbounded)),
            );
            functions::over(self.call(name, vec![of.clone()])?, keys, order, &frame)
        };
        // A row that begins after all windows before it have ended begins a session.
        let before = WindowFrameBound::Preceding(ScalarValue::UInt64(Some(1)));
        let latest = over("max", &end, &keys, Some(before))?;
        let (plan, latest) = self.window_column(plan, &latest)?;
        let is_new = latest
            .expr
            .clone()
            .is_null()
            .or(start.expr.clone().gt(latest.expr));
        let is_new = Typed::new(
            when(is_new, lit(1_i32)).otherwise(lit(0_i32))?,
            DataType::Integer,
            false,
            "is_new",
        );
        let (plan, is_new) = self.computed(plan, &is_new, is_new.expr.clone())?;
        let number = over("sum", &is_new, &keys, Some(WindowFrameBound::CurrentRow))?;
        let (plan, number) = self.window_column(plan, &number)?;
        let mut session = keys;
        session.push(number.expr);
        let (plan, first) = self.window_column(plan, &over("min", &start, &session, None)?)?;
        let (plan, last) = self.window_column(plan, &over("max", &end, &session, None)?)?;
        let merged = self.call(
            "named_struct",
            vec![Typed::string("start"), first, Typed::string("end"), last],
        )?;
        let (plan, column) = self.computed(plan, window, merged.expr)?;
        Ok((
            plan,
            SessionWindow {
                call: window.expr.clone(),
                column: column.expr,
            },
        ))
    }

    /// `plan` with a column of what `expr` gives, which has the type of `typed`.
    fn computed(
        &self,
        plan: LogicalPlan,
        typed: &Typed,
        expr: Expr,
    ) -> Result<(LogicalPlan, Typed)> {
        let column = self.column_of(typed);
        let mut exprs = all_columns(&plan);
        exprs.push(expr.alias(column.engine_name()));
        let plan = projection(plan, exprs)?;
        Ok((plan, column.as_item()))
    }

    /// `plan` with a column for a window function.
    fn window_column(&self, plan: LogicalPlan, typed: &Typed) -> Result<(LogicalPlan, Typed)> {
        let column = self.column_of(typed);
        let mut exprs = all_columns(&plan);
        let windowed = LogicalPlanBuilder::window_plan(plan, vec![typed.expr.clone()])?;
        let computed =
            datafusion_common::Column::new_unqualified(typed.expr.schema_name().to_string());
        exprs.push(Expr::Column(computed).alias(column.engine_name()));
        let plan = projection(windowed, exprs)?;
        Ok((plan, column.as_item()))
    }
}

/// The call of `window(..)` or `session_window(..)` that an expression is, or is a part of, with that name.
pub(crate) fn time_window(expression: &Expression) -> Option<(&'static str, &Expression)> {
    match &expression.kind {
        ExpressionKind::UnresolvedFunction(call) => {
            if let (None, [called]) = (&call.over, call.name.as_slice())
                && let Some(name) = ["window", "session_window"]
                    .into_iter()
                    .find(|name| called.eq_ignore_ascii_case(name))
            {
                return Some((name, expression));
            }
            call.arguments
                .iter()
                .find_map(|argument| match &argument.value {
                    sql::ArgumentValue::Expression(value) => time_window(value),
                    sql::ArgumentValue::Table { .. } => None,
                })
        }
        ExpressionKind::Alias { child, .. } | ExpressionKind::Cast { child, .. } => {
            time_window(child)
        }
        ExpressionKind::UnresolvedExtractValue { base, .. } => time_window(base),
        _ => None,
    }
}
