//! What a person at a terminal sees, and a file or pipe does not.

use std::process::{Command, Stdio};

use security_monkey_testkit::moto::Moto;

use crate::product::{binary, command_on, python, ran};

/// Runs what follows with a terminal of 120 columns as its stderr and stdin; stdout stays as it is. What the terminal got goes to stderr.
const ON_A_TERMINAL: &str = r#"
import fcntl, os, pty, struct, subprocess, sys, termios
ours, theirs = pty.openpty()
fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 120, 0, 0))
child = subprocess.Popen(sys.argv[1:], stdin=theirs, stderr=theirs)
os.close(theirs)
while True:
    try:
        said = os.read(ours, 65536)
    except OSError:
        break
    if not said:
        break
    sys.stderr.buffer.write(said)
sys.exit(child.wait())
"#;

#[test]
fn a_scan_shows_its_progress_on_a_terminal_and_nowhere_else() {
    let moto = Moto::start().expect("start the fake AWS");
    let folder = tempfile::tempdir().expect("a folder");
    let scan = [
        "scan",
        "-r",
        "us-east-1",
        "-t",
        "aws.ec2.vpc",
        "-t",
        "aws.ec2.security-group",
        "-f",
        "jsonl",
        "--fail-on",
        "none",
    ];
    let piped = ran(command_on(moto.url(), folder.path(), &scan));
    assert_eq!(piped.code, Some(0), "{}", piped.stderr);
    assert!(piped.stderr.contains("2 scopes"), "{}", piped.stderr);
    for trace in ["/2 scopes", "█", "\u{1b}", "\r"] {
        assert!(!piped.stderr.contains(trace), "'{trace}' in:\n{:?}", piped.stderr);
    }

    // The product's own environment, in a terminal's.
    let mut on_terminal = Command::new(python());
    on_terminal
        .args(["-c", ON_A_TERMINAL])
        .arg(binary())
        .args(scan)
        .current_dir(folder.path())
        .env_clear()
        .envs(
            command_on(moto.url(), folder.path(), &[])
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .env("TERM", "xterm")
        .stdin(Stdio::null());
    let shown = ran(on_terminal);
    assert_eq!(shown.code, Some(0), "{}", shown.stderr);
    for part in ["/2 scopes", "resources", "█"] {
        assert!(
            shown.stderr.contains(part),
            "'{part}' is missing in:\n{:?}",
            shown.stderr
        );
    }
    assert_eq!(
        shown.stdout, piped.stdout,
        "the data is the same, and the bar is none of it"
    );
    // It is wiped off when the scan is done: the summary stands alone.
    let (_, after) = shown.stderr.rsplit_once("/2 scopes").expect("the bar");
    assert!(
        after.contains("\u{1b}[2K") && after.contains("2 scopes; findings"),
        "{after:?}"
    );
}
