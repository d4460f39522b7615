//! Window functions: DataFusion's evaluators with Spark's types.

use std::fmt::Debug;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::compute::cast;
use arrow::datatypes::{DataType as ArrowType, Field, FieldRef};
use datafusion_common::{Result as EngineResult, ScalarValue};
use datafusion_expr::function::{PartitionEvaluatorArgs, WindowUDFFieldArgs};
use datafusion_expr::window_state::WindowAggState;
use datafusion_expr::{
    LimitEffect, PartitionEvaluator, Signature, Volatility, WindowUDF, WindowUDFImpl,
};

use crate::udf::any_arguments;

/// A window function of DataFusion's that gives another type.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct WindowFunction {
    inner: Arc<WindowUDF>,
    name: &'static str,
    return_type: ArrowType,
    nullable: bool,
    signature: Signature,
}

impl WindowFunction {
    /// `inner` under another name, with results of this type.
    pub(crate) fn wrap(
        name: &'static str,
        inner: Arc<WindowUDF>,
        return_type: ArrowType,
        nullable: bool,
    ) -> Arc<WindowUDF> {
        Arc::new(WindowUDF::new_from_impl(WindowFunction {
            inner,
            name,
            return_type,
            nullable,
            signature: any_arguments(Volatility::Immutable),
        }))
    }
}

impl WindowUDFImpl for WindowFunction {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn partition_evaluator(
        &self,
        args: PartitionEvaluatorArgs<'_>,
    ) -> EngineResult<Box<dyn PartitionEvaluator>> {
        Ok(Box::new(Evaluator {
            inner: self.inner.partition_evaluator_factory(args)?,
            return_type: self.return_type.clone(),
        }))
    }

    fn field(&self, args: WindowUDFFieldArgs<'_>) -> EngineResult<FieldRef> {
        let field = Field::new(args.name(), self.return_type.clone(), self.nullable);
        Ok(Arc::new(field))
    }

    fn limit_effect(&self, _: &[Arc<dyn datafusion_physical_expr::PhysicalExpr>]) -> LimitEffect {
        LimitEffect::Unknown
    }
}

#[derive(Debug)]
struct Evaluator {
    inner: Box<dyn PartitionEvaluator>,
    return_type: ArrowType,
}

impl Evaluator {
    fn array(&self, array: ArrayRef) -> EngineResult<ArrayRef> {
        if *array.data_type() == self.return_type {
            return Ok(array);
        }
        Ok(cast(&array, &self.return_type)?)
    }
}

impl PartitionEvaluator for Evaluator {
    fn memoize(&mut self, state: &mut WindowAggState) -> EngineResult<()> {
        self.inner.memoize(state)
    }

    fn get_range(&self, idx: usize, n_rows: usize) -> EngineResult<Range<usize>> {
        self.inner.get_range(idx, n_rows)
    }

    fn is_causal(&self) -> bool {
        self.inner.is_causal()
    }

    fn evaluate_all(&mut self, values: &[ArrayRef], num_rows: usize) -> EngineResult<ArrayRef> {
        let array = self.inner.evaluate_all(values, num_rows)?;
        self.array(array)
    }

    fn evaluate(&mut self, values: &[ArrayRef], range: &Range<usize>) -> EngineResult<ScalarValue> {
        self.inner
            .evaluate(values, range)?
            .cast_to(&self.return_type)
    }

    fn evaluate_all_with_rank(
        &self,
        num_rows: usize,
        ranks_in_partition: &[Range<usize>],
    ) -> EngineResult<ArrayRef> {
        self.array(
            self.inner
                .evaluate_all_with_rank(num_rows, ranks_in_partition)?,
        )
    }

    fn supports_bounded_execution(&self) -> bool {
        self.inner.supports_bounded_execution()
    }

    fn uses_window_frame(&self) -> bool {
        self.inner.uses_window_frame()
    }

    fn include_rank(&self) -> bool {
        self.inner.include_rank()
    }
}
