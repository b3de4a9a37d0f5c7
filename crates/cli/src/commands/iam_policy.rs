//! `iam-policy`: the least-privilege policy for what is enabled.

use std::process::ExitCode;

use security_monkey_watcher::iam_policy;

use crate::arguments::IamPolicy;
use crate::compose::{Process, known};
use crate::output::{errln, outln};

pub(super) fn run(process: &Process, arguments: &IamPolicy) -> anyhow::Result<ExitCode> {
    let technologies = process.technologies()?;
    known(&technologies, &arguments.technologies)?;
    let enabled = process.enabled(&technologies, &arguments.technologies);
    outln!("{:#}", iam_policy(&enabled))?;
    errln!(
        "{} technologies; attach it to the role that Security Monkey assumes in each account",
        enabled.len()
    );
    Ok(ExitCode::SUCCESS)
}
