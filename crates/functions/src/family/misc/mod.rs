//! Functions that belong to no other family.

pub(super) mod assertion;
pub(super) mod bitmap;
pub(super) mod check;
pub(super) mod keywords;
pub(super) mod row_id;
pub(super) mod session;
mod twister;
