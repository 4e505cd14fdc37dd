"""Personal columns of a new source: not stored, or stored as keyed tokens."""

from scaffold.claims import is_named
from scaffold.column_roles import CUSTOMERS
from scaffold.design import Design, Table, Wishes
from scaffold.personal import holds_something_personal, looks_personal


def mask(design: Design, wishes: Wishes) -> None:
    """Drops columns that look personal; keeps the customer id as a token, in every table."""
    for table in design.tables:
        for column in table.columns:
            what = looks_personal(column.header, column.cells, table.kind == CUSTOMERS)
            if what is None and "customer_id" not in column.roles:
                what = holds_something_personal(column.header, column.cells)
            has_other_role = column.roles and not {"customer_id", "employee_id"} & set(column.roles)
            if what is None or has_other_role or is_named(column, wishes.keep):
                is_wanted = what is not None or is_named(column, wishes.keep)
                column.personal_values = "keep" if is_wanted else None
                continue
            column.personal = what
            column.pii = "token" if "customer_id" in column.roles else "drop"
            if column.pii == "drop":
                column.roles = []
    if any(_is_token(table) for table in design.tables):
        for table in design.tables:
            other = table.column("customer_id")
            if other:
                other.pii, other.personal = "token", other.personal or "the same as in other files"
                other.personal_values = None
    for table in design.tables:
        customer = table.column("customer_id")
        if customer and not (customer.pii or customer.personal_values):
            customer.personal_values = "token"


def _is_token(table: Table) -> bool:
    column = table.column("customer_id")
    return column is not None and column.pii == "token"
