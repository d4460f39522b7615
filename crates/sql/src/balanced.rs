//! A tree of two-sided operators that is not deep.

/// The parts put together two by two, in their order, so that thousands of parts are not thousands of levels. None without
/// parts.
pub fn balanced<T>(mut parts: Vec<T>, connect: impl Fn(T, T) -> T) -> Option<T> {
    while parts.len() > 1 {
        let mut halved = Vec::with_capacity(parts.len().div_ceil(2));
        let mut rest = parts.into_iter();
        while let Some(left) = rest.next() {
            halved.push(match rest.next() {
                Some(right) => connect(left, right),
                None => left,
            });
        }
        parts = halved;
    }
    parts.pop()
}
