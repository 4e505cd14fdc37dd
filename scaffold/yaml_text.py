"""YAML as a person would write it: short mappings in one line, blank lines between entries."""

from __future__ import annotations

import textwrap
from typing import Any

import yaml


class Inline(dict[str, Any]):
    """A mapping that is written in one line: `{required: true}`."""


class Quoted(str):
    """A text that is written in double quotes although it needs none."""

    __slots__ = ()


class _Dumper(yaml.SafeDumper):
    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, indentless=False)

    def ignore_aliases(self, data: object) -> bool:
        return True

    def write_double_quoted(self, text: str, split: bool = True) -> None:
        self.allow_unicode = text.isprintable()
        super().write_double_quoted(text, split)
        self.allow_unicode = True


def _inline(dumper: _Dumper, value: Inline) -> yaml.Node:
    return dumper.represent_mapping("tag:yaml.org,2002:map", value.items(), flow_style=True)


def _text(dumper: _Dumper, value: str) -> yaml.Node:
    is_plain = value.isprintable() and not isinstance(value, Quoted)
    style = None if is_plain else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", str(value), style=style)


_Dumper.add_representer(Inline, _inline)
_Dumper.add_representer(Quoted, _text)
_Dumper.add_representer(str, _text)


def yaml_entries(key: str, entries: list[dict[str, Any]], depth: int = 0) -> str:
    """The lines of a key with a list of mappings, a blank line between them, `depth` blanks deep.

    Text of any characters is read back as it is.
    """
    items = [textwrap.indent(_dumped([entry]), " " * (depth + 2)) for entry in entries]
    return f"{' ' * depth}{key}:\n" + "\n".join(items)


def yaml_file(key: str, entries: list[dict[str, Any]]) -> str:
    """A whole file of dbt's with one kind of entries."""
    return "version: 2\n\n" + yaml_entries(key, entries)


def _dumped(value: object) -> str:
    return yaml.dump(
        value, Dumper=_Dumper, sort_keys=False, width=float("inf"), allow_unicode=True,
        default_flow_style=False,
    )  # fmt: skip
