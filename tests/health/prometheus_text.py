"""A strict reader of Prometheus' text format, written from its description."""

import re

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
_LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)')
_SAMPLE = re.compile(rf"({NAME})(?:\{{(.*)\}})? (\S+)")
_ESCAPES = {r"\\": "\\", r"\"": '"', r"\n": "\n"}
Samples = dict[tuple[tuple[str, str], ...], float]


def parse(text: str) -> dict[str, tuple[str, Samples]]:
    """Type and samples of each metric. Fails on whatever the format does not allow."""
    assert text.endswith("\n")
    found: dict[str, tuple[str, Samples]] = {}
    explained = current = ""
    for line in text.split("\n")[:-1]:
        if line.startswith("# HELP "):
            explained, _, words = line.removeprefix("# HELP ").partition(" ")
            assert explained not in found and words and "\\" not in re.sub(r"\\[\\n]", "", words)
        elif line.startswith("# TYPE "):
            current, kind = line.removeprefix("# TYPE ").split(" ")
            assert current == explained and re.fullmatch(NAME, current)
            assert kind in ("counter", "gauge")
            assert current.endswith("_total") == (kind == "counter")
            found[current] = (kind, {})
        else:
            sample = _SAMPLE.fullmatch(line)
            assert sample, line
            name, labels, value = sample.groups()
            assert name == current, "samples of a metric are together"
            key = _labels(labels or "")
            assert key not in found[name][1], "no labels twice"
            found[name][1][key] = float(value)
    return found


def _labels(text: str) -> tuple[tuple[str, str], ...]:
    pairs, at = [], 0
    while at < len(text):
        label = _LABEL.match(text, at)
        assert label, text
        value = re.sub(r"\\.", lambda escape: _ESCAPES[escape.group()], label[2])
        pairs.append((label[1], value))
        at = label.end()
    return tuple(pairs)
