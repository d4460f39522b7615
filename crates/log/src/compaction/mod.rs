//! Log compaction: of all records with the same key below the active segment, the last one is
//! kept.
//!
//! [`Log::cleanable`] finds what can be compacted. [`Log::compact`] begins a [`Compaction`], which
//! reads and writes without the log's lock, one piece per [`Compaction::step`]. It first reads the
//! dirty head into a map of the last offset of each key. Then it copies all closed segments, up to
//! the end of the map, into new ones. For records of the dirty head, a bit per offset says whether
//! the record is kept. [`Log::replace_segments`] puts each new segment in the place of those it
//! was made of. If the keys do not fit into the map, the pass ends early and another pass
//! continues from there.
//!
//! Invariants: offsets, order and timestamps never change. A batch of which nothing is removed
//! keeps its bytes. The last batch of a segment is kept, without records if need be, so that the
//! next segment begins where it ends; so is the last batch of a producer. A tombstone, and a
//! marker of whose transaction nothing is left, is kept for `delete.retention.ms` after a pass
//! first found it.
//!
//! # Putting in place
//!
//! Everything is synced as `.cleaned`. Then, in this order: the indexes become `.swap`; the `.log`
//! becomes `.swap`, and from here on the new segment counts; the old files become `.deleted`; the
//! indexes get their final names; the `.log` gets its final name. After a crash the first steps
//! are done. Opening the log does the remaining ones; or it undoes all of them, if the `.log` was
//! not reached, or is damaged while all of the old files are there
//! ([`recovery`](crate::recovery)).

mod cleaned;
mod filter;
mod last_records;
mod offset_map;
mod pass;
pub(crate) mod plan;
mod progress;
mod reader;
mod suspect;
mod swap;
mod transactions;

pub use cleaned::CleanedSegment;
pub(crate) use cleaned::Writer;
pub use pass::{Compacted, Compaction, CompactionLimits, Step};
pub use plan::Cleanable;
pub use progress::Progress;
pub use suspect::{CompactionError, Suspect};
pub(crate) use swap::finish_swaps;
pub use swap::{Replaced, Replacement};
