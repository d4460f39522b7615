//! Metrics of this node for a monitoring system, in Prometheus' text format at `GET /metrics`.
//!
//! Each module keeps its own counts. This one gathers them for each request.

mod cleaner;
mod exposition;
pub(crate) mod http;

use self::exposition::Exposition;
use crate::partition::Partitions;
use crate::partition::directories::Directories;

/// All metrics as of now.
pub(crate) fn all(directories: &Directories, partitions: &Partitions) -> String {
    let mut exposition = Exposition::default();
    cleaner::describe(directories, partitions, &mut exposition);
    exposition.into_text()
}
