"""What MLflow's own client asks. To import this takes as long as MLflow itself: only the tests of models do."""

from . import experiments, models

__all__ = ["experiments", "models"]
