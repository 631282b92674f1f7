"""Validation by pydantic, told in the words of the file: one problem each, at its place."""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr, ValidationError

from sync_service.config.document import Document, Path
from sync_service.core.expressions import did_you_mean

M = TypeVar("M", bound=BaseModel)

_WANTED = {
    "string_type": "a text", "int_type": "a whole number", "int_parsing": "a whole number",
    "float_type": "a number", "float_parsing": "a number", "bool_type": "true or false",
    "bool_parsing": "true or false", "list_type": "a list", "dict_type": "a block of settings",
    "time_delta_type": "a duration such as 30s", "time_delta_parsing": "a duration such as 30s",
    "model_type": "a block of settings", "model_attributes_type": "a block of settings",
}  # fmt: skip


def validate(model: type[M], data: Any, document: Document, prefix: Path = ()) -> M | None:
    """Give the model, or None after noting every problem with its place in the document."""
    try:
        return model.model_validate(data if data is not None else {})
    except ValidationError as error:
        told = set(document.faulty)
        for detail in error.errors(include_url=False, include_input=False):
            _note(model, detail, document, prefix, told)
        return None


def secrets(value: Any, path: Path = ()) -> Iterator[tuple[Path, SecretStr]]:
    """List the secrets in a model, with the paths at which they were written."""
    if isinstance(value, SecretStr):
        yield path, value
    elif isinstance(value, BaseModel):
        for name, info in type(value).model_fields.items():
            if name in value.model_fields_set:
                yield from secrets(getattr(value, name), (*path, info.alias or name))
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from secrets(item, (*path, str(key)))
    elif isinstance(value, list | tuple):
        for place, item in enumerate(value):
            yield from secrets(item, (*path, place))


def _note(
    model: type[BaseModel],
    detail: Mapping[str, Any],
    document: Document,
    prefix: Path,
    told: set[Path],
) -> None:
    """Note one problem; the members of a union complain one by one, but once is enough."""
    loc = tuple(part for part in detail["loc"] if part != "[key]")
    path = (*prefix, *_written(loc, document, prefix))
    if path in told and detail["type"] != "missing":
        return
    told.add(path if detail["type"] != "missing" else (*path, "missing", str(loc[-1])))
    name = f"`{path[-1]}`" if path and isinstance(path[-1], str) else "this"
    match detail["type"]:
        case "extra_forbidden":
            known = _settings(model, loc[:-1])
            hint = did_you_mean(str(loc[-1]), known) or f"; known are {', '.join(sorted(known))}"
            document.fault(path, f"{name} is no setting here{hint}", key=True)
        case "missing":
            document.fault(path, f"`{loc[-1]}` is missing{_example(model, loc)}")
        case "string_pattern_mismatch":
            document.fault(path, f"{name} may have only letters, digits and - _ . in it")
        case "literal_error" | "enum":
            expected = detail.get("ctx", {}).get("expected", "")
            document.fault(path, f"{name} must be {expected}")
        case "too_short" | "too_long" if name == "`between`":
            document.fault(path, "`between` names two systems, as `[one, other]`")
        case kind if kind in _WANTED:
            document.fault(path, f"{name} must be {_WANTED[kind]}")
        case _:
            what = detail["msg"].removeprefix("Value error, ")
            document.fault(path, f"{name} {what[:1].lower()}{what[1:]}")


def _written(loc: tuple[str | int, ...], document: Document, prefix: Path) -> Path:
    """Drop what pydantic puts into a location beside the file's own keys, such as union members."""
    path: Path = ()
    for part in loc:
        if (*prefix, *path, part) in document.values:
            path = (*path, part)
    return path


def _example(model: type[BaseModel], loc: tuple[str | int, ...]) -> str:
    owner = _model(model, loc[:-1])
    info = owner.model_fields.get(str(loc[-1])) if owner else None
    if info is None or not info.description:
        return "; add it"
    return f"; add it ({info.description})"


def _settings(model: type[BaseModel], loc: tuple[str | int, ...]) -> set[str]:
    owner = _model(model, loc)
    if owner is None:
        return set()
    return {info.alias or name for name, info in owner.model_fields.items()}


def _model(model: type[BaseModel], loc: tuple[str | int, ...]) -> type[BaseModel] | None:
    """Find the model that stands at a location."""
    at: Any = model
    for part in loc:
        at = _step(at, part)
        if at is None:
            return None
    return _first_model(at)


def _step(at: Any, part: str | int) -> Any:
    if isinstance(at, type) and issubclass(at, BaseModel):
        info = at.model_fields.get(str(part))
        return info.annotation if info else at  # a part that only pydantic knows
    origin, arguments = get_origin(at), get_args(at)
    if origin in (Union, types.UnionType):
        found = _first_model(at)
        return _step(found, part) if found else None
    if origin is dict:
        return arguments[1]
    return arguments[0] if arguments else None


def _first_model(at: Any) -> type[BaseModel] | None:
    if isinstance(at, type) and issubclass(at, BaseModel):
        return at
    return next((found for one in get_args(at) if (found := _first_model(one))), None)
