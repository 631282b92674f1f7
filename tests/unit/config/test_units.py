from datetime import timedelta

import pytest

from sync_service.config.units import duration, size


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("60s", 60), ("5m", 300), ("1h 30m", 5400), ("2d", 172_800), ("1.5h", 5400), ("250ms", 0.25)],
)
def test_durations_are_written_as_people_say_them(text, seconds):
    """A number with its unit, or several."""
    assert duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["60", 60, "", "s", "5 x", "5m later", "-5s", None])
def test_what_is_no_duration_is_refused(text):
    """A bare number has no unit, and guessing one would be wrong half the time."""
    with pytest.raises(ValueError, match=r"is not a duration|unknown unit"):
        duration(text)


@pytest.mark.parametrize(
    ("text", "count"),
    [("10 MB", 10_000_000), ("512 KiB", 524_288), (7, 7), ("1.5 gb", 1_500_000_000)],
)
def test_sizes_are_decimal_unless_they_say_otherwise(text, count):
    """MB is a million bytes, MiB is not."""
    assert size(text) == count


@pytest.mark.parametrize("text", ["10", "ten MB", True, None, "10 MB or so"])
def test_what_is_no_size_is_refused(text):
    """The message says how to write one."""
    with pytest.raises(ValueError, match="is not a size"):
        size(text)
