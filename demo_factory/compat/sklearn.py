"""scikit-learn's own types that skops finds inside a model of ours."""

# Plain arrays and trees: the only types of our three algorithms that skops does not trust by itself.
TRUSTED = (
    "numpy.dtype",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.tree._tree.Tree",
)
