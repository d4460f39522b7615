//! Metrics of this node for a monitoring system, in Prometheus' text format at `GET /metrics`.
//!
//! Each module keeps its own counts. This one gathers them for each request.

mod cleaner;
mod exposition;
pub(crate) mod http;

use self::exposition::Exposition;
use crate::node::Node;

/// All metrics as of now.
fn all(node: &Node) -> String {
    let mut exposition = Exposition::default();
    cleaner::describe(node, &mut exposition);
    exposition.into_text()
}
