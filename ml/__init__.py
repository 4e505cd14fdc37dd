"""Risk scores: models trained on the marts, their registry, and the scores they give."""
