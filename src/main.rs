//! The `chartlift` program; see `chartlift::cli`.

use std::process::ExitCode;

fn main() -> ExitCode {
    chartlift::cli::main()
}
