//! A full disk under the database: said once, with what to do; what was recorded before is intact, and recording goes on with room.

use std::path::{Path, PathBuf};
use std::process::Command;

use security_monkey_testkit::moto::Moto;
use security_monkey_testkit::python::workspace_root;

use crate::api::Person;
use crate::product::{Running, command, command_on, ran, run_python};

/// Bytes that are never used up here.
const PLENTY: &str = "1000000000";

/// A disk whose room the test decides.
struct Disk {
    library: PathBuf,
    room: PathBuf,
}

impl Disk {
    fn new(folder: &Path) -> Self {
        let library = folder.join("room.so");
        let compiled = Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o"])
            .arg(&library)
            .arg(workspace_root().join("tests/full_disk/room.c"))
            .output()
            .expect("start cc; run: apt-get install -y build-essential");
        assert!(
            compiled.status.success(),
            "{}",
            String::from_utf8_lossy(&compiled.stderr)
        );
        let disk = Self {
            library,
            room: folder.join("room"),
        };
        disk.has_room(PLENTY);
        disk
    }

    fn has_room(&self, bytes: &str) {
        // In one step: it is read while a server writes.
        let new = self.room.with_extension("new");
        std::fs::write(&new, bytes).expect("write");
        std::fs::rename(&new, &self.room).expect("rename");
    }

    /// The same command, with its database on this disk.
    fn under(&self, mut command: Command) -> Command {
        command.env("LD_PRELOAD", &self.library).env("ROOM", &self.room);
        command
    }
}

/// So many security groups with forty networks each.
fn grow(moto: &Moto, groups: usize) {
    run_python(
        "import boto3, sys\nec2 = boto3.client('ec2', endpoint_url=sys.argv[1], region_name='us-east-1')\n\
         for number in range(int(sys.argv[2])):\n    \
             group = ec2.create_security_group(GroupName=f'more-{number}', Description='d')['GroupId']\n    \
             ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[{'IpProtocol': 'tcp', 'FromPort': 22, 'ToPort': 22, 'IpRanges': [{'CidrIp': f'10.{number % 250}.{part}.0/24'} for part in range(40)]}])",
        &[moto.url(), &groups.to_string()],
    );
}

#[test]
fn a_full_disk_is_said_once_and_what_was_recorded_before_is_intact() {
    let moto = Moto::start().expect("start the fake AWS");
    let folder = tempfile::tempdir().expect("a folder");
    let disk = Disk::new(folder.path());
    let run = |arguments: &[&str]| ran(command_on(moto.url(), folder.path(), arguments));
    let added = run(&["accounts", "add", "--name", "main", "--region", "us-east-1"]);
    assert_eq!(added.code, Some(0), "{}", added.stderr);
    let scan = [
        "scan",
        "--record",
        "-t",
        "aws.ec2.security-group",
        "-t",
        "aws.ec2.vpc",
        "--fail-on",
        "none",
    ];
    let first = run(&scan);
    assert_eq!(first.code, Some(0), "{}", first.stderr);
    let before = run(&["db", "verify"]).stdout;
    let head = before
        .lines()
        .find_map(|line| line.strip_prefix("head "))
        .expect("the head");
    grow(&moto, 60);

    disk.has_room("100000");
    let full = ran(disk.under(command_on(moto.url(), folder.path(), &scan)));
    assert_eq!(full.code, Some(2), "{}{}", full.stdout, full.stderr);
    for part in [
        "error: could not record ",
        "security-monkey.db is full",
        "free space on its disk",
        "nothing recorded was lost",
    ] {
        assert_eq!(full.stderr.matches(part).count(), 1, "'{part}' in:\n{}", full.stderr);
    }
    assert!(!full.stderr.contains("transaction depth"), "{}", full.stderr);
    assert_eq!(
        run(&["db", "verify"]).stdout,
        before,
        "nothing half recorded, nothing lost"
    );

    // Room again, and whoever held the places has ended long ago.
    run_python(
        "import sqlite3, sys\nbase = sqlite3.connect(sys.argv[1])\nbase.execute('update lease set ends_at = 0')\nbase.commit()",
        &[folder.path().join("security-monkey.db").to_str().expect("UTF-8")],
    );
    disk.has_room(PLENTY);
    let again = ran(disk.under(command_on(moto.url(), folder.path(), &scan)));
    assert_eq!(again.code, Some(0), "{}", again.stderr);
    assert_eq!(run(&["history", "more-59"]).code, Some(0));
    let verified = run(&["db", "verify", "--head", head]);
    assert_eq!(verified.code, Some(0), "{}", verified.stdout);
}

/// A commit that failed had left the only connection that writes in a transaction that was none: every later write failed, room or not.
#[test]
fn a_server_records_again_when_a_full_disk_has_room() {
    let moto = Moto::start().expect("start the fake AWS");
    let folder = tempfile::tempdir().expect("a folder");
    let disk = Disk::new(folder.path());
    std::fs::write(
        folder.path().join("security-monkey.toml"),
        "[scan]\ntechnologies = [\"aws.ec2.security-group\"]\nregions = [\"us-east-1\"]\n",
    )
    .expect("write");
    let mut serve = Running::start(disk.under(command_on(
        moto.url(),
        folder.path(),
        &["serve", "--listen", "127.0.0.1:0"],
    )));
    let address = serve.hear("Security Monkey is at ");
    let said = serve.hear("with the password ");
    let admin = Person::sign_in(
        &address,
        "admin@localhost.localdomain",
        said.split(' ').next().expect("the password"),
    );
    // Far more than the log of the database has room for without growing.
    grow(&moto, 400);

    // Enough to begin the scan, and too little for what it finds.
    disk.has_room("100000");
    let added = ran(command_on(
        moto.url(),
        folder.path(),
        &["accounts", "add", "--name", "main"],
    ));
    assert_eq!(added.code, Some(0), "{}", added.stderr);
    let full = serve.hear("gave up the scan of a scope");
    assert!(full.contains("security-monkey.db is full"), "{full}");
    disk.has_room(PLENTY);
    let serve = serve.drain();
    admin.event(0, |event| event["name"] == "more-399");
    let (code, talk) = serve.stop();
    assert_eq!(code, Some(0), "{talk}");
    let verified = ran(command(folder.path(), &["db", "verify"]));
    assert_eq!(verified.code, Some(0), "{}", verified.stdout);
}
