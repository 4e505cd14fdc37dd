"""The cards of risk models: what they show is what was measured."""

import json
from pathlib import Path
from typing import Any

from ml.registry import Registry
from tests.docs.manifests import manifest
from warehouse.docs.model_cards import Card, read_cards
from warehouse.docs.site import write_site
from warehouse.settings import Settings

CATALOG: dict[str, Any] = {"metadata": {}, "nodes": {}, "sources": {}, "errors": None}


def metric(predictor: str, name: str, value: float, **given: Any) -> dict[str, Any]:
    usual = {"data_part": "holdout", "group_name": "all", "group_value": "all"}
    ends = {"interval_low": None, "interval_high": None, "row_count": 200}
    return {**usual, **ends, "predictor": predictor, "metric": name, "metric_value": value, **given}


RECORD: dict[str, Any] = {
    "run": {
        "algorithm": "logistic_regression", "row_count": 800, "positive_count": 378,
        "holdout_row_count": 200, "horizon_days": None, "random_seed": 1, "as_of_date": None,
        "data_hash": "ab" * 32, "is_separable": True, "parameters": "{}",
    },
    "model_metrics": [
        metric("model", "auc", 0.75, interval_low=0.69, interval_high=0.81),
        metric("baseline", "auc", 0.63),
        metric("logistic_regression", "log_loss", 0.5432),
        metric("gradient_boosting", "log_loss", 0.5678),
        *(
            metric("model", name, value, data_part="cross_validation", group_name="age_band",
                   group_value="under 25", row_count=rows)
            for name, value, rows in (
                ("positive_rate", 0.4, 90), ("mean_probability", 0.42, 90),
                ("false_positive_rate", 0.31, 54), ("false_negative_rate", 0.12, 36),
            )
        ),
    ],
    "feature_importance": [
        {"feature_name": "income", "importance": 0.08, "importance_deviation": 0.01,
         "importance_rank": 1, "is_personal": True},
    ],
    "plots": {
        "calibration": [[0.1, 0.2, 20], [0.9, 0.8, 20]], "gain": [[0, 0], [0.5, 0.9], [1, 1]],
        "scores_with_risk": [0, 5], "scores_without": [7, 0],
    },
}  # fmt: skip


def test_a_card_shows_what_was_measured(embedded: Settings, tmp_path: Path) -> None:
    registry = Registry(str(tmp_path / "registry"))
    name = "models/shop/warranty"
    beside = {"training.json": json.dumps(RECORD).encode()}
    old = registry.archive(name, "model.skops", b"old", beside)
    registry.make_current(name, registry.archive(name, "model.skops", b"new", beside))
    from dataclasses import replace

    cards = read_cards(replace(embedded, given_models=str(tmp_path / "registry")))
    assert [card.is_current for card in cards] == [True, False]
    assert cards[1].entry == old
    write_site(manifest(), CATALOG, tmp_path / "site", cards=cards[:1])
    index = (tmp_path / "site" / "models.html").read_text()
    assert f'<a href="{cards[0].file}">Warranty of shop</a>' in index
    page = (tmp_path / "site" / cards[0].file).read_text()
    assert "0.7500 <small>0.6900 to 0.8100</small>" in page and "0.6300" in page
    assert "0.5432" in page and "0.5678" in page and "each of them alone" in page
    assert "800 rows, 378 with the risk" in page
    assert "leaks into the features" in page
    assert "It uses personal information: income." in page
    assert "must not be used" in page and "insurance" in page
    assert "31.0% <small>of 54</small>" in page and "12.0% <small>of 36</small>" in page
    # A point of the calibration plot: said 10 %, came 20 %.
    assert 'cx="20.0" cy="160.0"' in page
    assert "not scored any customers" in page


def test_without_models_the_page_says_so(tmp_path: Path) -> None:
    cards: list[Card] = []
    write_site(manifest(), CATALOG, tmp_path, cards=cards)
    assert "No model has been promoted yet" in (tmp_path / "models.html").read_text()
