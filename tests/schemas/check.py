"""Holds answers of `security-monkey policy … --json` against their JSON Schemas, and the schemas against the answers.

    .venv/bin/python tests/schemas/check.py ANSWERS

ANSWERS is a file of JSON: a list of {"verb", "question", "answer"}. Prints a JSON object:

- refused: answers that their schema does not take, with where and why.
- loose: answers that it still takes with a member that no schema names, by where the member was put.
- unseen: what a schema promises and no answer shows: a member, a variant, a value of an enumeration, a type, a member left out.
"""

import copy
import json
import pathlib
import sys

from jsonschema import Draft202012Validator

ROOT = pathlib.Path(__file__).resolve().parents[2]
VERBS = ("explain", "diff", "expand", "minimise")
TYPES = {str: "string", bool: "boolean", int: "integer", list: "array", dict: "object", type(None): "null"}


def objects(value, path=()):
    """Every object in the answer, with its path."""
    if isinstance(value, dict):
        yield path, value
        for name, member in value.items():
            yield from objects(member, (*path, name))
    elif isinstance(value, list):
        for position, element in enumerate(value):
            yield from objects(element, (*path, position))


def leaves(error):
    """The faults that an error consists of."""
    if not error.context:
        yield error
    for part in error.context:
        yield from leaves(part)


def is_map(path):
    """Whether the members of an object are data and not named by the schema."""
    return bool(path) and path[-1] in ("context", "assumed_context", "actions_by_level")


class Schema:
    """One schema, and what answers have shown of it. Places are written from the definition on, which schemas share."""

    def __init__(self, verb):
        self.verb = verb
        self.root = json.loads((ROOT / f"schemas/policy-{verb}.json").read_text())
        Draft202012Validator.check_schema(self.root)
        self.validator = Draft202012Validator(self.root)
        self.definitions = self.root.get("$defs", {})
        self.seen = set()
        self.tried = set()

    def refuses(self, answer):
        """What is wrong with an answer: the fault that lies deepest, as of many variants most do not fit at all."""
        faults = [leaf for error in self.validator.iter_errors(answer) for leaf in leaves(error)]
        deepest = max(faults, key=lambda fault: len(fault.absolute_path), default=None)
        return None if deepest is None else f"{deepest.json_path}: {deepest.message[:300]}"

    def takes(self, schema, value):
        return self.validator.evolve(schema=schema).is_valid(value)

    def look(self, value):
        self._look(self.root, f"({self.verb})", value)

    def _look(self, schema, place, value):
        self.seen.add(place)
        if reference := schema.get("$ref"):
            name = reference.removeprefix("#/$defs/")
            self._look(self.definitions[name], name, value)
        for word in ("oneOf", "anyOf"):
            for position, branch in enumerate(schema.get(word, [])):
                if self.takes(branch, value):
                    self._look(branch, f"{place}/{word}/{position}", value)
        if isinstance(schema.get("type"), list):
            self.seen.add(f"{place}:{TYPES[type(value)]}")
        if "enum" in schema or schema.get("type") == "boolean":
            self.seen.add(f"{place}={value}")
        if isinstance(value, dict):
            for name, member in schema.get("properties", {}).items():
                if name in value:
                    self._look(member, f"{place}.{name}", value[name])
                else:
                    self.seen.add(f"{place}.{name} left out")
            for name, member in value.items():
                if name not in schema.get("properties", {}) and isinstance(schema.get("additionalProperties"), dict):
                    self._look(schema["additionalProperties"], f"{place}.*", member)
                if names := schema.get("propertyNames", {}).get("enum"):
                    self.seen.add(f"{place}~{name}")
        if isinstance(value, list) and "items" in schema:
            for element in value:
                self._look(schema["items"], f"{place}[]", element)

    def promised(self):
        """Everything that answers can show."""
        yield from self._promised(self.root, f"({self.verb})")
        for name, definition in self.definitions.items():
            yield from self._promised(definition, name)

    def _promised(self, schema, place):
        yield place
        for word in ("oneOf", "anyOf"):
            for position, branch in enumerate(schema.get(word, [])):
                yield from self._promised(branch, f"{place}/{word}/{position}")
        if isinstance(schema.get("type"), list):
            yield from (f"{place}:{name}" for name in schema["type"])
        yield from (f"{place}={value}" for value in schema.get("enum", []))
        if schema.get("type") == "boolean":
            yield from (f"{place}={value}" for value in (True, False))
        for name, member in schema.get("properties", {}).items():
            yield from self._promised(member, f"{place}.{name}")
            if name not in schema.get("required", []):
                yield f"{place}.{name} left out"
        if isinstance(schema.get("additionalProperties"), dict):
            yield from self._promised(schema["additionalProperties"], f"{place}.*")
        yield from (f"{place}~{name}" for name in schema.get("propertyNames", {}).get("enum", []))
        if "items" in schema:
            yield from self._promised(schema["items"], f"{place}[]")

    def name(self, place):
        """A place with the value of a variant instead of its number."""
        head, *rest = place.split("/oneOf/")
        if not rest or head not in self.definitions:
            return place
        number, _, tail = rest[0].partition(".")
        variant = self.definitions[head]["oneOf"][int(number)]
        tags = [member["const"] for member in variant.get("properties", {}).values() if "const" in member]
        said = variant.get("const") or (tags[0] if tags else number)
        return f"{head}/{said}" + (f".{tail}" if tail else "")


def main():
    answers = json.loads(pathlib.Path(sys.argv[1]).read_text())
    schemas = {verb: Schema(verb) for verb in VERBS}
    definitions, refused, loose = {}, [], set()
    for verb, schema in schemas.items():
        for name, definition in schema.definitions.items():
            if definitions.setdefault(name, definition) != definition:
                refused.append(f"{name} is defined otherwise for {verb}")
    for answer in answers:
        schema, value = schemas[answer["verb"]], answer["answer"]
        if why := schema.refuses(value):
            refused.append(f"{answer['question']}: {why}")
            continue
        schema.look(value)
        for path, found in objects(value):
            # One of a kind, for the time it takes.
            tags = tuple(found.get(name) for name in ("class", "type", "decision", "kind") if isinstance(found.get(name), str))
            kind = (tuple(part for part in path if isinstance(part, str)), tuple(sorted(found)), tags)
            if is_map(path) or kind in schema.tried:
                continue
            schema.tried.add(kind)
            changed = copy.deepcopy(value)
            place = changed
            for part in path:
                place = place[part]
            place["no_such_member"] = 1
            if schema.validator.is_valid(changed):
                loose.add(f"{answer['verb']} {'.'.join(kind[0])}")
    seen = set().union(*(schema.seen for schema in schemas.values()))
    unseen = {schema.name(place) for schema in schemas.values() for place in schema.promised() if place not in seen}
    print(json.dumps({"refused": refused, "loose": sorted(loose), "unseen": sorted(unseen)}))


main()
