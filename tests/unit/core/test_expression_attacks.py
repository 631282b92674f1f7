"""Attacks on expressions: none runs away with the processor or the memory, or gets at anything.

Configurations are written by operators, so most of this is a slip and not malice; but a ticket's text
comes from anybody, and a slip must not hold up or end the daemon either.
"""

from __future__ import annotations

import contextlib
import resource
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync_service.core.expressions import Expression, ExpressionError, Template
from sync_service.core.grammar import LONGEST, beyond

LONG = "x" * 100_000
DATA = {
    "ticket": {"Subject": "Cart {0.__class__}", "rows": list(range(1000)), "long": LONG},
    "far": {"number": "INC1"},
    "system": "iiq",
}

STEPS = [
    "{{ 'x' * 10**9 }}",
    "{{ 'x' * 100000000 }}",
    "{{ 10**10**10 }}",
    "{{ 9**9**9**9 }}",
    "{{ ticket.rows * 100000000 }}",
    "{{ [1] * 1000000000 }}",
    "{{ ticket.rows | join('x' * 100000) }}",
    "{{ ('x' * 100000) | replace('x', 'y' * 100000) }}",
    "{{ ticket.long | replace('x', ticket.long) }}",
    "{{ ticket.long | replace('', ticket.long) }}",
    "{{ ticket.long | list | length }}",
    "{% for a in ticket.rows %}{% for b in ticket.rows %}x{% endfor %}{% endfor %}",
    "{% for a in ticket.rows %}{{ ticket.long }}{% endfor %}",
    "{% for a in ticket.rows %}{{ ticket }}{% endfor %}",
    "{% for a in ticket.rows %}{{ ticket.rows | sort | first }}{% endfor %}",
    "{% for a in ticket.rows if a in ticket.rows %}x{% endfor %}",
]
REACHING = [
    "{{ ticket.__class__ }}",
    "{{ ticket['__class__'] }}",
    "{{ ''.__class__.__mro__ }}",
    "{{ ticket.rows.__len__ }}",
    "{{ self }}",
    "{{ loop }}",
    "{{ ticket.rows | map(attribute='__class__') | list }}",
    "{{ ticket | attr('__class__') }}",
    "{{ ticket | tojson }}",
    "{{ nothing }}",
]
CALLS = [
    "{{ ticket.rows.extend(ticket.rows) }}",
    "{{ ticket.update({}) }}",
    "{{ ticket.items() }}",
    "{{ ticket.Subject.format(1) }}",
    "{{ '{:>1000000000}'.format('x') }}",
    "{{ ticket.rows['append'](1) }}",
    "{{ (ticket.rows.append)(1) }}",
    "{{ range(10**9) }}",
    "{{ debug() }}",
    "{{ caller() }}",
    "{{ super() }}",
    "{{ loop(ticket.rows) }}",
    "{{ '}}' ~ ticket.rows.pop() }}",
    '{{ "%}" ~ ticket.rows.pop() }}',
    "{# {{ #}{{ ticket.rows.pop() }}",
    "{{ 'it\\'s' ~ ticket.rows.pop() }}",
    "{{- ticket.rows . pop ( ) -}}",
    "{{ ticket.rows.pop\n() }}",
    "{{ x if ticket.rows.pop() else y }}",
    "{{ ticket.rows | map(ticket.rows.pop()) }}",
]
SHARED = [
    "{% for a in [[1, 1]] %}{% for b in [[a, a]] %}{{ b }}{% endfor %}{% endfor %}",
    "{{ [ticket.rows, ticket.rows] }}",
    "{{ (ticket.rows, ticket.rows) }}",
    "{{ ticket.rows | default([ticket, ticket]) }}",
    "{{ ticket.rows | default((ticket, ticket)) }}",
    "{{ {'a': ticket.rows} }}",
]
OTHER_STATEMENTS = [
    "{% set a = [1] %}" + "{% set a = [a, a] %}" * 30 + "{{ a }}",
    "{% include '/etc/passwd' %}",
    "{% include 'expression' %}",
    "{% import '/etc/passwd' as p %}",
    "{% from 'expression' import x %}",
    "{% extends 'expression' %}",
    "{% macro f(x) %}{{ f(x) }}{% endmacro %}{{ f(1) }}",
    "{% call f() %}{% endcall %}",
    "{% filter upper %}x{% endfilter %}",
    "{% raw %}{{ x }}{% endraw %}",
    "{% with a = 1 %}{% endwith %}",
    "{% block x %}{% endblock %}",
    "{% autoescape false %}{% endautoescape %}",
    "{% do x %}",
    "{%- set x = 1 -%}",
    "{%+ set x = 1 %}",
    "{%",
]
#: Each of these ended the process, or would with a few more characters.
DEEP = {
    "not": "{{ " + "not " * 20_000 + "1 }}",
    "minus": "{{ " + "-" * 20_000 + "1 }}",
    "plus": "{{ 1" + "+1" * 20_000 + " }}",
    "tilde": "{{ 'x'" + "~'x'" * 20_000 + " }}",
    "parentheses": "{{ " + "(" * 20_000 + "1" + ")" * 20_000 + " }}",
    "brackets": "{{ " + "[" * 20_000 + "]" * 20_000 + " }}",
    "dots": "{{ a" + ".b" * 20_000 + " }}",
    "else": "{{ 1" + " if 1 else 1" * 20_000 + " }}",
    "blocks": "{% if 1 %}" * 20_000 + "{% endif %}" * 20_000,
}


@pytest.mark.parametrize("source", STEPS)
def test_what_takes_too_much_is_stopped_at_once(source: str) -> None:
    """Fuel counts steps, and the sizes of what they make; memory is hardly touched."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    with pytest.raises(ExpressionError, match=r"too many steps|cannot be evaluated"):
        Template(source).render(DATA)

    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 100_000, f"{grown} KiB"


@pytest.mark.parametrize("source", REACHING)
def test_nothing_of_the_program_can_be_reached(source: str) -> None:
    """Neither by a dunder nor through a filter."""
    try:
        shown = Template(source).render(DATA)
    except ExpressionError:
        shown = ""

    assert "class" not in shown
    assert "object" not in shown


@pytest.mark.parametrize("source", CALLS)
def test_nothing_can_be_called(source: str) -> None:
    """The data are Python's own lists and tables, whose methods the engine would run."""
    with pytest.raises(ExpressionError, match=r"it calls something|it makes a table"):
        Template(source)


@pytest.mark.parametrize("source", SHARED)
def test_no_list_is_made_of_names(source: str) -> None:
    """`[a, a]`, thirty times over, is more than a machine can print; fuel does not see it."""
    with pytest.raises(ExpressionError, match=r"it makes a (list|table)"):
        Template(source)


@pytest.mark.parametrize("source", OTHER_STATEMENTS)
def test_only_two_statements_exist(source: str) -> None:
    """No file, no macro and no other template can be named, and nothing can be set."""
    with pytest.raises(ExpressionError, match=r"the statements are elif, else|cannot be read"):
        Template(source)


@pytest.mark.parametrize("name", DEEP)
def test_a_source_that_is_too_deep_is_refused_before_it_is_read(name: str) -> None:
    """Reading 20,000 `not`s overflowed the stack and ended the process."""
    with pytest.raises(ExpressionError, match=f"longer than {LONGEST} characters"):
        Template(DEEP[name])
    with pytest.raises(ExpressionError, match=f"longer than {LONGEST} characters"):
        Expression(DEEP[name].strip("{}% "))


#: As many as fit into the longest source.
DEEPEST = {
    "not": "{{ " + "not " * 990 + "1 }}",
    "minus": "{{ " + "-" * 3_900 + "1 }}",
    "plus": "{{ 1" + "+1" * 1_990 + " }}",
    "tilde": "{{ 'x'" + "~'x'" * 990 + " }}",
    "parentheses": "{{ " + "(" * 1_900 + "1" + ")" * 1_900 + " }}",
    "dots": "{{ a" + ".b" * 1_900 + " }}",
    "else": "{{ 1" + " if 1 else 1" * 330 + " }}",
    "blocks": "{% if 1 %}" * 180 + "{% endif %}" * 180,
}


@pytest.mark.parametrize("name", DEEPEST)
def test_the_deepest_source_that_is_taken_ends_no_process(name: str) -> None:
    """In a process of its own: an overflow cannot be caught."""
    code = (
        "from sync_service.core.expressions import *\nimport sys\n"
        "try:\n    print(len(Template(sys.stdin.read()).render({'a': {}})))\n"
        "except ExpressionError as error:\n    print('refused')\n"
    )
    assert 3_000 < len(DEEPEST[name]) <= LONGEST

    done = subprocess.run(
        [sys.executable, "-c", code],
        input=DEEPEST[name],
        capture_output=True,
        text=True,
        check=False,
    )

    assert 0 == done.returncode, done


@pytest.mark.parametrize(
    "source",
    [
        "ticket.Location.Name in ['High School', 'Annex'] and not ticket.HasSensitiveInformation",
        "(ticket.a == 'x' or ticket.b) and not (ticket.c is none)",
        "ticket['Custom Fields']['Loaner'] == 'Yes'",
        "ticket.rows | length > 3 and ticket.name is startingwith('a') and 3 is not odd",
        "ticket.a | default('') in ('x', 'y', none, true, 1.5)",
        "ticket.rows[0] == 'it''s' or ticket.rows[-1:][0]",
        "not(ticket.a) and (ticket.b)",
    ],
)
def test_what_people_write_is_part_of_the_language(source: str) -> None:
    """Conditions as in the examples, and then some."""
    assert "" == beyond(source, template=False)
    assert "" == beyond("{% if " + source + " %}{{ ticket.x | upper }}{% endif %}", template=True)


@pytest.mark.parametrize(
    "source",
    [
        "{{ ticket.Subject }} (by {{ far.number }}), it's 5 (five) {x}",
        "{%- for name, value in ticket.pairs | items -%}{{ name }}: {{ value }}{%- endfor -%}",
        "{% for (name, value) in ticket.pairs %}{{ name | replace('a', value) }}{% endfor %}",
        "a(b) [c, d] {e: f} is text here",
        "{# a note (with, names) #}{{ 'a }} b' }}",
        "{{ ticket.a | truncate(length=20) | default('none') }}",
    ],
)
def test_what_templates_say_is_part_of_the_language(source: str) -> None:
    """What stands outside of the marks is text, whatever it looks like."""
    assert "" == beyond(source, template=True)


@given(st.text("{}%#'\"\\()[]., |ab1-+~is not in for if set", max_size=40))
def test_whatever_is_written_is_refused_or_rendered(source: str) -> None:
    """No source raises anything else, and what is taken calls nothing."""
    with contextlib.suppress(ExpressionError):
        said = Template(source).render({"a": {"b": [1]}, "ab": "x"})
        assert "built-in" not in said
