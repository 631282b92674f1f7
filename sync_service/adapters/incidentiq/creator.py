"""Open a ticket: everything it needs, the key among it, in the one create call (R15)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sync_service.adapters.incidentiq import codec
from sync_service.adapters.incidentiq.api import Api
from sync_service.adapters.incidentiq.fields import CUSTOM, fit
from sync_service.adapters.incidentiq.lists import CustomField
from sync_service.adapters.incidentiq.names import Names
from sync_service.adapters.incidentiq.people import Directory
from sync_service.adapters.incidentiq.settings import Settings
from sync_service.adapters.incidentiq.shapes import Json, guid, part
from sync_service.core.outgoing import Births, Draft
from sync_service.core.values import Value
from sync_service.errors import Rejected, UnknownOutcome

#: What the vendor wants of every new ticket (the seed), and which mapped field gives it, too.
NEEDED = {"ForId": "For", "IssueId": "Issue", "LocationId": "Location"}
HINTS = {
    "ForId": "{lookup: user, email: '...', else: helpdesk@your.district}",
    "IssueId": "{lookup: issue, name: 'Other'}",
    "LocationId": "{lookup: location, name: '...', else: 'District Office'}",
}
BIRTHS = Births(
    needs={name: (NEEDED[name], HINTS[name]) for name in NEEDED},
    lookups={"user": "email", "issue": "name", "location": "name"},
    others=False,
)
SOURCE_API = 3


class Creator:
    """Turns drafts into tickets."""

    def __init__(self, api: Api, names: Names, people: Directory, settings: Settings) -> None:
        self._api, self._names, self._people, self._settings = api, names, people, settings

    async def create(self, draft: Draft, key_field: CustomField, deadline: datetime) -> Json:
        """Open the ticket and give its document, as the reply of the create shows it.

        Raises `Rejected` naming what is missing and where to say it.
        """
        body = await self._body(draft, key_field)
        made = part(await self._api.create(body, deadline), "Item")
        if guid(made.get("TicketId")) is None:
            raise UnknownOutcome(
                f"{self._api.http.system} answered the create without a ticket;"
                " a later look-up by its key tells whether there is one"
            )
        return made

    async def _body(self, draft: Draft, key_field: CustomField) -> Json:
        ids = {name: await self._needed(name, draft) for name in NEEDED}
        missing = [name for name, ident in ids.items() if ident is None]
        if missing:
            raise Rejected(self._missing(missing, draft), fields=missing)
        subject = fit("Subject", draft.fields.get("Subject"))
        if not subject:
            raise Rejected("Incident IQ opens no ticket without a Subject", fields=("Subject",))
        return {
            **ids,
            "Subject": subject,
            "IssueDescription": fit("IssueDescription", draft.fields.get("IssueDescription")) or "",
            "ProductId": self._settings.product,
            "SourceId": SOURCE_API,
            "IsUrgent": bool(draft.fields.get("IsUrgent")),
            "HasSensitiveInformation": bool(draft.fields.get("HasSensitiveInformation")),
            "CustomFieldValues": self._customs(draft, key_field),
        }

    def _customs(self, draft: Draft, key_field: CustomField) -> list[Json]:
        sent = [codec.custom_row(None, key_field.id, key_field.editor, draft.key)]
        for name, value in draft.fields.items():
            if name.startswith(CUSTOM) and value is not None:
                field = self._names.lists.custom(name)
                if field is None:
                    raise Rejected(f"Incident IQ has no custom field {name}", fields=(name,))
                if field.id != key_field.id:
                    sent.append(codec.custom_row(None, field.id, field.editor, value))
        return sent

    async def _needed(self, name: str, draft: Draft) -> str | None:
        """Find an id by the first of: the mapped field, `on_create`, its `else`."""
        wanted = draft.extras.get(name)
        tries: list[Value | Any] = [draft.fields.get(NEEDED[name])]
        if isinstance(wanted, Mapping):
            tries += [wanted.get("email" if name == "ForId" else "name"), wanted.get("else")]
        else:
            tries.append(wanted)
        for one in tries:
            if isinstance(one, str) and one.strip():
                found = guid(one) or await self._look_up(name, one)
                if found:
                    return found
        return None

    async def _look_up(self, name: str, said: str) -> str | None:
        match name:
            case "ForId":
                return await self._people.id_of(said)
            case "IssueId":
                return await self._names.issue(said)
            case _:
                return await self._names.location(said)

    def _missing(self, missing: list[str], draft: Draft) -> str:
        tried = {name: draft.extras.get(name) for name in missing}
        lines = [
            f"{name}: {HINTS[name]}" + (" (the present one names nothing there)" if was else "")
            for name, was in tried.items()
        ]
        return (
            f"{self._api.http.system} opens no ticket without {', '.join(missing)}. Add under"
            f" `on_create:` in the mapping, below this system's name: {'; '.join(lines)}"
        )
