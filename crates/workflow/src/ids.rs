//! Random names: for processes that hold leases, and for references in apologies.

use rand::Rng;

/// A short reference that a person can read out and an operator can find in the log: six characters without look-alikes.
#[expect(clippy::disallowed_methods, reason = "the one place that makes random names")]
pub fn reference() -> String {
    const LETTERS: &[u8] = b"23456789ABCDEFGHJKMNPQRSTVWXYZ";
    let mut rng = rand::rng();
    (0..6).map(|_| char::from(LETTERS[rng.random_range(0..LETTERS.len())])).collect()
}

/// A name that nothing else has: for what is known by its name in more than one place.
#[expect(clippy::disallowed_methods, reason = "the one place that makes random names")]
pub fn unique() -> String {
    format!("{:032x}", rand::rng().random::<u128>())
}

/// How far numbers leap ahead that must not be those of another past: two leaps are hardly ever the same.
#[expect(clippy::disallowed_methods, reason = "the one place that makes random names")]
pub fn leap() -> i64 {
    rand::rng().random_range(1_000_000..1_000_000_000)
}

/// The name of this process among those that share a database.
#[expect(clippy::disallowed_methods, reason = "the one place that makes random names")]
pub fn process_name() -> String {
    format!("{}-{:08x}", std::process::id(), rand::rng().random::<u32>())
}
