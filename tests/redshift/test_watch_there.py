"""`warehouse watch` on Redshift: a file that lies there is loaded, then built, then seen."""

import subprocess
from pathlib import Path

import pytest

from tests.redshift.built_shops import environment_of, shops_on
from tests.redshift.cluster import Cluster
from tests.redshift.warehouse_command import warehouse
from tests.watching.watched_shops import PROGRAM, sales


@pytest.mark.slow
def test_a_watched_folder_is_loaded_and_built_and_people_hear_what_is_wrong(
    redshift: Cluster, project_dir: Path, tmp_path: Path
) -> None:
    with shops_on(redshift, project_dir, tmp_path) as shops:
        heard = tmp_path / "heard"
        environment = environment_of(shops) | {"WAREHOUSE_ALERT_COMMAND": f"sh -c 'cat >> {heard}'"}
        for name, text in (("north", sales("n1", "n2")), ("south", "this is no file of sales\n")):
            (tmp_path / "incoming" / name).mkdir(parents=True)
            (tmp_path / "incoming" / name / "sales_1.csv").write_text(text)
        watch = [PROGRAM, "watch", "--once", "--rest", "0", str(tmp_path / "incoming")]
        done = subprocess.run(watch, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 1, done.stdout + done.stderr
        assert "Traceback" not in done.stdout + done.stderr
        assert shops.figures() == [("north", 2, "20.00")]
        assert '"kind": "load_failed", "subject": "south' in heard.read_text()

        code, out, _ = warehouse(environment, "alerts")
        assert code == 0 and "Loading south" in out
        code, out, err = warehouse(environment, "schedule", str(tmp_path / "incoming"))
        assert code == 0
        assert f"REDSHIFT_DATABASE={redshift.database}" in out
        assert redshift.password not in out
        assert "DBT_ENV_SECRET_REDSHIFT_PASSWORD" in err
