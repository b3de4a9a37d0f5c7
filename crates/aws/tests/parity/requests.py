"""Synthesises parameters of every operation and prints them with the request that botocore's serialisers make of them.
One JSON object per line: service, operation, variant, params, method, path, query (pairs), headers, body, host_prefix.

Variants: `full` has every parameter, `required` only those that must be there.
"""

import base64
import json
import sys
import urllib.parse
import xml.dom.minidom
import zlib

import botocore.serialize

import allowed
from responses import Synthesis

# What boto3's handlers add to every request of a service; see BUILTIN_HANDLERS in botocore/handlers.py.
HANDLERS = {
    "apigateway": lambda model: {"Accept": "application/json"},
    "glacier": lambda model: {"x-amz-glacier-version": model.api_version},
}
S3_LISTS = {"ListObjects", "ListObjectsV2", "ListObjectVersions"}


class Parameters(Synthesis):
    """Parameters instead of answers: what is in the path, the host or a header is restricted."""

    def is_left_out(self, required):
        return False

    def structure(self, shape):
        result = {}
        for name in sorted(shape.members):
            member = shape.members[name]
            if self.variant == "required" and name not in shape.required_members:
                continue
            if member.serialization.get("eventstream"):
                continue
            value = self.restricted(name, member) or self.value(member, (shape.name,))
            if value is None and name in shape.required_members:
                return None
            if value is not None:
                result[name] = value
        return result

    def restricted(self, name, member):
        traits = member.serialization
        if member.type_name != "string":
            if member.type_name == "map" and traits.get("location") == "headers":
                return {"one": "1", "two": "2"}
            if member.type_name == "list" and traits.get("location") == "header" and member.member.type_name == "string":
                return ["plain", "with, comma", 'with "quote"']
            return None
        if traits.get("hostLabel"):
            return "123456789012"
        if self.service == "s3" and name == "Bucket":
            return self.random.choice(["my-bucket", "My.Bucket"])
        if self.service == "route53" and traits.get("location") == "uri":
            return "Z0123456789"
        if self.service == "glacier" and name == "accountId":
            return "-"
        if traits.get("location") == "header":
            return "header value"
        if traits.get("location") == "uri":
            return self.random.choice(["plain", "arn:aws:iam::123456789012:role/x", "ä & b/c?d#e", "100%"])
        return None

    def value(self, shape, stack=()):
        """As for answers, but nested structures without what they need are left out."""
        if shape.type_name == "structure" and not shape.metadata.get("document") and self.variant == "required":
            if shape.name in stack or len(stack) > 14:
                return None
            names = shape.required_members or (list(shape.members)[:1] if shape.metadata.get("union") else [])
            result = {}
            for name in sorted(names):
                result[name] = self.value(shape.members[name], stack + (shape.name,))
                if result[name] is None:
                    return None
            return result
        value = super().value(shape, stack)
        if shape.type_name == "structure" and isinstance(value, dict) and not shape.metadata.get("document"):
            if any(name not in value for name in shape.required_members):
                return None
            return dict(sorted(value.items()))
        if shape.type_name == "map" and isinstance(value, dict):
            return dict(sorted(value.items()))
        return value


def tree(node):
    """An XML element as [name, attributes, text, children], children in the order of their names."""
    children = [tree(child) for child in node.childNodes if child.nodeType == child.ELEMENT_NODE]
    text = "".join(child.data for child in node.childNodes if child.nodeType in (child.TEXT_NODE, child.CDATA_SECTION_NODE))
    attributes = dict(sorted((name, value) for name, value in (node.attributes or {}).items()))
    return [node.tagName, attributes, text, sorted(children, key=lambda child: child[0])]


def form_text(value):
    return str(value) if not isinstance(value, bool) else "true" if value else "false"


def body_of(protocol, serialized):
    body = serialized["body"]
    if isinstance(body, dict):
        return {"form": {name: form_text(value) for name, value in body.items()}}
    if isinstance(body, str):
        body = body.encode()
    if not body:
        return {"raw": ""}
    is_streaming = protocol.startswith("rest-") and serialized.get("is_streaming")
    if protocol in ("json", "rest-json") and not is_streaming:
        return {"json": json.loads(body)}
    if protocol == "rest-xml" and not is_streaming:
        return {"xml": tree(xml.dom.minidom.parseString(body).documentElement)}
    return {"raw": base64.b64encode(bytes(body)).decode()}


def pairs_of(query):
    pairs = []
    for name, value in query.items():
        for item in value if isinstance(value, list) else [value]:
            pairs.append([name, form_text(item)])
    return pairs


def main():
    services, removed = allowed.operations()
    for service in allowed.services_of_part(services, sys.argv[1:]):
        model = allowed.service_model(service)
        protocol = allowed.protocol(model)
        serializer = botocore.serialize.create_serializer(protocol, include_validation=False)
        for name in services[service]:
            operation = model.operation_model(name)
            shape = operation.input_shape
            for variant in ("full", "required"):
                synthesis = Parameters(variant, zlib.crc32(f"{service}:{name}:{variant}".encode()))
                synthesis.service = service
                params = {} if shape is None else synthesis.structure(shape)
                if params is None:
                    raise SystemExit(f"{service}:{name}: no parameters can be synthesised")
                params = {key: value for key, value in params.items() if f"{service}:{name}.{key}" not in removed}
                ours = allowed.our_form(params)
                if service == "s3" and name in S3_LISTS:
                    params.setdefault("EncodingType", "url")
                serialized = serializer.serialize_to_request(params, operation)
                path, _, fixed = serialized["url_path"].partition("?")
                payload = shape.serialization.get("payload") if shape is not None else None
                serialized["is_streaming"] = payload and shape.members[payload].type_name in ("blob", "string")
                query = serialized["query_string"] or {}
                print(json.dumps({
                    "service": service, "operation": name, "variant": variant, "params": ours,
                    "method": serialized["method"], "path": path,
                    "query": [list(pair) for pair in urllib.parse.parse_qsl(fixed, keep_blank_values=True)] + pairs_of(query),
                    "headers": {**serialized["headers"], **HANDLERS.get(service, lambda model: {})(model)},
                    "body": body_of(protocol, serialized), "host_prefix": serialized.get("host_prefix"),
                }))


if __name__ == "__main__":
    main()
