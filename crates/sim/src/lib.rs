//! The proving ground: whole brokers in one thread, from one seed.
//!
//! A run boots a broker on the simulated world of `io::sim`, has workloads talk to it through
//! `client`, pulls the plug, boots again, and checks what must have survived. Everything that can
//! differ from run to run (time, order of tasks, what a power cut leaves on disk, network delays)
//! comes from the seed: the same seed is the same run, and a failure prints it.
//!
//! What it does not do: measure, or find races between threads (there is one).

mod history;
pub mod power_cut;

pub use history::History;
