"""What a condition of an encoded query means for one value.

Texts compare without regard to case, as the vendor's database does; dates compare as texts in UTC;
an empty value is not less or more than anything, and differs from everything. [M]
"""

from collections.abc import Callable

from sync_service.simulators.servicenow.query import Clause, Condition, Query
from sync_service.simulators.servicenow.schema import Row

Test = Callable[[str], bool]
Value = Callable[[Row, str], str]
Keep = Callable[[Row], bool]
ORDERED: dict[str, Callable[[object, object], bool]] = {
    ">": lambda a, b: a > b,  # type: ignore[operator]
    ">=": lambda a, b: a >= b,  # type: ignore[operator]
    "<": lambda a, b: a < b,  # type: ignore[operator]
    "<=": lambda a, b: a <= b,  # type: ignore[operator]
}


def keeper(query: Query, value_of: Value) -> Keep:
    """Return the test that a row of the query passes; `value_of` reads a (dotted) field."""
    groups = [[_clause(clause, value_of) for clause in group] for group in query.groups]

    def keep(row: Row) -> bool:
        return any(all(clause(row) for clause in group) for group in groups)

    return keep


def _clause(clause: Clause, value_of: Value) -> Keep:
    tests = [(each.field, _test(each)) for each in clause]
    if len(tests) == 1:
        field, test = tests[0]
        return lambda row: test(value_of(row, field))
    return lambda row: any(test(value_of(row, field)) for field, test in tests)


def _test(condition: Condition) -> Test:
    operator, wanted = condition.operator, condition.value.casefold()
    if operator in ORDERED:
        return _ordered(operator, condition)
    if operator in ("IN", "NOT IN"):
        among = {value.strip().casefold() for value in condition.values}
        return _turned(lambda value: value.casefold() in among, operator == "NOT IN")
    if operator in ("LIKE", "CONTAINS", "NOT LIKE"):
        return _turned(lambda value: wanted in value.casefold(), operator == "NOT LIKE")
    simple: dict[str, Test] = {
        "=": lambda value: value.casefold() == wanted,
        "!=": lambda value: value.casefold() != wanted,
        "STARTSWITH": lambda value: value.casefold().startswith(wanted),
        "ENDSWITH": lambda value: value.casefold().endswith(wanted),
        "ISEMPTY": lambda value: value == "",
        "ISNOTEMPTY": lambda value: value != "",
        "ANYTHING": lambda value: True,
        "BETWEEN": _between(condition),
    }
    return simple[operator]


def _turned(test: Test, over: bool) -> Test:  # noqa: FBT001 - the operator's NOT
    return (lambda value: not test(value)) if over else test


def _between(condition: Condition) -> Test:
    low, _, high = condition.value.partition("@")
    return lambda value: low <= value <= high


def _ordered(operator: str, condition: Condition) -> Test:
    compare = ORDERED[operator]
    if condition.kind == "integer" and _number(condition.value) is not None:
        wanted = _number(condition.value)
        return lambda value: _number(value) is not None and compare(_number(value), wanted)
    return lambda value: value != "" and compare(value, condition.value)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
