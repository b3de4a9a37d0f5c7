#!/usr/bin/env python3
"""Compares our rules with the verdicts that another scanner's own tests assert.

    tests/conformance/scenes.py FOLDER [--binary FILE] [--check TEXT] [--all]

FOLDER holds `scenarios.jsonl.gz` and the module `replay.py` that sets a recorded scene on a moto server. Each scene whose check one of
our rules names among its `equivalents` is set, scanned with the built binary into a database of its own, and compared: an expected FAIL is
an open finding of an equivalent rule on that resource, a PASS the recorded resource without one, MANUAL anything but a pass. Prints a row
for each check and each divergence. The folder is not part of the product and no test depends on it; docs/reference/rule-conformance.md
holds the latest result and the reasons of what differs.
"""
import argparse
import collections
import contextlib
import importlib.util
import json
import os
import pathlib
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
ACCOUNT = "123456789012"


def rules_by_check(binary):
    """The rules that name a check of the other scanner, by that check."""
    output = subprocess.run([binary, "rules", "list", "--format", "json"], check=True, capture_output=True, text=True).stdout
    found = collections.defaultdict(list)
    for rule in json.loads(output):
        for scanner, checks in rule["equivalents"].items():
            for check in checks if isinstance(checks, list) else []:
                found[f"{scanner}:{check}"].append(rule)
    return found


@contextlib.contextmanager
def moto(program, **environment):
    """A moto server of its own; gives its URL."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [program, "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **environment},
    )
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"{url}/moto-api/data.json", timeout=5).read()
                break
            time.sleep(0.1)
        else:
            sys.exit(f"{program} does not answer at {url}; run tests/setup/python.sh, or name another with --moto")
        yield url
    finally:
        server.terminate()
        server.wait()


def scan(binary, endpoint, rules, regions, folder):
    """Scans what the rules look at into a new database; gives (resources, findings and unknown verdicts)."""
    database = pathlib.Path(folder) / "scene.db"
    for old in pathlib.Path(folder).glob("scene.db*"):
        old.unlink()
    environment = {
        **os.environ,
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    technologies = {t for r in rules for kind in ("technologies", "reads", "links", "excused_by") for t in r[kind]}
    place = ["--database", f"sqlite:{database}"]
    limits = [word for t in sorted(technologies) for word in ("--technology", t)]
    for words in (
        ["accounts", "add", ACCOUNT, *place, *[w for region in regions for w in ("--region", region)]],
        ["scan", "--record", *place, *limits, "--format", "json", "--fail-on", "none"],
    ):
        done = subprocess.run([binary, *words], env=environment, cwd=folder, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(words)} exited with {done.returncode}: {done.stderr.strip()[-600:]}")
    connection = sqlite3.connect(database)
    resources = connection.execute(
        "select id, aws_id, name, coalesce(arn, ''), technology, region from resource where is_active = 1"
    ).fetchall()
    marks = ",".join("?" * len(rules))
    ids = [rule["id"] for rule in rules]
    open_ = connection.execute(f"select resource, rule, subject, message from finding where is_live = 1 and rule in ({marks})", ids)
    unsure = connection.execute(f"select resource, rule, reason from verdict where verdict = 'unknown' and rule in ({marks})", ids)
    return resources, open_.fetchall(), unsure.fetchall()


def names(resource):
    _, aws_id, name, arn, _, _ = resource
    return {aws_id, name, arn, arn.rsplit(":", 1)[-1], arn.rsplit("/", 1)[-1], aws_id.rsplit("/", 1)[-1]} - {""}


def concerned(expected, rules, resources):
    """The resources an expectation speaks of, and the part of the subject it names, if any."""
    technologies = {t for rule in rules for t in rule["technologies"]}
    own = [r for r in resources if r[4] in technologies]
    wanted = expected["resource"]
    if wanted in ("", ACCOUNT) or wanted.endswith((":root", f":{ACCOUNT}")):
        return own, ""
    if found := [r for r in own if names(r) & {wanted, wanted.rsplit("/", 1)[-1]}]:
        return found, ""
    # An inline policy is part of its owner for us.
    owner, _, policy = wanted.partition("/")
    if policy and (found := [r for r in own if owner in names(r)]):
        return found, policy
    # What our rule reads or links to: the finding is then the account's.
    around = {t for rule in rules for t in (*rule["reads"], *rule["excused_by"], *rule["links"])}
    if any(r[4] in around and wanted in names(r) for r in resources):
        return own, ""
    # Resources that the fake AWS makes by itself get new identifiers each time: all of that kind and place that have none of their own.
    prefix, _, number = wanted.partition("-")
    if number:
        return [r for r in own if r[1].startswith(f"{prefix}-") and r[5] == expected["region"]], ""
    return [], ""


def judge(expected, rules, resources, findings, unsure):
    """None where we agree, else how we differ."""
    place = expected["resource"] or "the account"
    found, part = concerned(expected, rules, resources)
    if not found and not (expected["verdict"] == "PASS" and place in ("the account", ACCOUNT)):
        return f"{expected['verdict']} of {place}: the resource is not recorded"
    rows = {r[0] for r in found}
    failed = [f for f in findings if f[0] in rows and part in f"{f[2]} {f[3]}"]
    unsure = [u for u in unsure if u[0] in rows]
    said = "FAIL" if failed else ("UNKNOWN" if unsure else "PASS")
    if expected["verdict"] == said or (expected["verdict"] == "MANUAL" and said != "PASS"):
        return None
    why = "; ".join(f"{f[1]}: {f[3]}" for f in failed[:2]) or "; ".join(f"{u[1]}: {u[2]}" for u in unsure[:2])
    return f"{expected['verdict']} of {place}: we say {said}" + (f" ({why})" if why else "")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--binary", default=os.environ.get("SECURITY_MONKEY", str(ROOT / "target" / "debug" / "security-monkey")))
    parser.add_argument("--moto", default=str(ROOT / ".venv" / "bin" / "moto_server"), help="the server; the scenes' identifiers are those of 5.1.11")
    parser.add_argument("--check", default="", help="only checks whose name contains this")
    parser.add_argument("--all", action="store_true", help="list the checks that no rule of ours names, too")
    arguments = parser.parse_args()
    spec = importlib.util.spec_from_file_location("replay", arguments.folder / "replay.py")
    replay = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(replay)
    send = replay.send
    # Without a content type Python's client calls the body a form, and the server takes it apart before the fake S3 sees it.
    replay.send = lambda endpoint, method, path, headers, body: send(endpoint, method, path, {"Content-Type": "application/octet-stream", **headers}, body)
    rules = rules_by_check(arguments.binary)
    scores = collections.defaultdict(lambda: [0, 0])
    missing = collections.Counter()
    differences = []
    with contextlib.ExitStack() as stack:
        servers = {}
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        for case in replay.cases(arguments.folder / "scenarios.jsonl.gz"):
            check = case["check"]
            if arguments.check not in check:
                continue
            if check not in rules:
                missing[check] += 1
                continue
            if case["managed_policies"] not in servers:
                managed = {"MOTO_IAM_LOAD_MANAGED_POLICIES": "true"} if case["managed_policies"] else {}
                servers[case["managed_policies"]] = stack.enter_context(moto(arguments.moto, **managed))
            endpoint = servers[case["managed_policies"]]
            verdicts = replay.load(case, endpoint)
            regions = sorted(set(case["regions"] or []) | {"us-east-1"})
            try:
                found = scan(arguments.binary, endpoint, rules[check], regions, folder)
                differ = [text for one in verdicts if (text := judge(one, rules[check], *found))]
            except RuntimeError as error:
                differ = [str(error)]
            scores[check][bool(differ)] += 1
            differences += [f"{check} {case['id']} {case['test']}: {text}" for text in differ]
    for check, (agree, differ) in sorted(scores.items()):
        print(f"{agree:4} agree {differ:4} differ  {check}  = {', '.join(rule['id'] for rule in rules[check])}")
    print(*differences, sep="\n")
    agree, differ = (sum(score[index] for score in scores.values()) for index in (0, 1))
    print(f"{agree} scenes agree, {differ} differ, over {len(scores)} checks; {sum(missing.values())} scenes of {len(missing)} checks have no rule")
    if arguments.all:
        print(*sorted(missing), sep="\n")


if __name__ == "__main__":
    main()
