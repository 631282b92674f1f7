"""Each guard of the product, taken out, makes a named test fail.

Here those of `mutations.ALWAYS`; with `SYNC_CERTIFY_MUTATIONS=all`, as `./check --certify` has it, all, and
every test that the list names. What survives is a missing test.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.certify.mutants import PROJECT, Runner, mutant, mutated
from tests.certify.mutation import Mutation
from tests.certify.mutations import ALWAYS, MUTATIONS

ALL = os.environ.get("SYNC_CERTIFY_MUTATIONS") == "all"
TESTS_FAILED = 1
TAKEN_OUT = [one for one in MUTATIONS if ALL or one.name in ALWAYS]


@pytest.fixture(scope="module")
def runner() -> Iterator[Runner]:
    """Give what runs tests in a mutant's folder."""
    (PROJECT / ".check").mkdir(exist_ok=True)
    made = Runner()
    yield made
    made.close()


def test_each_mutation_fits_the_source_and_names_its_tests() -> None:
    """A list that is out of date would prove nothing."""
    for mutation in MUTATIONS:
        mutated(mutation, (PROJECT / mutation.file).read_text())

        assert mutation.tests, f"{mutation.name} has no test"
    names = {one.name for one in MUTATIONS}
    assert len(names) == len(MUTATIONS)
    assert set(ALWAYS) <= names


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("mutation", TAKEN_OUT, ids=lambda one: one.name)
def test_a_guard_that_is_taken_out_is_missed(mutation: Mutation, runner: Runner) -> None:
    """The rule that the mutation names, and the test that it names."""
    with mutant(mutation) as folder:
        for test in mutation.tests if ALL else mutation.tests[:1]:
            code, said = runner.run(folder, [test], "-x", "--tb=line")

            assert code == TESTS_FAILED, f"{mutation.name}: {test} did not notice\n{said[-2000:]}"


if ALL:  # in `./check` they run by themselves

    @pytest.mark.timeout(1200)
    def test_without_a_mutation_those_tests_pass(runner: Runner) -> None:
        """Else a test that always fails would notice everything."""
        named = dict.fromkeys(test for one in MUTATIONS for test in one.tests)
        with mutant(None) as folder:
            code, said = runner.run(folder, list(named), "--tb=short")

        assert code == 0, said[-3000:]
