"""Commands `python3 run.py sbom` and `python3 run.py audit-deps`."""

import argparse
import sys

from supply_chain import advisories, sbom


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="run.py", description="Software bill of materials, and audit of the pinned packages."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    bill = commands.add_parser("sbom", help=sbom.__doc__, description=sbom.__doc__)
    bill.add_argument("--lock", default="server", help="name of the lock; default: server")
    audit = commands.add_parser("audit-deps", help=advisories.__doc__, description=advisories.__doc__)
    audit.add_argument("--lock", action="append", help="name of a lock; repeatable; default: server and local")
    audit.add_argument("--osv-url", help="URL of another service with the OSV API")
    asked = parser.parse_args(words)
    if asked.command == "sbom":
        return sbom.write(asked.lock)
    return advisories.ask(asked.lock or ["server", "local"], osv_url=asked.osv_url)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
