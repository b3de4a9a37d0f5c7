#!/usr/bin/env python3
"""Generates `aws.pack`, the API table that the program embeds, and `CHANGES.md`, what changed in it.

Reads botocore's published models and, beside this file, `allowed-operations.txt`, `exceptions.toml`, `iam-actions.toml`
and `json-text.toml`. Needs Python >= 3.11, botocore and the `zstd` program (Debian: apt install zstd).

    .venv/bin/python models/generate.py             # write aws.pack and CHANGES.md
    .venv/bin/python models/generate.py --check     # fail if aws.pack is not what would be written

The format is read by crates/aws/src/models/pack.rs: change both together. All numbers are LEB128, texts are a length and
UTF-8; a service's frame begins with its table of texts, to which all later texts are indexes.
"""

import argparse
import collections
import hashlib
import pathlib
import re
import subprocess
import sys
import tomllib

import botocore
import botocore.loaders
import botocore.model
from botocore.endpoint_provider import EndpointProvider

HERE = pathlib.Path(__file__).parent
MAGIC = b"AWSPACK2"

SCALARS = {  # the shapes with these numbers exist in every service; see Scalar in shape.rs
    "string": 0, "json_text": 1, "boolean": 2, "integer": 3, "float": 4, "blob": 5, "timestamp": 6,
    "timestamp_iso8601": 7, "timestamp_unix": 8, "timestamp_rfc822": 9, "document": 10,
}
FIRST_COMPLEX = len(SCALARS)
TYPES = {
    "string": "string", "character": "string", "char": "string", "boolean": "boolean", "blob": "blob",
    "byte": "integer", "short": "integer", "integer": "integer", "long": "integer", "bigInteger": "integer",
    "float": "float", "double": "float", "bigDecimal": "float",
}
TIMESTAMPS = {"iso8601": "timestamp_iso8601", "unixTimestamp": "timestamp_unix", "rfc822": "timestamp_rfc822"}
# In this order: our own CBOR codec is used only where there is nothing else.
PROTOCOLS = ["ec2", "query", "rest-xml", "rest-json", "json", "smithy-rpc-v2-cbor"]
LOCATIONS = {None: 0, "uri": 1, "querystring": 2, "header": 3, "headers": 4, "statusCode": 5}
REQUIRED, FLATTENED, XML_ATTRIBUTE, HOST_LABEL, IDEMPOTENCY, SENSITIVE, REQUEST_NAME, NAMESPACE = (1 << n for n in range(8))


class Writer:
    def __init__(self):
        self.bytes = bytearray()

    def number(self, value):
        while value > 127:
            self.bytes.append(value & 127 | 128)
            value >>= 7
        self.bytes.append(value)

    def text(self, value):
        data = value.encode()
        self.number(len(data))
        self.bytes += data


class Frame(Writer):
    """A service's part; texts are interned."""

    def __init__(self):
        super().__init__()
        self.texts = {}

    def interned(self, value):
        self.number(self.texts.setdefault(value, len(self.texts)))

    def optional(self, value):
        """0 for nothing, else the index plus one."""
        self.number(0 if value is None else self.texts.setdefault(value, len(self.texts)) + 1)

    def finished(self):
        head = Writer()
        head.number(len(self.texts))
        for text in self.texts:
            head.text(text)
        return bytes(head.bytes + self.bytes)


def read_allowed():
    allowed, removed = collections.defaultdict(set), collections.defaultdict(set)
    for number, line in enumerate((HERE / "allowed-operations.txt").read_text().splitlines(), 1):
        line = line.split("#")[0].strip()
        if not line:
            continue
        match = re.fullmatch(r"(-?)([a-z0-9-]+):([A-Za-z0-9_]+)(?:\.([A-Za-z0-9]+))?", line)
        if match is None or bool(match[1]) != bool(match[4]):
            sys.exit(f"allowed-operations.txt:{number}: not `service:Operation` or `-service:Operation.Parameter`: {line}")
        if match[1]:
            removed[f"{match[2]}:{match[3]}"].add(match[4])
        elif match[3] in allowed[match[2]]:
            sys.exit(f"allowed-operations.txt:{number}: twice: {line}")
        else:
            allowed[match[2]].add(match[3])
    return allowed, removed


class JsonText:
    """Which text members hold JSON documents."""

    def __init__(self):
        data = tomllib.loads((HERE / "json-text.toml").read_text())
        self.members = re.compile(data["members"])
        self.also, self.maps = set(data["also"]), set(data["maps"])

    def member(self, service, structure, name):
        return self.members.fullmatch(name) is not None or f"{service}:{structure}.{name}" in self.also


class Service:
    """One service while it is being written."""

    def __init__(self, name, loader, allowed, context):
        self.name, self.context = name, context
        self.model = botocore.model.ServiceModel(loader.load_service_model(name, "service-2"), name)
        self.metadata = self.model.metadata
        offered = self.metadata.get("protocols") or [self.metadata["protocol"]]
        self.protocol = next((p for p in ("ec2", "query", "rest-xml", "rest-json", "json") if p in offered), offered[0])
        if self.protocol not in PROTOCOLS:
            sys.exit(f"{name}: unknown protocols {offered}")
        if self.metadata.get("signatureVersion") not in ("v4", "s3", "s3v4"):
            sys.exit(f"{name}: signature {self.metadata.get('signatureVersion')} cannot be made; take it off the list")
        self.operations = sorted(allowed)
        for operation in self.operations:
            if operation not in self.model.operation_names:
                sys.exit(f"allowed-operations.txt: botocore has no {name}:{operation}")
        try:
            self.paginators = loader.load_service_model(name, "paginators-1")["pagination"]
        except botocore.loaders.UnknownServiceError:
            self.paginators = {}
        except botocore.exceptions.DataNotFoundError:
            self.paginators = {}
        self.frame = Frame()
        self.numbers, self.queue = {}, collections.deque()
        self.loader = loader

    def write(self):
        frame, metadata = self.frame, self.metadata
        for text in (
            self.metadata.get("serviceId", self.name), self.model.signing_name, self.model.endpoint_prefix,
            self.context.prefixes.get(self.name, self.model.signing_name), self.model.api_version,
            metadata.get("targetPrefix", ""), metadata.get("jsonVersion", ""),
        ):
            frame.interned(text)
        frame.number(PROTOCOLS.index(self.protocol))
        frame.number(1 if self.model.is_query_compatible else 0)
        rows, sets, set_of = self.endpoints()
        frame.number(len(self.operations))
        for name in self.operations:
            self.operation(name, set_of[name])
        self.write_shapes()
        frame.number(len(rows))
        for row in rows:
            for text in row:
                frame.interned(text)
        frame.number(len(sets))
        for variants in sets:
            for partitions in variants:
                frame.number(len(partitions))
                for default, exceptions in partitions:
                    frame.number(default)
                    frame.number(len(exceptions))
                    for region, row in exceptions:
                        frame.interned(region)
                        frame.number(row)
        return frame.finished()

    # --- operations ----------------------------------------------------------------------------------------------

    def operation(self, name, endpoint_set):
        frame, operation = self.frame, self.model.operation_model(name)
        key = f"{self.name}:{name}"
        frame.interned(name)
        frame.interned(operation.http.get("method", "POST"))
        frame.interned(operation.http.get("requestUri", "/"))
        inputs, outputs = operation.input_shape, operation.output_shape
        removed = self.context.removed.get(key, set())
        if removed:
            missing = removed - set(inputs.members)
            if missing:
                sys.exit(f"allowed-operations.txt: {key} has no parameter {', '.join(missing)}")
        frame.number(0 if inputs is None else self.reference(inputs, removed) + 1)
        frame.number(0 if outputs is None else self.reference(outputs) + 1)
        frame.optional((operation.endpoint or {}).get("hostPrefix"))
        frame.optional(None if outputs is None else outputs.serialization.get("resultWrapper"))
        wrapper = None if inputs is None else inputs.serialization.get("name")
        frame.optional(wrapper)
        frame.optional(namespace(inputs)[1] if wrapper else None)
        unsigned = operation.auth_type == "none" or (operation.auth or [""])[0] == "smithy.api#noAuth"
        frame.number(1 if unsigned else 0)
        frame.optional(self.context.exceptions.get(key))
        frame.optional(self.context.actions.get(key) or self.context.services.get(self.name))
        frame.number(endpoint_set)
        self.paginator(name, operation)

    def paginator(self, name, operation):
        frame, paginator = self.frame, self.paginators.get(name)
        if paginator is None or operation.output_shape is None:
            frame.number(0)
            return
        frame.number(1)
        as_list = lambda value: value if isinstance(value, list) else [value]
        inputs, outputs = as_list(paginator["input_token"]), as_list(paginator["output_token"])
        assert len(inputs) == len(outputs), (self.name, name)
        for texts in (inputs, outputs, as_list(paginator.get("result_key", []))):
            frame.number(len(texts))
            for text in texts:
                frame.interned(text)
        frame.optional(paginator.get("more_results"))
        frame.optional(paginator.get("limit_key"))

    # --- shapes --------------------------------------------------------------------------------------------------

    def reference(self, shape, removed=frozenset(), json_text=False):
        """The number of a shape; structures, lists and maps are queued to be written."""
        kind = shape.type_name
        if kind == "timestamp":
            form = shape.serialization.get("timestampFormat")
            return SCALARS["timestamp" if form is None else TIMESTAMPS[form]]
        if kind == "structure" and shape.metadata.get("document"):
            return SCALARS["document"]
        if kind in TYPES:
            header = shape.serialization.get("location") == "header"
            if kind == "string" and (json_text or (shape.serialization.get("jsonvalue") and header)):
                return SCALARS["json_text"]
            return SCALARS[TYPES[kind]]
        if kind not in ("structure", "list", "map"):
            sys.exit(f"{self.name}: {shape.name} has the unknown type {kind}")
        # The traits of a member are resolved where the member is written: the name identifies a structure or map. A list
        # of moments may have its format on its element, which the model gives with the list's own name too.
        key = (shape.name, tuple(sorted(removed)))
        if key not in self.numbers:
            self.numbers[key] = FIRST_COMPLEX + len(self.numbers)
            self.queue.append((shape, removed))
        return self.numbers[key]

    def write_shapes(self):
        body, outer = Frame(), self.frame
        body.texts = outer.texts
        self.frame = body
        count = 0
        while self.queue:
            self.shape(*self.queue.popleft())
            count += 1
        self.frame = outer
        outer.number(count)
        outer.bytes += body.bytes

    def shape(self, shape, removed):
        frame = self.frame
        if shape.type_name == "list":
            frame.number(1)
            frame.number(self.reference(shape.member))
            frame.optional(shape.member.serialization.get("name"))
        elif shape.type_name == "map":
            frame.number(2)
            frame.number(self.reference(shape.key))
            frame.number(self.reference(shape.value))
            frame.optional(shape.key.serialization.get("name"))
            frame.optional(shape.value.serialization.get("name"))
            frame.number(1 if f"{self.name}:{shape.name}" in self.context.json_text.maps else 0)
        else:
            members = [(name, member) for name, member in shape.members.items() if name not in removed]
            payload = shape.serialization.get("payload")
            frame.number(0)
            names = [name for name, _ in members]
            wire_names = [self.response_name(name, member) for name, member in members]
            if len(set(wire_names)) != len(wire_names):
                print(f"{self.name}: {shape.name} has two members with the same name on the wire: the first is used", file=sys.stderr)
            frame.number(0 if payload is None else names.index(payload) + 1)
            frame.number(1 if shape.metadata.get("union") else 0)
            frame.number(len(members))
            for name, member in members:
                self.member(shape, name, member)

    def member(self, structure, name, member):
        frame, traits = self.frame, member.serialization
        frame.interned(name)
        json_text = self.context.json_text.member(self.name, structure.name, name)
        frame.number(self.reference(member, json_text=json_text))
        response, request = self.response_name(name, member), self.request_name(name, member)
        prefix, uri = namespace(member)
        flags = 0
        flags |= REQUIRED if name in structure.required_members else 0
        flags |= FLATTENED if traits.get("flattened") else 0
        flags |= XML_ATTRIBUTE if traits.get("xmlAttribute") else 0
        flags |= HOST_LABEL if traits.get("hostLabel") else 0
        flags |= IDEMPOTENCY if member.metadata.get("idempotencyToken") else 0
        flags |= SENSITIVE if member.metadata.get("sensitive") else 0
        flags |= REQUEST_NAME if request != response else 0
        flags |= NAMESPACE if uri else 0
        frame.number(flags)
        # Only the REST protocols have other places than the body.
        frame.number(LOCATIONS[traits.get("location")] if self.protocol.startswith("rest-") else 0)
        frame.optional(None if response == name else response)
        if request != response:
            frame.interned(request)
        if uri:
            frame.optional(prefix)
            frame.interned(uri)

    def response_name(self, name, member):
        """As botocore's parsers name a member: a flattened list goes by its element's name in XML."""
        if self.protocol in ("ec2", "query", "rest-xml") and member.type_name == "list" and member.serialization.get("flattened"):
            element = member.member.serialization.get("name")
            if element is not None:
                return element
        if self.protocol == "smithy-rpc-v2-cbor":
            return name
        return member.serialization.get("name", name)

    def request_name(self, name, member):
        """As botocore's serialisers name a member."""
        traits = member.serialization
        if self.protocol == "ec2":
            if "queryName" in traits:
                return traits["queryName"]
            if "name" in traits:
                return traits["name"][0].upper() + traits["name"][1:]
            return name
        if self.protocol == "query" and member.type_name == "list" and traits.get("flattened"):
            return member.member.serialization.get("name", traits.get("name", name))
        if self.protocol == "smithy-rpc-v2-cbor":
            return name
        return traits.get("name", name)

    # --- endpoints -----------------------------------------------------------------------------------------------

    def endpoints(self):
        """Rows (url, signing region, signing name), sets of them, and the set of each operation."""
        rules = self.loader.load_service_model(self.name, "endpoint-rule-set-1")
        provider = EndpointProvider(rules, self.context.partition_data)
        rows, sets, set_of = {}, [], {}
        by_context, by_content = {}, {}
        for name in self.operations:
            key = tuple(sorted(self.static_context(name).items()))
            if key not in by_context:
                content = self.endpoint_set(provider, dict(key), rules, rows)
                if content not in by_content:
                    by_content[content] = len(sets)
                    sets.append(content)
                by_context[key] = by_content[content]
            set_of[name] = by_context[key]
        return list(rows), sets, set_of

    def static_context(self, name):
        operation = self.model.operation_model(name)
        fixed = {parameter.name: parameter.value for parameter in operation.static_context_parameters}
        takes_bucket = any(parameter.name == "Bucket" for parameter in operation.context_parameters)
        if self.name == "s3" and takes_bucket:
            return {}  # decides between general purpose and directory buckets; we read the first kind
        fixed.pop("RequiresAccountId", None)  # s3control: the account comes into the host by the operation's prefix
        return fixed

    def endpoint_set(self, provider, fixed, rules, rows):
        variants = []
        for fips in (False, True):
            partitions = []
            for partition in self.context.partitions:
                templates = {}
                for region in partition["regions"]:
                    templates[region] = self.endpoint(provider, fixed, rules, region, fips)
                common, _ = collections.Counter(templates.values()).most_common(1)[0]
                number = lambda row: 0 if row is None else rows.setdefault(row, len(rows)) + 1
                exceptions = tuple((region, number(row)) for region, row in templates.items() if row != common)
                partitions.append((number(common), exceptions))
            variants.append(tuple(partitions))
        return tuple(variants)

    def endpoint(self, provider, fixed, rules, region, fips):
        parameters = {"Region": region, "UseFIPS": fips, "UseDualStack": False, **fixed}
        parameters = {name: value for name, value in parameters.items() if name in rules["parameters"]}
        try:
            endpoint = provider.resolve_endpoint(**parameters)
        except botocore.exceptions.EndpointProviderError:
            return None
        scheme = next((s for s in endpoint.properties.get("authSchemes", []) if s["name"] in ("sigv4", "sigv4-s3express")), {})
        signing_region = scheme.get("signingRegion", region)
        return (
            re.sub(rf"(?<![a-z0-9-]){re.escape(region)}(?![a-z0-9-])", "{region}", endpoint.url),
            "{region}" if signing_region == region else signing_region,
            scheme.get("signingName", self.model.signing_name),
        )


def namespace(shape):
    """(prefix, uri) of `xmlNamespace`."""
    value = None if shape is None else shape.serialization.get("xmlNamespace")
    if isinstance(value, dict):
        return value.get("prefix"), value["uri"]
    return None, value


class Context:
    """What all services share."""

    def __init__(self, loader):
        actions = tomllib.loads((HERE / "iam-actions.toml").read_text())
        self.prefixes, self.services, self.actions = actions["prefixes"], actions["services"], actions["actions"]
        exceptions = tomllib.loads((HERE / "exceptions.toml").read_text())
        self.exceptions = {key: value["reason"] for key, value in exceptions.items()}
        self.json_text = JsonText()
        self.allowed, self.removed = read_allowed()
        for key in self.exceptions:
            service, operation = key.split(":")
            if operation in self.allowed[service]:
                sys.exit(f"{key} is both in allowed-operations.txt and in exceptions.toml")
            self.allowed[service].add(operation)
        for key in self.actions:
            service, operation = key.split(":")
            if operation not in self.allowed[service]:
                sys.exit(f"iam-actions.toml: {key} is not an allowed operation")
        for service in [*self.prefixes, *self.services]:
            if service not in self.allowed:
                sys.exit(f"iam-actions.toml: no operation of the service {service} is allowed")
        for prefix in self.prefixes.values():
            if not re.fullmatch(r"[a-z0-9-]+", prefix):
                sys.exit(f"iam-actions.toml: {prefix!r} is not a prefix of actions, as in s3:GetBucketAcl")
        for action in [*self.services.values(), *self.actions.values()]:
            if not re.fullmatch(r"[a-z0-9-]+:[A-Za-z0-9]+", action):
                sys.exit(f"iam-actions.toml: {action!r} is not an action, as s3:GetBucketAcl is")
        self.partition_data = loader.load_data("partitions")
        self.partitions = []
        for partition in self.partition_data["partitions"]:
            regions = sorted(region for region in partition["regions"] if not region.endswith("-global"))
            match = re.fullmatch(r"\^(.*?)\\-\\w\+\\-\\d\+\$", partition["regionRegex"])
            prefixes = [""]
            for part in re.findall(r"\([^)]*\)|[^(]+", match[1].replace("\\-", "-")):
                prefixes = [p + choice for p in prefixes for choice in part.strip("()").split("|")]
            self.partitions.append({
                "name": partition["id"], "suffix": partition["outputs"]["dnsSuffix"],
                "global": partition["outputs"]["implicitGlobalRegion"], "prefixes": prefixes, "regions": regions,
            })


def compress(data):
    return subprocess.run(["zstd", "-19", "--no-check", "-c"], input=data, capture_output=True, check=True).stdout


def decompress(data):
    return subprocess.run(["zstd", "-d", "-c"], input=data, capture_output=True, check=True).stdout


def build():
    """(index and frames before compression, version)."""
    loader = botocore.loaders.Loader()
    context = Context(loader)
    frames = {}
    for name in sorted(service for service, operations in context.allowed.items() if operations):
        frames[name] = Service(name, loader, context.allowed[name], context).write()
    digest = hashlib.sha256()
    for name, frame in frames.items():
        digest.update(name.encode() + b"\0" + frame)
    for partition in context.partitions:
        digest.update(repr(sorted(partition.items())).encode())
    return context, frames, f"botocore-{botocore.__version__}/{digest.hexdigest()[:12]}"


def assemble(context, frames, version):
    index, body = Writer(), bytearray()
    index.bytes += MAGIC
    index.text(version)
    index.number(len(context.partitions))
    for partition in context.partitions:
        for text in (partition["name"], partition["suffix"], partition["global"]):
            index.text(text)
        for texts in (partition["prefixes"], partition["regions"]):
            index.number(len(texts))
            for text in texts:
                index.text(text)
    index.number(len(frames))
    for name, frame in frames.items():
        packed = compress(frame)
        index.text(name)
        index.number(len(packed))
        index.number(len(frame))
        body += packed
    return bytes(index.bytes) + bytes(body)


class Reader:
    """Reads back as much of a pack as CHANGES.md needs."""

    def __init__(self, data):
        self.data, self.position = data, 0

    def number(self):
        value = shift = 0
        while True:
            byte = self.data[self.position]
            self.position += 1
            value |= (byte & 127) << shift
            if byte < 128:
                return value
            shift += 7

    def text(self):
        length = self.number()
        self.position += length
        return self.data[self.position - length:self.position].decode()


def version_of(path):
    reader = Reader(path.read_bytes())
    reader.position = len(MAGIC)
    return reader.text()


def previous(path):
    """(version, {service: raw frame}) of a pack, or nothing."""
    if not path.exists() or not path.read_bytes().startswith(MAGIC):
        return None, {}
    reader = Reader(path.read_bytes())
    reader.position = len(MAGIC)
    version = reader.text()
    for _ in range(reader.number()):
        for _ in range(3):
            reader.text()
        for _ in range(2):
            for _ in range(reader.number()):
                reader.text()
    entries = [(reader.text(), reader.number(), reader.number()) for _ in range(reader.number())]
    frames = {}
    for name, packed, _ in entries:
        frames[name] = decompress(reader.data[reader.position:reader.position + packed])
        reader.position += packed
    return version, frames


def texts_of(frame):
    reader = Reader(frame)
    return {reader.text() for _ in range(reader.number())}


def changes(old_version, old, new_version, new, context):
    """CHANGES.md: operations and members that came and went."""
    lines = ["# What changed in the API table", "", "Written by generate.py: the last change only; git has the others.", ""]
    count = sum(len(context.allowed[name]) for name in new)
    if old_version is None:
        return "\n".join(lines + [f"First table: {new_version}, {len(new)} services, {count} operations.", ""])
    lines += [f"From {old_version} to {new_version}: now {len(new)} services, {count} operations.", ""]
    for name in sorted(set(old) | set(new)):
        if name not in old or name not in new:
            lines.append(f"- {'+' if name in new else '-'} service **{name}**")
        elif old[name] != new[name]:
            before, after = texts_of(old[name]), texts_of(new[name])
            plus = ", ".join(sorted(after - before)) or "nothing"
            minus = ", ".join(sorted(before - after)) or "nothing"
            lines.append(f"- **{name}**: new names {plus}; gone {minus}")
    return "\n".join(lines + [""])


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--check", action="store_true", help="compare, do not write")
    options = arguments.parse_args()
    pack = HERE / "aws.pack"
    context, frames, version = build()
    if options.check:  # the version holds a digest of everything, so that this needs no zstd
        old_version = version_of(pack)
        if old_version == version:
            print(f"aws.pack is up to date: {version}")
            return 0
        print(f"aws.pack is {old_version}, the inputs give {version}: run models/generate.py", file=sys.stderr)
        return 1
    old_version, old = previous(pack)
    if old_version == version and old == frames:
        print(f"unchanged: {version}")
        return 0
    data = assemble(context, frames, version)
    pack.write_bytes(data)
    (HERE / "CHANGES.md").write_text(changes(old_version, old, version, frames, context))
    raw = sum(map(len, frames.values()))
    count = sum(len(context.allowed[name]) for name in frames)
    print(f"{version}: {len(frames)} services, {count} operations, {raw} bytes, {len(data)} packed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
