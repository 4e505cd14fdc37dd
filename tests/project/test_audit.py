"""`make audit` against a server that answers as the database of vulnerabilities does."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import free_port

FAULT = {
    "id": "PYSEC-2999-1",
    "summary": "It can be made to speak.",
    "affected": [
        {
            "package": {"name": "parrot", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2.1"}]}],
        }
    ],
}


@contextmanager
def osv(status: int, faults: list[dict[str, Any]]) -> Iterator[str]:
    """A server that knows these faults of every version of parrot."""

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            is_parrot = asked["package"]["name"] == "parrot"
            body = json.dumps({"vulns": faults} if faults and is_parrot else {}).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            return

    server = HTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1/query"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def audit(project_dir: Path, tmp_path: Path, url: str, lines: str = "") -> tuple[int, str]:
    requirements = tmp_path / "requirements.txt"
    digest = "--hash=sha256:" + "ab" * 32
    requirements.write_text(lines or f"parrot==2.0 {digest}\nferret==1.0 {digest}\n")
    done = subprocess.run(
        [sys.executable, str(project_dir / ".ci" / "audit.py"), str(requirements)],
        env=os.environ | {"PIP_AUDIT_OSV_URL": url, "NO_PROXY": "127.0.0.1"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def test_packages_without_a_fault_pass(project_dir: Path, tmp_path: Path) -> None:
    with osv(200, []) as url:
        told = audit(project_dir, tmp_path, url)
    assert told == (0, "2 packages, 0 known vulnerabilities\n")


def test_a_known_fault_fails_and_says_what_mends_it(project_dir: Path, tmp_path: Path) -> None:
    with osv(200, [FAULT]) as url:
        code, told = audit(project_dir, tmp_path, url)
    assert code == 1
    assert told.splitlines() == [
        "parrot 2.0: PYSEC-2999-1, fixed in 2.1",
        "2 packages, 1 known vulnerabilities",
    ]


@pytest.mark.parametrize("status", [None, 503])
def test_no_answer_is_told_and_no_failure(
    status: int | None, project_dir: Path, tmp_path: Path
) -> None:
    if status is None:
        told = audit(project_dir, tmp_path, f"http://127.0.0.1:{free_port()}/v1/query")
    else:
        with osv(status, []) as url:
            told = audit(project_dir, tmp_path, url)
    assert told[0] == 0 and told[1].startswith("Nothing was audited: "), told[1]
    assert len(told[1].splitlines()) == 1


def test_a_lock_that_cannot_be_read_fails(project_dir: Path, tmp_path: Path) -> None:
    code, told = audit(project_dir, tmp_path, "http://127.0.0.1:9/", "parrot=2.0\n")
    assert code == 1 and told.startswith("The audit failed: ")
