"""The command that checks an application."""

import json
import subprocess
import sys

import pytest

from asgikit.conformance import checking
from asgikit.conformance.arguments import UsageError
from asgikit.conformance.checking import check, place_of, places_of, sent_before_leaving, source_of, with_reproducers
from asgikit.conformance.explore import ExploreSettings
from asgikit.conformance.replay import to_json, to_word
from asgikit.conformance.report.delivery import DeliveryError
from asgikit.conformance.report.model import Finding
from asgikit.conformance.reproduce import reproducer
from asgikit.conformance.scenario import Deliver, Leave, Scenario
from asgikit.conformance.settings import Settings, SettingsError
from asgikit.conformance.targets import Target, TargetError
from asgikit.conformance.transcript import Step
from tests.conformance.report.samples import BROKEN, CLEAN, SCENARIO, START, case, finding, replace_cases, violation
from tests.conformance.test_arguments import parser

BROKEN_WITHOUT_PROGRAM = replace_cases(BROKEN, case(finding(scenario=SCENARIO), finding()))
MARK = "HTTP-SCOPE-025"

GOOD = """
async def app(scope, receive, send):
    if scope["type"] != "http":
        raise ValueError("http only")
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body"})
"""
BAD = GOOD.replace('"headers": []', '"headers": [(b"X-Upper", b"1")]')


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A working directory with an application of each kind."""
    for name, source in (("good_app", GOOD), ("bad_app", BAD), ("no_app", "app = 3")):
        (tmp_path / f"{name}.py").write_text(source)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*words):
    return check(parser().parse_args(["check", *words]))


@pytest.fixture
def explored(monkeypatch, project):
    """What was explored; the report is a broken one."""
    calls = []

    def explore_target(target, places, *, settings, progress):
        calls.append((target, [place.where for place in places], settings))
        progress(1, 2, "GET /")
        return BROKEN if len(calls) == 1 else CLEAN

    monkeypatch.setattr(checking, "explore_target", explore_target)
    return calls


@pytest.mark.parametrize(("app", "code"), [("good_app:app", 0), ("bad_app:app", 1)])
def test_an_application_is_checked(app, code, project, capsys):
    """From its name to the exit code, in processes of its own."""
    assert run(app, "--path", "/", "--examples", "0", "--select", "HTTP-RESP-*") == code
    out, err = capsys.readouterr()
    assert out.splitlines()[-2].startswith(app)
    assert ("HTTP-RESP-005  must, blame: app  GET /\n" in out) is bool(code)
    assert err == ""


def test_everything_reaches_the_exploration(explored):
    """And the places are those that were named, and the lifespan."""
    words = "x:make --factory --app-dir src --path /a --path POST\u00a0/b --ws /c --examples 5 --seconds 1.5 --seed 9 --workers 2"
    rules = ["--select", "HTTP-*", "--ignore", "HTTP-RESP-013"]
    assert run(*(word.replace("\u00a0", " ") for word in words.split(" ")), *rules) == 3
    assert explored == [
        (
            Target(name="x:make", factory=True, app_dir="src"),
            ["GET /a", "POST /b", "WS /c", "lifespan"],
            ExploreSettings(examples=5, seconds=1.5, seed=9, select=("HTTP-*",), ignore=("HTTP-RESP-013",), workers=2),
        )
    ]


@pytest.mark.parametrize(
    ("words", "examples", "limit"), [("", 200, 45.0), ("--examples 200", 200, None), ("--seconds 9", 200, None)]
)
def test_a_run_that_is_not_told_how_long_ends_soon(words, examples, limit, explored):
    """A first report is there within a minute, however many routes; one that is told does all it is told."""
    run("x:app", *words.split())
    settings = explored[0][2]
    assert (settings.examples, settings.limit) == (examples, limit)
    assert 1 <= settings.workers <= 4


def test_a_project_may_say_all_of_it(explored, project):
    """In its pyproject.toml; what is not said is found out."""
    (project / "pyproject.toml").write_text(
        '[tool.asgikit.check]\napp = "good_app:app"\nformats = ["json:r.json"]\nlevel = "must"'
    )
    assert run() == 3
    assert explored[0][:2] == (Target(name="good_app:app", app_dir=str(project)), [])
    assert json.loads((project / "r.json").read_text())["level"] == "must"


def test_an_application_has_to_be_named(project):
    """Somewhere."""
    with pytest.raises(UsageError, match=r"name the application.*\[tool.asgikit.check\]"):
        run()


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["good_app:app", "--path", "items"], UsageError),
        (["good_app:app", "--report", "json:no/such/folder"], DeliveryError),
        (["good_app:app", "--baseline", "none.json"], DeliveryError),
        (["no_such_module:app"], TargetError),
        (["no_app:app"], TargetError),
    ],
)
def test_what_cannot_be_checked_is_told(words, error, project):
    """As an error that the command line tells."""
    with pytest.raises(error):
        run(*words)


def test_wrong_settings_are_told(project):
    """Whatever the command line says."""
    (project / "pyproject.toml").write_text("[tool.asgikit.check]\nx = 1")
    with pytest.raises(SettingsError):
        run("good_app:app")


def test_a_finding_has_a_program_that_shows_it(project, capsys):
    """Which runs, with nothing but the application."""
    run("bad_app:app", "--path", "/", "--examples", "0", "--select", "HTTP-RESP-*", "--report", "json")
    (found,) = json.loads(capsys.readouterr().out)["findings"]
    done = subprocess.run([sys.executable, "-c", found["reproducer"]], capture_output=True, text=True, timeout=60)
    assert "(b'X-Upper', b'1')" in done.stdout
    assert len(found["reproducer"].splitlines()) <= 15


def test_a_factory_is_called_in_its_program():
    """The report names it as it was given."""
    report = with_reproducers(BROKEN_WITHOUT_PROGRAM, Target(name="shop:make", factory=True))
    assert report.findings[0].reproducer == reproducer("shop:make()", SCENARIO) != reproducer("shop:make", SCENARIO)
    assert report.findings[1].reproducer == ""
    assert with_reproducers(BROKEN, Target(name="x:y")) == BROKEN


def test_a_program_knows_when_the_client_left():
    """From the exchange."""
    leaving = Scenario(scope=SCENARIO.scope, actions=(Leave("raise"),))
    steps = (START, START, START, Step("send", {"error": "OSError: x"}))
    found = Finding(violation=violation(exchange=steps), where="x", case="y", scenario=leaving)
    (shown,) = with_reproducers(replace_cases(BROKEN, case(found)), Target(name="x:y")).findings
    assert shown.reproducer == reproducer("x:y", leaving, sent=3) != reproducer("x:y", leaving)


@pytest.mark.parametrize(
    ("steps", "sent"),
    [
        ((), None),
        ((START,), None),
        ((START, Step("send", {"error": "OSError: x"}), Step("send", {"error": "OSError: x"})), 1),
        ((Step("send", {"error": "OSError: x"}),), 0),
        ((START, Step("skipped", {"steps": 9}), Step("send", {"error": "OSError: x"})), None),
    ],
)
def test_a_program_leaves_when_the_client_left(steps, sent):
    """After as many messages as the application had sent."""
    assert sent_before_leaving(Finding(violation=violation(exchange=steps), where="x", case="y")) == sent


def test_a_baseline_makes_the_next_run_clean(project, capsys):
    """By rule, place and case."""
    words = ["bad_app:app", "--path", "/", "--examples", "0", "--select", "HTTP-RESP-*", "--baseline", "known.json"]
    assert run(*words, "--update-baseline") == 0
    assert run(*words) == 0
    assert "known.json: 1 finding known" in capsys.readouterr().err
    (project / "bad_app.py").write_text(GOOD)
    assert run(*words) == 0
    assert "not found any more: HTTP-RESP-005 at GET /" in capsys.readouterr().err


def test_places_are_named_once():
    """Without any, they are found out."""
    assert places_of(Settings()) == ()
    named = places_of(Settings(paths=("/a", "GET /a", "lifespan"), ws=("/a",)))
    assert [place.where for place in named] == ["GET /a", "lifespan", "WS /a"]


def test_the_file_of_an_application_is_found(project):
    """Under the working directory, wherever modules are looked for; else it is left open."""
    package = project / "src" / "shop"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "asgi.py").touch()
    assert source_of(Target(name="good_app:app")) == "good_app.py"
    assert source_of(Target(name="shop.asgi:app", app_dir="src")) == "src/shop/asgi.py"
    assert source_of(Target(name="shop:app", app_dir="src")) == "src/shop/__init__.py"
    assert source_of(Target(name="shop:app")) == ""
    assert source_of(Target(name="test_checking:app", app_dir=__file__.rpartition("/")[0])) == ""


def test_annotations_name_that_file(explored, capsys):
    """So they stand where the application is."""
    run("good_app:app", "--report", "github")
    assert capsys.readouterr().out.startswith("::error file=good_app.py,line=1,title=HTTP-RESP-013")


def replay(app, scenario, *words):
    return run(app, "--replay", to_word(scenario), *words)


def http(**more):
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "path": "/x",
        "query_string": b"",
    }
    return Scenario(scope={**scope, "headers": []}, **more)


@pytest.mark.parametrize(("app", "code"), [("good_app:app", 0), ("bad_app:app", 1)])
def test_an_exchange_is_driven_again(app, code, project, capsys):
    """And shown, whatever comes of it."""
    assert replay(app, http()) == code
    out = capsys.readouterr().out
    assert out.startswith("    1 --> GET /x")
    assert "http.response.start  status=204" in out
    assert ("HTTP-RESP-005  must, blame: app  GET /x" in out) is bool(code)


def test_an_exchange_comes_from_a_file_too(project, capsys):
    """Where it is too long for a command line."""
    (project / "x.json").write_text(to_json(http()))
    assert run("bad_app:app", "--replay", "x.json", "--report", "json") == 1
    told = json.loads(capsys.readouterr().out)
    assert told["findings"][0]["where"] == "GET /x"
    assert told["cases"][0]["outcome"] == "failed"
    with pytest.raises(UsageError, match="neither a scenario nor a file"):
        run("bad_app:app", "--replay", "no.json")


@pytest.mark.parametrize(
    ("marks", "words", "code"),
    [
        ((MARK,), [], 1),
        ((MARK,), ["--ignore", MARK], 0),
        ((MARK,), ["--select", "WS-*"], 0),
        ((), [], 0),
        ((MARK, "VER-002"), [], 0),
    ],
)
def test_a_failure_is_blamed_on_the_one_unusual_thing(marks, words, code, project, capsys):
    """Where there is none, or are two, it is a warning."""
    (project / "failing.py").write_text(GOOD.replace('if scope["type"] != "http"', 'if scope["client"]'))
    assert replay("failing:app", http(marks=marks), *words) == code
    assert "raised KeyError('client')" in capsys.readouterr().out


def test_what_a_replay_cannot_tell_is_said(project, capsys):
    """A rule whose unusual case the exchange holds, and that may show beside a plain one only."""
    assert replay("good_app:app", http(marks=(MARK,))) == 0
    assert f"warning: {MARK} not found broken here" in capsys.readouterr().out
    replay("good_app:app", http())
    assert "warning" not in capsys.readouterr().out


def test_the_lifespan_runs_around_a_replay(project, capsys):
    """As it does around every exchange; around itself it does not."""
    (project / "stateful.py").write_text(
        """
async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        scope["state"]["status"] = 299
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
    else:
        await send({"type": "http.response.start", "status": scope["state"]["status"]})
        await send({"type": "http.response.body"})
"""
    )
    assert replay("stateful:app", Scenario(scope={**http().scope, "state": {}})) == 0
    assert "status=299" in capsys.readouterr().out
    shutdown = Deliver({"type": "lifespan.shutdown"})
    assert (
        replay("stateful:app", Scenario(scope={"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}, actions=(shutdown,)))
        == 0
    )
    assert "1 --> lifespan" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("scope", "where"),
    [
        ({"type": "http", "method": "GET", "path": "/x"}, "GET /x"),
        ({"type": "websocket", "path": "/x"}, "WS /x"),
        ({"type": "lifespan"}, "lifespan"),
        ({"type": []}, "[]"),
        ({}, "None"),
    ],
)
def test_an_exchange_has_a_place(scope, where):
    """As reports name it, whatever the scope."""
    assert place_of(Scenario(scope=scope)) == where
