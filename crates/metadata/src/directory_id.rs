//! Ids of log directories that say something else than which directory (KIP-858).

use wire::Uuid;

/// The broker has still to choose a directory.
pub const UNASSIGNED: Uuid = Uuid([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);

/// Kafka keeps so many of the lowest ids for such meanings.
const RESERVED: u8 = 100;

/// Whether `id` is that of a directory.
pub fn is_directory(id: Uuid) -> bool {
    let (last, rest) = id.0.split_last().expect("an id has bytes");
    rest.iter().any(|byte| *byte != 0) || *last >= RESERVED
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_ids_are_no_directories() {
        let low = |last: u8| {
            let mut id = Uuid::ZERO;
            id.0[15] = last;
            id
        };
        assert!(!is_directory(Uuid::ZERO) && !is_directory(UNASSIGNED) && !is_directory(low(99)));
        assert!(is_directory(low(100)) && is_directory(Uuid([7; 16])));
    }
}
