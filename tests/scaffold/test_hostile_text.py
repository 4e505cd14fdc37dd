"""Headers and file names that try to be a template, YAML, SQL, or a command of the terminal."""

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from dbt.clients.jinja import get_rendered

from ingest.tables.definition_files import read_definitions
from ingest.tables.table_definitions import plain_header
from scaffold import Scaffold, Wishes, plan_scaffold, write_scaffold
from tests.marts.built_warehouse import BuiltWarehouse, database_on
from tests.project.dbt_offline import read_manifest
from warehouse.server import database
from warehouse.settings import Settings

SECRET = "kept-from-readers-8c1f"
HOSTILE = [
    "{{ env_var('SHOP_SECRET') }}",
    "{{{ env_var('SHOP_SECRET') }}}",
    "{% endraw %}{{ env_var('SHOP_SECRET') }}{% raw %}",
    "{{ undefined_function() }}",
    "{% for x in y %}",
    "{# never closed",
    "{{",
    "}} {{ env_var('SHOP_SECRET')",
    "{%- set x = 1 -%}",
    "$dbt_comment_literal_block$ is 'x'; drop schema staging cascade; --",
    "$dbt_comment_literal_block",
    "*/ select 1; --",
    "a'b\"c",
    "&anchor",
    "*alias",
    "!!python/object/apply:os.system [touch hacked]",
    "<<",
    "- dash: [x, {y",
    "two\nlines: {{ env_var('SHOP_SECRET') }}",
    "line\u2028separator\u0085 and\ttab",
    "\u202eturned\u202c",
    "\x1b]0;title\x07\x1b[31mred",
    "</script><script>alert(1)</script>",
    "売上 {{ env_var('SHOP_SECRET') }}",
    "back\\slash \\N{BULLET}",
    "yes",
    "x" * 300,
    "x" * 299 + "y",
    "x" * 299 + "z",
    "é" * 150,
    "newest_first",
    "load_id",
    "order by",
]
LINES_FILE = "{{ env_var('SHOP_SECRET') }} ; touch hacked 売上 " + "l" * 80 + ".csv"
PRODUCTS_FILE = "2024 商品.csv"


@pytest.fixture(scope="module")
def hostile_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hostile")
    rows = {
        LINES_FILE: [
            ["Order ID", "Order Date", "Customer ID", "Product ID", "Qty", "Unit Price", *HOSTILE],
            ["1", "2024-03-01", "c1", "mug", "1", "5.00", *("a" for _ in HOSTILE)],
        ],
        PRODUCTS_FILE: [
            ["Product ID", "Product Name", *HOSTILE],
            ["mug", "{{ env_var('SHOP_SECRET') }}", *("b" for _ in HOSTILE)],
        ],
    }
    for name, content in rows.items():
        with (folder / name).open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(content)
    return folder


@pytest.fixture(scope="module")
def planned(project_dir: Path, hostile_files: Path) -> Scaffold:
    return plan_scaffold(project_dir, "twenty_four_letters_long", (hostile_files,), Wishes())


@pytest.fixture(scope="module")
def built(
    embedded: Settings,
    project_copy: Path,
    planned: Scaffold,
    hostile_files: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[BuiltWarehouse]:
    """The source written, loaded, and its own models built and tested, with a secret at hand."""
    write_scaffold(project_copy, planned)
    folder = tmp_path_factory.mktemp("dbt")
    models = "twenty_four_letters_long"
    with (
        pytest.MonkeyPatch.context() as patch,
        database_on(database.conninfo(embedded), project_copy, folder) as warehouse,
    ):
        patch.setenv("SHOP_SECRET", SECRET)
        warehouse.load(models, hostile_files)
        warehouse.dbt(
            "build", "--vars", f"{{source_systems: [{models}]}}",
            "--select", "stg_ops__load_files", "stg_ops__rejected_orders",
                f"path:models/staging/{models}",
                f"path:models/intermediate/{models}",
        )  # fmt: skip
        yield warehouse


def texts_in(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        value = [*value, *value.values()]
    return [text for item in value for text in texts_in(item)] if isinstance(value, list) else []


def test_names_are_short_and_unique(planned: Scaffold) -> None:
    for table in planned.design.tables:
        names = [column.name for column in table.columns]
        assert len(set(names)) == len(names) and max(map(len, names)) <= 63
        assert len(f"__dbt__cte__stg_twenty_four_letters_long__{table.name}") <= 63


def test_dbt_finds_no_template_but_the_projects_own(planned: Scaffold) -> None:
    own = re.compile(r"""\{\{ (doc\("\w+"\)|'\w+' in var\('source_systems'\)) \}\}""")
    seen = [
        text
        for path, content in planned.files.items()
        if path.suffix == ".yml" and "twenty_four_letters_long" in path.parts
        for text in texts_in(yaml.safe_load(content))
    ]
    assert len(seen) > 500
    changed = [text for text in seen if not own.fullmatch(text) and get_rendered(text, {}) != text]
    assert changed == []


def test_nothing_is_written_that_hides_or_turns(planned: Scaffold) -> None:
    for path, text in planned.files.items():
        assert all(letter.isprintable() or letter == "\n" for letter in text), path


@pytest.mark.slow
def test_the_loader_reads_headers_as_they_are(planned: Scaffold, built: BuiltWarehouse) -> None:
    source = read_definitions(built.project_dir)["twenty_four_letters_long"]
    assert len(source.tables) == 2
    for table in planned.design.tables:
        read = [column.name_in_files for column in source.tables[table.name].columns]
        assert read == [plain_header(column.header) for column in table.columns]
        assert set(read) >= {plain_header(header) for header in HOSTILE}
    assert built.value("select count(*) from staging.stg_twenty_four_letters_long__sales") == 1


@pytest.mark.slow
def test_no_header_is_run(built: BuiltWarehouse) -> None:
    manifest = (built.folder / "target" / "manifest.json").read_text()
    assert SECRET not in manifest
    sources = read_manifest(built.folder / "target")["sources"].values()
    kept = [
        "".join(column["config"]["meta"].get("header", ""))
        for source in sources
        for column in source["columns"].values()
    ]
    assert HOSTILE[0] in kept
    comments = built.frame("select description from pg_description where objoid > 16384")
    told = comments["description"].tolist()
    assert not any(SECRET in text for text in told)
    assert """Column "{ { env_var('SHOP_SECRET') } }" of the files, as given.""" in told
    assert 'Column "\\x1b]0;title\\x07\\x1b[31mred" of the files, as given.' in told
    # A cell stays what it is.
    names = built.frame(
        "select product_name from intermediate.int_twenty_four_letters_long__products"
    )
    assert names["product_name"].tolist() == ["{{ env_var('SHOP_SECRET') }}"]
