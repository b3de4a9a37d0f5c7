"""What the API table holds, read from the reviewed lists and not from the pack: the test must not believe the generator."""

import datetime
import base64
import pathlib
import tomllib

import botocore.loaders
import botocore.model

MODELS = pathlib.Path(__file__).parents[4] / "models"
LOADER = botocore.loaders.Loader()


def operations():
    """{service: [operation]}, and the parameters that are removed, as `service:Operation.Parameter`."""
    allowed, removed = {}, set()
    for line in (MODELS / "allowed-operations.txt").read_text().splitlines():
        line = line.split("#")[0].strip()
        if line.startswith("-"):
            removed.add(line[1:])
        elif line:
            service, operation = line.split(":")
            allowed.setdefault(service, []).append(operation)
    for key in tomllib.loads((MODELS / "exceptions.toml").read_text()):
        service, operation = key.split(":")
        allowed.setdefault(service, []).append(operation)
    return allowed, removed


def services_of_part(services, arguments):
    """The services asked for: `0/2` is every second one, names are themselves, nothing is all."""
    if len(arguments) == 1 and "/" in arguments[0]:
        part, parts = map(int, arguments[0].split("/"))
        return sorted(services)[part::parts]
    return [service for service in sorted(services) if not arguments or service in arguments]


def service_model(service):
    return botocore.model.ServiceModel(LOADER.load_service_model(service, "service-2"), service)


def protocol(model):
    """The protocol we speak with a service that may offer several: CBOR only where there is nothing else."""
    offered = model.metadata.get("protocols") or [model.metadata["protocol"]]
    order = ["ec2", "query", "rest-xml", "rest-json", "json", "smithy-rpc-v2-cbor"]
    return min(offered, key=order.index)


def moment(value):
    """RFC 3339 in UTC without trailing zeros."""
    if value.tzinfo is None:
        value = value.replace(tzinfo=datetime.timezone.utc)
    value = value.astimezone(datetime.timezone.utc)
    text = value.strftime("%Y-%m-%dT%H:%M:%S")
    if value.microsecond:
        text += f".{value.microsecond:06d}".rstrip("0")
    return text + "Z"


def our_form(value):
    """A value of botocore as our JSON."""
    if isinstance(value, datetime.datetime):
        return moment(value)
    if isinstance(value, (bytes, bytearray)):
        return base64.b64encode(value).decode()
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, dict):
        return {key: our_form(inner) for key, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [our_form(inner) for inner in value]
    return value

