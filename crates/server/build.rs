//! How the release program is linked, for less resident memory (see docs/performance.md): identical functions are folded into
//! one, because generic code is written out once for each type and a tenth of it is the same again; and what the loader
//! must fill in when the program starts is packed, where the C library understands that.

use std::env;
use std::process::Command;

/// The first version of glibc that reads packed relocations; a program that has them does not start with an older one.
const PACKED_SINCE: (u32, u32) = (2, 36);

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let is = |key: &str, value: &str| env::var(key).is_ok_and(|v| v == value);
    // Only where Rust brings the linker that can do it.
    if is("PROFILE", "release") && is("TARGET", "x86_64-unknown-linux-gnu") {
        println!("cargo::rustc-link-arg-bin=kaizen=-Wl,--icf=all");
        if is("HOST", "x86_64-unknown-linux-gnu") && glibc().is_some_and(|version| version >= PACKED_SINCE) {
            println!("cargo::rustc-link-arg-bin=kaizen=-Wl,-z,pack-relative-relocs");
        }
    }
}

/// The version of this machine's glibc; none where it cannot be asked.
fn glibc() -> Option<(u32, u32)> {
    let said = Command::new("getconf").arg("GNU_LIBC_VERSION").output().ok()?;
    let said = String::from_utf8(said.stdout).ok()?;
    let (major, minor) = said.trim().strip_prefix("glibc ")?.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}
