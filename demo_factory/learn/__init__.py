"""Models of a demo: examples from SQL, training, evaluation, the registry's champion and its predictions.

Importing this package is cheap; `train` and `predict` bring MLflow and scikit-learn along (seconds): import those two
where they are used, and call `warm.warm_up` early.
"""

import os

# MLflow reads these once, at its own import. Quiet, and nothing is sent to anybody; a user's own setting wins.
for _name, _value in {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_PRINT_MODEL_URLS_ON_CREATION": "false",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MLFLOW_LOGGING_LEVEL": "WARNING",
}.items():
    os.environ.setdefault(_name, _value)
