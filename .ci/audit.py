"""Looks up the locked packages in the OSV database of known vulnerabilities.

    audit.py [REQUIREMENTS]
The exit code is 1 if a package has one. Without a network, it says so and exits with 0, so that
work and CI continue offline; PIP_AUDIT_OSV_URL names another server with the same interface.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

LOCK = Path(__file__).resolve().parents[1] / "requirements.lock"
# What pip-audit's last line says if the service does not answer, or returns an error.
_NO_ANSWER = re.compile(r"ConnectionError|Timeout|ServiceError|vulnerability (feed|service)")


def main(arguments: list[str]) -> int:
    """Audit the file and return the exit code."""
    requirements = arguments[0] if arguments else str(LOCK)
    done = subprocess.run(
        [
            sys.executable, "-m", "pip_audit", "--requirement", requirements, "--require-hashes",
            "--disable-pip", "--vulnerability-service", "osv", "--format", "json",
            "--progress-spinner", "off",
        ],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    try:
        packages = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        words = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        if _NO_ANSWER.search(words):
            print(f"Nothing was audited: the vulnerability database does not answer ({words})")
            return 0
        print(f"The audit failed: {words}", file=sys.stderr)
        return 1
    found = [(package, fault) for package in packages for fault in package.get("vulns", [])]
    for package, fault in found:
        fixed = ", ".join(fault["fix_versions"]) or "no version yet"
        print(f"{package['name']} {package['version']}: {fault['id']}, fixed in {fixed}")
    print(f"{len(packages)} packages, {len(found)} known vulnerabilities")
    return 1 if found or done.returncode else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
