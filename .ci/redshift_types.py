"""Types of columns as Redshift works them out.

Numbers follow docs.aws.amazon.com/redshift/latest/dg/r_numeric_computations201.html.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlglot import exp


@dataclass(frozen=True)
class Column:
    """What is known of a column's type. kind: 'integer', 'numeric', 'float', 'uncast' (a literal
    without a type), or empty (another type, or not known)."""

    kind: str = ""
    precision: int = 0
    scale: int = 0
    is_null: bool = False
    is_doubtful: bool = False

    @property
    def is_exact(self) -> bool:
        """Whether it is a number with a known count of digits."""
        return self.kind in ("integer", "numeric")


Columns = dict[str, Column]
COUNT = Column("integer", 19)
DIGITS = {"SMALLINT": 5, "INT": 10, "BIGINT": 19}


def type_of(value: exp.Expr | None, sources: Mapping[str, Columns]) -> Column:
    """The type of a value in a select from `sources`, columns by alias."""
    match value:
        case exp.Null():
            return Column("uncast")
        case exp.Literal(is_string=True):
            return Column("uncast")
        case exp.Literal():
            scale = len(value.name.partition(".")[2])
            return Column("numeric", len(value.name) - 1, scale) if scale else Column("integer", 10)
        case exp.Column():
            read = [sources.get(value.table, {})] if value.table else sources.values()
            return next((c[value.name] for c in read if value.name in c), Column())
        case exp.Cast():
            inner = type_of(value.this, sources)
            is_null = isinstance(value.this, exp.Null) or inner.is_null
            return replace(column_of(value.to), is_null=is_null)
        case exp.Count() | exp.RowNumber() | exp.Rank() | exp.DenseRank():
            return COUNT
        case exp.Sum():
            summed = type_of(value.this, sources)
            if summed.kind == "integer" and summed.precision < 19:
                return COUNT
            return replace(summed, kind="numeric", precision=38) if summed.is_exact else summed
        case exp.Case():
            arms = [branch.args["true"] for branch in value.args["ifs"]]
            arms += [value.args["default"]] if value.args.get("default") else []
            return common([type_of(arm, sources) for arm in arms])
        case exp.Coalesce() | exp.Greatest() | exp.Least():
            return common([type_of(arm, sources) for arm in (value.this, *value.expressions)])
        case exp.Add() | exp.Sub() | exp.Mul() | exp.Div():
            return _computed(value, *(type_of(v, sources) for v in (value.left, value.right)))
        case exp.Mod():
            return replace(type_of(value.left, sources), is_null=False, is_doubtful=False)
        case exp.Paren() | exp.Window():
            return type_of(value.this, sources)
        case exp.WithinGroup():
            ordered = type_of(value.expression.expressions[0].this, sources)
            return ordered if ordered.kind == "float" else Column()
        case (
            exp.Neg() | exp.Abs() | exp.Round() | exp.Floor() | exp.Ceil() | exp.Min() | exp.Max()
            | exp.Nullif()
        ):  # fmt: skip
            typed = type_of(value.this, sources)
            return replace(typed, kind=typed.kind.replace("uncast", ""), is_null=False)
    return Column()


def column_of(data_type: exp.DataType | str) -> Column:
    """The column of a declared type, as `numeric(18, 4)`."""
    try:
        built = exp.DataType.build(data_type, dialect="redshift")
    except ValueError:
        return Column()
    if built.this.name in DIGITS:
        return Column("integer", DIGITS[built.this.name])
    if built.this in exp.DataType.FLOAT_TYPES:
        return Column("float")
    if built.this == exp.DType.DECIMAL:
        digits = [int(digits.name) for digits in built.expressions] or [18]
        return Column("numeric", digits[0], digits[1] if len(digits) > 1 else 0)
    return Column()


def common(cells: list[Column]) -> Column:
    """The type of a union's column, or of a case's arms."""
    typed = [cell for cell in cells if cell.kind != "uncast"]
    if any(cell.kind == "float" for cell in typed):
        return Column("float")
    if not typed or not all(cell.is_exact for cell in typed):
        return Column()
    scale = max(cell.scale for cell in typed)
    precision = max(cell.precision - cell.scale for cell in typed) + scale
    kind = "numeric" if any(cell.kind == "numeric" for cell in typed) else "integer"
    return Column(kind, precision, scale)


def _computed(value: exp.Expr, left: Column, right: Column) -> Column:
    if "float" in (left.kind, right.kind):
        return Column("float")
    if not (left.is_exact and right.is_exact):
        return Column()
    if left.kind == right.kind == "integer":
        return Column("integer", max(left.precision, right.precision))
    if isinstance(value, exp.Div):
        result = quotient(left, right)
    elif isinstance(value, exp.Mul):
        precision = left.precision + right.precision + 1
        result = Column("numeric", precision, left.scale + right.scale)
    else:
        scale = max(left.scale, right.scale)
        whole = max(left.precision - left.scale, right.precision - right.scale)
        result = Column("numeric", whole + 1 + scale, scale)
    return _cut(result)


def quotient(left: Column, right: Column) -> Column:
    """The type of left / right."""
    scale = max(4, left.scale + right.precision - right.scale + 1)
    return _cut(Column("numeric", left.precision - left.scale + right.scale + scale, scale))


def _cut(number: Column) -> Column:
    """What is left of a number with more than 38 digits: it loses decimals, down to four."""
    if number.precision <= 38:
        return number
    return Column("numeric", 38, max(38 + number.scale - number.precision, 4))
