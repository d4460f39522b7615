//! One budget for the memory of a session, and who holds how much of it.
//!
//! DataFusion's sorts, joins and aggregations, the state of queries, files being read and records
//! that are ahead of their query all reserve from it. Who is refused may spill (sorts do) or fails
//! its query; nothing is aborted. Not counted are: what one record batch takes while it passes
//! through an operator, the groups of a micro-batch until they are merged into state, and the bytes
//! in a Kafka consumer's connection, which `fetch.max.bytes` bounds.
//!
//! Does not allocate: it is told.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use datafusion::common::DataFusionError;
use datafusion::execution::TaskContext;
use datafusion::execution::memory_pool::{
    MemoryConsumer, MemoryLimit, MemoryPool, MemoryReservation, human_readable_size,
};
use parking_lot::Mutex;

use crate::conf::Conf;
use crate::error::{Error, Result};
use crate::options::parse_bytes;

/// The name of the setting, in bytes or with a unit (`512m`, `4g`). A change holds at once.
pub const BUDGET: &str = "vltava.memory.budget";

/// Holders that an error names, the largest first.
const NAMED: usize = 8;

/// The budget of a session.
#[derive(Debug)]
pub struct MemoryBudget {
    conf: Conf,
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    total: usize,
    /// By the number of the consumer.
    holders: BTreeMap<usize, Holder>,
}

#[derive(Debug)]
struct Holder {
    name: String,
    bytes: usize,
}

/// A way to reserve from a session's budget.
#[derive(Clone, Debug)]
pub struct Memory(Arc<dyn MemoryPool>);

impl Memory {
    /// The memory of the session that `task` belongs to.
    pub fn of(task: &TaskContext) -> Memory {
        Memory(Arc::clone(task.memory_pool()))
    }

    /// A reservation of nothing yet, given back when it is dropped. Errors call it `name`.
    pub fn holder(&self, name: impl Into<String>) -> MemoryReservation {
        MemoryConsumer::new(name).register(&self.0)
    }
}

impl MemoryBudget {
    /// A budget as large as `conf` says, now and later.
    pub fn new(conf: &Conf) -> MemoryBudget {
        MemoryBudget {
            conf: conf.clone(),
            held: Mutex::default(),
        }
    }

    fn limit(&self) -> Result<usize> {
        let text = self.conf.get(BUDGET).unwrap_or_default();
        let bytes = parse_bytes(&text).filter(|bytes| *bytes > 0);
        let bytes = bytes.ok_or_else(|| {
            Error::illegal_argument(format!(
                "{BUDGET} must be a number of bytes such as 512m or 4g, not \"{text}\""
            ))
        })?;
        Ok(usize::try_from(bytes).unwrap_or(usize::MAX))
    }
}

impl Held {
    fn add(&mut self, reservation: &MemoryReservation, bytes: usize) {
        self.total = self.total.saturating_add(bytes);
        if let Some(holder) = self.holders.get_mut(&reservation.consumer().id()) {
            holder.bytes = holder.bytes.saturating_add(bytes);
        }
    }

    /// Who holds how much, the largest first; those of one name together.
    fn text(&self) -> String {
        let mut by_name: BTreeMap<&str, usize> = BTreeMap::new();
        for holder in self.holders.values().filter(|holder| holder.bytes > 0) {
            *by_name.entry(&holder.name).or_default() += holder.bytes;
        }
        let mut by_size: Vec<(&str, usize)> = by_name.into_iter().collect();
        by_size.sort_by_key(|(_, bytes)| std::cmp::Reverse(*bytes));
        let rest: usize = by_size.iter().skip(NAMED).map(|(_, bytes)| bytes).sum();
        by_size.truncate(NAMED);
        if rest > 0 {
            by_size.push(("others", rest));
        }
        let parts: Vec<String> = by_size
            .iter()
            .map(|(name, bytes)| format!("{name} {}", human_readable_size(*bytes)))
            .collect();
        match parts.is_empty() {
            true => "nobody holds any".to_owned(),
            false => parts.join(", "),
        }
    }
}

impl MemoryPool for MemoryBudget {
    fn name(&self) -> &str {
        "vltava"
    }

    fn register(&self, consumer: &MemoryConsumer) {
        let holder = Holder {
            name: consumer.name().to_owned(),
            bytes: 0,
        };
        self.held.lock().holders.insert(consumer.id(), holder);
    }

    fn unregister(&self, consumer: &MemoryConsumer) {
        self.held.lock().holders.remove(&consumer.id());
    }

    fn grow(&self, reservation: &MemoryReservation, additional: usize) {
        self.held.lock().add(reservation, additional);
    }

    fn shrink(&self, reservation: &MemoryReservation, shrink: usize) {
        let mut held = self.held.lock();
        held.total = held.total.saturating_sub(shrink);
        if let Some(holder) = held.holders.get_mut(&reservation.consumer().id()) {
            holder.bytes = holder.bytes.saturating_sub(shrink);
        }
    }

    fn try_grow(
        &self,
        reservation: &MemoryReservation,
        additional: usize,
    ) -> datafusion::common::Result<()> {
        let limit = self.limit()?;
        let mut held = self.held.lock();
        if held.total.saturating_add(additional) <= limit {
            held.add(reservation, additional);
            return Ok(());
        }
        // Operators that can spill know this variant.
        Err(DataFusionError::ResourcesExhausted(format!(
            "{} needs {} more than the memory budget of the session allows, which is {} in all. \
             Held now: {}. Raise {BUDGET}, or let less data through at a time.",
            reservation.consumer().name(),
            human_readable_size(additional),
            human_readable_size(limit),
            held.text(),
        )))
    }

    fn reserved(&self) -> usize {
        self.held.lock().total
    }

    fn memory_limit(&self) -> MemoryLimit {
        self.limit()
            .map_or(MemoryLimit::Unknown, MemoryLimit::Finite)
    }
}

impl fmt::Display for MemoryBudget {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let held = self.held.lock();
        write!(
            f,
            "{} held: {}",
            human_readable_size(held.total),
            held.text()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_says_who_holds_what_and_what_to_raise() {
        let conf = Conf::default();
        conf.set(BUDGET, "1k");
        let memory = Memory(Arc::new(MemoryBudget::new(&conf)));
        let state = memory.holder("state of operator 0");
        let files = [memory.holder("file a"), memory.holder("file a")];
        state.try_grow(600).unwrap();
        files[0].try_grow(200).unwrap();
        files[1].try_grow(100).unwrap();
        let refused = state.try_grow(200).unwrap_err().to_string();
        assert!(
            refused.contains("Held now: state of operator 0 600.0 B, file a 300.0 B."),
            "{refused}"
        );
        assert!(refused.contains("Raise vltava.memory.budget"), "{refused}");
        // What is given back can be had again, and a larger budget holds at once.
        drop(files);
        state.try_grow(200).unwrap();
        conf.set(BUDGET, "2k");
        state.try_grow(1000).unwrap();
        assert_eq!(memory.0.reserved(), 1800);
        drop(state);
        assert_eq!(memory.0.reserved(), 0);
    }

    #[test]
    fn a_budget_that_is_no_number_is_refused_by_name() {
        let conf = Conf::default();
        conf.set(BUDGET, "much");
        let memory = Memory(Arc::new(MemoryBudget::new(&conf)));
        let refused = memory.holder("x").try_grow(1).unwrap_err().to_string();
        assert!(refused.contains("vltava.memory.budget"), "{refused}");
    }
}
