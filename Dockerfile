# Image of the register, without a database: set ROUNDTABLE_DATABASE_URL to a PostgreSQL 16, 17 or 18.
ARG BASE_IMAGE=docker.io/library/python:3.11.15-slim-bookworm
FROM ${BASE_IMAGE} AS build
COPY requirements/server.lock /tmp/server.lock
# Only wheels that the lock pins, so neither stage needs a compiler. pip itself is not in the final image.
RUN python -m venv --without-pip /venv \
    && python -m pip --python /venv/bin/python --no-cache-dir --disable-pip-version-check install \
        --require-hashes --no-deps --only-binary :all: -r /tmp/server.lock
WORKDIR /srv/roundtable
COPY pyproject.toml ./
COPY app/ app/
COPY migrations/ migrations/
COPY data/ data/
# Compiled here, because the running container cannot write. Readable by any user, independent of the clone's umask.
RUN /venv/bin/python -m compileall -q --invalidation-mode unchecked-hash app migrations \
    && chmod -R a+rX .

FROM ${BASE_IMAGE}
ENV PATH=/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
COPY --from=build /venv /venv
COPY --from=build /srv/roundtable /srv/roundtable
WORKDIR /srv/roundtable
# A numeric user, so that an orchestrator can verify that it is not root.
USER 10001:10001
EXPOSE 8000
STOPSIGNAL SIGTERM
# http.client, unlike urllib, ignores proxies in the environment.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "from http.client import HTTPConnection as C; c = C('127.0.0.1', 8000, timeout=3); c.request('GET', '/healthz/live'); raise SystemExit(c.getresponse().status != 200)"]
ENTRYPOINT ["python", "-m", "app.cli"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8000"]
