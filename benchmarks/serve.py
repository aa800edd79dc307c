"""Server of one strategy, on its own socket in its own process: one worker, uvloop, our protocol over httptools.

Writes an access log only if the strategy's name ends in `-logged`; that log is discarded.
"""

import importlib
import logging
import os
import socket
import sys

import uvicorn

from app.http.protocol import BoundedProtocol


def main(strategy: str, source: str) -> None:
    """Prints the port, then serves until it is stopped. Earlier connections wait."""
    name, _, logged = strategy.partition("-")
    app = importlib.import_module(f"benchmarks.strategies.{name}").build(source)
    level = "info" if logged else "warning"
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http=BoundedProtocol,
        access_log=bool(logged),
        log_level=level,
        lifespan="on",
        proxy_headers=False,
    )
    with open(os.devnull, "w", encoding="utf-8") as nowhere:  # noqa: PTH123 - no path of a file
        for logger in ("uvicorn", "uvicorn.access"):
            for handler in logging.getLogger(logger).handlers if logged else ():
                handler.setStream(nowhere)  # type: ignore[attr-defined] # uvicorn's write to streams
        _serve(config)


def _serve(config: uvicorn.Config) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(listener.getsockname()[1], flush=True)
        uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main(*sys.argv[1:])
