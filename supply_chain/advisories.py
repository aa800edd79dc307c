"""Vulnerability audit of the packages that a lock pins. Exit status: 0 for none, 1 for some, 3 for no response."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SOME = 1
UNANSWERED = 3
"""Differs from the code for none, so that an unreachable service is never taken for a good result."""


def ask(locks: list[str], *, osv_url: str | None) -> int:
    codes = [_ask_one(lock, osv_url=osv_url) for lock in locks]
    # A known vulnerability counts more than a missing response for another lock.
    return SOME if SOME in codes else max(codes)


def _ask_one(lock: str, *, osv_url: str | None) -> int:
    file = ROOT / "requirements" / f"{lock}.lock"
    if not file.is_file():
        return _say(f"requirements/{lock}.lock does not exist", UNANSWERED)
    service = ["--vulnerability-service", "osv", "--osv-url", osv_url] if osv_url else []
    # Nothing is installed or resolved: the lock names every package and version.
    options = ["--require-hashes", "--disable-pip", "--format", "json", "--progress-spinner", "off", "--timeout", "15"]
    command = [sys.executable, "-m", "pip_audit", "-r", str(file), *options, *service]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    try:
        packages: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        why = (done.stderr.strip().splitlines() or ["no error message"])[-1]
        return _say(f"{lock}: no response, so its packages are not checked: {why}", UNANSWERED)
    # A package that the tool skipped is not in its list of vulnerabilities, but it is not known to be safe.
    unasked = [package for package in packages if "skip_reason" in package]
    found = [(package, fault) for package in packages for fault in package.get("vulns", ())]
    for package, fault in found:
        mended = f"; fixed in {', '.join(fault['fix_versions'])}" if fault["fix_versions"] else ""
        print(f"{lock}: {package['name']} {package['version']}: {fault['id']}{mended}")
    if found:
        return SOME
    if unasked or not packages:
        why = unasked[0]["skip_reason"] if unasked else "the lock is empty"
        return _say(f"{lock}: no result for {len(unasked)} of its {len(packages)} packages: {why}", UNANSWERED)
    return _say(f"{lock}: no known vulnerability in its {len(packages)} packages", 0)


def _say(text: str, code: int) -> int:
    print(f"advisories: {text}", file=sys.stderr)
    return code
