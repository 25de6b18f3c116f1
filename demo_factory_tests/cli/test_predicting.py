"""What predict prints for people; the prediction itself is tested in learn."""

import pytest

from demo_factory.cli.commands.predict import _print

pytestmark = pytest.mark.e2e
FOUND = {
    "customer_id": "CUST-0000001",
    "prediction": "VIP",
    "probability": 0.81,
    "probabilities": {"Budget": 0.04, "VIP": 0.81, "Regular": 0.15},
    "model": "dev.s.segmentation",
    "model_version": 3,
    "reasons": [
        {"feature": "spent", "value": 12345.6, "typical": 800.0, "effect": 0.4},
        {"feature": "age", "value": None, "typical": 45.25, "effect": 0.05},
    ],
}


def test_a_prediction_is_said_with_probabilities_and_reasons(capsys):
    _print("CUST-0000001", FOUND)
    out = capsys.readouterr().out
    assert out.splitlines()[:2] == ["CUST-0000001: VIP (81% sure)", "by dev.s.segmentation version 3"]
    assert out.index("VIP  ") < out.index("Regular") < out.index("Budget")
    assert "12,346" in out
    assert "+40.0%" in out
    assert "unknown" in out


def test_no_reasons_are_said_as_such(capsys):
    _print("x", {**FOUND, "reasons": []})
    assert "No single feature" in capsys.readouterr().out
