//! CPU seconds, memory and threads of a whole process, from /proc.

use std::fs;

use serde_json::{Value, json};

use crate::Failure;

/// Clock ticks in a second: `sysconf(_SC_CLK_TCK)` on Linux.
const TICKS_PER_SECOND: f64 = 100.0;

/// CPU seconds of the process so far, user and system.
pub fn cpu_seconds(pid: u32) -> Result<f64, Failure> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The command's name may contain blanks, so fields are counted from its end. utime and stime are the 14th and 15th.
    let after_name = stat.rsplit_once(')').ok_or("no ')' in /proc stat")?.1;
    let fields: Vec<&str> = after_name.split_whitespace().collect();
    let ticks = fields[11].parse::<u64>()? + fields[12].parse::<u64>()?;
    Ok(ticks as f64 / TICKS_PER_SECOND)
}

/// Resident memory, its maximum so far (both in MB), and the number of threads.
pub fn memory_and_threads(pid: u32) -> Result<Value, Failure> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let number = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name))?;
        line.split_whitespace().nth(1)?.parse::<u64>().ok()
    };
    Ok(json!({
        "rss_mb": number("VmRSS:").map(|kb| kb / 1024),
        "rss_peak_mb": number("VmHWM:").map(|kb| kb / 1024),
        "threads": number("Threads:"),
    }))
}
