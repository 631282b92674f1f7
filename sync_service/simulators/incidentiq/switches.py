"""What the vendor's documents leave open, one switch each.

"ref" is docs/simulators.md's name for the fact report on the vendor's published API; the number is its section. The
default is the position the evidence favours, or the harsher one where there is no evidence.
"""

from sync_service.simulators.switches import Switch

RIGHTS = (
    "tickets.view",
    "tickets.work",
    "tickets.submit",
    "tickets.assign",
    "tickets.resolve",
    "tickets.delete",
    "tickets.prioritize",
    "tickets.duedate.edit",
    "customfields.manage",
    "users.view",
)
ZONES = (
    "America/Chicago",
    "America/New_York",
    "America/Denver",
    "America/Phoenix",
    "America/Los_Angeles",
    "Europe/Zurich",
    "UTC",
)

REQUESTS = (
    Switch("rights", RIGHTS, "what the token's user may do", "ref 1", RIGHTS),
    Switch("missing_right", 401, "status for a missing right", "ref 7", (401, 403)),
    Switch(
        "site_header",
        "required",
        "SiteId absent: refused or fine",
        "ref 1",
        ("required", "optional"),
    ),
    Switch(
        "client_header",
        "required",
        "Client absent: refused or fine",
        "ref 1",
        ("required", "optional"),
    ),
    Switch("rate_limit", 0, "requests a minute before 429; 0 is no limit", "ref 7"),
    Switch(
        "retry_after", "body", "where 429 carries its seconds", "ref 7", ("body", "header", "both")
    ),
    Switch("errors", "dict", "shape of validation errors", "ref 7", ("dict", "array")),
    Switch(
        "business_errors",
        "status",
        "refusals as HTTP 4xx, or as 200 with IsSuccess false",
        "ref 12.10",
        ("status", "200"),
    ),
)

SEARCH = (
    Switch(
        "paging",
        "both",
        "which paging counts; query wins where both do",
        "ref 0b",
        ("both", "query", "body"),
    ),
    Switch("page_cap", 0, "largest page; 0 is no cap", "ref 2, 12.8"),
    Switch(
        "total_name",
        "TotalRows",
        "name of the total",
        "ref 2",
        ("TotalRows", "Total", "TotalCount"),
    ),
    Switch(
        "sort",
        "honoured",
        "sort order as asked, or newest created first",
        "ref 2",
        ("honoured", "ignored"),
    ),
    Switch(
        "ties",
        "reversed",
        "equal values of a descending sort: by falling number, or by rising number as ascending",
        "ref 2",
        ("reversed", "kept"),
    ),
    Switch(
        "unknown_facet",
        "discarded",
        "unknown facet or unreadable value",
        "ref 2",
        ("discarded", "refused"),
    ),
    Switch(
        "bad_date",
        "unfiltered",
        "what an unreadable date selects",
        "ref 2",
        ("unfiltered", "empty"),
    ),
    Switch(
        "facets",
        "honoured",
        "known facets count, or are dropped as well",
        "ref 2",
        ("honoured", "ignored"),
    ),
    Switch(
        "status_type_name",
        "discarded",
        "the overview's StatusTypeName filter",
        "ref 0b, 12.2",
        ("discarded", "honoured"),
    ),
    Switch(
        "status_facet",
        "either",
        "which id the status facet takes",
        "ref 12.6",
        ("either", "step", "status", "ignored"),
    ),
    Switch(
        "default_schema",
        "All",
        "queue searched without Schema",
        "ref 2",
        ("All", "Open", "AssignedToMe"),
    ),
    Switch("index_lag", 0.0, "seconds until a write shows in search", "ref 2, 12.4"),
)

TICKETS = (
    Switch(
        "create_route",
        "both",
        "which create route lives",
        "ref 0b, 12.1",
        ("both", "create", "new"),
    ),
    Switch("dead_route", 404, "answer of the create route that does not", "ref 0b", (404, 405)),
    Switch("zone", "America/Chicago", "the site's time zone", "ref 7", ZONES),
    Switch(
        "activity_dates",
        "local",
        "zone of activity dates",
        "ref 7, 12.3",
        ("local", "utc", "utc_z"),
    ),
    Switch("rules", True, "rules bump ModifiedDate after a write", "ref 3"),
    Switch("rule_delay", 2.0, "seconds until rules have run", "ref 3"),
    Switch(
        "rule_comment",
        "never",
        "when rules say something in public",
        "ref 9",
        ("never", "created", "status"),
    ),
    Switch("nulling", True, "an update without ApiFlags empties what it omits", "ref 1"),
    Switch("unassigned", "stub", "how nobody looks", "ref 3", ("stub", "zero", "null")),
    Switch(
        "status_echo",
        "stale",
        "ticket in the reply of a status change",
        "ref 7",
        ("stale", "fresh"),
    ),
    Switch(
        "priority_write", "both", "what PriorityId means", "ref 4, 12.5", ("both", "score", "level")
    ),
    Switch("deleted_get", "shown", "GET of a deleted ticket", "ref 4", ("shown", "404")),
    Switch(
        "html", "normalised", "HTML is sanitised, or kept as sent", "ref 11", ("normalised", "kept")
    ),
)

ACTIVITIES = (
    Switch("comment_bumps", False, "a comment moves ModifiedDate", "ref 12.4"),
    Switch("external_id", "kept", "ExternalId comes back", "ref 12.9", ("kept", "dropped")),
    Switch(
        "chosen_id",
        "once",
        "a client-chosen TicketActivityId seen again",
        "ref 12.9",
        ("once", "refused", "ignored"),
    ),
    Switch("type_first", True, "$type must be the first key of an item", "ref 5"),
    Switch("default_public", True, "IsPublic when absent", "ref 5"),
    Switch("deleted_activities", "listed", "deleted ones in lists", "ref 5", ("listed", "hidden")),
    Switch(
        "activity_order",
        "newest first",
        "order of activity lists",
        "ref 5",
        ("newest first", "oldest first"),
    ),
    Switch("activity_log", True, "workflow and rule entries between the comments", "ref 5"),
)

SWITCHES = (*REQUESTS, *SEARCH, *TICKETS, *ACTIVITIES)
