"""What every table is made of: names for constraints, ids, and a partial index on either database."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, MetaData, text

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

#: SQLite gives ids only to a column typed exactly INTEGER. With `sqlite_autoincrement` it never
#: gives one again: history and problems go on naming pairs that are gone.
Id = BigInteger().with_variant(Integer, "sqlite")


def pair_id() -> Column[int]:
    """Make a column that names a pair, and goes with it."""
    return Column("pair_id", Id, ForeignKey("pair.id", ondelete="CASCADE"), nullable=False)


def only(where: str) -> dict[str, Any]:
    """Make a partial index, on either database."""
    return {"sqlite_where": text(where), "postgresql_where": text(where)}
