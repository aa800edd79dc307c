"""Server behaviour for anything but plain HTTP/1.1."""

import httpx
import pytest


def test_an_offer_of_another_protocol_is_answered_in_this_one(
    client: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    """Java's client offers HTTP/2 with its first request. A log line for each offer would bury all others."""
    offered = {"Connection": "Upgrade, HTTP2-Settings", "Upgrade": "h2c", "HTTP2-Settings": "AAEAAEAAAAIAAAAB"}
    answer = client.get("/v1/targets", headers=offered)
    assert (answer.status_code, answer.http_version) == (200, "HTTP/1.1")
    assert not caplog.records
