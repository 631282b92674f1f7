"""The fault proxy, before a plain server that notes what reached it."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic
from urllib.parse import urlsplit

import pytest

from sync_service.conformance.proxy import Answer, Fault, FaultProxy, Request

TEXT = b'{"said": "hello"}'


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.seen: list[tuple[str, str, bytes, dict[str, str]]] = []


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _take(self) -> None:
        said = self.rfile.read(int(self.headers.get("content-length") or 0))
        assert isinstance(self.server, _Server)
        named = {name.lower(): value for name, value in self.headers.items()}
        self.server.seen.append((self.command, self.path, said, named))
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("X-Twice", "one")
        self.send_header("X-Twice", "two")
        self.send_header("Content-Length", str(len(TEXT)))
        self.end_headers()
        self.wfile.write(TEXT)

    do_GET = do_POST = do_PUT = _take  # noqa: N815 - the library's own names

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[_Server]:
    """A server that notes what reached it."""
    made = _Server()
    thread = threading.Thread(target=made.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield made
    made.shutdown()
    made.server_close()


@pytest.fixture
def proxy(server: _Server) -> Iterator[FaultProxy]:
    """A proxy before that server."""
    with FaultProxy(f"http://127.0.0.1:{server.server_address[1]}/below") as made:
        yield made


@contextmanager
def connected(proxy: FaultProxy) -> Iterator[http.client.HTTPConnection]:
    """Connect to the proxy."""
    parts = urlsplit(proxy.url)
    assert parts.hostname
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=5)
    try:
        yield connection
    finally:
        connection.close()


def asked(
    proxy: FaultProxy, method: str = "POST", path: str = "/below/tickets?a=1", body: bytes = b"{}"
) -> tuple[int, bytes, http.client.HTTPMessage]:
    """Send one request and give status, body and headers of its answer."""
    with connected(proxy) as connection:
        connection.request(method, path, body, {"Authorization": "Bearer x"})
        answer = connection.getresponse()
        return answer.status, answer.read(), answer.headers


def test_what_no_fault_strikes_passes_through(proxy: FaultProxy, server: _Server):
    """Method, path with query, headers and body arrive, and repeated headers come back."""
    status, said, headers = asked(proxy)

    assert (200, TEXT) == (status, said)
    assert ["one", "two"] == headers.get_all("x-twice")
    method, path, body, named = server.seen[0]
    assert ("POST", "/below/tickets?a=1", b"{}") == (method, path, body)
    assert "Bearer x" == named["authorization"]
    assert f"127.0.0.1:{server.server_address[1]}" == named["host"]
    assert proxy.url.endswith("/below")


def test_one_connection_carries_many_calls(proxy: FaultProxy, server: _Server):
    """Clients keep connections; the proxy must not be what makes them drop one."""
    with connected(proxy) as connection:
        for _ in range(3):
            connection.request("GET", "/x")
            assert TEXT == connection.getresponse().read()
            held = connection.sock
        assert held is connection.sock
    assert 3 == len(proxy.calls()) == len(server.seen)


@pytest.mark.parametrize(
    ("kind", "handled"), [("hang_up_before", 0), ("hang_up_after", 1), ("truncate", 1)]
)
def test_a_cut_connection_hides_whether_it_was_handled(
    proxy: FaultProxy, server: _Server, kind: str, handled: int
):
    """R18: the caller sees the same, and the proxy knows better."""
    proxy.strike(Fault(kind))

    with pytest.raises((http.client.HTTPException, ConnectionError)):
        asked(proxy)

    assert handled == len(server.seen)
    assert [bool(handled)] == [call.handled for call in proxy.calls()]
    assert 200 == asked(proxy)[0]


@pytest.mark.parametrize(
    ("fault", "status", "handled"),
    [
        (Fault("status", status=503), 503, 0),
        (Fault("error_after"), 500, 1),
        (Fault("not_json"), 502, 0),
        (Fault("not_json_after"), 200, 1),
    ],
)
def test_an_answer_is_made_up_before_or_after_handling(
    proxy: FaultProxy, server: _Server, fault: Fault, status: int, handled: int
):
    """A 500 says nothing of whether the write landed (R18)."""
    proxy.strike(fault)

    told, said, headers = asked(proxy)

    assert (status, handled) == (told, len(server.seen))
    assert (b"<html" in said) is ("html" in headers["content-type"])


def test_a_pause_is_asked_for_in_the_header_or_the_body(proxy: FaultProxy):
    """429 with its seconds where the vendor puts them."""
    for where in ("header", "body"):
        proxy.strike(Fault("status", status=429, retry_after=30, retry_after_in=where))

    _, _, headers = asked(proxy)
    _, said, bare = asked(proxy)

    assert "30" == headers["retry-after"]
    assert b'"RetryAfter": 30' in said
    assert bare["retry-after"] is None


def test_a_fault_strikes_whom_and_when_it_was_told(proxy: FaultProxy, server: _Server):
    """By method, path and condition; after some calls, so many times."""
    proxy.strike(
        Fault("status", "post", "*/tickets", lambda _method, path: "below" in path, 2, after=1)
    )

    others = [asked(proxy, "GET")[0], asked(proxy, path="/below/users")[0], asked(proxy)[0]]
    struck = [asked(proxy)[0] for _ in range(3)]

    assert ([200, 200, 200], [503, 503, 200]) == (others, struck)
    proxy.strike(Fault("status", times=None))
    assert [503, 503] == [asked(proxy)[0] for _ in range(2)]
    proxy.clear()
    assert 200 == asked(proxy)[0]


def test_somebody_acts_between_request_and_answer(proxy: FaultProxy, server: _Server):
    """A person's edit falls before or after the server's work, as the test needs it."""
    seen: list[int] = []
    proxy.strike(
        Fault("act", act=lambda: seen.append(len(server.seen))),
        Fault("act_after", act=lambda: seen.append(len(server.seen))),
    )

    assert 200 == asked(proxy)[0]
    assert [0, 1] == seen


def test_requests_and_answers_can_be_edited(proxy: FaultProxy, server: _Server):
    """A server that ignores a filter is one that never saw it."""

    def bare(request: Request) -> Request:
        return Request(request.method, request.path, request.headers, b"")

    def emptied(request: Request, answer: Answer) -> Answer:
        return Answer(answer.status, answer.headers, b"[]")

    proxy.strike(Fault("edit", request=bare, answer=emptied))

    assert b"[]" == asked(proxy)[1]
    assert ("/below/tickets", b"") == server.seen[0][1:3]


def test_an_answer_without_end_goes_on_until_the_caller_leaves(proxy: FaultProxy):
    """A client must stop by itself; the proxy tells how much it took."""
    proxy.strike(Fault("huge"))
    with connected(proxy) as connection:
        connection.request("GET", "/x")
        assert b'{"Items": "xxx' == connection.getresponse().read(14)

    before = monotonic()
    while proxy.calls()[0].sent == 0 and monotonic() < before + 5:
        pass
    assert 0 < proxy.calls()[0].sent < 1 << 28


def test_an_outage_refuses_connections_and_ends_on_the_same_port(proxy: FaultProxy):
    """The address stays, as it does for a vendor."""
    url = proxy.url
    proxy.refuse()
    with pytest.raises(ConnectionRefusedError):
        asked(proxy)

    proxy.accept()

    assert (url, 200) == (proxy.url, asked(proxy)[0])


def test_a_dead_server_is_a_bad_gateway(server: _Server):
    """The proxy itself never hangs on a server that is not there."""
    with FaultProxy("http://127.0.0.1:9") as proxy:
        assert 502 == asked(proxy)[0]


@pytest.mark.parametrize(
    ("made", "told"),
    [
        (lambda: Fault("explode"), "there are: delay"),
        (lambda: Fault("status", retry_after_in="post"), "header or body"),
        (lambda: FaultProxy("example.org"), "not an address"),
    ],
)
def test_a_wrong_order_names_what_would_be_right(made, told: str):
    """A fault that is misspelt must not pass for one that did no harm."""
    with pytest.raises(ValueError, match=told):
        made()
