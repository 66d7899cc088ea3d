"""What holds for every page: who may come in, which forms count, what the browser is told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from presage.console.pages import PAGES
from presage.console.sessions import Sessions

from ..wire.asgi import call
from ..wire.generate import Raw
from .visitor import Visitor

PATHS = [page.path.replace("{service}/{kind}", "personalize/Solution") for page in PAGES if page.title]


@pytest.mark.parametrize("path", PATHS)
def test_every_page_of_the_navigation_answers_on_an_empty_server(visitor, path):
    answer = visitor.get(f"/console{path}")
    assert answer.status == 200, answer.body
    assert b"<h1>" in answer.body
    assert b'aria-current="page"' in answer.body


@pytest.mark.parametrize("path", ["", "/kinds/personalize/Solution", "/nowhere", "/static/0/console.js"])
def test_the_browser_runs_nothing_but_our_files(visitor, path):
    headers = visitor.get(f"/console{path}").headers
    policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert headers["x-content-type-options"] == "nosniff"


def test_no_page_is_kept_but_files_are(visitor):
    assert visitor.get("/console").headers["cache-control"] == "no-store"
    assert "immutable" in visitor.get("/console/static/0/console.css").headers["cache-control"]
    assert visitor.get("/console/static/0/../app.py").status == 404
    assert visitor.get("/console/static/0/..%2fapp.py").status == 404


def test_an_unknown_page_is_an_error_in_the_same_dress(visitor):
    answer = visitor.get("/console/nowhere")
    assert answer.status == 404
    assert b"<nav" in answer.body
    assert visitor.get("/console/resources/arn:aws:personalize:us-east-1:000000000000:x/y").status == 404
    part = visitor.get("/console/resources/arn:x", **{"hx-request": "true"})
    assert part.status == 404
    assert part.body.startswith(b'<p class="error"')


def test_a_hostile_path_is_shown_as_text(visitor):
    answer = visitor.get("/console/resources/%3Cscript%3Ealert(1)%3C/script%3E")
    assert answer.status == 404
    assert b"<script>alert" not in answer.body


def test_another_name_than_ours_is_not_answered_without_keys(open_console):
    answer = call(open_console.asgi, Raw("GET", "/console", {"host": "evil.example"}, b""))
    assert answer.status == 403


def test_the_cookie_is_for_this_site_and_no_script(visitor):
    cookie = visitor.get("/console").headers["set-cookie"].lower()
    assert all(part in cookie for part in ("httponly", "samesite=strict", "path=/console"))
    assert "set-cookie" not in visitor.get("/console").headers


def test_who_has_no_key_is_asked_for_one(stranger):
    answer = stranger.get("/console/kinds/personalize/Solution?before=3")
    assert answer.status == 303
    assert answer.headers["location"] == (
        "/console/login?next=/console/kinds/personalize/Solution%3Fbefore%3D3"
    )
    assert b"/console/kinds" not in stranger.get("/console/login").body
    part = stranger.get("/console/overview/now", **{"hx-request": "true"})
    assert part.headers["hx-redirect"].startswith("/console/login")


def test_a_login_needs_id_and_secret(stranger, secured_console):
    master = secured_console.keys.master
    stranger.get("/console/login")
    for id_, secret in ((master.access_key_id, "x"), ("x", master.secret), ("", ""), ("ü", "ü")):
        answer = stranger.post("/console/login", id=id_, secret=secret)
        assert answer.status == 403
        assert master.secret.encode() not in answer.body
    assert stranger.get("/console").status == 303


def test_after_login_the_page_that_was_asked_for_comes(stranger, secured_console):
    master = secured_console.keys.master
    stranger.get("/console/login")
    before = stranger.cookie
    login = {"id": master.access_key_id, "secret": master.secret}
    assert stranger.post("/console/login", next="/console/nowhere?a=1", **login).headers["location"] == (
        "/console/nowhere?a=1"
    )
    assert stranger.cookie != before
    page = stranger.get("/console")
    assert master.access_key_id.encode() in page.body
    assert master.secret.encode() not in page.body


@pytest.mark.parametrize(
    "path", ["https://evil.example", "//evil.example", "/consolex", "/console/\\evil", "/"]
)
def test_a_login_leads_nowhere_else(stranger, secured_console, path):
    master = secured_console.keys.master
    stranger.get("/console/login")
    answer = stranger.post("/console/login", next=path, id=master.access_key_id, secret=master.secret)
    assert answer.headers["location"] == "/console"


def test_a_key_sees_what_it_allows(secured_console):
    reader = Visitor(secured_console.app.asgi).log_in(secured_console.keys.reader)
    assert reader.get("/console/kinds/personalize/Solution").status == 200
    assert reader.get("/console/kinds/forecast/Predictor").status == 403


def test_logging_out_ends_the_session_in_the_browser(secured_console):
    visitor = Visitor(secured_console.app.asgi).log_in(secured_console.keys.master)
    assert visitor.post("/console/logout").status == 303
    assert visitor.get("/console").status == 303


def test_a_form_without_the_session_s_token_changes_nothing(secured_console):
    visitor = Visitor(secured_console.app.asgi).log_in(secured_console.keys.master)
    other = Visitor(secured_console.app.asgi).log_in(secured_console.keys.master)
    for token in ("", "x", other.token):
        assert visitor.post("/console/logout", token=token).status == 403
    assert visitor.get("/console").status == 200


def test_a_form_that_is_too_large_or_no_form_is_refused(visitor):
    visitor.get("/console/login")
    assert visitor.post("/console/logout", more="x" * 2_000_000).status == 413
    broken = {
        "host": "localhost",
        "content-type": "multipart/form-data; boundary=x",
        "cookie": visitor.cookie,
    }
    assert call(visitor.app, Raw("POST", "/console/logout", broken, b"--y")).status in (400, 403)
    assert visitor.get("/console/logout").status == 405


SESSIONS = Sessions(b"s" * 32, lambda: 1000.0)


@given(st.text(max_size=80))
def test_no_cookie_but_ours_is_a_session(text):
    assert SESSIONS.read(text) is None


@given(st.integers(0, 200), st.characters(codec="ascii"))
def test_a_changed_cookie_is_no_session(place, sign):
    cookie = SESSIONS.cookie(SESSIONS.new("AKIA"))
    changed = cookie[:place] + sign + cookie[place + 1 :]
    assert changed == cookie or SESSIONS.read(changed) is None


def test_a_session_ends():
    now = [1000.0]
    sessions = Sessions(b"s" * 32, lambda: now[0])
    session = sessions.new("AKIA")
    assert sessions.read(sessions.cookie(session)) == session
    now[0] += 12 * 3600
    assert sessions.read(sessions.cookie(session)) is None
    assert Sessions(b"t" * 32, lambda: 1000.0).read(sessions.cookie(session)) is None


def test_a_browser_that_opens_the_bare_address_is_led_to_the_console(visitor):
    answer = visitor.get("/", accept="text/html,*/*;q=0.8")
    assert (answer.status, answer.headers["location"]) == (303, "/console")
    assert b"ListAllMyBucketsResult" in visitor.get("/").body


NONSENSE = (
    "/start/ffffffffffffffff",
    "/start/..%2f..%2fetc",
    "/start/making/nobody",
    "/start/making/..%2f..",
    "/kinds/personalize/Solution?before=99999999999999999999999",
    "/kinds/personalize/Solution?before=-1",
    "/kinds/x/y",
    "/models?group=x&metric=x",
    "/filters?group=x&expression=x&value-%00=%00",
    "/try?campaign=x&user=%00%ff&item=%F0%9F%92%A9&filter=x",
    "/try/why?campaign=x&user=u&item=i",
    "/data/arn:x/quality",
    "/data/%00",
    "/resources/%00%ff",
    "/events?dataset=x",
    "/forecasts?forecast=x",
    "/offers/x",
    "/offers/x/report",
    "/experiments/..%2f",
    "/experiments/x/results",
    "/pipelines/x",
    "/runs/x",
    "/runs/x.y/now",
    "/prices?month=x",
    "/act/delete/arn:x",
    "/act/stop/arn:x",
    "/now/%00",
    "/deliveries?user=%00%ff&delivery=x",
    "/prices?month=9999-99",
    f"/{'x' * 5000}",
)


@pytest.mark.parametrize("path", NONSENSE)
def test_nonsense_is_told_without_a_failure_of_ours(visitor, path):
    answer = visitor.get(f"/console{path}")
    assert answer.status < 500, answer.body
    assert b"Traceback" not in answer.body


@pytest.mark.parametrize(
    "path",
    ["/start/upload", "/start/ffffffffffffffff", "/start/ffffffffffffffff/check", "/start/making/x/next",
     "/filters", "/filters/check", "/pipelines/x/start", "/runs/x.y/resume", "/runs/x/cancel", "/keys/x/revoke",
     "/act/delete/%00", "/act/x/arn:x", "/alarms/%00/switch", "/alarms/x/forget"],
)  # fmt: skip
def test_a_form_full_of_nonsense_is_told_too(visitor, path):
    visitor.get("/console/start")
    answer = visitor.post(
        f"/console{path}", name="\0", group="x", expression="(", recipe="x", form="x", allow="("
    )
    assert answer.status < 500, answer.body
