"""Mutations of the product, each of which a named test must notice.

A mutation is a mistake that somebody could make: one guard taken out. Where its text is no longer
in the source exactly once, the list is out of date, and that is a failure as well.
"""

from __future__ import annotations

from tests.certify.mutation_lists.deciding import DECIDING
from tests.certify.mutation_lists.reading import READING
from tests.certify.mutation_lists.speaking import SPEAKING
from tests.certify.mutation_lists.writing import WRITING

MUTATIONS = (*WRITING, *READING, *DECIDING, *SPEAKING)
#: What `./check` takes out every time; the certificate takes out all.
ALWAYS = (
    "drop the intent of a create", "drop the intent of a comment", "drop sent", "compare without fit",
    "advance the watermark early", "> for >= in Incident IQ's feed", "> for >= in ServiceNow's feed",
    "skip the privacy type: every copy is made a reply",
)  # fmt: skip
