"""Server of one strategy, on its own socket in its own process: one worker, uvloop, our protocol over httptools."""

import importlib
import socket
import sys

import uvicorn

from app.http.protocol import BoundedProtocol


def main(strategy: str, source: str) -> None:
    """Prints the port, then serves until it is stopped. Earlier connections wait."""
    app = importlib.import_module(f"benchmarks.strategies.{strategy}").build(source)
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http=BoundedProtocol,
        access_log=False,
        log_level="warning",
        lifespan="on",
        proxy_headers=False,
    )
    _serve(config)


def _serve(config: uvicorn.Config) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(listener.getsockname()[1], flush=True)
        uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main(*sys.argv[1:])
