"""YAML read into plain data that remembers where every value stood.

Scalars are read by YAML 1.2 rules narrowed to what cannot surprise: `NO` and `yes` are text,
`12:30` and `010` are text, only `true`, `false` and `null` are words of their own. The surprise:
a key that appears twice is a problem, and so is an alias that makes the file explode.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NoReturn

import yaml

Path = tuple[str | int, ...]

#: More values than any honest file has; a few lines of nested aliases reach it at once.
MOST_VALUES = 100_000
DEEPEST = 40
#: Longer texts are no setting, and every message that quotes one would be as long.
LONGEST = 20_000

_INT = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(?:0|[1-9][0-9]*)(?:\.[0-9]+(?:[eE][-+]?[0-9]+)?|[eE][-+]?[0-9]+)")
_WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}
_PLAIN_TAGS = (None, "!", "tag:yaml.org,2002:str", "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq")
_LOADER: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """Where something stands in a file; both count from one."""

    line: int = 1
    column: int = 1


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One problem in a file, as a person reads it: `file:line:column: what`."""

    file: str
    mark: Mark
    what: str

    def __str__(self) -> str:
        return f"{self.file}:{self.mark.line}:{self.mark.column}: {self.what}"


@dataclass(slots=True)
class Document:
    """A file's data, with the mark of each value and of each key by its path."""

    file: str
    data: Any = None
    values: dict[Path, Mark] = field(default_factory=dict)
    keys: dict[Path, Mark] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    hints: list[Fault] = field(default_factory=list)
    faulty: set[Path] = field(default_factory=set)

    def mark(self, path: Path) -> Mark:
        """Give where a path's value stands, or the nearest of its parents."""
        for end in range(len(path), -1, -1):
            if path[:end] in self.values:
                return self.values[path[:end]]
        return Mark()

    def key_mark(self, path: Path) -> Mark:
        """Give where a path's key stands, or else its value or parent."""
        return self.keys.get(path) or self.mark(path)

    def where(self, path: Path) -> str:
        """Write a path's place as `file:line:column`."""
        mark = self.mark(path)
        return f"{self.file}:{mark.line}:{mark.column}"

    def key_where(self, path: Path) -> str:
        """Write the place of a path's key as `file:line:column`."""
        mark = self.key_mark(path)
        return f"{self.file}:{mark.line}:{mark.column}"

    def fault(self, path: Path, what: str, *, key: bool = False) -> None:
        """Note a problem of the value at a path, or of its key; the same one once."""
        found = Fault(self.file, self.key_mark(path) if key else self.mark(path), what)
        self.faulty.add(path)
        if found not in self.faults:
            self.faults.append(found)

    def hint(self, path: Path, what: str) -> None:
        """Note what a person should know of the value at a path, and that stops nothing."""
        found = Fault(self.file, self.mark(path), what)
        if found not in self.hints:
            self.hints.append(found)


def read(text: str, file: str) -> Document:
    """Read one YAML document; what is wrong with it stands in `faults`, and nothing is raised."""
    document = Document(file)
    try:
        _Reader(document, yaml.parse(text, Loader=_LOADER)).run()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at = Mark(mark.line + 1, mark.column + 1) if mark else Mark()
        what = " ".join(str(part) for part in (error.context, error.problem) if part)
        document.faults.append(Fault(file, at, _unreadable(text, at, what)))
    except yaml.YAMLError as error:
        what = " ".join(str(error).split())
        document.faults.append(Fault(file, Mark(), f"not readable as YAML: {what}; correct it"))
    except _Stop:
        pass  # the fault is noted
    return document


def _unreadable(text: str, at: Mark, what: str) -> str:
    """Say what YAML cannot read; of a tab it speaks in riddles."""
    lines = text.splitlines()
    line = lines[at.line - 1] if at.line <= len(lines) else ""
    if line[at.column - 1 : at.column] == "\t":
        return "a tab stands here, and YAML is indented with spaces only; put spaces in its place"
    return f"not readable as YAML: {what}; correct it"


def scalar(text: str, *, quoted: bool) -> Any:
    """Give what a scalar means; quoted, it is always text."""
    if quoted:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INT.fullmatch(text) and len(text) < 20:
        return int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    return text


class _Stop(Exception):
    """There is no sense in reading on."""


@dataclass(slots=True)
class _Reader:
    """Builds a document from parser events, so that every bound is checked on the way."""

    document: Document
    events: Iterator[Any]
    anchors: dict[str, list[Any]] = field(default_factory=dict)
    count: int = 0

    def run(self) -> None:
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                if self.document.values:
                    self._stop(event, "a second YAML document; keep one in a file")
                self.document.data = self._node(next(self.events), (), 0, self.events)

    def _node(self, event: Any, path: Path, depth: int, events: Iterator[Any]) -> Any:
        self.count += 1
        if self.count > MOST_VALUES:
            self._stop(event, "too many values; write out what the aliases repeat")
        if depth > DEEPEST:
            self._stop(event, "nested too deeply; make it flatter")
        self.document.values.setdefault(path, _mark(event))
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, path, depth)
        anchor = event.anchor
        if anchor is not None and events is self.events:
            recorded = list(_whole(event, events))
            self.anchors[anchor] = recorded
            events = iter(recorded[1:])
        return self._content(event, path, depth, events)

    def _content(self, event: Any, path: Path, depth: int, events: Iterator[Any]) -> Any:
        if event.tag not in _PLAIN_TAGS:
            self.document.fault(path, f"the tag `{event.tag}` means nothing here; remove it")
        if isinstance(event, yaml.ScalarEvent):
            self._short(event)
            return scalar(event.value, quoted=not event.implicit[0])
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(path, depth, events)
        return self._mapping(path, depth, events)

    def _sequence(self, path: Path, depth: int, events: Iterator[Any]) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := next(events), yaml.SequenceEndEvent):
            items.append(self._node(event, (*path, len(items)), depth + 1, events))
        return items

    def _mapping(self, path: Path, depth: int, events: Iterator[Any]) -> dict[Any, Any]:
        items: dict[Any, Any] = {}
        marks: dict[Any, Mark] = {}  # by the key itself: 9 and 9.0 are one, and so are 1 and true
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                self._stop(event, "a key must be a plain word; lists belong on the right")
            self._short(event)
            key = scalar(event.value, quoted=not event.implicit[0])
            here = (*path, str(key))
            if key in items:
                line = marks[key].line
                fault = f"`{event.value}` stands here already, in line {line}; remove one of them"
                self.document.faults.append(Fault(self.document.file, _mark(event), fault))
                self._node(next(events), (*here, "again"), depth + 1, events)
                continue
            marks[key] = _mark(event)
            self.document.keys.setdefault(here, marks[key])
            items[key] = self._node(next(events), here, depth + 1, events)
        return items

    def _alias(self, event: Any, path: Path, depth: int) -> Any:
        recorded = self.anchors.get(event.anchor, [])
        if not recorded:
            self._stop(event, f"`*{event.anchor}` refers to no finished `&{event.anchor}`")
        return self._content(recorded[0], path, depth, iter(recorded[1:]))

    def _short(self, event: Any) -> None:
        if len(event.value) > LONGEST:
            self._stop(event, f"a text of more than {LONGEST} characters; no setting is as long")

    def _stop(self, event: Any, what: str) -> NoReturn:
        self.document.faults.append(Fault(self.document.file, _mark(event), what))
        raise _Stop


def _whole(event: Any, events: Iterator[Any]) -> Iterator[Any]:
    """Give the events of one node, its own start first."""
    yield event
    open_nodes = int(isinstance(event, yaml.CollectionStartEvent))
    while open_nodes:
        event = next(events)
        open_nodes += isinstance(event, yaml.CollectionStartEvent)
        open_nodes -= isinstance(event, yaml.CollectionEndEvent)
        yield event


def _mark(event: Any) -> Mark:
    return Mark(event.start_mark.line + 1, event.start_mark.column + 1)
