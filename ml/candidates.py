"""The two kinds of model whose log-odds are averaged, as scikit-learn pipelines."""

from collections.abc import Callable

from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import PowerTransformer

from ml.additive import CLASSIFIER


def logistic_regression(seed: int) -> Pipeline:
    """Median for missing values, skew removed, scaled, then linear in log-odds."""
    return Pipeline(
        [
            ("imputer", SimpleImputer(strategy="median", keep_empty_features=True)),
            ("scaler", PowerTransformer(method="yeo-johnson", standardize=True)),
            (CLASSIFIER, LogisticRegression(C=1.0, max_iter=1000, random_state=seed)),
        ]
    )


def gradient_boosting(seed: int) -> Pipeline:
    """Boosted trees on one feature each, so that every feature's contribution is exact.

    Trees handle missing values and need no scaling.
    """
    return Pipeline(
        [
            (
                CLASSIFIER,
                HistGradientBoostingClassifier(
                    learning_rate=0.08,
                    max_iter=100,
                    max_leaf_nodes=6,
                    min_samples_leaf=20,
                    l2_regularization=1.0,
                    max_features=0.5,
                    interaction_cst="no_interactions",
                    early_stopping=False,
                    random_state=seed,
                ),
            ),
        ]
    )


CANDIDATES: dict[str, Callable[[int], Pipeline]] = {
    "logistic_regression": logistic_regression,
    "gradient_boosting": gradient_boosting,
}
