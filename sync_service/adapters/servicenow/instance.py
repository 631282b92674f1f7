"""What we know of one instance: who we are there, its columns and choices. All parts read it.

Before `start` it knows the built-in columns only, which is enough to check a mapping offline.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from sync_service.adapters.servicenow import codec, trial
from sync_service.adapters.servicenow.encode import Encoder
from sync_service.adapters.servicenow.journal import Journal
from sync_service.adapters.servicenow.names import Names, User
from sync_service.adapters.servicenow.schema import Schema
from sync_service.adapters.servicenow.settings import Settings
from sync_service.adapters.servicenow.table import TableApi
from sync_service.core.values import Ticket
from sync_service.errors import Unbelievable

#: Choices are read again for an unknown label, but no more often than this.
FRESH = timedelta(seconds=30)
#: A trail that was not there is looked for again, but no more often than this.
PATIENCE = timedelta(minutes=15)


class Instance:
    """One instance through one account."""

    def __init__(self, api: TableApi, settings: Settings, clock: Callable[[], datetime]) -> None:
        self.api, self.settings = api, settings
        self.names = Names(api, clock)
        self.journal = Journal(api, self.names)
        self.schema = Schema()
        self.me = User("", settings.auth.user or settings.user or "")
        self.audit = False
        #: A create showed that the key is not kept; another one would make copies without keys.
        self.keyless = False
        self._clock = clock
        self._tables: tuple[str, ...] = (settings.table, "task")
        self._chosen_at: datetime | None = None
        self._audited_at: datetime | None = None

    async def open(self) -> None:
        """Learn everything; raises as `Adapter.start` does."""
        api, settings = self.api, self.settings
        self.keyless = False
        self.me = await trial.who_we_are(api, settings)
        shown = await trial.sample(api, settings)
        await trial.filters(api, settings)
        await trial.journal(api, settings)
        self.audit = await trial.audited(api, settings)
        self._tables = await trial.tables(api, settings.table)
        self.schema = await trial.schema(api, shown, self._tables, self.me.language)
        self._chosen_at = self._clock()

    async def reread_choices(self) -> bool:
        """Read the choices again, unless that was done just now; tell whether it was done."""
        if self._chosen_at is not None and self._clock() - self._chosen_at < FRESH:
            return False
        chosen = await trial.choices(self.api, self._tables, self.me.language)
        self.schema = replace(self.schema, choices=chosen)
        self._chosen_at = self._clock()
        return True

    async def reread_audit(self) -> bool:
        """Tell whether a trail can be read by now: where nobody had changed anything, none was there."""
        if self._audited_at is not None and self._clock() - self._audited_at < PATIENCE:
            return self.audit
        self.audit = await trial.audited(self.api, self.settings)
        self._audited_at = self._clock()
        return self.audit

    def asked(self) -> tuple[str, ...]:
        """List the columns that a row must carry to be read as a ticket."""
        return tuple(dict.fromkeys((*self.schema.asked(), self.settings.key_field)))

    def encoder(self) -> Encoder:
        """Give what turns values into raw ones, by the present schema."""
        return Encoder(self.api.system, self.schema, self.names)

    def ticket(self, row: codec.Row) -> Ticket:
        """Read a row; raises `Unbelievable` for one that is no ticket."""
        settings = self.settings
        desk = codec.Desk(settings.url, settings.table, settings.key_field, self.me.user_name)
        try:
            return codec.ticket(row, self.schema, desk)
        except ValueError as exc:
            raise Unbelievable(
                f"{self.api.system} showed a row of {settings.table} that is no whole ticket"
                f" ({exc}). May our user read those columns? Run `sync-service check`."
            ) from exc
