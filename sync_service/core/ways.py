"""What a person can do about each kind of problem: the closed list of codes, with the way on.

A message says what happened; the way on is the same for all problems of a code. Codes are labels
of metrics too, so there are no others than these (a test looks for one).
"""

from __future__ import annotations

from collections.abc import Mapping

from sync_service.core.pair import Problem

_RETRY = "`sync-service problems retry {number}`"

#: By code; `{number}`, `{system}`, `{link}` and `{item}` are the problem's own.
WAYS: Mapping[str, str] = {
    "ambiguous-key": "Empty the key field of the clones, then " + _RETRY + ".",
    "breaker": "Find the rule or robot that answers our writes in {system}, then " + _RETRY + ".",
    "apart": "Edit either ticket, or let the merge decide as at an adoption (`on_adopt`) with "
    + _RETRY + ". `sync-service problems dismiss {number}` lets these tickets stay apart.",
    "bug": "It is tried again by itself, ever more slowly; " + _RETRY + " tries at once. Report it"
    " with the line `pair.failed` of the log.",
    "cannot-hide": "Remove that copy in {system} by hand; the problem then closes by itself.",
    "changed": "Look at `sync-service plan --link {link}`, then run `sync-service accept {link}`.",
    "cloned-key": "Empty the key field of the clone in {system}; its next change may then start a"
    " pair. If it should stay alone, `sync-service problems dismiss {number}`.",
    "deaf-feed": "Look at the search of {system}: its index, its rights, the link's `index_lag`. It"
    " closes by itself with a sweep that finds nothing the search missed.",
    "emptied": "Check that our user may still see the tickets of {system}. If they are gone indeed,"
    " `sync-service accept {link}` lets their pairs be parked.",
    "emptied-table": "Put the rest of the file back and start again, or run `sync-service accept {link}`"
    " if it is meant so.",
    "filter": "Look at {system}: it ignores what it is asked. It is asked again by itself;"
    " `sync-service accept {link}` asks at once.",
    "flood": "Look at {system}. If that much is true, `sync-service accept {link}`.",
    "gone": "Bring the ticket back and " + _RETRY + ", or end the pair with `sync-service problems"
    " dismiss {number}`. Its partner stays as it is either way.",
    "lost-copy": "Nothing, if they were meant to go: `sync-service problems dismiss {number}`. "
    + _RETRY + " makes the copies again.",
    "lost-original": "Delete the copies by hand if they should go as well, then `sync-service"
    " problems dismiss {number}`.",
    "many-attempts": "It is still tried, every quarter of an hour. See what {system} answers above;"
    " " + _RETRY + " tries at once, and takes for true what was older than before.",
    "many-matches": "Join the right two with `sync-service pair TICKET TICKET --link {link}`.",
    "merged": "End the pair with `sync-service problems dismiss {number}`; `sync-service pair` joins"
    " the surviving ticket with another.",
    "no-path": "Map the value to a status that can be reached, or move the ticket in {system} by"
    " hand; then " + _RETRY + ".",
    "not-adopted": "`sync-service unpair` the wrong one, then `sync-service pair` these two.",
    "on-create": "Give that line of `on_create: {system}:` an `else:`, or fill the field in the"
    " source ticket; then " + _RETRY + ".",
    "refused": "Correct the cause in {system}, then " + _RETRY + ". A new value in the source ticket"
    " is sent by itself; `sync-service problems dismiss {number}` leaves this one unsent for good.",
    "renamed": "Do as the message says: `sync-service rename`, or `sync-service accept {link}` where it is"
    " another link. Putting the name back ends it as well.",
    "strange-key": "Write `formerly: [NAME]` under what the configuration calls it now, and start again;"
    " `sync-service accept {link}` if that link was removed.",
    "runaway": "Find the rule, robot or mapping that answers our writes, then run `sync-service accept"
    " {link}`.",
    "second-copy": "Delete the second one in {system} by hand, then " + _RETRY + ".",
    "stopped": "Do what the message says; it is asked again by itself and closes when {system}"
    " answers.",
    "taken": "`sync-service unpair` the wrong one, then " + _RETRY + ".",
    "unbelievable": "Look at {system}. If what it shows is true, `sync-service accept {link}`.",
    "undecided": "Write `select` of {link} so that it can be decided for every ticket (`ticket.Location and"
    " ticket.Location.Name == ...`) and start again: what it then selects comes by itself. `sync-service"
    " problems dismiss {number}` if these may stay alone.",
    "unknown-create": "Look for the key in {system}; join what you find with `sync-service pair`,"
    " or " + _RETRY + ".",
    "unmapped": "Add a row for the value to that line of the mapping; the next start tries it again by itself, and "
    + _RETRY + " looks at all its tickets at once.",
    "unreadable": "Look at these tickets in {system}, and whether a proxy changes its answers. They are read again on"
    " every poll; it closes by itself when they can be.",
    "unshown": "Let our user read those fields in {system} again, then " + _RETRY + " looks at all its tickets at once;"
    " the next sweep does so by itself. Or take the line out of the mapping.",
    "withheld": "Nothing, if it should stay home; it goes on by itself when the flag or selection"
    " changes.",
}  # fmt: skip


def way_on(problem: Problem, number: int) -> str:
    """Say what a person can do, with the command to type."""
    words = WAYS.get(problem.code, "Correct the cause, then " + _RETRY + ".")
    system = problem.system or "the system"
    return words.format(number=number, system=system, link=problem.link, item=problem.item)


def label(code: str) -> str:
    """Give the code as a bounded label of a metric."""
    return code if code in WAYS else "other"
