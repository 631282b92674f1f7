"""What the site makes of HTML: it cleans it, and escapes what was not escaped."""

import re

import nh3

_MARKUP = re.compile(
    r"</?(p|br|div|span|ul|ol|li|b|i|u|strong|em|a|h[1-6]|pre|code)\b", re.IGNORECASE
)


def cleaned(text: str, position: str) -> str:
    """Return HTML as the site keeps it; text without known markup stays as it is.

    `position` is that of the `html` switch: "normalised" or "kept".
    """
    if position == "kept" or not _MARKUP.search(text):
        return text
    return nh3.clean(text).strip()
