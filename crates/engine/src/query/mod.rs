//! The life of a streaming query: started, one batch after the other, ended.
//!
//! [`run`](self) is the loop that does what [`crate::batch`] decides; a [`StreamingQuery`] is the
//! handle that its user holds; the [`StreamingQueryManager`] knows all of a session's.

mod batch_run;
mod handle;
mod life;
mod listener;
mod manager;
mod state;
mod watermark;

pub use handle::StreamingQuery;
pub use life::QueryLife;
pub use listener::{
    QueryIdleEvent, QueryProgressEvent, QueryStartedEvent, QueryTerminatedEvent,
    StreamingQueryListener,
};
pub use manager::StreamingQueryManager;
pub use state::StreamingQueryStatus;
pub use state::{QueryIdentity, QueryState};
