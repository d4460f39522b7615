//! Simulated blocking pools: bounded like the real ones, but the work runs on the one thread.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, oneshot};

use super::{SimCore, SimSleep};
use crate::task::Pool;

/// How long a piece of work takes at most, without its disk calls.
const WORK_MICROS_MAX: u64 = 1000;

/// The free threads of each pool, in the order of [`Pool::ALL`].
#[derive(Debug)]
pub(super) struct Pools([Arc<Semaphore>; 3]);

impl Pools {
    pub(super) fn new() -> Pools {
        Pools(Pool::ALL.map(|pool| Arc::new(Semaphore::new(pool.threads()))))
    }
}

impl SimCore {
    pub(crate) async fn blocking<T, W>(self: &Arc<Self>, pool: Pool, work: W) -> T
    where
        T: Send + 'static,
        W: FnOnce() -> T + Send + 'static,
    {
        let (send, done) = oneshot::channel();
        let core = Arc::clone(self);
        let threads = Arc::clone(&self.pools.0[pool as usize]);
        let body = async move {
            let _thread = threads.acquire_owned().await;
            let duration = Duration::from_micros(core.random.lock().below(WORK_MICROS_MAX));
            SimSleep::new(Arc::clone(&core), core.now() + duration).await;
            // The caller may have been dropped.
            let _ = send.send(catch_unwind(AssertUnwindSafe(work)));
        };
        self.spawn(pool.name(), Box::pin(body));
        match done.await {
            Ok(Ok(output)) => output,
            Ok(Err(panic)) => resume_unwind(panic),
            // The machine has crashed, and with it every task that could be waiting here.
            Err(_) => std::future::pending().await,
        }
    }
}
