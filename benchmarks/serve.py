"""One strategy on a socket of its own, in a process of its own: one worker, uvloop, httptools, no access log."""

import importlib
import socket
import sys

import uvicorn


def main(strategy: str, source: str) -> None:
    """Prints the port, then serves until it is told to stop; who connects earlier waits."""
    app = importlib.import_module(f"benchmarks.strategies.{strategy}").build(source)
    config = uvicorn.Config(app, loop="uvloop", http="httptools", access_log=False, log_level="warning", lifespan="on")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(listener.getsockname()[1], flush=True)
        uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main(*sys.argv[1:])
