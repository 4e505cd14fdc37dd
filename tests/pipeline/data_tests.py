"""What dbt's data tests find."""

import pandas as pd

from tests.marts.built_warehouse import BuiltWarehouse


def failing_rows(shop: BuiltWarehouse, test: str) -> pd.DataFrame:
    """The rows that a singular data test selects now; dbt has run it in this database before."""
    return shop.frame(shop.compiled("tests", test))
