"""The live fields with their accepted values, for `check` and `init`."""

from __future__ import annotations

from collections.abc import Iterable

from sync_service.adapters.base import FieldInfo
from sync_service.adapters.incidentiq.fields import CUSTOM, KINDS, READ_ONLY, REQUIRED, SUBJECT_MAX
from sync_service.adapters.incidentiq.lists import Lists


def field_infos(
    lists: Lists, issues: Iterable[str], places: Iterable[str], tags: Iterable[str]
) -> tuple[FieldInfo, ...]:
    """Describe the built-in fields and the site's custom ones."""
    values = {
        "Status": lists.step_names(),
        "PriorityLevel": tuple(level.name for level in lists.levels),
        "AssignedToTeam": tuple(lists.teams),
        "Issue": tuple(issues),
        "Location": tuple(places),
        "Tags": tuple(tags),
    }
    built_in = [
        FieldInfo(
            name,
            kind,
            writable=name not in READ_ONLY,
            required=name in REQUIRED,
            longest=SUBJECT_MAX if name == "Subject" else 0,
            values=values.get(name, ()),
        )
        for name, kind in KINDS.items()
    ]
    customs = [
        FieldInfo(CUSTOM + one.name, one.kind, required=one.required, values=one.options)
        for one in lists.customs.values()
    ]
    return (*built_in, *customs)
