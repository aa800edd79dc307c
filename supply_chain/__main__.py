"""Commands `python3 run.py sbom` and `python3 run.py audit-deps`."""

import argparse
import sys

from supply_chain import advisories, sbom


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="run.py", description="What the service is made of.")
    commands = parser.add_subparsers(dest="command", required=True)
    bill = commands.add_parser("sbom", help=sbom.__doc__, description=sbom.__doc__)
    bill.add_argument("--lock", default="server", help="which lock: server, by default")
    audit = commands.add_parser("audit-deps", help=advisories.__doc__, description=advisories.__doc__)
    audit.add_argument("--lock", action="append", help="which lock, several times; server and local by default")
    audit.add_argument("--osv-url", help="ask another service that speaks the form of OSV, by its full address")
    asked = parser.parse_args(words)
    if asked.command == "sbom":
        return sbom.write(asked.lock)
    return advisories.ask(asked.lock or ["server", "local"], osv_url=asked.osv_url)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
