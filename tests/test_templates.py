"""Templates through Jinja."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NotRequired, TypedDict

import anyio
import anyio.lowlevel
import jinja2
import pytest
from markupsafe import Markup

from asgikit import App, Request, Response, Router, get, host, param, root
from asgikit.body import Stream
from asgikit.errors import CompositionError, MissingExtra
from asgikit.path import Path as URLPath
from asgikit.templates import CHUNK, Page, Templates
from asgikit.testing import call

user: URLPath[int] = root / "users" / param("id", int)

PAGES = {
    "home.html": "{% extends 'base.html' %}{% block body %}<ul>{% block rows %}{% for row in rows %}<li>{{ row }}{% endfor %}"
    "{% endblock %}</ul>{% endblock %}",
    "base.html": "<title>{{ title }}</title>{% block body %}{% endblock %}",
    "title.html": "<p title='{{ title }}'>{{ title }}</p>",
    "plain": "{{ title }}",
    "static.html": "<p>static",
    "awaiting.html": "{{ title() }}{% for row in rows %}{{ row }}{% endfor %}",
    "failing.html": "{{ title }}{% for row in rows %}{{ row }}{{ 1 // row }}{% endfor %}",
}


@dataclass(frozen=True)
class Home:
    title: str
    rows: tuple[str, ...] = ()


@dataclass(frozen=True)
class Title:
    title: object


@dataclass(frozen=True)
class Awaiting:
    title: Any
    rows: Any


def templates(**more: str) -> Templates:
    return Templates(jinja2.DictLoader({**PAGES, **more}))


home = templates().page("home.html", Home)


async def streamed(response: Response) -> list[bytes]:
    assert isinstance(response.body, Stream)
    return [chunk if isinstance(chunk, bytes) else chunk.encode() async for chunk in response.body.chunks]


async def test_a_page_is_a_function_from_its_model_to_a_response() -> None:
    """At once, asynchronously and as a stream: the same bytes."""
    model, expected = Home("<é>", ("a", "b")), "<title>&lt;é&gt;</title><ul><li>a<li>b</ul>"
    for response in (home(model), home.write(model), await home.render(model)):
        assert response.status == 200
        assert response.headers["content-type"] == "text/html; charset=utf-8"
        assert response.body == expected.encode()
        assert response.headers["content-length"] == str(len(expected.encode()))
    stream = home.stream(model)
    assert stream.headers["content-type"] == "text/html; charset=utf-8"
    assert b"".join(await streamed(stream)) == expected.encode()
    assert home.text(model) == expected


async def test_a_page_is_an_output_of_an_endpoint() -> None:
    """The handler returns the model."""

    @get(root).returns(home)
    async def index(request: Request[object]) -> Home:
        return Home("hi")

    assert (await call(App(Router(index)))).text == "<title>hi</title><ul></ul>"


def test_a_page_without_variables_takes_none() -> None:
    """A page that is always the same."""
    page: Page[None] = templates().page("static.html")
    assert page(None).body == b"<p>static"
    with pytest.raises(CompositionError, match=r"page\('plain', NoneType\).*'title' is not given. The fields of NoneType: none"):
        templates().page("plain")


async def test_a_block_is_a_page_of_its_own() -> None:
    """With a model of its own."""

    @dataclass(frozen=True)
    class Rows:
        rows: list[str]

    rows = templates().page("home.html", Rows, block="rows")
    assert rows(Rows(["<"])).body == (await rows.render(Rows(["<"]))).body == b"<li>&lt;"
    assert await streamed(rows.stream(Rows(["<"]))) == [b"<li>&lt;"]
    with pytest.raises(CompositionError, match="no block 'row' of its own; it has body, rows"):
        templates().page("home.html", Rows, block="row")


class Note(TypedDict):
    title: str
    note: NotRequired[str]


def test_a_key_that_may_be_missing_is_asked_for() -> None:
    """Where the template takes it for granted it is refused."""
    made = templates(note="{{ note }}", asked="{{ note|default('none') }}")
    assert made.page("asked", Note).text({"title": "x"}) == "none"
    assert made.page("asked", Note).text({"title": "x", "note": "y"}) == "y"
    with pytest.raises(CompositionError, match="'note' is not given"):
        made.page("note", Note)


@pytest.mark.parametrize(
    ("page", "error"),
    [
        ("none.html", "there is no template 'none.html'"),
        ("broken.html", "broken.html, line 2: "),
        ("child.html", "there is no template 'gone.html', which child.html names"),
        ("typo.html", r"page\('typo.html', Home\): typo.html, line 1: 'titel' is not given. The fields of Home: title, rows"),
        ("two.html", "two.html, line 1: 'a' is not given; two.html, line 1: 'b' is not given"),
    ],
)
def test_a_wrong_page_is_refused_when_it_is_made(page: str, error: str) -> None:
    """Not when somebody asks for it."""
    broken = {"broken.html": "\n{% for %}", "child.html": "{% extends 'gone.html' %}", "typo.html": "{{ titel }}"}
    with pytest.raises(CompositionError, match=error):
        templates(**broken, **{"two.html": "{{ b }}{{ a }}"}).page(page, Home)


def template_lines(raised: pytest.ExceptionInfo[BaseException]) -> list[int]:
    return [entry.lineno + 1 for entry in raised.traceback if entry.frame.code.raw.co_filename == "<template>"]


@pytest.mark.parametrize("block", [None, "a"])
async def test_what_cannot_be_seen_beforehand_is_an_error_when_it_is_rendered(block: str | None) -> None:
    """An attribute that is not there is never empty text; the traceback has the line of the template."""
    made = templates(**{"attribute.html": "\n{% block a %}\n\n{{ title.nmae }}{% endblock %}"})
    page = made.page("attribute.html", Title, block=block)
    with pytest.raises(jinja2.UndefinedError, match="nmae") as raised:
        page(Title("x"))
    assert template_lines(raised)[-1] == 4
    with pytest.raises(jinja2.UndefinedError, match="nmae") as raised:
        await page.render(Title("x"))
    assert template_lines(raised)[-1] == 4
    with pytest.raises(jinja2.UndefinedError, match="nmae") as raised:
        await streamed(page.stream(Title("x")))
    assert template_lines(raised)[-1] == 4


def test_another_model_is_refused() -> None:
    """Also where no type checker looks."""
    wrong: Any = Title("x")
    with pytest.raises(TypeError, match="takes a Home"):
        home(wrong)
    with pytest.raises(TypeError, match="takes a Home"):
        home.stream(wrong)


HOSTILE = "<script>'\"&"
SAFE = "&lt;script&gt;&#39;&#34;&amp;"


@pytest.mark.parametrize(
    ("content_type", "sent", "text"),
    [
        ("text/html", "text/html; charset=utf-8", SAFE),
        ("Text/HTML; charset=UTF-8", "text/html; charset=UTF-8", SAFE),
        ("image/svg+xml", "image/svg+xml; charset=utf-8", SAFE),
        ("application/xml", "application/xml; charset=utf-8", SAFE),
        ("text/xml", "text/xml; charset=utf-8", SAFE),
        ("text/plain", "text/plain; charset=utf-8", HOSTILE),
    ],
)
async def test_the_content_type_decides_what_is_escaped(content_type: str, sent: str, text: str) -> None:
    """Not the name of the template; markup is always escaped, plain text never."""
    page = templates().page("plain", Title, content_type=content_type)
    assert page(Title(HOSTILE)).headers["content-type"] == sent
    assert page(Title(HOSTILE)).body == text.encode()
    assert (await page.render(Title(HOSTILE))).body == text.encode()
    assert await streamed(page.stream(Title(HOSTILE))) == [text.encode()]


def test_one_template_can_be_markup_and_plain_text() -> None:
    """Neither spoils the other, in whatever order they are made."""
    both = templates()
    for kinds in (("text/plain", "text/html"), ("text/html", "text/plain")):
        pages = {kind: both.page("plain", Title, content_type=kind) for kind in kinds}
        assert pages["text/html"].text(Title("<")) == "&lt;"
        assert pages["text/plain"].text(Title("<")) == "<"


@pytest.mark.parametrize(
    ("content_type", "error"),
    [
        ("application/json", "no template is safe as application/json"),
        ("text/javascript", "no template is safe as text/javascript"),
        ("text/csv", "no template is safe"),
        ("text/html; charset=latin-1", "pages are UTF-8, not latin-1"),
        ("html", "not a media type"),
        ("text/html\r\nx: y", "not a token of a media type"),
    ],
)
def test_other_content_types_are_refused(content_type: str, error: str) -> None:
    """HTML's escapes would not protect there."""
    with pytest.raises(CompositionError, match=error):
        templates().page("plain", Title, content_type=content_type)


def test_trusted_html_is_declared() -> None:
    """As Markup, or with the filter `safe`; what is joined to it is escaped."""
    page = templates(**{"safe.html": "{{ title }}{{ '<i>'|safe }}{{ title ~ '<' }}"}).page("safe.html", Title)
    assert page.text(Title(Markup("<b>"))) == "<b><i><b>&lt;"


def test_json_in_a_script_cannot_end_it() -> None:
    """The filter `tojson` leaves nothing that HTML would read."""
    page = templates(**{"js.html": "<script>const x = {{ title|tojson }}</script>"}).page("js.html", Title)
    text = page.text(Title({"a": "</script><!--'&\u2028"}))
    assert text.count("<") == 2
    assert "\\u003c/script\\u003e\\u003c!--\\u0027\\u0026\\u2028" in text


async def later(value: str) -> str:
    await anyio.lowlevel.checkpoint()
    return value


async def several() -> AsyncIterator[str]:
    for value in "<", "b":
        yield await later(value)


async def test_a_template_may_await() -> None:
    """Coroutine functions and asynchronous iterators, if it is rendered asynchronously."""
    page = templates().page("awaiting.html", Awaiting)
    assert (await page.render(Awaiting(lambda: later("<a>"), several()))).body == b"&lt;a&gt;&lt;b"
    assert await streamed(page.stream(Awaiting(lambda: later("a"), several()))) == [b"a&lt;b"]


def test_a_template_that_awaits_is_not_rendered_synchronously() -> None:
    """No loop is run behind anybody's back."""
    page = templates().page("awaiting.html", Awaiting)
    with pytest.raises(TypeError, match="async_generator"):
        page(Awaiting(lambda: "a", several()))


async def test_a_stream_is_sent_in_chunks_while_it_is_rendered() -> None:
    """Of some KiB each, the first before the last row is made."""
    made: list[int] = []

    async def rows() -> AsyncIterator[str]:
        for number in range(1000):
            made.append(number)
            yield "x" * 100

    page = templates().page("awaiting.html", Awaiting)
    response = page.stream(Awaiting(lambda: "", rows()))
    assert "content-length" not in response.headers
    assert isinstance(response.body, Stream)
    sizes: list[int] = []
    async for chunk in response.body.chunks:
        sizes.append(len(chunk))
        assert len(made) <= sum(sizes) // 100
    assert sum(sizes) == 100_000
    assert all(CHUNK <= size < CHUNK + 100 for size in sizes[:-1])


async def test_an_error_in_a_stream_cuts_the_response_off() -> None:
    """What was rendered before it is sent, the end is not."""
    page = templates().page("failing.html", Awaiting)

    @get(root)
    async def index(request: Request[object]) -> Response:
        return page.stream(Awaiting("x" * CHUNK, [1, 0]))

    answer = await call(App(Router(index)))
    assert answer.status == 200
    assert answer.text == "x" * CHUNK
    assert not any(event["type"] == "http.response.body" and not event.get("more_body") for event in answer.events)


async def test_a_client_that_leaves_ends_the_rendering() -> None:
    """And what the template iterates over is closed."""
    closed = anyio.Event()

    async def rows() -> AsyncIterator[str]:
        try:
            while True:
                yield "x" * CHUNK
                await anyio.lowlevel.checkpoint()
        finally:
            closed.set()

    page = templates().page("awaiting.html", Awaiting)

    @get(root)
    async def index(request: Request[object]) -> Response:
        return page.stream(Awaiting(lambda: "", rows()))

    await call(App(Router(index)), leaves_after=3, spec_version="2.3")  # since 2.4 nothing is cancelled where it waits
    gc.collect()  # Jinja leaves an iterator of the model to its owner, or to the loop
    with anyio.fail_after(5):
        await closed.wait()


def test_rendering_never_touches_the_disk(tmp_path: Path) -> None:
    """Nor does it see what has changed there."""
    for name, text in PAGES.items():
        (tmp_path / name).write_text(text)
    page = Templates(tmp_path).page("home.html", Home)
    for file in tmp_path.iterdir():
        file.unlink()
    assert page.text(Home("a")) == "<title>a</title><ul></ul>"
    assert anyio.run(page.render, Home("a")).body == b"<title>a</title><ul></ul>"


class Counting(jinja2.Environment):
    """Knows how often something was compiled."""

    compiled = 0

    def _generate(self, *args: Any, **kwargs: Any) -> str:
        Counting.compiled += 1
        return super()._generate(*args, **kwargs)


def test_nothing_is_compiled_while_a_page_is_rendered() -> None:
    """Nor for the second page with the same layout, nor what is included."""
    made = Templates(jinja2.DictLoader({"part": "{% include 'plain' %}", **PAGES}), environment=Counting())
    pages = made.page("part", Title), made.page("plain", Title)
    before = Counting.compiled
    assert [page.text(Title("x")) for page in pages * 2] == ["x"] * 4
    assert Counting.compiled == before == 2


def test_pages_are_loaded_again_if_that_is_wanted(tmp_path: Path) -> None:
    """And checked again: a mistake made while the program runs is told in the same words."""
    file = tmp_path / "a.html"
    file.write_text("1{{ title }}")
    kept, fresh = (Templates(str(tmp_path), reload=reload).page("a.html", Title) for reload in (False, True))
    assert fresh(Title("x")).body == kept(Title("x")).body == b"1x"
    file.write_text("22{{ title }}")
    _later(file, 10)
    assert kept.text(Title("x")) == "1x"
    assert fresh.text(Title("x")) == "22x"
    file.write_text("{{ titel }}")
    _later(file, 20)
    with pytest.raises(CompositionError, match="'titel' is not given"):
        fresh.text(Title("x"))


def _later(file: Path, seconds: int) -> None:
    changed = file.stat().st_mtime + seconds
    os.utime(file, (changed, changed))


def test_sources_are_searched_in_order(tmp_path: Path) -> None:
    """Directories and loaders, together."""
    (tmp_path / "a").write_text("directory")
    both = Templates(tmp_path, jinja2.DictLoader({"a": "loader", "b": "loader"}))
    assert [both.page(name).text(None) for name in "ab"] == ["directory", "loader"]


def test_sources_that_are_not_there_are_refused(tmp_path: Path) -> None:
    """A directory with a typing mistake, or none at all."""
    with pytest.raises(CompositionError, match="there is no directory"):
        Templates(tmp_path / "templtes")
    with pytest.raises(CompositionError, match="needs a directory"):
        Templates()


async def test_an_environment_brings_its_filters_and_syntax() -> None:
    """But escaping and strictness are ours, and it stays as it was."""
    environment = jinja2.Environment(
        loader=jinja2.DictLoader({"a": "[[ title|twice ]][[ shared ]]"}),
        variable_start_string="[[",
        variable_end_string="]]",
        autoescape=False,
    )
    environment.filters["twice"] = lambda value: value * 2
    environment.globals["shared"] = "&"
    page = Templates(environment=environment, names={"x": 1}).page("a", Title)
    assert page.text(Title("<")) == "&lt;&lt;&amp;"
    assert (await page.render(Title("<"))).body == b"&lt;&lt;&amp;"
    assert not environment.autoescape
    assert not {"x", "url"} & environment.globals.keys()
    with pytest.raises(CompositionError, match="is not given"):
        Templates(jinja2.DictLoader({"a": "[[ titel ]]"}), environment=environment).page("a", Title)
    with pytest.raises(CompositionError, match="there is no template 'a'"):
        Templates(jinja2.DictLoader({}), environment=environment).page("a", Title)


def test_a_bytecode_cache_cannot_mix_ways_of_rendering(tmp_path: Path) -> None:
    """Jinja's would give code that escapes to a page that does not."""
    cache = jinja2.FileSystemBytecodeCache(str(tmp_path))
    environment = jinja2.Environment(loader=jinja2.DictLoader(PAGES), bytecode_cache=cache)
    both = Templates(environment=environment)
    assert both.page("plain", Title, content_type="text/plain").text(Title("<")) == "<"
    assert both.page("plain", Title).text(Title("<")) == "&lt;"


def test_templates_know_names_and_paths() -> None:
    """A path prints its URLs there as anywhere."""
    loader = jinja2.DictLoader({"a": "{{ user.url(3) }} {{ url(user, 3) }} {{ site }} {{ url(title) }}"})
    page = Templates(loader, names={"user": user, "site": "<s>"}).page("a", Title)
    assert page.text(Title(root / "x'y")) == "/users/3 /users/3 &lt;s&gt; /x&#39;y"
    with pytest.raises(CompositionError, match=r"user, /users/\{id\}, takes 1 values, not 0"):
        Templates(jinja2.DictLoader({"a": "{{ user.url() }}"}), names={"user": user}).page("a")


def test_names_are_taken_as_they_are_then() -> None:
    """A later change of the mapping changes nothing."""
    names: dict[str, object] = {"site": "a"}
    made = Templates(jinja2.DictLoader({"a": "{{ site }}"}), names=names)
    names["site"] = "b"
    assert made.page("a").text(None) == "a"


def test_a_field_cannot_hide_a_name() -> None:
    """It would be one thing in the page and another in its macros; Jinja's own names may be hidden, and `url`."""
    loader = jinja2.DictLoader({"a": "{{ title }}", "url": "{{ url }}{{ range }}"})
    with pytest.raises(CompositionError, match=r"the fields \['title'\] hide names"):
        Templates(loader, names={"title": "x"}).page("a", Title)

    @dataclass(frozen=True)
    class Link:
        url: str
        range: int

    assert Templates(loader).page("url", Link).text(Link("/", 1)) == "/1"


@pytest.mark.parametrize(
    ("prefix", "url"),
    [("", "/users/3"), ("/", "/users/3"), ("/shop", "/shop/users/3"), ("/shop/", "/shop/users/3"), ("/é", "/%C3%A9/users/3")],
)
def test_urls_are_below_the_prefix(prefix: str, url: str) -> None:
    """In templates and in programs; behind the host where there is one."""
    made = Templates(jinja2.DictLoader({"a": "{{ url(user, 3) }}"}), names={"user": user}, prefix=prefix)
    assert made.url(user, 3) == made.page("a").text(None) == url
    assert made.url(host("example.com") / "users" / param("id", int), 3) == f"//example.com{url}"
    assert made.url(root) == (url.removesuffix("/users/3") or "") + "/"


@pytest.mark.parametrize("prefix", ["shop", "//evil.example", "http://x"])
def test_a_prefix_is_a_path(prefix: str) -> None:
    """It leads to no other site."""
    with pytest.raises(CompositionError, match="is no root path"):
        Templates(jinja2.DictLoader({}), prefix=prefix)


async def test_a_test_client_sees_template_and_variables() -> None:
    """Under the keys that Starlette's looks for, where the extension is offered and only there (extensions, Debug)."""

    @get(root)
    async def index(request: Request[object]) -> Response:
        return home(Home("hi"))

    app = App(Router(index))
    debug = (await call(app, extensions={"http.response.debug": {}})).events[0]
    assert debug["type"] == "http.response.debug"
    assert debug["info"]["template"].name == "home.html"
    assert debug["info"]["context"] == {"title": "hi", "rows": ()}
    assert (await call(app)).events[0]["type"] == "http.response.start"


async def test_every_way_of_rendering_is_seen_by_a_test_client() -> None:
    """Streams too."""
    for response in (home(Home("hi")), await home.render(Home("hi")), home.stream(Home("hi"))):
        assert response.extras.debug is not None
        assert response.extras.debug["context"] == {"title": "hi", "rows": ()}


def test_a_page_prints_as_it_is_written() -> None:
    """With its model."""
    assert repr(home) == "page('home.html', Home)"
    assert repr(templates().page("home.html", Home, block="rows")) == "page('home.html', Home, block='rows')"
    assert home.name == "home.html"


def test_without_jinja_the_extra_is_named() -> None:
    """Importing the module works; making Templates says what to install."""
    program = (
        "import sys; sys.modules['jinja2'] = None\n"
        "import asgikit, asgikit.templates\n"
        "try: asgikit.templates.Templates('.')\n"
        "except asgikit.errors.MissingExtra as error: print(error, error.extra)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "Templates(…) needs the extra 'templates': install typed-asgikit[templates] templates" in done.stdout
    assert issubclass(MissingExtra, CompositionError)
