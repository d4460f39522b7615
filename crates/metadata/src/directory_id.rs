//! Reserved ids of log directories (KIP-858).

use wire::Uuid;

/// The broker has not chosen a directory yet.
pub const UNASSIGNED: Uuid = Uuid([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);

/// Number of the lowest ids that Kafka reserves.
const RESERVED: u8 = 100;

/// Whether `id` is the id of a directory, not a reserved one.
pub fn is_directory(id: Uuid) -> bool {
    let (last, rest) = id.0.split_last().expect("an id has bytes");
    rest.iter().any(|byte| *byte != 0) || *last >= RESERVED
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_ids_are_reserved() {
        let low = |last: u8| {
            let mut id = Uuid::ZERO;
            id.0[15] = last;
            id
        };
        assert!(!is_directory(Uuid::ZERO) && !is_directory(UNASSIGNED) && !is_directory(low(99)));
        assert!(is_directory(low(100)) && is_directory(Uuid([7; 16])));
    }
}
