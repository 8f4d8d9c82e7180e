"""Writes the clients' types from the OpenAPI document: `python clients/generate_types.py http://localhost:8000`.

The usual generators make a type of each path and of each page as well, which is twenty times as much, and give the two
languages different names. Both files here hold the document's schemas under their own names, with their descriptions.
"""

import json
import keyword
import re
import sys
import textwrap
import urllib.request
from pathlib import Path

HERE = Path(__file__).parent
PYTHON = HERE / "python/src/vasari/types.py"
TYPESCRIPT = HERE / "typescript/src/types.ts"

ORIGIN = "Generated from the OpenAPI document by clients/generate_types.py; not to be changed by hand."
WIDTH = 118


def generate(document):
    """What the files should hold, by their paths."""
    described = document["components"]["schemas"]
    schemas = {name: schema for name, schema in described.items() if not is_page(name)}
    for name in filter(is_page, described):
        # What comes in pages alone is described nowhere else.
        schemas.setdefault(page_item(name), described[name]["properties"]["items"]["items"])
    return {PYTHON: python_module(schemas), TYPESCRIPT: typescript_module(schemas)}


def is_page(name):
    """Pages are all alike, and one generic type in the clients."""
    return name.startswith("Page_")


def resolve(schema, schemas):
    """The schema itself where it is a reference."""
    return schemas[reference(schema)] if "$ref" in schema else schema


def reference(schema):
    return schema["$ref"].rsplit("/", 1)[-1]


def without_null(schema):
    """The schema without null, and whether it may be null."""
    kinds = schema.get("type")
    if isinstance(kinds, list) and "null" in kinds:
        rest = [kind for kind in kinds if kind != "null"]
        return {**schema, "type": rest[0] if len(rest) == 1 else rest}, True
    options = schema.get("oneOf", [])
    if any(option.get("type") == "null" for option in options):
        rest = [option for option in options if option.get("type") != "null"]
        return rest[0] if len(rest) == 1 else {**schema, "oneOf": rest}, True
    return schema, False


def page_item(name):
    return name.removeprefix("Page_")


def is_file(schema):
    return schema.get("format") == "binary"


def members(schema, schemas):
    """The properties of an object, of all that it is put together from: name, schema, whether it is always there."""
    if "$ref" in schema and is_page(reference(schema)):
        items = {"type": "array", "items": {"$ref": page_item(reference(schema))}}
        return [("items", items, True), ("next_cursor", {"type": ["string", "null"]}, True)]
    schema = resolve(schema, schemas)
    if "allOf" in schema:
        merged = {}
        for part in schema["allOf"]:
            merged.update({member[0]: member for member in members(part, schemas)})
        return list(merged.values())
    if "oneOf" in schema:
        # One of several: what all of them have is always there.
        options = [{member[0]: member for member in members(option, schemas)} for option in schema["oneOf"]]
        merged = {name: member for option in options for name, member in option.items()}
        return [
            (name, inner, all(name in option and option[name][2] for option in options))
            for name, inner, _ in merged.values()
        ]
    required = schema.get("required", [])
    return [(name, inner, name in required) for name, inner in schema.get("properties", {}).items()]


def is_object(schema):
    return "properties" in schema or "allOf" in schema


def python_type(schema, schemas):
    if "$ref" in schema:
        name = reference(schema)
        return f"Page[{page_item(name)}]" if is_page(name) else name
    schema, nullable = without_null(schema)
    if nullable:
        return f"{python_type(schema, schemas)} | None"
    if "enum" in schema:
        return "Literal[" + ", ".join(json.dumps(value) for value in schema["enum"]) + "]"
    if "oneOf" in schema:
        return " | ".join(dict.fromkeys(python_type(option, schemas) for option in schema["oneOf"]))
    kind = schema.get("type")
    if kind == "array":
        return f"list[{python_type(schema.get('items', {}), schemas)}]"
    if kind == "object":
        values = schema.get("additionalProperties")
        return f"dict[str, {python_type(values, schemas) if isinstance(values, dict) else 'Any'}]"
    if kind == "string":
        return "bytes" if is_file(schema) else "str"
    return {"integer": "int", "number": "float", "boolean": "bool"}.get(kind, "Any")


def typescript_type(schema, schemas):
    if "$ref" in schema:
        name = reference(schema)
        return f"Page<{page_item(name)}>" if is_page(name) else name
    schema, nullable = without_null(schema)
    if nullable:
        return f"{typescript_type(schema, schemas)} | null"
    if "enum" in schema:
        return " | ".join(json.dumps(value) for value in schema["enum"])
    if "oneOf" in schema:
        return " | ".join(dict.fromkeys(typescript_type(option, schemas) for option in schema["oneOf"]))
    kind = schema.get("type")
    if kind == "array":
        inner = typescript_type(schema.get("items", {}), schemas)
        return f"({inner})[]" if "|" in inner else f"{inner}[]"
    if kind == "object":
        values = schema.get("additionalProperties")
        return f"Record<string, {typescript_type(values, schemas) if isinstance(values, dict) else 'unknown'}>"
    if kind == "string":
        return "Blob" if is_file(schema) else "string"
    return {"integer": "number", "number": "number", "boolean": "boolean"}.get(kind, "unknown")


def lifted(schemas):
    """The schemas, with objects that stand inside others under names of their own: `ChatMessageContent`."""
    named = {}

    def lift(schema, name):
        if "$ref" in schema:
            return schema
        for key in ["oneOf"]:
            if key in schema:
                schema = {**schema, key: [lift(option, name) for option in schema[key]]}
        if "allOf" in schema:
            parts = [part if "$ref" in part else own(part, name) for part in schema["allOf"]]
            return {**schema, "allOf": parts}
        if "items" in schema:
            return {**schema, "items": lift(schema["items"], name)}
        if "properties" in schema:
            named[name] = own(schema, name)
            return {"$ref": name}
        return schema

    def own(schema, name):
        properties = {key: lift(inner, name + key.title().replace("_", "")) for key, inner in schema["properties"].items()}
        return {**schema, "properties": properties}

    for name, schema in sorted(schemas.items()):
        if "properties" in schema:
            named[name] = own(schema, name)
        elif "oneOf" in schema:
            named[name] = {**schema, "oneOf": [own(part, name) if "properties" in part else part for part in schema["oneOf"]]}
        else:
            named[name] = lift(schema, name)
    return named


def described(schema):
    """The description, without the links of Rust's documentation."""
    text = schema.get("description") or without_null(schema)[0].get("description", "")
    text = re.sub(r"\[(`[^`\]]+`)\]", r"\1", text).strip()
    return [line for part in text.split("\n") for line in textwrap.wrap(part, WIDTH - 10, break_on_hyphens=False)]


def python_docstring(lines, indent):
    if not lines:
        return []
    text = f"\n{indent}".join(line.replace("\\", "\\\\").replace('"""', "'''") for line in lines)
    is_long = len(lines) > 1 or len(lines[0]) + len(indent) + 6 > 120 or text.endswith('"')
    return [f'{indent}"""{text}' + (f'\n{indent}"""' if is_long else '"""')]


def python_module(schemas):
    lines = [
        '"""What the server takes and gives, as JSON."""',
        "",
        f"# {ORIGIN}",
        "",
        "from __future__ import annotations",
        "",
        "from typing import Any, Generic, Literal, NotRequired, TypeAlias, TypedDict, TypeVar",
        "",
        'Item = TypeVar("Item")',
        "",
        "",
        "class Page(TypedDict, Generic[Item]):",
        '    """A page of a list."""',
        "",
        "    items: list[Item]",
        "    next_cursor: str | None",
        '    """What to send as `cursor` for the next page; null on the last one."""',
    ]
    schemas = lifted(schemas)
    for name, schema in sorted(schemas.items()):
        found = members(schema, schemas)
        lines += ["", ""]
        if not found:
            lines += [f"{name}: TypeAlias = {python_type(schema, schemas)}", *python_docstring(described(schema), "")]
        elif any(keyword.iskeyword(key) for key, _, _ in found):
            # A class can't have members of such names.
            lines += [f"{name} = TypedDict(", f'    "{name}",', "    {"]
            for key, inner, is_required in found:
                kind = python_type(inner, schemas)
                lines.append(f'        "{key}": {kind if is_required else f"NotRequired[{kind}]"},')
            lines += ["    },", ")", *python_docstring(described(schema), "")]
        else:
            lines += [f"class {name}(TypedDict):"]
            docstring = python_docstring(described(schema), "    ")
            lines += [*docstring, ""] if docstring else []
            for key, inner, is_required in found:
                kind = python_type(inner, schemas)
                lines.append(f"    {key}: {kind if is_required else f'NotRequired[{kind}]'}")
                lines += python_docstring(described(inner), "    ")
    return "\n".join(lines) + "\n"


def typescript_comment(lines, indent):
    if len(lines) <= 1:
        return [f"{indent}/** {line} */" for line in lines]
    return [f"{indent}/**", *(f"{indent} * {line}" for line in lines), f"{indent} */"]


def typescript_module(schemas):
    lines = [
        "// What the server takes and gives, as JSON.",
        f"// {ORIGIN}",
        "",
        "/** A page of a list. */",
        "export interface Page<Item> {",
        "  items: Item[];",
        "  /** What to send as `cursor` for the next page; null on the last one. */",
        "  next_cursor: string | null;",
        "}",
    ]
    schemas = lifted(schemas)
    for name, schema in sorted(schemas.items()):
        lines += ["", *typescript_comment(described(schema), "")]
        if is_object(schema) or "oneOf" in schema and members(schema, schemas):
            lines += [f"export interface {name} {{"]
            for key, inner, is_required in members(schema, schemas):
                lines += typescript_comment(described(inner), "  ")
                lines.append(f"  {key}{'' if is_required else '?'}: {typescript_type(inner, schemas)};")
            lines += ["}"]
        else:
            lines += [f"export type {name} = {typescript_type(schema, schemas)};"]
    return "\n".join(lines) + "\n"


def main(server):
    with urllib.request.urlopen(f"{server.rstrip('/')}/openapi.json") as answer:
        document = json.load(answer)
    for path, text in generate(document).items():
        path.write_text(text, encoding="utf-8")
        print(path.relative_to(HERE.parent))


if __name__ == "__main__":
    main(*sys.argv[1:])
