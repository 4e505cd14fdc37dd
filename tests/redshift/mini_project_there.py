"""The small project of tests/platform, for Redshift."""

from pathlib import Path

from tests.platform.mini_project import write_mini_project


def write_mini_project_there(original: Path, folder: Path) -> Path:
    """Writes the project; its two models that PostgreSQL alone can run are written otherwise."""
    write_mini_project(original, folder)
    marts = folder / "models" / "marts"
    (marts / "customer_rfm.sql").write_text(
        "with numbers as ({{ dbt.generate_series(var('customers', 5)) }})\n"
        "select cast(generated_number as integer) as customer_key,\n"
        "    cast(case when generated_number <= 2 then 'champion' else 'hibernating' end"
        " as varchar(64)) as rfm_segment\n"
        "from numbers\n"
    )
    (marts / "product_affinity.sql").write_text(
        "select cast(1 as integer) as product_key_a, getdate() as built_at\n"
    )
    return folder
