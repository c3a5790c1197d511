"""Each model computes what real Keras computes with the same weights: its outputs, and the gradients of a step."""

import numpy as np
import pytest

from tests.parity.cases import CASES
from tests.parity.harness import LEARNING_RATE, assert_alike, both, step, targets_like

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]  # the warnings of others are not ours to mend


def test_each_case_has_a_name_of_its_own():
    names = [case.name for case in CASES]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_it_computes_what_keras_computes(case):
    theirs, mine = both(case)
    assert [w.shape for w in mine.get_weights()] == [w.shape for w in theirs.get_weights()]
    assert mine.count_params() == theirs.count_params()
    wanted = theirs.predict(case.inputs, verbose=0)
    assert_alike(mine.predict(case.inputs, verbose=0), wanted, case.rtol)
    if not case.trains:
        return
    targets = targets_like(wanted, np.random.default_rng(2))
    for model in (theirs, mine):
        model.compile("sgd", case.loss)
        model.optimizer.learning_rate = LEARNING_RATE
    assert_alike(step(mine, case, targets), step(theirs, case, targets), 10 * case.rtol)
