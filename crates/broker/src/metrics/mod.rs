//! Figures of this node for a monitoring system: Prometheus' text format at `GET /metrics`.
//!
//! Each room counts for itself; here the counts are only gathered, when they are asked for.

mod cleaner;
mod exposition;
pub(crate) mod http;

use self::exposition::Exposition;
use crate::node::Node;

/// Everything, as it is now.
fn all(node: &Node) -> String {
    let mut exposition = Exposition::default();
    cleaner::describe(node, &mut exposition);
    exposition.into_text()
}
