"""Risk scores: models trained on the marts, their registry and their scores."""
