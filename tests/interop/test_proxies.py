"""Behind nginx: two of them in a row, one that takes a prefix off, and clients that write the fields themselves."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from asgikit.conformance.server.launch import Running
from asgikit.conformance.server.ports import claimed_port
from asgikit.testing.live import LiveServer
from tests.serving import serving

NGINX = shutil.which("nginx") or "/usr/sbin/nginx"
CLIENT = "127.0.0.9"
FORGED = {
    "x-forwarded-for": "127.0.0.1, 10.6.6.6",
    "x-forwarded-proto": "http",
    "x-forwarded-host": "evil.com",
    "x-forwarded-prefix": "/evil",
    "forwarded": "for=10.6.6.6;host=evil.com;proto=http",
}

# Two servers in one process: the outer one is where clients come, and says that they came over TLS. As nginx can only add to
# what is there, the outer one drops the Forwarded of clients.
CONFIG = """
daemon off; master_process off; pid {directory}/nginx.pid; error_log stderr;
events {{}}
http {{
  access_log off; client_body_temp_path {directory}/a; proxy_temp_path {directory}/b; fastcgi_temp_path {directory}/c;
  uwsgi_temp_path {directory}/d; scgi_temp_path {directory}/e;
  proxy_http_version 1.1; merge_slashes off;
  map $http_upgrade $upgraded {{ default upgrade; '' close; }}
  server {{
    listen 127.0.0.1:{port};
    location /api/ {{
      proxy_pass http://127.0.0.1:{inner}/;
      proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $upgraded; proxy_set_header Host inner;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; proxy_set_header X-Forwarded-Proto https;
      proxy_set_header X-Forwarded-Host $http_host; proxy_set_header X-Forwarded-Prefix /api;
      proxy_set_header Forwarded 'for=$remote_addr;host="$http_host";proto=https';
    }}
  }}
  server {{
    listen 127.0.0.1:{inner};
    location / {{
      proxy_pass http://127.0.0.1:{app};
      proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $upgraded; proxy_set_header Host backend;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header Forwarded '$http_forwarded, for="$remote_addr:$remote_port";host=inner;proto=http';
    }}
  }}
}}
"""


@contextmanager
def nginx_before(app: LiveServer, directory: Path) -> Iterator[LiveServer]:
    with claimed_port() as port, claimed_port() as inner:
        config = directory / "nginx.conf"
        config.write_text(CONFIG.format(directory=directory, port=port, inner=inner, app=app.port))
        command = [NGINX, "-e", "stderr", "-p", str(directory), "-c", str(config)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)
        proxy = Running(process, port, directory)
        try:
            assert proxy.listens(), proxy.output()
            yield LiveServer("nginx", port)
        finally:
            proxy.stop()


@pytest.fixture(scope="module", params=["uvicorn-plain", "hypercorn-trio", "granian"])
def server(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture(scope="module", params=["older", "standard"])
def sites(
    request: pytest.FixtureRequest, server: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[LiveServer, LiveServer]]:
    """The proxy, and the application behind it."""
    if not Path(NGINX).exists():
        pytest.skip("nginx is not installed")
    with (
        serving(server, f"tests.interop.proxied_app:{request.param}") as app,
        nginx_before(app, tmp_path_factory.mktemp("nginx")) as proxy,
    ):
        yield proxy, LiveServer(request.param, app.port)


def client(of: LiveServer) -> httpx.Client:
    transport = httpx.HTTPTransport(local_address=CLIENT)
    return httpx.Client(base_url=of.url, timeout=60, trust_env=False, transport=transport)


def test_the_client_and_the_url_are_those_of_the_client(sites: tuple[LiveServer, LiveServer]) -> None:
    """Though it writes all of these fields itself; what is mounted sees the same."""
    proxy, app = sites
    # Forwarded says nothing of a prefix.
    base = f"https://127.0.0.1:{proxy.port}{'/api' if app.name == 'older' else ''}"
    with client(proxy) as asking:
        for headers in ({}, FORGED):
            seen = asking.get("/api/users", headers=headers).json()
            assert seen == {"client": CLIENT, "url": f"{base}/users", "path": "/users"}
            assert asking.get("/api/app/seen", headers=headers).json() == {"client": CLIENT, "url": f"{base}/app/seen"}


def test_whoever_goes_around_the_proxy_is_nobody_else(sites: tuple[LiveServer, LiveServer]) -> None:
    """The fields of an untrusted peer are not looked at."""
    _, app = sites
    with client(app) as asking:
        assert asking.get("/users", headers=FORGED).json()["client"] == CLIENT
        assert asking.get("/users", headers=FORGED).json()["url"] == f"http://127.0.0.1:{app.port}/users"
        assert asking.get("/users", headers=FORGED | {"host": "evil.com"}).status_code == 421


def test_a_redirect_keeps_the_prefix_that_the_proxy_takes_off(sites: tuple[LiveServer, LiveServer]) -> None:
    """And leads to the place itself."""
    proxy, _ = sites
    with client(proxy) as asking:
        answer = asking.get("/api//users?a=b")
        assert answer.status_code == 308
        where = answer.headers["location"]
        assert asking.get(httpx.URL(f"{proxy.url}/api/x/users").join(where).path).json()["path"] == "/users"


def test_the_site_s_own_pages_open_sockets(sites: tuple[LiveServer, LiveServer]) -> None:
    """Over the scheme and the host that the browser sees, and no other."""
    proxy, app = sites
    url = f"ws://127.0.0.1:{proxy.port}/api/echo"
    base = f"wss://127.0.0.1:{proxy.port}{'/api' if app.name == 'older' else ''}"
    own, others = f"https://127.0.0.1:{proxy.port}", (f"http://127.0.0.1:{proxy.port}", "https://evil.com", "https://backend")
    with connect(url, origin=own, additional_headers=FORGED, proxy=None, source_address=(CLIENT, 0)) as ws:  # type: ignore[arg-type]
        assert ws.recv(timeout=60) == f"{CLIENT} {base}/echo"
    for origin in others:
        with pytest.raises(InvalidStatus) as denied, connect(url, origin=origin, proxy=None):  # type: ignore[arg-type]
            pass
        assert denied.value.response.status_code == 403
