//! Whole brokers and their clients in one thread, from one seed.
//!
//! A run starts a broker on the simulated machines of `io::sim`, lets clients work with it through
//! `client`, cuts the power, starts the broker again, and checks what must have survived.
//! Everything that can differ from run to run (time, order of tasks, effect of a power cut, faults,
//! network) comes from the seed: the same seed is the same run, and a failure prints it.
//!
//! - [`power_cut`]: short lives under load, with power cuts between any two steps.
//! - [`workload`]: everything a broker does, with power cuts at any disk call, and other faults.
//!
//! It measures nothing, and finds no races between threads: there is only one thread.

mod history;
pub mod power_cut;
pub mod workload;

pub use history::History;
