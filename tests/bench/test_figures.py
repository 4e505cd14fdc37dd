import pytest

from bench.figures import Figures, exponent, percentile
from bench.project import ProjectFigures
from bench.report import project_rows, rows


@pytest.fixture
def small() -> Figures:
    return Figures(
        households=2_500,
        lines=2_000_000,
        copy=[2.0, 4.0, 3.0],
        load=[4.0, 3.0, 5.0],
        load_call=[3.0, 3.0, 3.0],
        straight={"base": [8.0, 6.0], "marts": [3.0, 3.0]},
        full={"base": [8.0, 10.0], "marts": [4.0, 4.0]},
        dbt_empty=2.0,
        new_day={"base": 0.9, "marts": 2.0},
        reads=100,
        read_p50=0.001,
        read_p95=0.006,
        peaks={"load": {"python": 200_000_000, "server": 1_500_000_000}},
        slowest_full={"fct_orders": 3.0},
    )


@pytest.fixture
def large() -> Figures:
    return Figures(
        households=25_000,
        lines=20_000_000,
        copy=[20.0],
        load=[20.0],
        load_call=[20.0],
        straight={"base": [70.0], "marts": [30.0]},
        full={"base": [90.0], "marts": [400.0]},
        new_day={"base": 4.5, "marts": 20.0},
        reads=100,
        read_p50=0.0002,
        read_p95=0.0004,
    )


def test_ratios_are_those_of_the_medians(small: Figures) -> None:
    assert small.load_ratio == pytest.approx(3.0 / 4.0)
    assert small.load_call_ratio == pytest.approx(1.0)
    assert small.build_ratio("base") == pytest.approx(9.0 / 7.0)
    assert small.build_ratio("base", "marts") == pytest.approx(13.0 / 10.0)
    assert small.lean_build_ratio == pytest.approx(11.0 / 10.0)
    assert small.new_day_share("base") == pytest.approx(0.1)


def test_the_exponent_tells_linear_from_quadratic() -> None:
    assert exponent((1_000, 10_000), (2.0, 20.0)) == pytest.approx(1.0)
    assert exponent((1_000, 10_000), (2.0, 200.0)) == pytest.approx(2.0)
    assert exponent((1_000, 4_000), (3.0, 6.0)) == pytest.approx(0.5)


def test_the_percentile_is_a_value_that_occurred() -> None:
    values = [float(n) for n in range(20, 0, -1)]
    assert percentile(values, 0.95) == 19.0
    assert percentile(values, 0.5) == 10.0
    assert percentile([7.0], 0.95) == 7.0


def test_the_table_says_plainly_what_falls_short(small: Figures, large: Figures) -> None:
    verdicts = {(row.topic.split(":")[0], row.name): row.verdict for row in rows([small, large])}
    small_lines, large_lines = "2,000,000 lines", "20,000,000 lines"
    assert verdicts[small_lines, r"speed of the load against \copy"] == "short of the aim"
    assert verdicts[large_lines, r"speed of the load against \copy"] == "met"
    assert verdicts[small_lines, "all, dbt against plain statements"] == "met"
    assert verdicts[large_lines, "all, dbt against plain statements"] == "short of the aim"
    # The aim for the new day is one for the large panel.
    assert verdicts[small_lines, "core and aggregates"] == ""
    assert verdicts[large_lines, "household profile by key, 95th percentile"] == "met"
    assert verdicts[small_lines, "household profile by key, 95th percentile"] == "short of the aim"


def test_the_new_day_has_its_aim_at_the_large_size(large: Figures) -> None:
    (row,) = [row for row in rows([large]) if row.aim.startswith("within")]
    assert (row.measured, row.verdict) == ("4.5 s, 5.0% of the full build", "met")


def test_growth_stands_in_the_table_when_there_are_two_sizes(
    small: Figures, large: Figures
) -> None:
    growth = {
        row.name: (row.measured, row.verdict)
        for row in rows([small, large])
        if row.topic.startswith("exponent")
    }
    # 10 times the lines: 4 s to 20 s, 9 s to 90 s, 4 s to 400 s.
    assert growth["load"] == ("0.70", "met")
    assert growth["full build, core and aggregates"] == ("1.00", "met")
    assert growth["full build, marts"] == ("2.00", "short of the aim")


def test_the_whole_project_says_what_the_others_add_and_where_dbt_spends_its_time() -> None:
    figures = ProjectFigures(
        households=2_500,
        grocery=60.0,
        all_sources=75.5,
        empty=30.0,
        empty_nodes={"test": (400, 8.0), "view": (100, 20.0)},
        unchanged=2.0,
        forced=61.0,
    )
    found = {row.name: row for row in project_rows(figures)}
    assert found["what the other sources add"].measured == "15.5 s"
    assert found["without a row: 100 of kind view"].measured == "20.0 s of threads, 200 ms each"
    assert list(found)[3:5] == [
        "without a row: 100 of kind view",
        "without a row: 400 of kind test",
    ]
    assert found["warehouse build with nothing new"].verdict == "met"
    assert found["warehouse build --force"].verdict == "short of the aim"
