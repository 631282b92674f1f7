"""Switches: one for each thing the vendor's documents leave open.

An uncertain behaviour is never decided in a handler; it is a switch with a default, a source and
a meaning, so that an adapter can be tested in every position.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast


@dataclass(frozen=True, slots=True)
class Switch:
    """One open question, its positions and the one chosen by default.

    Without `choices` any value of the default's type goes (a number must not be negative). A
    switch whose default is a tuple holds a set of words, each one of `choices`.
    """

    name: str
    default: Any
    meaning: str
    source: str
    choices: tuple[Any, ...] = ()

    def accept(self, value: Any) -> Any:
        """Return `value` as this switch keeps it; raise ValueError naming the valid ones."""
        if isinstance(self.default, tuple):
            words = tuple(value) if isinstance(value, list | tuple) else None
            if words is not None and set(words) <= set(self.choices):
                return words
        elif self._fits(value):
            return value
        raise ValueError(f"switch {self.name} cannot be {value!r}; valid: {self.valid}")

    def _fits(self, value: Any) -> bool:
        if isinstance(value, bool) is not isinstance(self.default, bool):
            return False
        if self.choices:
            return value in self.choices
        if isinstance(self.default, int | float):
            return isinstance(value, int | float) and value >= 0
        return isinstance(value, type(self.default))

    @property
    def valid(self) -> str:
        words = ", ".join(str(choice) for choice in self.choices)
        if isinstance(self.default, tuple):
            return f"a list of: {words}"
        if isinstance(self.default, bool):
            return "true, false"
        if isinstance(self.default, str):
            return words or "a text"
        return words or "a number from 0"


class Switches:
    """The switches of one simulator in their present positions. `turns` counts the changes."""

    def __init__(self, switches: Iterable[Switch], positions: Mapping[str, Any]) -> None:
        self._known = {switch.name: switch for switch in switches}
        self._at = {name: switch.default for name, switch in self._known.items()}
        self.turns = 0
        self.turn(positions)

    def turn(self, positions: Mapping[str, Any]) -> None:
        """Set every named switch, or none: raise ValueError naming the valid ones."""
        unknown = sorted(set(positions) - set(self._known))
        if unknown:
            names = ", ".join(sorted(self._known))
            raise ValueError(f"no switch {', '.join(unknown)}; there are: {names}")
        self._at |= {name: self._known[name].accept(value) for name, value in positions.items()}
        self.turns += 1

    def on(self, name: str) -> bool:
        return cast(bool, self._at[name])

    def word(self, name: str) -> str:
        return cast(str, self._at[name])

    def number(self, name: str) -> float:
        return cast(float, self._at[name])

    def words(self, name: str) -> tuple[str, ...]:
        return cast(tuple[str, ...], self._at[name])

    def describe(self) -> list[dict[str, Any]]:
        """List the switches for `GET /_control/`."""
        return [
            {
                "name": switch.name,
                "position": self._at[switch.name],
                "default": switch.default,
                "valid": switch.valid,
                "meaning": switch.meaning,
                "source": switch.source,
            }
            for switch in self._known.values()
        ]
