"""The web application without a browser: what is refused, what is served, to whom."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

import app as program
from ui.server import create_app
from ui.services import Services

HOST = "http://127.0.0.1:7860"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[TestClient, Services]]:
    app, services = create_app(tmp_path_factory.mktemp("home"), 7860)
    with TestClient(app, base_url=HOST) as client:
        yield client, services
    services.close()


@pytest.fixture
def client(page: tuple[TestClient, Services]) -> TestClient:
    """A visitor that has opened the page."""
    browser = page[0]
    browser.cookies.clear()
    assert browser.get("/").status_code == 200
    return browser


def test_the_first_page_brings_the_cookie_the_script_and_the_policy(
    page: tuple[TestClient, Services],
) -> None:
    browser, services = page
    browser.cookies.clear()
    answer = browser.get("/")
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(services.visitors.cookie)
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    head, _, rest = answer.text.partition("<head>")
    assert rest.startswith('<script src="static/page.js">'), "before Gradio's own scripts"
    assert head
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "connect-src 'self'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize("host", ["evil.example", "evil.example:7860", "127.0.0.1:80", ""])
def test_another_host_name_is_refused(client: TestClient, host: str) -> None:
    assert client.get("/", headers={"host": host}).status_code == 421


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost:9999"])
@pytest.mark.parametrize("path", ["/api/token", "/gradio_api/queue/join", "/gradio_api/upload"])
def test_requests_from_other_sites_are_refused(client: TestClient, origin: str, path: str) -> None:
    assert client.post(path, headers={"origin": origin}, json={}).status_code == 403


@pytest.mark.parametrize(
    "path",
    [
        "/monitoring",
        "/monitoring/summary",
        "/gradio_api/runs",
        "/gradio_api/deep_link",
        "/?deep_link=x",
        "/config?deep_link=x",
        "/gradio_api/file=https://evil.example/x",
        "/gradio_api/proxy=https://evil.example/x",
        "/openapi.json",
        "/docs",
    ],
)
def test_what_is_not_ours_is_not_there(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    "path", ["/api/runs", "/api/runs/x/events", "/api/token", "/download/x/model.zip"]
)
def test_own_routes_need_the_cookie(page: tuple[TestClient, Services], path: str) -> None:
    browser = page[0]
    browser.cookies.clear()
    answer = browser.get(path)
    assert answer.status_code == 401
    assert "cookie" in answer.json()["message"]


@pytest.mark.parametrize("run", ["x", "..", "%2e%2e", "..%2f..%2fetc", ".creating"])
def test_a_run_that_is_none_is_not_found(client: TestClient, run: str) -> None:
    assert client.get(f"/api/runs/{run}/events").status_code == 404


def test_the_state_of_a_new_visitor_says_what_is_missing(client: TestClient) -> None:
    state = client.get("/api/runs").json()
    assert state["runs"] == []
    assert [item["step"] for item in state["items"]] == ["checkpoint", "data", "preview", "train"]
    assert state["items"][1]["value"] == "no data yet"
    assert state["items"][1]["state"] == "wait"


def test_the_words_follow_the_chosen_language(client: TestClient) -> None:
    client.cookies.set("fr_language", "ko")
    assert client.get("/static/page.js").text.startswith('window.FR = {"language": "ko"')
    client.cookies.delete("fr_language")


def test_every_listener_is_private(client: TestClient) -> None:
    config = client.get("/config").json()
    assert config["dependencies"]
    assert {d["api_visibility"] for d in config["dependencies"]} == {"private"}
    assert client.get("/gradio_api/info").json()["named_endpoints"] == {}


def test_a_token_that_is_none_is_refused_without_being_repeated(client: TestClient) -> None:
    for body in (
        b"",
        b"[]",
        b'{"token": ""}',
        b'{"token": "two words"}',
        b'{"token": "' + b"x" * 900,
    ):
        answer = client.post("/api/token", content=body)
        assert answer.status_code == 422
        assert answer.json()["message"].startswith("That is no Hub token")
        assert "two words" not in answer.text
    assert client.get("/api/token").json() == {"set": False, "owner": None, "organisations": []}


def test_plotly_comes_from_the_installed_package(client: TestClient) -> None:
    answer = client.get("/static/plotly.min.js")
    assert answer.headers["cache-control"].startswith("public, max-age=")
    assert len(answer.content) > 1_000_000


def test_a_bind_beyond_this_machine_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["--host", "0.0.0.0"]) == 2
    assert "would serve this page to other machines" in capsys.readouterr().err


def test_a_taken_port_is_said_in_one_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    taken = program.bind("127.0.0.1", 0)
    assert taken is not None
    taken.listen()
    port = taken.getsockname()[1]
    assert program.main(["--port", str(port), "--home", str(tmp_path)]) == 2
    assert capsys.readouterr().err == f"Port {port} is taken. Choose another with --port.\n"
    taken.close()
