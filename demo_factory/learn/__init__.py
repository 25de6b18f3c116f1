"""Models of a demo: examples from SQL, training, evaluation, the registry's champion and its predictions.

Importing this package is cheap; `train` and `predict` bring MLflow and scikit-learn along (seconds): import those two
where they are used, and call `warm.warm_up` early.
"""
