"""Reads YAML documents and knows the line of everything in them, so that a mistake can be pointed at."""

from __future__ import annotations

import re
from collections.abc import Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

Location = tuple[int | str, ...]


class EstateError(Exception):
    """A file that cannot be used; the text is one line: file, line, key, what is wrong, what would be right."""


class Loader(yaml.SafeLoader):
    """YAML in which a key that stands twice is an error instead of a silent loss."""


def _mapping(loader: Loader, node: yaml.MappingNode) -> dict[Any, Any]:
    seen: set[Any] = set()
    for key_node, _ in node.value:
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, Hashable):
            raise _wrong("a key must be a word", key_node)
        if key in seen:
            raise _wrong(f"the key '{key}' stands twice", key_node)
        seen.add(key)
    return yaml.SafeLoader.construct_mapping(loader, node, deep=True)


def _day(loader: Loader, node: yaml.ScalarNode) -> Any:
    try:
        return loader.construct_yaml_timestamp(node)
    except ValueError as error:
        raise _wrong(f"{node.value} is no date: {error}", node) from None


def _wrong(said: str, node: yaml.Node) -> yaml.constructor.ConstructorError:
    return yaml.constructor.ConstructorError(None, None, said, node.start_mark)


Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)
Loader.add_constructor("tag:yaml.org,2002:timestamp", _day)
# Only true and false are truth values: in YAML 1.1 the key `on` and Norway's `NO` are too.
_TRUTH = "tag:yaml.org,2002:bool"
Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != _TRUTH]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
Loader.add_implicit_resolver(_TRUTH, re.compile(r"^(?:true|false|True|False)$"), list("tfTF"))


@dataclass(frozen=True)
class Document:
    """One document of a file: what it says, and which of the file's it is, from 0."""

    path: Path
    text: str
    number: int
    data: Any

    def error(self, location: Location, said: str) -> EstateError:
        """The one line about what stands at a location."""
        return EstateError(f"{self.path}:{self.line(location)}: {place(self.data, location)}: {said}")

    def line(self, location: Location) -> int:
        """The line of a location; of what is not there, the line of what should hold it."""
        node = list(yaml.compose_all(self.text, Loader=Loader))[self.number]
        line = node.start_mark.line
        for step in location:
            below = _below(node, step)
            if below is None:
                break
            node, line = below, below.start_mark.line
        return line + 1


def documents(path: Path) -> list[Document]:
    """The documents of a file that hold anything; raises EstateError for one that cannot be read."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise EstateError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise EstateError(f"{path}: is not UTF-8 at byte {error.start}; save it as UTF-8") from error
    return documents_in(text, path)


def documents_in(text: str, path: Path) -> list[Document]:
    """The same of a text; `path` is what mistakes call it."""
    try:
        read = list(yaml.load_all(text, Loader=Loader))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        raise EstateError(f"{path}{line}: {getattr(error, 'problem', None) or 'is no YAML'}") from error
    except (ValueError, RecursionError) as error:
        raise EstateError(f"{path}: is no YAML that can be read: {error}") from error
    return [Document(path, text, number, data) for number, data in enumerate(read) if data is not None]


def place(data: Any, location: Location) -> str:
    """A location as a person finds it: entries of lists by their key instead of their number."""
    parts: list[str] = []
    here: Any = data
    for step in location:
        try:
            here = here[step]
        except (KeyError, IndexError, TypeError):
            here = None
        if isinstance(step, int):
            label = here.get("key") if isinstance(here, dict) else None
            parts.append(str(label) if label else str(step + 1))
        else:
            parts.append(step)
    return ".".join(parts) or "document"


def _below(node: yaml.Node, step: int | str) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(step):
                # a value that begins on a later line belongs to the line of its key
                return value if value.start_mark.line == key.start_mark.line else _at(value, key)
    elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        found: yaml.Node = node.value[step]
        return found
    return None


def _at(value: yaml.Node, key: yaml.Node) -> yaml.Node:
    value.start_mark = key.start_mark
    return value
