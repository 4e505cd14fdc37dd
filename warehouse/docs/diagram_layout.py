"""The layout of a diagram's boxes and lines, by Graphviz; nothing is drawn here."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

import pygraphviz

from warehouse.docs.diagram_shape import Box

Point = tuple[float, float]

_GAP = 28.0
_NARROWEST_ROW = 900.0


@dataclass(frozen=True)
class Line:
    """A line from a box's right edge, at one of its rows, to another's left edge."""

    start: str
    start_row: int
    end: str
    end_row: int


@dataclass(frozen=True)
class Placed:
    """A layout in pixels, the origin at the top left: top left corner per box, and per line the
    points of its cubic curves (start, then three for each curve)."""

    width: float
    height: float
    corners: dict[str, Point]
    curves: dict[Line, list[Point]]


def place(boxes: Iterable[Box], lines: Iterable[Line]) -> Placed:
    """Lays boxes out in columns from left to right, with lines as short and straight as possible.

    Boxes without joins are in rows below. Graphviz gets boxes as tables of empty cells of fixed
    size, so it looks up no font and the result is the same on every machine.
    """
    boxes, lines = list(boxes), list(lines)
    joined = {name for line in lines for name in (line.start, line.end)}
    placed = _place_joined([box for box in boxes if box.name in joined], lines)
    return _with_rows_below(placed, [box for box in boxes if box.name not in joined])


def _with_rows_below(placed: Placed, boxes: list[Box]) -> Placed:
    corners = dict(placed.corners)
    width, top = placed.width, placed.height + (_GAP if placed.height else 0)
    left = bottom = 0.0
    for box in sorted(boxes, key=lambda box: -box.height):
        if left and left + box.width > max(placed.width, _NARROWEST_ROW):
            left, top = 0.0, bottom + _GAP
        corners[box.name] = (left, top)
        left, bottom = left + box.width + _GAP, max(bottom, top + box.height)
        width = max(width, left - _GAP)
    return Placed(width, max(placed.height, bottom), corners, placed.curves)


def _place_joined(boxes: list[Box], lines: list[Line]) -> Placed:
    if not boxes:
        return Placed(0.0, 0.0, {}, {})
    graph = pygraphviz.AGraph(directed=True, strict=False)
    graph.graph_attr.update(rankdir="LR", ranksep="0.9", nodesep="0.35", remincross="true")
    graph.node_attr.update(shape="plain")
    graph.edge_attr.update(dir="none")
    sizes = {}
    for box in boxes:
        sizes[box.name] = (box.width, box.height)
        graph.add_node(box.name, label=_cells(box))
    for index, line in enumerate(lines):
        graph.add_edge(
            line.start,
            line.end,
            key=str(index),
            tailport=f"row{line.start_row}:e",
            headport=f"row{line.end_row}:w",
        )
    graph.layout("dot")

    left, bottom, right, top = _numbers(graph.graph_attr["bb"])
    corners = {}
    for name, (width, height) in sizes.items():
        x, y = _numbers(graph.get_node(name).attr["pos"])
        corners[name] = (x - width / 2 - left, top - y - height / 2)
    curves = {}
    for index, line in enumerate(lines):
        numbers = _numbers(graph.get_edge(line.start, line.end, key=str(index)).attr["pos"])
        curves[line] = [
            (x - left, top - y) for x, y in zip(numbers[::2], numbers[1::2], strict=True)
        ]
    return Placed(right - left, top - bottom, corners, curves)


def _cells(box: Box) -> str:
    def cell(port: str, height: float) -> str:
        size = f'fixedsize="true" width="{box.width:.0f}" height="{height:.0f}"'
        return f'<tr><td port="{port}" {size}></td></tr>'

    rows = "".join(cell(f"row{index}", box.row_height) for index in range(len(box.rows)))
    return (
        '<<table border="0" cellborder="0" cellspacing="0" cellpadding="0">'
        f"{cell('head', box.head_height)}{rows}</table>>"
    )


def _numbers(text: str) -> list[float]:
    return [float(number) for number in re.findall(r"-?[\d.]+(?:e[+-]?\d+)?", text)]
