"""What `validate` tells of links that meet: rings and overlapping selections (R27)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync_service.core.expressions import Expression
from sync_service.core.selections import meet

OTHER = "  other: {between: [sn, iiq], mapping: desk.mapping.yaml, since: now%s}\n"
WORLD = """\
systems:
%s
links:
%s"""


def overlaps(files, mine="", theirs=""):
    """Load two links over the same systems, each with more settings; give the warnings."""
    text = (files.folder / "sync.yaml").read_text()
    files.write(
        text + (f"    {mine}\n" if mine else "") + OTHER % (f", {theirs}" if theirs else "")
    )
    return files.load().warnings


def ring(files, *ends):
    """Load links between systems named by letters; give the warnings."""
    systems = "".join(
        f"  {name}:\n    adapter: servicenow\n    url: https://{name}.service-now.com\n"
        '    auth: {client_id: "${ENV:SNOW_CLIENT_ID}", client_secret: "${ENV:SNOW_CLIENT_SECRET}"}\n'
        for name in sorted(set("".join(ends)))
    )
    links = "".join(
        f"  {a}{b}: {{between: [{a}, {b}], mapping: {{fields: [{{{a}: x, {b}: y}}]}}, since: now,"
        " create: never}\n"
        for a, b in ends
    )
    files.write(WORLD % (systems, links))
    return files.load().warnings


def test_links_that_select_everything_overlap_on_both_sides(files):
    """R27: the second link is written the other way round."""
    told = overlaps(files)

    assert ["iiq", "sn"] == sorted(one.split("ticket of ")[1].split(";")[0] for one in told)
    assert all("links desk and other both select every" in one for one in told)


def test_an_overlap_is_told_with_a_ticket_that_both_select(files):
    """R27: an example says more than a rule."""
    mine = """select: {iiq: "ticket.Location.Name in ['Annex', 'High']", sn: "false"}"""
    theirs = """select: {iiq: "ticket.Location.Name != 'High'"}"""

    (told,) = overlaps(files, mine, theirs)

    assert "both select a ticket of iiq whose Location.Name is 'Annex'" in told
    assert told.startswith(f"{files.folder}/sync.yaml:18:10: links desk and other")


def test_selections_that_exclude_each_other_are_no_overlap(files):
    """R27: nothing is said where nothing can happen."""
    mine = """select: {iiq: "ticket.Location.Name == 'High'", sn: "ticket.u_vip"}"""
    theirs = """select: {iiq: "ticket.Location.Name in ['Annex']", sn: "not ticket.u_vip"}"""

    assert () == overlaps(files, mine, theirs)


def test_a_side_on_which_nothing_starts_cannot_overlap(files):
    """R27: `create: into sn` starts no pair for a ticket of sn."""
    told = overlaps(files, "create: into sn", "create: into sn")

    assert ["iiq"] == [one.split("ticket of ")[1].split(";")[0] for one in told]


def test_where_nobody_can_tell_it_says_so(files):
    """R27: filters and comparisons have more cases than can be tried."""
    mine = """select: {iiq: "ticket.Subject | length > 300", sn: "false"}"""
    theirs = """select: {iiq: "ticket.Subject | length > 200"}"""

    (told,) = overlaps(files, mine, theirs)

    assert "may both select a ticket of iiq, as far as can be told" in told


def test_a_ring_over_three_systems_is_named_with_all_its_links(files):
    """R27: and which link closes it."""
    (told,) = ring(files, "ab", "bc", "ca")

    assert "links ab, bc, ca make a ring of systems (c - a - b - c); link ca closes it" in told


def test_a_ring_over_four_systems_and_a_chord_are_two_rings(files):
    """R27: each link that closes one is named once, by the shortest way round."""
    told = ring(files, "ab", "bc", "cd", "da", "ac")

    assert ["ab, bc, cd, da", "ab, ac, bc"] == [
        one.split("links ")[1].split(" make")[0] for one in told
    ]


def test_a_chain_and_two_links_over_the_same_systems_are_no_ring(files):
    """R27."""
    assert () == ring(files, "ab", "bc", "cd")
    assert () == tuple(one for one in ring(files, "ab", "bc", "ba") if "ring" in one)


@pytest.mark.parametrize(
    ("one", "other", "never"),
    [
        ("ticket.a == 'x'", "ticket.a == 'y'", True),
        ("ticket.a == 'x'", "ticket.b == 'y'", False),
        ("ticket.a == 'x' or ticket.b == 1", "ticket.a == 'y' and ticket.b != 1", True),
        ("ticket['A b']['c'] == 'x'", 'ticket["A b"].c != "x"', True),
        ("ticket.a", "not ticket.a", True),
        ("ticket.a.b == 'x'", "not ticket.a", False),
        ("'x' in ticket.a", "'y' in ticket.a", False),
        ("ticket.a | lower == 'x'", "ticket.a == 'X'", False),
        ("system == 'here'", "system == 'there'", True),
    ],
)
def test_two_conditions_meet_or_they_do_not(one, other, never):
    """R27: `never` is said only where every case was tried."""
    assert never is meet(Expression(one), Expression(other), "here").never


PATHS, WORDS = st.sampled_from(["a", "b.c"]), st.sampled_from(["x", "y", "z"])
ATOMS = st.one_of(
    st.builds("ticket.{} == '{}'".format, PATHS, WORDS),
    st.builds("ticket.{} != '{}'".format, PATHS, WORDS),
    st.builds("ticket.{} in ['{}', '{}']".format, PATHS, WORDS, WORDS),
)
CONDITIONS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.builds("({} and {})".format, inner, inner),
        st.builds("({} or {})".format, inner, inner),
        st.builds("not ({})".format, inner),
    ),
    max_leaves=5,
)


@given(CONDITIONS, CONDITIONS, *[st.sampled_from(["x", "y", "z", "none of them"])] * 2)
def test_never_is_never_wrong(one, other, a, c):
    """R27: no ticket is selected by two conditions that are said to exclude each other."""
    mine, theirs = Expression(one), Expression(other)
    ticket = {"ticket": {"a": a, "b": {"c": c}}, "system": "here"}
    both = mine.holds(ticket) and theirs.holds(ticket)

    told = meet(mine, theirs, "here")

    assert not (both and told.never)
    assert told.surely or told.never
