"""Synthesises answers of every operation from botocore's models, with its own writers, and what botocore's parsers make of
them. One JSON object per line: service, operation, variant, status, headers, body (base64), expected, request_id.

Variants: `full` has every member once and lists of two; `sparse` leaves members out at random, and has empty lists, empty
texts and, in JSON, nulls.
"""

import base64
import datetime
import json
import random
import struct
import sys
import zlib
from xml.sax.saxutils import escape, quoteattr

import botocore.parsers

import allowed

TEXTS = ["plain", "ä<&>\"' \u2603", "  blanks  ", "line\nline", "arn:aws:iam::123456789012:role/x"]


class Synthesis:
    """Values of shapes. A shape inside itself is left out, and a large answer grows no further."""

    def __init__(self, variant, seed):
        self.variant, self.random = variant, random.Random(seed)
        self.counter, self.budget = 0, 4_000

    def is_left_out(self, required):
        return self.variant == "sparse" and not required and self.random.random() < 0.5

    def value(self, shape, stack=()):
        """A python value, or None where there is none to be had."""
        self.counter += 1
        kind = shape.type_name
        if kind == "structure":
            if shape.metadata.get("document"):
                return {"any": [1, "text", {"deep": True}], "number": 1.5}
            if shape.name in stack or len(stack) > 14:
                return None
            members = shape.members
            if shape.metadata.get("union"):
                name = self.random.choice(list(members)) if members else None
                for name in [name, *members] if members else []:
                    value = self.value(members[name], stack + (shape.name,))
                    if value is not None:
                        return {name: value}
                return None
            result = {}
            for name, member in members.items():
                if self.counter > self.budget and len(stack) > 1:
                    break
                if self.is_left_out(False):
                    continue
                value = self.value(member, stack + (shape.name,))
                if value is not None:
                    result[name] = value
            return result
        if kind == "list":
            if self.variant == "sparse" and self.random.random() < 0.3:
                return []
            count = 2 if len(stack) < 6 and self.counter < self.budget else 1
            values = [self.value(shape.member, stack) for _ in range(count)]
            values = [value for value in values if value is not None]
            return values or None
        if kind == "map":
            value = [self.value(shape.value, stack) for _ in range(2)]
            return None if None in value else {"key-1": value[0], "Key Two ä": value[1]}
        return self.scalar(kind, shape)

    def scalar(self, kind, shape):
        if kind in ("string", "character", "char"):
            if self.variant == "sparse" and self.random.random() < 0.2:
                return ""
            return self.random.choice(TEXTS)
        if kind == "boolean":
            return self.random.random() < 0.5
        if kind in ("byte", "short", "integer"):
            return self.random.randrange(-1000, 1000)
        if kind in ("long", "bigInteger"):
            return self.random.choice([0, -(2**40), 2**53 + 1, 2**63 - 1])
        if kind in ("float", "double", "bigDecimal"):
            return self.random.choice([0.0, 1.5, -2.25, 1e21, 3.0, 1e-7])
        if kind == "blob":
            return self.random.choice([b"", b"\x00\xff bytes", b"text"])
        if kind == "timestamp":
            seconds = self.random.choice([0, 1, 1795345177, 1400000000])
            moment = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
            return moment.replace(microsecond=self.random.choice([0, 123000, 520000]))
        raise AssertionError(kind)


# --- moments ---------------------------------------------------------------------------------------------------------


def write_moment(value, form):
    if form == "rfc822":
        return value.strftime("%a, %d %b %Y %H:%M:%S GMT")
    if form == "unixTimestamp":
        number = (value - datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc))
        milliseconds = number // datetime.timedelta(milliseconds=1)
        return milliseconds // 1000 if milliseconds % 1000 == 0 else milliseconds / 1000
    text = value.strftime("%Y-%m-%dT%H:%M:%S")
    return text + (f".{value.microsecond // 1000:03d}Z" if value.microsecond else "Z")


# --- XML -------------------------------------------------------------------------------------------------------------


def xml_text(shape, value):
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime.datetime):
        return str(write_moment(value, shape.serialization.get("timestampFormat", "iso8601")))
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, float):
        return repr(value)
    return escape(str(value))


def xml_name(name, shape):
    if shape.type_name == "list" and shape.serialization.get("flattened"):
        inner = shape.member.serialization.get("name")
        if inner:
            return inner
    return shape.serialization.get("name", name)


def xml_element(name, shape, value):
    """The element(s) of a value."""
    if shape.type_name == "list":
        if shape.serialization.get("flattened"):
            return "".join(xml_element(name, shape.member, item) for item in value)
        inner = shape.member.serialization.get("name", "member")
        items = "".join(xml_element(inner, Bare(shape.member), item) for item in value)
        return f"<{name}>{items}</{name}>" if items else f"<{name}/>"
    if shape.type_name == "map":
        key_name = shape.key.serialization.get("name", "key")
        value_name = shape.value.serialization.get("name", "value")
        pairs = [
            f"<{key_name}>{escape(key)}</{key_name}>" + xml_element(value_name, Bare(shape.value), inner)
            for key, inner in value.items()
        ]
        if shape.serialization.get("flattened"):
            return "".join(f"<{name}>{pair}</{name}>" for pair in pairs)
        return f"<{name}>" + "".join(f"<entry>{pair}</entry>" for pair in pairs) + f"</{name}>"
    if shape.type_name == "structure":
        attributes = "".join(
            f" {member.serialization['name']}={quoteattr(value[key])}"
            for key, member in shape.members.items()
            if member.serialization.get("xmlAttribute") and key in value
        )
        if attributes:
            attributes = ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"' + attributes
        return f"<{name}{attributes}>{xml_members(shape, value)}</{name}>"
    text = xml_text(shape, value)
    return f"<{name}>{text}</{name}>" if text else f"<{name}/>"


class Bare:
    """An element of a list: never flattened itself."""

    def __init__(self, shape):
        self.shape = shape

    def __getattr__(self, name):
        value = getattr(self.shape, name)
        if name == "serialization":
            return {key: inner for key, inner in value.items() if key != "flattened"}
        return value


def xml_members(shape, value):
    text = ""
    for key, member in shape.members.items():
        in_header = member.serialization.get("location") in ("header", "headers", "statusCode")
        if key in value and not in_header and not member.serialization.get("xmlAttribute"):
            text += xml_element(xml_name(key, member), member, value[key])
    return text


# --- JSON and CBOR ---------------------------------------------------------------------------------------------------


def wire_form(shape, value, synthesis, blobs=True, names=True):
    """A value as JSON has it; with `blobs` false, bytes and moments stay as they are, for CBOR."""
    if value is None:
        return None
    recurse = lambda shape, value: wire_form(shape, value, synthesis, blobs, names)
    if shape.type_name == "structure":
        if shape.metadata.get("document"):
            return value
        result = {}
        for key, member in shape.members.items():
            name = member.serialization.get("name", key) if names else key
            if key in value:
                result[name] = recurse(member, value[key])
            elif synthesis.variant == "sparse" and not shape.metadata.get("union") and synthesis.random.random() < 0.2:
                result.setdefault(name, None)
        return result
    if shape.type_name == "list":
        return [recurse(shape.member, item) for item in value]
    if shape.type_name == "map":
        return {key: recurse(shape.value, inner) for key, inner in value.items()}
    if blobs and isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if blobs and isinstance(value, datetime.datetime):
        return write_moment(value, shape.serialization.get("timestampFormat", "unixTimestamp"))
    return value


def cbor(value):
    def head(major, number):
        for size, info in ((1, 24), (2, 25), (4, 26), (8, 27)):
            if number < 24:
                return bytes([major << 5 | number])
            if number < 1 << 8 * size:
                return bytes([major << 5 | info]) + number.to_bytes(size, "big")
        raise AssertionError(number)

    if value is None:
        return b"\xf6"
    if isinstance(value, bool):
        return b"\xf5" if value else b"\xf4"
    if isinstance(value, int):
        return head(0, value) if value >= 0 else head(1, -1 - value)
    if isinstance(value, float):
        return b"\xfb" + struct.pack(">d", value)
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    if isinstance(value, str):
        return head(3, len(value.encode())) + value.encode()
    if isinstance(value, datetime.datetime):
        return head(6, 1) + cbor(float(write_moment(value, "unixTimestamp")))
    if isinstance(value, list):
        return b"\x9f" + b"".join(map(cbor, value)) + b"\xff"
    return head(5, len(value)) + b"".join(cbor(key) + cbor(inner) for key, inner in value.items())


# --- answers ---------------------------------------------------------------------------------------------------------


def header_text(shape, value):
    if shape.type_name == "list":
        return ", ".join(header_text(shape.member, item).replace(",", "") for item in value)
    if isinstance(value, datetime.datetime):
        return str(write_moment(value, shape.serialization.get("timestampFormat", "rfc822")))
    if isinstance(value, bool):
        return "true" if value else "false"
    if shape.serialization.get("jsonvalue"):
        return base64.b64encode(json.dumps({"text": value}).encode()).decode()
    return str(value)


def answer(protocol, model, operation, synthesis):
    """(headers, body) of a synthesised answer."""
    shape = operation.output_shape
    request_id = "5d24cb6f-0000-4d5a-9a6c-f9a1b0c2d3e4"
    headers = {"x-amzn-RequestId": request_id}
    if shape is None:
        return headers, b""
    value = synthesis.value(shape) or {}
    if protocol == "ec2":
        inner = xml_members(shape, value)
        body = f'<?xml version="1.0"?>\n<{operation.name}Response xmlns="http://ec2.amazonaws.com/doc/">' \
            f"\n  <requestId>{request_id}</requestId>{inner}</{operation.name}Response>"
        return {}, body.encode()
    if protocol == "query":
        inner = xml_members(shape, value)
        wrapper = shape.serialization.get("resultWrapper")
        if wrapper:
            inner = f"<{wrapper}>{inner}</{wrapper}>"
        body = f'<{operation.name}Response xmlns="http://x/">{inner}\n<ResponseMetadata><RequestId>{request_id}' \
            f"</RequestId></ResponseMetadata></{operation.name}Response>"
        return {}, body.encode()
    if protocol == "json":
        return headers, json.dumps(wire_form(shape, value, synthesis)).encode()
    if protocol == "smithy-rpc-v2-cbor":
        return headers, cbor(wire_form(shape, value, synthesis, blobs=False, names=False))
    inside = {}
    for key, member in shape.members.items():
        if key not in value:
            continue
        location, name = member.serialization.get("location"), member.serialization.get("name", key)
        if location == "header":
            text = header_text(member, value[key]).strip()
            if "\n" not in text:
                headers[name] = text.encode("ascii", "replace").decode()
        elif location == "headers":
            headers |= {name + suffix.replace(" ", "").encode("ascii", "replace").decode(): "value" for suffix in value[key]}
        elif location != "statusCode":
            inside[key] = value[key]
    payload = shape.serialization.get("payload")
    if payload is not None:
        member, inner = shape.members[payload], inside.get(payload)
        if inner is None and protocol == "rest-xml" and member.type_name == "structure":
            inner = {}  # AWS sends the element: no body at all is no answer
        if inner is None:
            return headers, b""
        if isinstance(inner, bytes):
            return headers, inner
        if isinstance(inner, str):
            return headers, inner.encode()
        if protocol == "rest-json":
            return headers, json.dumps(wire_form(member, inner, synthesis)).encode()
        return headers, xml_element(member.serialization.get("name", payload), member, inner).encode()
    if protocol == "rest-json":
        body = wire_form(shape, inside, synthesis)
        for key, member in shape.members.items():  # nulls of members that are elsewhere
            if member.serialization.get("location") is not None:
                body.pop(member.serialization.get("name", key), None)
        return headers, json.dumps(body).encode()
    return headers, f"<{operation.name}Result>{xml_members(shape, inside)}</{operation.name}Result>".encode()


def main():
    services, _ = allowed.operations()
    write = sys.stdout.write
    for service in allowed.services_of_part(services, sys.argv[1:]):
        model = allowed.service_model(service)
        protocol = allowed.protocol(model)
        parser = botocore.parsers.create_parser(protocol)
        for name in services[service]:
            operation = model.operation_model(name)
            for variant in ("full", "sparse"):
                seed = zlib.crc32(f"{service}:{name}:{variant}".encode())
                headers, body = answer(protocol, model, operation, Synthesis(variant, seed))
                response = {"status_code": 200, "headers": botocore.utils.CaseInsensitiveDict(headers)
                            if hasattr(botocore.utils, "CaseInsensitiveDict") else Headers(headers), "body": body}
                case = {"service": service, "operation": name, "variant": variant, "status": 200,
                        "headers": list(headers.items()), "body": base64.b64encode(body).decode()}
                try:
                    shape = operation.output_shape
                    if shape is not None and shape.metadata.get("document"):
                        raise ValueError("a document as the output")
                    parsed = parser.parse(response, shape)
                except Exception as error:  # botocore itself refuses: told, and counted by the test
                    write(json.dumps({**case, "refused": f"{type(error).__name__}: {error}"[:200]}) + "\n")
                    continue
                metadata = parsed.pop("ResponseMetadata", {})
                payload = shape.serialization.get("payload") if shape is not None else None
                if payload and shape.members[payload].type_name == "blob" and isinstance(parsed.get(payload), str):
                    parsed[payload] = body  # botocore gives a raw body as it came
                case["expected"] = allowed.our_form(parsed)
                case["request_id"] = metadata.get("RequestId")
                write(json.dumps(case) + "\n")


class Headers(dict):
    """Headers by name in any case, as botocore gets them."""

    def __init__(self, headers):
        super().__init__(headers)
        self.lower = {name.lower(): value for name, value in headers.items()}

    def __contains__(self, name):
        return name.lower() in self.lower

    def __getitem__(self, name):
        return self.lower[name.lower()]

    def get(self, name, default=None):
        return self.lower.get(name.lower(), default)


if __name__ == "__main__":
    main()
