"""A mapping file read for the two systems of a link."""

from __future__ import annotations

from collections.abc import Mapping as AbstractMapping
from dataclasses import dataclass, field
from typing import Any

from sync_service.config.check import validate
from sync_service.config.document import Document, Path
from sync_service.config.mapping_lines import LineReader, direction, side_of
from sync_service.config.mapping_models import Attachments, Comments, MappingFile
from sync_service.config.redact import read_redaction
from sync_service.config.template import compiled, template_or_value
from sync_service.core.comments import CommentRules, Edits
from sync_service.core.expressions import Template, did_you_mean
from sync_service.core.mapping import NAMES, Line
from sync_service.core.mapping_check import findings
from sync_service.core.mapping_extras import SIGNATURE_NAMES, Extras, Lookup
from sync_service.core.redaction import Redaction
from sync_service.core.values import Side, Sides

_NO_EXTRAS: Extras = {}
_TEXT = Template("")
_TALK = CommentRules()


@dataclass(frozen=True, slots=True)
class AttachmentRules:
    """Which sides files may flow to, and the largest one in bytes."""

    to: frozenset[Side] = frozenset()
    max_size: int = 10_000_000


_FILES = AttachmentRules()
_NOTHING = Redaction()


@dataclass(frozen=True, slots=True)
class Mapping:
    """The lines of a link and what goes with them.

    `on_create` is per side what a ticket made *there* needs. `raw` is the file as written, for
    fingerprints.
    """

    lines: tuple[Line, ...] = ()
    on_create: Sides[Extras] = Sides(_NO_EXTRAS, _NO_EXTRAS)  # noqa: RUF009 - frozen
    comments: CommentRules = _TALK
    signature: Template = _TEXT
    attachments: AttachmentRules = _FILES
    redaction: Redaction = _NOTHING
    raw: AbstractMapping[str, Any] | None = None
    file: str = ""
    places: AbstractMapping[tuple[Side, str], str] = field(default_factory=dict)

    def where(self, side: Side, name: str = "") -> str:
        """Give the place of one need of `on_create`, or of a side's block, or of the file."""
        return self.places.get((side, name), f"{self.file}:1:1")


def read_mapping(data: Any, document: Document, prefix: Path, systems: Sides[str]) -> Mapping:
    """Read a mapping that stands at `prefix` of a document, noting every problem there."""
    given = validate(MappingFile, data, document, prefix)
    if given is None:
        return Mapping()
    reader = LineReader(document, systems)
    places: dict[int, Path] = {}
    lines = []
    for place, one in enumerate(given.fields):
        line = reader.read(one, (*prefix, "fields", place))
        if line is not None:
            places[id(line)] = (*prefix, "fields", place)
            lines.append(line)
    for line, what in findings(lines):
        document.fault(places[id(line)], what)
    return Mapping(
        lines=tuple(lines),
        on_create=_on_create(given.on_create, document, (*prefix, "on_create"), systems),
        comments=_comments(given.comments, document, (*prefix, "comments"), systems),
        signature=_signature(given.comments, document, (*prefix, "comments", "signature")),
        attachments=_attachments(given.attachments, document, (*prefix, "attachments"), systems),
        redaction=read_redaction(given.redact, document, (*prefix, "redact")),
        raw=data,
        file=document.file,
        places=_places(given.on_create, document, (*prefix, "on_create"), systems),
    )


def _places(
    given: AbstractMapping[str, AbstractMapping[str, Any]],
    document: Document,
    path: Path,
    systems: Sides[str],
) -> dict[tuple[Side, str], str]:
    """Remember where each need of `on_create` stands, since adapters are asked later."""
    found: dict[tuple[Side, str], str] = {}
    for side in Side:
        at = (*path, systems.of(side))
        found[side, ""] = document.where(at)
        for name in given.get(systems.of(side), ()):
            found[side, name] = document.key_where((*at, name))
    return found


def _comments(given: Comments, document: Document, path: Path, systems: Sides[str]) -> CommentRules:
    return CommentRules(
        public=_to(given.public, document, (*path, "public"), systems),
        internal=_to(given.internal, document, (*path, "internal"), systems),
        edits=Edits(given.edits),
        automation=given.automation == "both",
    )


def _attachments(
    given: Attachments, document: Document, path: Path, systems: Sides[str]
) -> AttachmentRules:
    return AttachmentRules(
        _to(given.direction, document, (*path, "direction"), systems), given.max_size
    )


def _to(said: str, document: Document, path: Path, systems: Sides[str]) -> frozenset[Side]:
    to = direction(said, systems)
    if to is None:
        left, right = systems.left, systems.right
        document.fault(
            path, f"`{said}` is no direction; write both, to {left}, to {right} or never"
        )
    return to or frozenset()


def _signature(given: Comments, document: Document, path: Path) -> Template:
    return compiled(Template, given.signature, document, path, SIGNATURE_NAMES) or _TEXT


def _on_create(
    given: AbstractMapping[str, AbstractMapping[str, Any]],
    document: Document,
    path: Path,
    systems: Sides[str],
) -> Sides[Extras]:
    found: Sides[Extras] = Sides(_NO_EXTRAS, _NO_EXTRAS)
    for system, needs in given.items():
        side = side_of(system, systems)
        if side is None:
            hint = did_you_mean(system, (systems.left, systems.right))
            document.fault((*path, system), f"this link does not join `{system}`{hint}", key=True)
            continue
        at = (*path, system)
        extras = {name: _extra(need, document, (*at, name)) for name, need in needs.items()}
        found = found.put(side, extras)
    return found


def _extra(need: Any, document: Document, path: Path) -> Any:
    if not isinstance(need, dict):
        if isinstance(need, list):
            document.fault(path, "write one value, or `{lookup: ..., ...}`")
        return template_or_value(need, document, path, NAMES)
    what = need.get("lookup")
    by = {str(name): value for name, value in need.items() if name not in ("lookup", "else")}
    if not isinstance(what, str) or not by:
        document.fault(path, "a look-up reads `{lookup: user, email: ADDRESS, else: ADDRESS}`")
        return None
    read = {
        name: template_or_value(value, document, (*path, name), NAMES) for name, value in by.items()
    }
    otherwise = template_or_value(need.get("else"), document, (*path, "else"), NAMES)
    return Lookup(what, read, otherwise)
