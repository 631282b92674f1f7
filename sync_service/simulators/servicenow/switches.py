"""What the vendor's documents leave open or customers set as they like, one switch each.

"ref" is docs/simulators.md's name for the fact report on the Table API; [D] there is the vendor's
documentation, [M] a memory that a live instance has yet to confirm. The default is the position
the evidence favours, or the harsher one where there is none.
"""

from sync_service.simulators.servicenow.schema import INCIDENT
from sync_service.simulators.switches import Switch

ZONES = ("America/Chicago", "America/New_York", "America/Los_Angeles", "Europe/Zurich", "UTC")
READABLE = ("readable", "empty", "forbidden")
RIGHTS = ("create", "write", "delete")
GRANTS = ("client_credentials", "password", "refresh_token")
WRITABLE = tuple(field.name for field in INCIDENT.fields.values() if not field.read_only)

ACCESS = (
    Switch("grants", GRANTS, "OAuth grants the instance allows", "ref 1 auth [D]", GRANTS),
    Switch("token_seconds", 1799, "seconds an access token lives", "ref 1 auth [D]"),
    Switch("rights", RIGHTS, "what the API user may do to incidents", "ref 1 fields [D]", RIGHTS),
    Switch("hide_every", 0, "the ACL hides each nth incident; 0 hides none", "ref 1 changed [D]"),
    Switch(
        "unwritable",
        (),
        "incident fields the ACL keeps from the API user",
        "ref 1 fields [M]",
        WRITABLE,
    ),
    Switch(
        "denied_field", "skipped", "a write of such a field", "ref 1 fields [M]", ("skipped", "403")
    ),
    Switch(
        "journal", "readable", "sys_journal_field, read by the API user", "ref 1 comments", READABLE
    ),
    Switch("audit", "readable", "sys_audit, read by the API user", "ref 1 changed [M]", READABLE),
    Switch(
        "audit_delete",
        "readable",
        "sys_audit_delete, read by the API user",
        "ref 1 changed [M]",
        READABLE,
    ),
    Switch(
        "rate_limit", 0, "requests an hour and user before 429; 0 is no limit", "ref 1 limits [D]"
    ),
    Switch("hibernating", False, "a sleeping developer instance: 200 and HTML", "ref 1 limits [M]"),
)

READING = (
    Switch(
        "invalid_query",
        "ignored",
        "a part that makes no sense: left out, or it finds nothing",
        "ref 1 changed [D]",
        ("ignored", "no_rows"),
    ),
    Switch(
        "zone",
        "America/Chicago",
        "the API user's time zone, in display values",
        "ref 1 changed [D]",
        ZONES,
    ),
    Switch(
        "date_format",
        "yyyy-MM-dd",
        "the API user's dates",
        "ref 1 changed [D]",
        ("yyyy-MM-dd", "MM/dd/yyyy", "dd-MM-yyyy"),
    ),
    Switch(
        "time_format",
        "HH:mm:ss",
        "the API user's times",
        "ref 1 changed [D]",
        ("HH:mm:ss", "hh:mm:ss a"),
    ),
)

RULES = (
    Switch(
        "close_policy",
        True,
        "close_code and close_notes mandatory to resolve or close",
        "ref 1 fields [D]",
    ),
    Switch(
        "close_codes",
        "listed",
        "a close_code that is no choice: refused, or kept",
        "ref 1 fields [M]",
        ("listed", "free"),
    ),
    Switch(
        "hold_policy",
        "comments",
        "mandatory on hold: comments while awaiting the caller, or hold_reason too",
        "ref 1 fields [D]",
        ("comments", "reason", "none"),
    ),
    Switch(
        "unknown_reference",
        "raw",
        "a reference to nobody: stored as it is, or dropped",
        "ref 1 fields [M]",
        ("raw", "dropped"),
    ),
    Switch(
        "closed",
        "writable",
        "closed incidents, for the API user",
        "ref 1 fields [M]",
        ("writable", "read_only"),
    ),
    Switch(
        "assign_starts", False, "assigning a New incident makes it In Progress", "customer rule [M]"
    ),
    Switch(
        "extra_update",
        False,
        "a rule updates the row once more after each write",
        "ref 1 concurrency [M]",
    ),
    Switch("auto_close_days", 7, "days until Resolved becomes Closed; 0 never", "ref 1 fields [D]"),
    Switch(
        "autoreply",
        "never",
        "when a rule says something in public",
        "customer rule",
        ("never", "created", "commented"),
    ),
)

SWITCHES = (*ACCESS, *READING, *RULES)
