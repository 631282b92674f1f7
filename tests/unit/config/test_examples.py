import json

import pytest

from sync_service.config import bind, load
from sync_service.config.schema import FILES, render
from sync_service.core.mapping import Unknown
from sync_service.core.outgoing import Kind
from sync_service.core.values import Side
from tests.unit.config.conftest import ENV, EXAMPLES, MODELS

NAMES = ["sync.yaml", "request-tracker.yaml", "demo.yaml"]


@pytest.fixture
def examples(tmp_path):
    """Copy the shipped examples, with secrets where this machine has them."""
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    (secrets / "iiq_token").write_text("not-a-real-token\n")
    (secrets / "rt_token").write_text("1-31-0123456789abcdef\n")
    for file in EXAMPLES.glob("*.yaml"):
        text = file.read_text().replace("/run/secrets/", f"{secrets}/")
        (tmp_path / file.name).write_text(text)
    return tmp_path


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_example_loads_without_a_warning(examples, name):
    """What people copy from must be right."""
    config = load(examples / name, MODELS, ENV)

    assert config.warnings == ()
    assert all(link.mapping.lines for link in config.links.values())


def test_every_shipped_example_is_tested():
    """A new example joins the list above."""
    found = {file.name for file in EXAMPLES.glob("*.yaml")}

    assert {name for name in found if not name.endswith(".mapping.yaml")} == set(NAMES)


def test_the_example_names_fields_that_the_adapters_know(examples):
    """A field that the Incident IQ and Request Tracker adapters do not know stops the load."""
    from sync_service.adapters.incidentiq.fields import CUSTOM, KINDS
    from sync_service.adapters.request_tracker.fields import BUILT_IN

    def kind(system, name):
        if system == "request_tracker":
            return BUILT_IN[name].kind if name in BUILT_IN else None
        return Kind.TEXT if name.startswith(CUSTOM) else KINDS.get(name)

    link = load(examples / "request-tracker.yaml", MODELS, ENV).links["technicians"]
    lines = {line.name: line for line in bind(link, kind).mapping.lines}

    assert lines["AssignedToUser = Owner"].kinds.left == (Kind.PERSON,)
    assert lines["IssueDescription = Content"].on_create_only


DESIGN_LINK = """\
    every: 60s
    since: 2026-08-01
    select:
      incidentiq: "ticket.Location.Name in ['High School', 'Annex'] and not ticket.HasSensitiveInformation"
      servicenow: "ticket.assignment_group == 'K12 Support'"
    create: both
    on_conflict: incidentiq
"""
DESIGN_MAPPING = """\
fields:
  - incidentiq: Subject
    servicenow: short_description
  - incidentiq: IssueDescription
    servicenow: description
  - incidentiq: Status
    servicenow: state
    values:                           # backwards, the first row that fits wins
      Submitted: New
      In Progress: In Progress
      Waiting on Requestor: {servicenow: On Hold, with: {hold_reason: Awaiting Caller}}
      Resolved: {servicenow: Resolved, with: {close_code: Solved (Permanently), close_notes: "{{ ticket.Subject }}"}}
      Cancelled: Canceled
  - incidentiq: PriorityLevel
    servicenow: [impact, urgency]     # coupled fields: rows are tuples
    values: {Critical: [1 - High, 1 - High], High: [2 - Medium, 1 - High], Medium: [2 - Medium, 2 - Medium], Low: [3 - Low, 3 - Low]}
  - incidentiq: AssignedToUser        # people are matched by e-mail
    servicenow: assigned_to
    unknown: leave                    # leave | clear | problem | a fallback person
  - incidentiq: For
    servicenow: caller_id
    direction: to servicenow
  - servicenow: category              # computed, one way
    value: "{{ ticket.Issue.IssueCategoryName | lower }}"
  - {incidentiq: "Custom Fields.ServiceNow number", value: "{{ far.number }}", direction: to incidentiq}
on_create:
  incidentiq:
    ForId: {lookup: user, email: "{{ ticket.caller_id.email }}", else: helpdesk@springfield.example}
    IssueId: {lookup: issue, name: "Other"}
    LocationId: {lookup: location, name: "{{ ticket.location.name }}", else: District Office}
comments:
  public: both
  internal: to servicenow
  edits: follow                       # follow | append | ignore
  automation: skip
  signature: "{{ author.name }} ({{ system }}, {{ created }})"
attachments: {direction: both, max_size: 10 MB}
"""


def test_the_design_s_own_example_loads(files):
    """DESIGN section 6, word for word."""
    sync = (files.folder / "sync.yaml").read_text()
    sync = sync.replace("  iiq:", "  incidentiq:").replace("  sn:", "  servicenow:")
    sync = sync.replace("[iiq, sn]", "[incidentiq, servicenow]").replace(
        "    since: now\n", DESIGN_LINK
    )
    files.write(sync, DESIGN_MAPPING)
    link = files.desk()
    lines = {line.name: line for line in link.mapping.lines}

    assert list(lines) == [
        "Subject = short_description",
        "IssueDescription = description",
        "Status = state",
        "PriorityLevel = impact + urgency",
        "AssignedToUser = assigned_to",
        "For = caller_id",
        "(computed) = category",
        "Custom Fields.ServiceNow number = (computed)",
    ]
    assert lines["For = caller_id"].to == frozenset({Side.RIGHT})
    assert lines["AssignedToUser = assigned_to"].people.unknown is Unknown.LEAVE
    assert link.mapping.comments.internal == frozenset({Side.RIGHT})


@pytest.mark.parametrize("name", FILES)
def test_the_shipped_schema_is_current(name):
    """Made again by `python -m sync_service.config.schema config/schemas`."""
    assert (EXAMPLES / "schemas" / name).read_text() == render(FILES[name])


@pytest.mark.parametrize("file", sorted(EXAMPLES.glob("*.yaml")), ids=lambda file: file.name)
def test_every_example_names_its_schema(file):
    """Editors find it in the first line."""
    first = file.read_text().splitlines()[0]
    schema = first.removeprefix("# yaml-language-server: $schema=")

    assert json.loads((EXAMPLES / schema).read_text())["type"] == "object"
