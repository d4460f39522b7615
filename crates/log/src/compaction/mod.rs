//! Log compaction: of all records of a key below the active segment, the last one stays.
//!
//! [`Log::cleanable`] says what there is to do. [`Log::compact`] begins a [`Compaction`], which
//! reads and writes without the log's lock, a piece per [`Compaction::step`]: first the dirty head, into
//! a map of each key's last offset, then all closed segments up to where the map reaches, into new
//! ones; of the dirty head's records a bit for each offset says by then which stay. [`Log::replace_segments`] puts each new segment in the place of those it was made of. If
//! the keys do not fit into the map, the pass ends early and another one goes on from there.
//!
//! What holds: offsets, order and times never change. A batch of which nothing is dropped keeps
//! its bytes. The last batch of a segment stays, if need be without records, so that segments go
//! on where the one before ends; so does the last one of a producer. A tombstone, and a marker of
//! whose transaction nothing is left, stays for `delete.retention.ms` after it was first met.
//!
//! # Putting in place
//!
//! Everything is synced as `.cleaned`. Then, in this order: the indexes become `.swap`; the `.log`
//! does, and from here on the new segment counts; the old files become `.deleted`; the indexes get
//! their names; last the `.log` does. A crash leaves the first so many of these steps, and
//! opening the log goes on from there, or back if the `.log` was not reached, or is damaged while
//! all of the old files are there ([`recovery`](crate::recovery)).

mod cleaned;
mod filter;
mod job;
mod offset_map;
pub(crate) mod plan;
mod progress;
mod reader;
mod survivors;
mod suspect;
mod swap;
mod transactions;

pub use cleaned::CleanedSegment;
pub(crate) use cleaned::Writer;
pub use job::{Compacted, Compaction, CompactionLimits, Step};
pub use plan::Cleanable;
pub use progress::Progress;
pub use suspect::{CompactionError, Suspect};
pub(crate) use swap::finish_swaps;
