"""Malformed requests that no route may see, over raw sockets: control characters in a path, invalid or double hosts."""

import re
import socket

import httpx
import pytest
from fastapi import FastAPI

from app.http.forwarding_headers import host_name, is_forwarding
from tests.conftest import IN_PATHS

SIGNS = ("%0a", "%0A", "%00", "%0d", "%09", "%1b", "%7f", "%7F", "%c2%85", "%C2%9f", "%e2%80%a8")
NEVER = ("127.0.0.1.evil.example", "localhost.evil.example", "evil.example:80", "localhost@evil.example", "[::2]", "")


def status_of(http: httpx.Client, *lines: str) -> int:
    """Sends raw request lines. Returns the status of the response."""
    with socket.create_connection((http.base_url.host, http.base_url.port or 80), timeout=60) as connection:
        connection.sendall(("\r\n".join([*lines, "Connection: close"]) + "\r\n\r\n").encode("latin-1"))
        return int(connection.recv(100).split()[1])


@pytest.mark.parametrize("sign", SIGNS)
def test_a_control_character_in_a_path_is_refused_by_every_route(client: httpx.Client, app: FastAPI, sign: str) -> None:
    for path, methods in app.openapi()["paths"].items():
        for method in methods:
            answer = client.request(method, f"{path.format(**IN_PATHS)}{sign}")
            assert (answer.status_code, answer.json()["code"]) == (400, "bad-request"), (method, path)
    for path in ("/", "/docs", "/metrics", "/openapi.json", "/healthz/live", "/nothing", f"/v1/{sign}/panels"):
        assert client.get(f"{path}{sign}").status_code == 400, path


def test_exactly_one_valid_host_is_accepted(client: httpx.Client) -> None:
    ask = "GET /healthz/live HTTP/1.1"
    for host in ("localhost", "LOCALHOST:80", "127.0.0.1:8000", "[::1]:80", "register.example", "a_b.example:", ""):
        assert status_of(client, ask, f"Host: {host}") == 200, host
    for host in ("a b", "a,b", "a/b", "user@host", "a:b", "[::1", "[::1]x", "<x>", "h\xe4st", "a:80:80", "a\x7f"):
        assert status_of(client, ask, f"Host: {host}") == 400, host
    for second in ("localhost", "evil.example", ""):
        assert status_of(client, ask, "Host: localhost", f"host: {second}") == 400, second
    assert status_of(client, ask) == 400
    assert status_of(client, "GET /healthz/live HTTP/1.0") == 200


def test_the_authority_of_the_target_takes_precedence_over_host(base_url: str) -> None:
    """A request for `http://name/path` names its host there: RFC 9112 3.2.2 has a server ignore Host."""
    with httpx.Client(base_url=base_url, timeout=60) as http:
        for authority in ("localhost", "LOCALHOST:80", "127.0.0.1:8000", "[::1]"):
            for scheme in ("http", "HTTPS"):
                target = f"{scheme}://{authority}/v1/panels"
                assert status_of(http, f"GET {target} HTTP/1.1", "Host: evil.example") == 200, target
        for authority in (*NEVER[:3], "evil.example", "[::2]", "localhost.evil.example:80"):
            target = f"http://{authority}/v1/panels"
            for version in ("1.0", "1.1"):
                for host in (["Host: localhost"], ["Host: 127.0.0.1"]):
                    assert status_of(http, f"GET {target} HTTP/{version}", *host) == 401, target
            assert status_of(http, f"GET {target} HTTP/1.0") == 401, target
        for authority in ("localhost@evil.example", "evil.example@localhost", "a,localhost"):
            assert status_of(http, f"GET http://{authority}/v1/panels HTTP/1.1", "Host: localhost") == 400, authority
        assert status_of(http, "GET http://localhost/v1/panels HTTP/1.1", "Host: localhost", "Host: localhost") == 400
        assert status_of(http, "GET http://localhost/v1/panels HTTP/1.1") == 400


@pytest.mark.parametrize(
    "coding", ["gzip, chunked", "GZIP,chunked", "deflate, chunked", "chunked, chunked", "x, chunked"]
)
def test_a_transfer_coding_that_nobody_takes_off_is_refused(client: httpx.Client, coding: str) -> None:
    lines = ("POST /v1/actions HTTP/1.1", "Host: localhost", "Content-Type: application/json")
    assert status_of(client, *lines, f"Transfer-Encoding: {coding}") == 400
    assert status_of(client, *lines, *(f"Transfer-Encoding: {one}" for one in coding.split(","))) == 400
    assert status_of(client, *lines, "Transfer-Encoding: Chunked") == 401


def test_without_credentials_one_reads_by_the_names_of_this_machine(base_url: str) -> None:
    with httpx.Client(base_url=base_url, timeout=60) as http:
        for host in ("localhost", "LocalHost:80", "127.0.0.1", "127.0.0.1:8000", "[::1]", "[::1]:9"):
            for _ in range(2):
                assert http.get("/v1/panels", headers={"Host": host}).status_code == 200, host
        for host in NEVER:
            for path in ("/v1/panels", "/v1/panels?limit=3"):
                assert http.get(path, headers={"Host": host}).status_code == (400 if "@" in host else 401), host
            assert http.get("/healthz/live", headers={"Host": host}).status_code in {200, 400}, host


def test_a_port_has_digits_of_ascii() -> None:
    assert [host_name(host) for host in ("A.b:80", "a.b:", "[::1]:8", "a.b:\u0668\u00b2")] == [
        "a.b",
        "a.b",
        "[::1]",
        "a.b:\u0668\u00b2",
    ]


FORWARDING = re.findall(
    r"\S+",
    """
    Forwarded Via X-Forwarded-For X-Forwarded-Host X-Forwarded-Server X-Forwarded X-Real-IP X-Client-IP Client-IP
    True-Client-IP CF-Connecting-IP CF-Ray CDN-Loop Fly-Client-IP X-Azure-ClientIP X-Azure-FDID X-Appengine-User-IP
    X-Scheme X-Varnish X-Envoy-External-Address X-Envoy-Internal X-Amzn-Trace-Id X-Amz-Cf-Id X-Cluster-Client-IP
    X-Original-For X-Original-URL X-ProxyUser-IP Fastly-Client-IP Front-End-Https Proxy-Client-IP WL-Proxy-Client-IP
    Do-Connecting-IP Incap-Client-IP X-Sucuri-ClientIP X-Vercel-Ip-Country X-ARR-SSL X-Nginx-Proxy Surrogate-Capability
    X-Host X-Remote-Addr X-Akamai-Edgescape Ngrok-Trace-Id X-Original-Forwarded-For X-Cloud-Trace-Context
    X_Forwarded_For CloudFront-Forwarded-Proto CloudFront-Viewer-Country X-Originating-IP X-User-Ip X-WAWS-Unencoded-URL
    Disguised-Host X-MS-Edge-Ref X-Imforwards X-SSL X-SSL-Client-Verify X-Cache X-Cache-Hits X-Client-Cert
    X-Forwarded-Client-Cert X-Peer-Ips HTTP_X_REAL_IP X-Remote-User Remote-User Remote-Groups X-Auth-Request-User
    X-WEBAUTH-USER X-Goog-IAP-JWT-Assertion X-Goog-Authenticated-User-Email X-Pomerium-Jwt-Assertion
    Teleport-Jwt-Assertion X-Authentik-Username X-Served-By X-Proxied-By Early-Data X-Kong-Request-Id Client-Cert
    OIDC_CLAIM_sub SM_USER iv-user Cf-Access-Jwt-Assertion Tailscale-User-Login X-A-Product-Of-Tomorrow
    CAS-User SMUSER MellonNameID SSLClientCert HTTP_USER eppn persistent-id memberOf User Groups UserId Identity Principal
    Krb-Principal Ntlm-User Logonuser Id-Token Access-Token Okta-User EagleEye-TraceId Eagleeye-RpcId Ali-Swift-Id Subject-Dn Zscaler-User Sec-User X-B3-User
""",
)
USUAL = re.findall(
    r"\S+",
    """
    Host Accept Accept-Encoding Accept-Language User-Agent Connection Authorization Content-Type Content-Length
    If-Match If-None-Match Idempotency-Key Origin Referer Cookie Cache-Control Pragma Priority DNT Range Expect TE
    traceparent tracestate baggage X-Request-Id X-Requested-With Sec-Fetch-Site Sec-CH-UA Upgrade-Insecure-Requests
    Access-Control-Request-Method X-B3-TraceId Sec-GPC Save-Data Alt-Used Postman-Token Sentry-Trace Last-Event-ID
    X-Prometheus-Scrape-Timeout-Seconds X-CSRF-Token Uber-Trace-Id Keep-Alive From
""",
)


def test_forwarding_headers_of_common_proxies_are_recognized(base_url: str) -> None:
    with httpx.Client(base_url=base_url, timeout=60) as http:
        for name in FORWARDING:
            assert http.get("/v1/panels", headers={name: "x"}).status_code == 401, name
    assert not [name for name in FORWARDING if not is_forwarding(name.lower().encode())]
    assert not [name for name in USUAL if is_forwarding(name.lower().encode())]
