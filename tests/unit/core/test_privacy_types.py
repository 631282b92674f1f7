"""What the types refuse: no code that hands an internal note to a public sink passes the checks."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
PRODUCT = ROOT / "sync_service"

#: Each line that ends in `# leak` must be refused, and no other.
SNIPPET = """
from datetime import datetime
from sync_service.adapters.base import Adapter
from sync_service.core.actions import AddNote, AddReply
from sync_service.core.outgoing import Note, Reply
from sync_service.core.values import Comment, InternalNote, Origin, PublicComment, Side, Ticket

def shape(comment: Comment) -> tuple[str, bool]:
    return comment.body, comment.html

def words(note: InternalNote, said: PublicComment, any: Comment, origin: Origin) -> None:
    Reply.of(said, origin, shape)
    Note.of(note, origin, shape)
    Note.of(said, origin, shape)
    Reply.of(note, origin, shape)  # leak
    Reply.of(any, origin, shape)  # leak
    Reply(note.body, note.html, origin)  # leak
    Reply(f"{said.body} {note.body}", True, origin)  # leak
    public: PublicComment = note  # leak
    public = any  # leak

async def sinks(
    adapter: Adapter, ticket: Ticket, note: Note, reply: Reply, by: datetime, raw: InternalNote
) -> None:
    await adapter.reply(ticket, reply, by)
    await adapter.note(ticket, note, by)
    await adapter.reply(ticket, note, by)  # leak
    await adapter.reply(ticket, raw, by)  # leak

def actions(note: Note, reply: Reply, source: Comment) -> None:
    AddReply(Side.LEFT, reply, source, "")
    AddNote(Side.LEFT, note, source, "")
    AddReply(Side.LEFT, note, source, "")  # leak
"""


def test_no_way_of_handing_a_note_to_a_public_sink_passes_the_type_checker(tmp_path: Path) -> None:
    """R13: a type, not a check: mypy refuses every such line, and no other."""
    snippet = tmp_path / "leak.py"
    snippet.write_text(SNIPPET, encoding="utf-8")

    told = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", str(snippet)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    ).stdout

    lines = SNIPPET.splitlines()
    leaks = [number for number, line in enumerate(lines, 1) if line.endswith("# leak")]
    refused = sorted({int(e.split(":")[1]) for e in told.splitlines() if ": error:" in e})
    assert 9 == len(leaks)
    assert leaks == refused, told


def test_public_words_are_made_in_one_place() -> None:
    """R13: `Reply.of` alone makes words that a requester may read; elsewhere it would be a hole."""
    assert {"core/outgoing.py"} == _callers("PublicWords")
    assert set() == _callers("Reply")


def test_only_a_system_says_that_a_comment_is_public() -> None:
    """R13: no code of ours turns a note into a public comment; adapters decode what they read."""
    makers = _callers("PublicComment") | _callers("CommentFacts")

    assert set() == {one for one in makers if not one.startswith("adapters/")}


def test_what_is_sealed_is_opened_in_one_place() -> None:
    """R13: the ticket as its system shows it goes back to that system's adapter and nowhere else."""
    assert {"adapters/redacting.py"} == _callers("opened") | _callers("Sealed")


def test_nobody_talks_the_type_checker_out_of_it() -> None:
    """R13: a cast or an ignored error in what decides or writes would undo the type."""
    loud = [
        path.relative_to(PRODUCT).as_posix()
        for part in ("core", "engine", "adapters", "scheduling")
        for path in sorted((PRODUCT / part).rglob("*.py"))
        if "type: ignore" in (text := path.read_text(encoding="utf-8")) or "cast(" in text
    ]

    assert [] == loud


def _callers(name: str) -> set[str]:
    """Give the files of what runs that call this name."""
    return {
        path.relative_to(PRODUCT).as_posix()
        for path in PRODUCT.rglob("*.py")
        if path.relative_to(PRODUCT).parts[0] not in {"conformance", "simulators"}
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and _named(node.func) == name
    }


def _named(function: ast.expr) -> str:
    if isinstance(function, ast.Name):
        return function.id
    return function.attr if isinstance(function, ast.Attribute) else ""
