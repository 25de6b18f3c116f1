"""skops trusts the types that a model of ours holds, and no others need be named."""

import numpy as np
import pytest
import skops.io
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor, RandomForestRegressor

from demo_factory.compat.sklearn import TRUSTED
from demo_factory_tests.compat.pins import pinned

pytestmark = pytest.mark.e2e


def test_the_versions():
    pinned("scikit-learn>=1.5,<2")
    pinned("skops>=0.11,<1")


@pytest.mark.parametrize("kind", [HistGradientBoostingClassifier, HistGradientBoostingRegressor, RandomForestRegressor])
def test_what_skops_does_not_trust_by_itself_is_named(kind):
    rows = np.arange(60.0).reshape(-1, 1)
    model = kind(random_state=0).fit(rows, (rows[:, 0] > 30).astype(int))
    assert set(skops.io.get_untrusted_types(data=skops.io.dumps(model))) <= set(TRUSTED)
