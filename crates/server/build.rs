//! The release program is linked with identical functions folded into one: generic code is written out once for each type,
//! and a tenth of it is the same again. It is resident memory saved (see docs/performance.md).

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let is = |key: &str, value: &str| env::var(key).is_ok_and(|v| v == value);
    // Only where Rust brings the linker that can do it.
    if is("PROFILE", "release") && is("TARGET", "x86_64-unknown-linux-gnu") {
        println!("cargo::rustc-link-arg-bin=kaizen=-Wl,--icf=all");
    }
}
