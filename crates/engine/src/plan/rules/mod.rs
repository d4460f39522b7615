//! DataFusion's rules: which of them run, and why the others do not.
//!
//! Every rule of the release of DataFusion that we use is in a table here. A rule that is in none does not run, and a test
//! fails: it must be looked at first. Four rules are our own: [`NullableConstants`], [`LambdaIndices`], [`LambdaDepth`] and
//! [`Recursions`].

mod lambda_depth;
mod lambda_indices;
mod nullable_constants;

use std::sync::Arc;

use datafusion::execution::session_state::SessionStateBuilder;
use datafusion::optimizer::{Analyzer, Optimizer, OptimizerRule};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_optimizer::optimizer::PhysicalOptimizer;

use super::recursion::Recursions;
use lambda_depth::LambdaDepth;
use lambda_indices::LambdaIndices;
use nullable_constants::NullableConstants;

/// What the plans of a session are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Queries {
    /// Each plan runs once, over tables.
    Bounded,
    /// A plan runs for every batch of a stream.
    Streaming,
}

/// In which queries a rule is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RuleUse {
    /// In all queries.
    Always,
    /// Not in streaming queries, for this reason.
    Bounded(&'static str),
    /// In no query, for this reason.
    Never(&'static str),
}

use RuleUse::{Always, Bounded, Never};

impl RuleUse {
    fn in_queries(self, queries: Queries) -> bool {
        match self {
            Always => true,
            Bounded(_) => queries == Queries::Bounded,
            Never(_) => false,
        }
    }
}

/// The rules before optimisation. The analyser leaves nothing for them to do; `stream` tests that nothing is coerced.
const ANALYZER: [(&str, RuleUse); 2] = [
    ("resolve_grouping_function", Always),
    (
        "type_coercion",
        Never("finds nothing to do, and takes minutes for a chain of hundreds of operators"),
    ),
];

/// A subplan that reads a stream must stay, though it gives no row: its rows move the watermark, and the operators above it
/// have state (`spark.sql.optimizer.pruneFiltersCanPruneStreamingSubplan`).
const PRUNES: &str = "takes a stream out of the plan that gives no row now";

/// The rules of logical plans.
const LOGICAL: [(&str, RuleUse); 25] = [
    ("rewrite_set_comparison", Always),
    ("optimize_unions", Always),
    ("unions_to_filter", Always),
    ("simplify_expressions", Always),
    ("replace_distinct_aggregate", Always),
    // An inner join on `false`.
    ("eliminate_join", Bounded(PRUNES)),
    // The analyser has made joins of the subqueries that these three know.
    ("decorrelate_predicate_subquery", Always),
    ("scalar_subquery_to_join", Always),
    ("decorrelate_lateral_join", Always),
    ("extract_equijoin_predicate", Always),
    ("eliminate_duplicated_expr", Always),
    // `WHERE false`.
    ("eliminate_filter", Bounded(PRUNES)),
    ("eliminate_cross_join", Always),
    // `LIMIT 0`.
    ("eliminate_limit", Bounded(PRUNES)),
    // A join with a table without rows.
    ("propagate_empty_relation", Bounded(PRUNES)),
    ("filter_null_join_keys", Always),
    ("eliminate_outer_join", Always),
    ("push_down_limit", Always),
    ("push_down_filter", Always),
    ("single_distinct_aggregation_to_group_by", Always),
    ("eliminate_group_by_constant", Always),
    ("common_sub_expression_eliminate", Always),
    ("extract_leaf_expressions", Always),
    ("push_down_leaf_projections", Always),
    ("optimize_projections", Always),
];

/// The rules of physical plans.
const PHYSICAL: [(&str, RuleUse); 19] = [
    ("OutputRequirements", Always),
    ("aggregate_statistics", Always),
    (
        "join_selection",
        Bounded("turns a join to its smaller side; the stream must be the side that is read"),
    ),
    ("LimitedDistinctAggregation", Always),
    (
        "FilterPushdown",
        Never("computes `rand()` and its like twice; filters are at the scans by then"),
    ),
    ("WindowTopN", Always),
    ("EnsureRequirements", Always),
    ("CombinePartialFinalAggregate", Always),
    ("OptimizeAggregateOrder", Always),
    ("ProjectionPushdown", Always),
    (
        "LimitAggregation",
        Never("allocates memory for as many groups as LIMIT says"),
    ),
    ("LimitPushPastWindows", Always),
    (
        "HashJoinBuffering",
        Bounded("reads a stream ahead of the table that it is joined with"),
    ),
    ("LimitPushdown", Always),
    ("TopKRepartition", Always),
    ("PushdownSort", Always),
    ("EnsureCooperative", Always),
    ("FilterPushdown(Post)", Always),
    ("SanityCheckPlan", Always),
];

/// Whether the rule of this name is used; not if it is not in the table.
fn is_used(table: &[(&str, RuleUse)], name: &str, queries: Queries) -> bool {
    let known = table.iter().find(|(known, _)| *known == name);
    known.is_some_and(|(_, rule_use)| rule_use.in_queries(queries))
}

/// The builder with the rules that run in such queries, and no others.
pub(crate) fn with_rules(builder: SessionStateBuilder, queries: Queries) -> SessionStateBuilder {
    let mut analyzer = Analyzer::new().rules;
    analyzer.retain(|rule| is_used(&ANALYZER, rule.name(), queries));
    builder
        .with_analyzer_rules(analyzer)
        .with_optimizer_rules(logical(queries))
        .with_physical_optimizer_rules(physical(queries))
}

fn logical(queries: Queries) -> Vec<Arc<dyn OptimizerRule + Send + Sync>> {
    let mut rules = Optimizer::new().rules;
    rules.retain(|rule| is_used(&LOGICAL, rule.name(), queries));
    // The other rules do not look into what it makes.
    rules.push(Arc::new(LambdaDepth));
    rules
}

fn physical(queries: Queries) -> Vec<Arc<dyn PhysicalOptimizerRule + Send + Sync>> {
    let mut rules = PhysicalOptimizer::new().rules;
    rules.retain(|rule| is_used(&PHYSICAL, rule.name(), queries));
    // It must be there before sorts are found needless.
    let sorts = rules
        .iter()
        .position(|rule| rule.name() == "EnsureRequirements");
    rules.insert(sorts.unwrap_or(0), Arc::new(NullableConstants));
    // It must be there before projections are put into each other.
    rules.insert(0, Arc::new(LambdaIndices));
    // It must be there before the inputs are distributed.
    rules.insert(0, Arc::new(Recursions));
    rules
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use arrow::datatypes::{DataType, Field, Schema};
    use datafusion::logical_expr::{JoinType, LogicalPlan, LogicalPlanBuilder, lit, table_scan};
    use datafusion::optimizer::OptimizerContext;
    use datafusion::prelude::SessionContext;

    use super::*;

    fn names<'n>(names: impl Iterator<Item = &'n str>) -> BTreeSet<&'n str> {
        names.collect()
    }

    /// A rule in no table was added by a release of DataFusion. Does it change what a query of Spark's means, and may it
    /// take a stream out of a plan? A name that only the table has is of a rule that is gone.
    #[test]
    fn every_rule_of_datafusion_is_in_a_table() {
        let analyzer = Analyzer::new().rules;
        let logical = Optimizer::new().rules;
        let physical = PhysicalOptimizer::new().rules;
        assert_eq!(
            names(analyzer.iter().map(|rule| rule.name())),
            names(ANALYZER.iter().map(|(name, _)| *name))
        );
        assert_eq!(
            names(logical.iter().map(|rule| rule.name())),
            names(LOGICAL.iter().map(|(name, _)| *name))
        );
        assert_eq!(
            names(physical.iter().map(|rule| rule.name())),
            names(PHYSICAL.iter().map(|(name, _)| *name))
        );
    }

    #[test]
    fn a_session_has_the_rules_of_the_tables() {
        let off = |queries| {
            let state = with_rules(SessionStateBuilder::new().with_default_features(), queries);
            let state = state.build();
            let on = names(
                state
                    .optimizer()
                    .rules
                    .iter()
                    .map(|rule| rule.name())
                    .chain(state.physical_optimizers().iter().map(|rule| rule.name())),
            );
            let all = LOGICAL.iter().chain(&PHYSICAL).map(|(name, _)| *name);
            let off = all.filter(|name| !on.contains(name));
            off.map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(
            off(Queries::Bounded),
            ["FilterPushdown", "LimitAggregation"]
        );
        assert_eq!(
            off(Queries::Streaming),
            [
                "eliminate_join",
                "eliminate_filter",
                "eliminate_limit",
                "propagate_empty_relation",
                "join_selection",
                "FilterPushdown",
                "LimitAggregation",
                "HashJoinBuffering",
            ]
        );
    }

    fn stream() -> LogicalPlanBuilder {
        let schema = Schema::new(vec![Field::new("a", DataType::Int32, true)]);
        table_scan(Some("stream"), &schema, None).unwrap()
    }

    /// How many scans are in a plan.
    fn scans(plan: &LogicalPlan) -> usize {
        let below: usize = plan.inputs().into_iter().map(scans).sum();
        below + usize::from(matches!(plan, LogicalPlan::TableScan(_)))
    }

    fn optimized(
        plan: &LogicalPlan,
        rules: Vec<Arc<dyn OptimizerRule + Send + Sync>>,
    ) -> LogicalPlan {
        let optimizer = Optimizer::with_rules(rules);
        optimizer
            .optimize(plan.clone(), &OptimizerContext::new(), |_, _| {})
            .unwrap()
    }

    /// Each rule that is off in streaming queries because it takes a stream out of a plan, with a plan in which it does.
    #[test]
    fn a_stream_stays_in_its_plan() {
        let other = stream().alias("other").unwrap().build().unwrap();
        let nothing = LogicalPlanBuilder::empty(false).build().unwrap();
        let plans = [
            ("eliminate_filter", stream().filter(lit(false))),
            ("eliminate_limit", stream().limit(0, Some(0))),
            (
                "eliminate_join",
                stream().join_on(other, JoinType::Inner, [lit(false)]),
            ),
            ("propagate_empty_relation", stream().cross_join(nothing)),
        ];
        let pruning = LOGICAL
            .iter()
            .filter(|(_, rule_use)| *rule_use == Bounded(PRUNES));
        assert_eq!(
            names(pruning.map(|(name, _)| *name)),
            names(plans.iter().map(|(name, _)| *name))
        );
        for (name, plan) in plans {
            let plan = plan.unwrap().build().unwrap();
            let mut rules = Optimizer::new().rules;
            rules.retain(|rule| rule.name() == name);
            assert_eq!(scans(&optimized(&plan, rules)), 0, "{name} takes it out");
            let kept = optimized(&plan, logical(Queries::Streaming));
            assert_eq!(scans(&kept), scans(&plan), "{name}: {kept}");
        }
    }

    /// The rule that is off allocates for 2 billion groups, and the process ends.
    #[tokio::test]
    async fn a_large_limit_of_groups_takes_no_memory() {
        let builder = SessionStateBuilder::new().with_default_features();
        let state = with_rules(builder, Queries::Bounded).build();
        let context = SessionContext::new_with_state(state);
        let query = "SELECT k, max(v) AS m FROM (VALUES ('a', 1), ('b', 2), ('a', 3)) t(k, v) \
                     GROUP BY k ORDER BY m DESC LIMIT 2000000000";
        let rows = context.sql(query).await.unwrap().collect().await.unwrap();
        assert_eq!(rows.iter().map(|batch| batch.num_rows()).sum::<usize>(), 2);
    }

    /// Without our rule the sort is left out, because `one` is 1 in all rows of its table.
    #[tokio::test]
    async fn rows_without_a_partner_are_sorted_too() {
        for (join, first) in [("LEFT", "a"), ("RIGHT", "b"), ("FULL", "a")] {
            let builder = SessionStateBuilder::new().with_default_features();
            let state = with_rules(builder, Queries::Bounded).build();
            let context = SessionContext::new_with_state(state);
            let second = if first == "a" { "b" } else { "a" };
            let query = format!(
                "SELECT b.one FROM {first} {join} JOIN {second} ON a.k = b.k ORDER BY b.one NULLS FIRST"
            );
            let tables = "WITH a AS (SELECT * FROM (VALUES (1), (2), (3)) t(k)), \
                          b AS (SELECT k, one FROM (VALUES (1, 1), (2, 1), (3, 2)) t(k, one) WHERE one = 1)";
            let rows = context.sql(&format!("{tables} {query}")).await.unwrap();
            let rows = rows.collect().await.unwrap();
            let all = arrow::compute::concat_batches(&rows[0].schema(), &rows).unwrap();
            assert!(all.column(0).is_null(0), "{query}: {all:?}");
        }
    }
}
