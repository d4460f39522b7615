//! Mathematical functions.

pub(super) mod bits;
pub(super) mod elementary;
pub(super) mod number;
pub(in crate::family) mod radix;
pub(crate) mod random;
pub(super) mod rounding;
