//! Mathematical functions.

pub(super) mod bits;
pub(super) mod elementary;
pub(super) mod number;
pub(super) mod radix;
pub(super) mod random;
pub(super) mod rounding;
