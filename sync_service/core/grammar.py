"""What an expression may be made of: a small part of Jinja, checked before anything runs it.

The engine has fuel for steps and output, and no functions. Three things pass it by, all found by
attack (tests/unit/core/test_expression_attacks.py): methods of the data, such as `x.extend(x)`;
lists made of names, since `[a, a]` thirty times over is a thousand million values for thirty
steps; and a source so deep that reading it ends the process. So those are no part of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

#: Longer sources are no condition or template any more, and may be too deep to be read.
LONGEST = 4_000
STATEMENTS = frozenset({"if", "elif", "else", "endif", "for", "endfor"})
_OPERATORS = frozenset({"and", "or", "not", "in", "is", "if", "elif", "else", "for"})
_CONSTANTS = frozenset({"true", "false", "none", "True", "False", "None"})
_TOKEN = re.compile(
    r"""(?P<space>\s+)|(?P<text>'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")|(?P<number>\d[\w.]*)"""
    r"""|(?P<name>[^\W\d]\w*)|(?P<sign>.)""",
    re.DOTALL,
)
_ENDS = {"{{": "}}", "{%": "%}", "{#": "#}"}
_BEGIN = re.compile(r"\{[{%#]")

Token = tuple[str, str]


def beyond(source: str, *, template: bool) -> str:
    """Say what of the source is no part of the language; "" if all is. The words follow "it"."""
    if len(source) > LONGEST:
        return f"is longer than {LONGEST} characters; make it shorter"
    for kind, tokens in _blocks(source) if template else (("{{", list(_tokens(source))),):
        if kind == "{%" and (not tokens or tokens[0][1] not in STATEMENTS):
            word = tokens[0][1] if tokens else ""
            return f"uses `{word}`; the statements are {', '.join(sorted(STATEMENTS))}"
        if told := _beyond(tokens):
            return told
    return ""


def _blocks(source: str) -> Iterator[tuple[str, list[Token]]]:
    """Give the code of a template, block by block; texts in it may hold an end of a block."""
    place = 0
    while (found := _BEGIN.search(source, place)) is not None:
        kind, end = found.group(), _ENDS[found.group()]
        place = found.end()
        if kind == "{#":
            close = source.find(end, place)
            place = len(source) if close < 0 else close + 2
            continue
        tokens: list[Token] = []
        while place < len(source) and not source.startswith(end, place):
            token = _TOKEN.match(source, place)
            if token is None:
                break
            place = token.end()
            tokens += _kept(token)
        place += len(end)
        yield kind, [one for one in tokens if one[1] not in ("-", "+") or one is not tokens[0]]


def _tokens(source: str) -> Iterator[Token]:
    for token in _TOKEN.finditer(source):
        yield from _kept(token)


def _kept(token: re.Match[str]) -> list[Token]:
    kind = token.lastgroup or "sign"
    return [] if kind == "space" else [(kind, token.group())]


def _beyond(tokens: Sequence[Token]) -> str:
    for place, (kind, said) in enumerate(tokens):
        if kind != "sign" or said not in "([{":
            continue
        if said == "{":
            return "makes a table in `{}`; write the condition out"
        called = _follows_value(tokens, place)
        if said == "(" and called and not _is_filter(tokens, place):
            return "calls something; use a filter, as in `value | upper`"
        if not called and _made_of_names(tokens, place):
            return "makes a list of names; lists hold texts and numbers, as in `['New', 'Open']`"
    return ""


def _follows_value(tokens: Sequence[Token], place: int) -> bool:
    """Tell whether a bracket stands behind a value, and so indexes or calls it."""
    if place == 0:
        return False
    kind, said = tokens[place - 1]
    return (kind in ("name", "text", "number") and said not in _OPERATORS) or said in (")", "]")


def _is_filter(tokens: Sequence[Token], place: int) -> bool:
    """Tell whether a bracket holds what a filter or a test is given."""
    before = [said for _, said in tokens[max(place - 3, 0) : place - 1]]
    return bool(before) and (before[-1] in ("|", "is") or before == ["is", "not"])


def _made_of_names(tokens: Sequence[Token], place: int) -> bool:
    """Tell whether a list or tuple that begins here holds anything but constants."""
    opened = tokens[place][1]
    if opened == "(" and place and tokens[place - 1][1] == "for":
        return False  # `for (name, value) in ...`
    depth, commas, names = 0, 0, 0
    for kind, said in tokens[place:]:
        depth += (said in "([{" and kind == "sign") - (said in ")]}" and kind == "sign")
        if depth == 0:
            break
        commas += depth == 1 and said == ","
        names += kind == "name" and said not in _CONSTANTS
    return names > 0 and (opened == "[" or commas > 0)
