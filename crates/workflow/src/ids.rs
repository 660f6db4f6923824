//! Random names: for processes that hold leases, and for references in apologies.

use rand::Rng;

/// A short reference that a person can read out and an operator can find in the log: six characters without look-alikes.
#[expect(clippy::disallowed_methods, reason = "the one place that makes random names")]
pub fn reference() -> String {
    const LETTERS: &[u8] = b"23456789ABCDEFGHJKMNPQRSTVWXYZ";
    let mut rng = rand::rng();
    (0..6).map(|_| char::from(LETTERS[rng.random_range(0..LETTERS.len())])).collect()
}

/// The name of this process among those that share a database.
#[expect(clippy::disallowed_methods, reason = "the one place that makes random names")]
pub fn process_name() -> String {
    format!("{}-{:08x}", std::process::id(), rand::rng().random::<u32>())
}
