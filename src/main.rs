//! The `chartlift` program; see `chartlift::cli`.

use std::process::ExitCode;

/// Rows are allocated by the threads that prepare them and freed by the one that writes them, which the system's allocator
/// does slowly.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    chartlift::cli::main()
}
