import pytest

from bench.changes import Change
from bench.command import Node
from bench.figures import Figures, exponent, percentile, slowest
from bench.project import ProjectFigures
from bench.report import Row, project_rows, rows


@pytest.fixture
def small() -> Figures:
    return Figures(
        households=2_500,
        lines=2_000_000,
        copy=[2.0, 4.0, 3.0],
        load=[4.0, 3.0, 5.0],
        panel_load=6.0,
        first_build=100.0,
        first_publish=4.0,
        anchor=[12.0, 10.0, 8.0],
        core=25.0,
        new_day_lines=2_000,
        new_day_load=1.5,
        new_day_build=18.0,
        new_day_publish=0.9,
        kept_bytes=400_000_000,
        published_bytes=650_000_000,
        new_day_ran={"table": (40, 10.0)},
        read_p50={1: 0.001, 8: 0.002},
        read_p95={1: 0.006, 8: 0.03},
        straight={"base": [8.0, 6.0], "marts": [3.0, 3.0]},
        full={"base": [8.0, 10.0], "marts": [4.0, 4.0]},
        peaks={"load": {"python": 200_000_000, "server": 1_500_000_000}},
        slowest_full={"fct_orders": 3.0},
    )


@pytest.fixture
def large() -> Figures:
    return Figures(
        households=25_000,
        lines=20_000_000,
        copy=[20.0],
        load=[25.0],
        panel_load=60.0,
        first_build=1_000.0,
        anchor=[100.0],
        core=300.0,
        new_day_lines=20_000,
        new_day_load=2.0,
        new_day_build=48.0,
        read_p50={1: 0.0002, 8: 0.001},
        read_p95={1: 0.0004, 8: 0.031},
        straight={"base": [70.0], "marts": [30.0]},
        full={"base": [90.0], "marts": [400.0]},
    )


def by_name(found: list[Row], topic: str) -> dict[str, Row]:
    return {row.name: row for row in found if row.topic.startswith(topic)}


def test_publishing_is_a_share_of_each_build(small: Figures) -> None:
    found = by_name(list(rows([small])), "2,000,000 lines: new day")
    row = found["publishing, of the first build and of the new day's"]
    assert (row.measured, row.verdict) == ("4.0 s, 4.0%; 0.9 s, 5.0%", "met")
    disk = found["published tables on disk, beside tables that runs change in place"]
    assert disk.measured == "650 MB, 400 MB"


def test_ratios_are_those_of_the_medians(small: Figures) -> None:
    assert small.load_ratio == pytest.approx(3.0 / 4.0)
    assert small.build_ratio("base") == pytest.approx(9.0 / 7.0)
    assert small.build_ratio("base", "marts") == pytest.approx(13.0 / 10.0)
    assert small.new_day_share == pytest.approx(19.5 / 100.0)
    assert small.anchor_ratio == pytest.approx(106.0 / 10.0)
    assert small.core_ratio == pytest.approx(25.0 / 10.0)


def test_the_exponent_tells_linear_from_quadratic() -> None:
    assert exponent((1_000, 10_000), (2.0, 20.0)) == pytest.approx(1.0)
    assert exponent((1_000, 10_000), (2.0, 200.0)) == pytest.approx(2.0)
    assert exponent((1_000, 4_000), (3.0, 6.0)) == pytest.approx(0.5)


def test_the_percentile_is_a_value_that_occurred() -> None:
    values = [float(n) for n in range(20, 0, -1)]
    assert percentile(values, 0.95) == 19.0
    assert percentile(values, 0.5) == 10.0
    assert percentile([7.0], 0.95) == 7.0


def test_the_slowest_come_first() -> None:
    nodes = [Node("a", "table", 1.0), Node("b", "view", 3.0), Node("c", "test", 2.0)]
    assert list(slowest(nodes, 2).items()) == [("b", 3.0), ("c", 2.0)]


def test_the_table_says_plainly_what_falls_short(small: Figures, large: Figures) -> None:
    found = rows([small, large])
    small_lines = by_name(found, "2,000,000 lines")
    large_lines = by_name(found, "20,000,000 lines")
    load = r"speed of the load relative to \copy"
    assert (small_lines[load].measured, small_lines[load].verdict) == ("0.75", "met")
    # As fast, but of the large panel more is asked.
    assert (large_lines[load].measured, large_lines[load].verdict) == ("0.80", "short of the aim")
    assert small_lines["all, dbt relative to plain statements"].verdict == "met"
    assert large_lines["all, dbt relative to plain statements"].verdict == "short of the aim"
    one, eight = (f"rows by key, {n}, 95th percentile" for n in ("1 connection", "8 connections"))
    assert [small_lines[name].verdict for name in (one, eight)] == ["short of the aim", "met"]
    assert [large_lines[name].verdict for name in (one, eight)] == ["met", "short of the aim"]


def test_the_new_day_has_aims_of_its_size(small: Figures, large: Figures) -> None:
    share = "the same as a share of the first build"
    found = by_name(rows([small]), "2,000,000 lines: new day")
    day = found["load and build"]
    assert (day.measured, day.aim, day.verdict) == ("19.5 s", "within 20 s", "met")
    day = found[share]
    assert (day.measured, day.aim, day.verdict) == ("19.5%", "within 15%", "short of the aim")
    assert found["40 of kind table"].measured == "10.0 s of threads, 250 ms each"
    found = by_name(rows([large]), "20,000,000 lines: new day")
    day = found["load and build"]
    assert (day.measured, day.aim, day.verdict) == ("50.0 s", "within 60 s", "met")
    day = found[share]
    assert (day.measured, day.aim, day.verdict) == ("5.0%", "within 5%", "met")


def test_duckdb_stands_beside_the_whole_and_beside_the_same_work(small: Figures) -> None:
    measured = [row.measured for row in by_name(rows([small]), "2,000,000 lines: against").values()]
    assert measured == [
        "10.00 s",
        "6.0 s and 100.0 s, 10.6 times DuckDB",
        "25.0 s, 2.5 times DuckDB",
    ]


def test_growth_stands_in_the_table_when_there_are_two_sizes(
    small: Figures, large: Figures
) -> None:
    growth = {
        name: (row.measured, row.verdict)
        for name, row in by_name(rows([small, large]), "exponent").items()
    }
    # 10 times the lines: 4 s to 25 s, 100 s to 1,000 s, 19.5 s to 50 s, 9 s to 90 s, 4 s to 400 s
    # and 10 s to 100 s.
    assert growth == {
        "load": ("0.80", "met"),
        "first build": ("1.00", "met"),
        "new day, load and build": ("0.41", "met"),
        "only core and aggregates": ("1.00", "met"),
        "only marts": ("2.00", "short of the aim"),
        "DuckDB's core work": ("1.00", ""),
    }


def test_the_whole_project_says_what_the_others_add_and_where_dbt_spends_its_time() -> None:
    figures = ProjectFigures(
        households=2_500,
        grocery=60.0,
        all_sources=75.5,
        empty=30.0,
        empty_ran={"view": (100, 20.0), "test": (400, 8.0)},
        unchanged=2.0,
        forced=61.0,
    )
    found = by_name(project_rows(figures), "all sources")
    assert found["what the other sources add"].measured == "15.5 s"
    assert found["without rows: 100 of kind view"].measured == "20.0 s of threads, 200 ms each"
    assert found["warehouse build with nothing new"].verdict == "met"
    assert found["warehouse build --force"].verdict == "short of the aim"


def test_each_change_says_what_ran_and_the_cafe_file_has_an_aim() -> None:
    changes = [
        Change("nothing new", 0.0, 1.0, {}),
        Change("one café file", 1.5, 14.0, {"test": (200, 8.0), "table": (10, 4.0)}),
        Change("a changed model", 0.0, 30.0, {"incremental": (1, 0.5)}),
    ]
    found = project_rows(ProjectFigures(households=40, changes=changes))
    assert [
        (row.topic, row.name, row.measured, row.verdict)
        for row in found
        if row.topic.startswith("the six samples")
    ] == [
        ("the six samples, then nothing new", "build", "1.0 s", "met"),
        ("the six samples, then one café file", "load and build", "15.5 s", "short of the aim"),
        (
            "the six samples, then one café file",
            "200 of kind test",
            "8.0 s of threads, 40 ms each",
            "",
        ),
        (
            "the six samples, then one café file",
            "10 of kind table",
            "4.0 s of threads, 400 ms each",
            "",
        ),
        ("the six samples, then a changed model", "build", "30.0 s", ""),
        (
            "the six samples, then a changed model",
            "1 of kind incremental",
            "0.5 s of threads, 500 ms each",
            "",
        ),
    ]
