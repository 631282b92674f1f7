"""The choice lists of a fresh instance, and the numbers that its rules know by heart.

Customers renumber states and rename close codes; an adapter has to read `sys_choice`.
Source: itsm-vendors reference 1, fields and state.
"""

NEW, WORKING, HOLD, RESOLVED, CLOSED, CANCELED = "1", "2", "3", "6", "7", "8"
AWAITING_CALLER = "1"
PRIORITY = {
    ("1", "1"): "1",
    ("1", "2"): "2",
    ("1", "3"): "3",
    ("2", "1"): "2",
    ("2", "2"): "3",
    ("2", "3"): "4",
    ("3", "1"): "3",
    ("3", "2"): "4",
    ("3", "3"): "5",
}
STATES = {
    NEW: "New",
    WORKING: "In Progress",
    HOLD: "On Hold",
    RESOLVED: "Resolved",
    CLOSED: "Closed",
    CANCELED: "Canceled",
}
DEGREES = {"1": "1 - High", "2": "2 - Medium", "3": "3 - Low"}
CLOSE_CODES = (
    "Duplicate",
    "Known error",
    "No resolution provided",
    "Resolved by caller",
    "Resolved by change",
    "Resolved by problem",
    "Resolved by request",
    "Solution provided",
    "Solved (Permanently)",
    "Solved (Work Around)",
    "User error",
    "Workaround provided",
)
#: By (table, element): value -> label, in the order of the list.
CHOICES: dict[tuple[str, str], dict[str, str]] = {
    ("incident", "state"): STATES,
    ("incident", "incident_state"): STATES,
    ("task", "impact"): DEGREES,
    ("task", "urgency"): DEGREES,
    ("task", "priority"): {
        "1": "1 - Critical",
        "2": "2 - High",
        "3": "3 - Moderate",
        "4": "4 - Low",
        "5": "5 - Planning",
    },
    ("incident", "hold_reason"): {
        AWAITING_CALLER: "Awaiting Caller",
        "5": "Awaiting Change",
        "3": "Awaiting Problem",
        "4": "Awaiting Vendor",
    },
    ("incident", "close_code"): {code: code for code in CLOSE_CODES},
    ("incident", "category"): {
        "inquiry": "Inquiry / Help",
        "software": "Software",
        "hardware": "Hardware",
        "network": "Network",
        "database": "Database",
    },
    ("incident", "subcategory"): {
        "antivirus": "Antivirus",
        "email": "Email",
        "os": "Operating System",
        "mouse": "Mouse",
        "monitor": "Monitor",
        "wireless": "Wireless",
    },
    ("task", "contact_type"): {
        "email": "Email",
        "phone": "Phone",
        "self-service": "Self-service",
        "walk-in": "Walk-in",
    },
}
LABELS: dict[str, dict[str, str]] = {element: labels for (_, element), labels in CHOICES.items()}
