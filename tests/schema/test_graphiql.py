"""The page in which a person tries the API: its examples, its files, and that it stays at home."""

import json
import os
import re
import shutil
import subprocess
import threading
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.contrib.staticfiles.storage import ManifestStaticFilesStorage
from django.core.handlers.wsgi import WSGIHandler
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.template.loader import render_to_string
from django.urls import path
from django.views.generic import TemplateView
from graphql import OperationDefinitionNode, build_schema, parse, validate
from graphql.execution.values import get_variable_values

from graphiql import install

ROOT = Path(install.__file__).parent.parent
STATIC = ROOT / "graphiql" / "static"
EXAMPLES = json.loads((STATIC / "graphiql" / "examples.json").read_text())
OPERATIONS = ["\n".join(tab["query"]) for tab in EXAMPLES["tabs"]] + [
    "\n".join(lines) for lines in EXAMPLES["session"].values()
]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

needs_vendor = pytest.mark.skipif(not install.installed(), reason="run `make install` for GraphiQL's files")
urlpatterns = [path("graphql/", TemplateView.as_view(template_name="graphiql.html"))]


# --- the examples


@pytest.fixture(scope="module")
def schema():
    sdl = ROOT / "schema.graphql"
    if not sdl.exists():
        pytest.skip("schema.graphql is not generated yet")
    return build_schema(sdl.read_text())


@pytest.mark.parametrize("text", OPERATIONS)
def test_an_example_is_valid_against_the_schema(schema, text):
    assert [error.message for error in validate(schema, parse(text))] == []


@pytest.mark.parametrize("tab", EXAMPLES["tabs"], ids=lambda tab: tab["query"][0])
def test_the_variables_of_an_example_fit_its_operation(schema, tab):
    operation = parse("\n".join(tab["query"])).definitions[0]
    definitions = operation.variable_definitions or ()
    values = get_variable_values(schema, definitions, tab["variables"])
    assert not isinstance(values, list), values
    declared = {one.variable.name.value for one in definitions}
    assert set(tab["variables"]) <= declared


@pytest.mark.parametrize("text", OPERATIONS)
def test_an_example_is_one_named_operation_since_tabs_are_titled_by_it(text):
    (operation,) = parse(text).definitions
    assert isinstance(operation, OperationDefinitionNode)
    assert operation.name is not None


# --- the page


class Page(HTMLParser):
    """What a page loads and what it runs by itself."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.inline: list[str] = []
        self.values: dict[str, str] = {}
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.links += [given[name] for name in ("src", "href", "data-examples") if name in given]
        self.inline += [name for name in given if name.startswith("on") or name == "style"]
        if tag == "style" or (tag == "script" and "src" not in given):
            self.inline.append(tag)
        if tag == "input" and "name" in given:
            self.values[given["name"]] = given["value"]


def test_the_page_loads_from_this_server_alone_and_runs_nothing_inline():
    page = Page(render_to_string("graphiql.html"))
    assert {link for link in page.links if not link.startswith("/static/graphiql/")} == {"data:,"}
    assert page.inline == []


@needs_vendor
def test_everything_the_page_loads_is_there():
    links = [link for link in Page(render_to_string("graphiql.html")).links if link.startswith("/static/")]
    assert [link for link in links if not (STATIC / link.removeprefix("/static/")).is_file()] == []


def test_the_login_is_empty_unless_there_is_a_demo():
    assert Page(render_to_string("graphiql.html")).values == {"login": "", "password": ""}


def test_the_demo_login_stands_in_the_form_whatever_signs_it_has():
    page = Page(
        render_to_string("graphiql.html", {"demo_login": "a@example.com", "demo_password": "\"><b>'&"})
    )
    assert page.values == {"login": "a@example.com", "password": "\"><b>'&"}


@needs_vendor
def test_a_storage_that_hashes_names_takes_every_file(settings, tmp_path):
    shutil.copytree(STATIC, tmp_path / "static")
    storage = ManifestStaticFilesStorage(location=tmp_path / "static", base_url="/static/")
    files = {
        str(file.relative_to(tmp_path / "static")): (storage, str(file.relative_to(tmp_path / "static")))
        for file in (tmp_path / "static").rglob("*")
        if file.is_file()
    }
    done = list(storage.post_process(files))
    assert [result for _, _, result in done if isinstance(result, Exception)] == []
    assert {name for name, _, _ in done} == set(files)


@pytest.fixture
def served():
    """Serve the page and the static files on a loopback port; answer the page's address."""
    server = ThreadedWSGIServer(("127.0.0.1", 0), QuietHandler)
    server.set_app(StaticFilesHandler(WSGIHandler()))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/graphql/"
    server.shutdown()
    server.server_close()


class QuietHandler(WSGIRequestHandler):
    def log_message(self, format, *args):
        pass


@needs_vendor
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
@pytest.mark.urls(__name__)
def test_in_a_browser_the_examples_open_as_tabs_and_no_other_server_is_asked(served, tmp_path):
    log = tmp_path / "net.json"
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-sync", "--disable-component-update"]
    flags += ["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "--virtual-time-budget=8000"]
    shown = subprocess.run(
        [
            CHROMIUM,
            *flags,
            f"--user-data-dir={tmp_path / 'profile'}",
            f"--log-net-log={log}",
            "--dump-dom",
            served,
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    ).stdout
    titles = re.findall(r'class="[^"]*graphiql-tab-button[^"]*"[^>]*>([^<]*)<', shown)
    assert titles == ["LogIn", "Upload", "Bills", "Analysis", "Sales", "FollowQueue"]
    home = served.removesuffix("/graphql/")
    asked = re.findall(rf'"initiator":"{home}".*?"url":"(https?://[^/"]+)', log.read_text())
    assert len(asked) > len(install.BROWSER_FILES)
    assert set(asked) == {home}


# --- the install


def test_the_lock_names_hashes_and_no_download_address():
    text = (ROOT / "graphiql" / "package-lock.json").read_text()
    assert "://" not in text  # after `npm install`, take its "resolved" and "funding" entries out
    packages = {name: entry for name, entry in json.loads(text)["packages"].items() if name}
    assert [name for name, entry in packages.items() if "integrity" not in entry] == []


@pytest.fixture
def elsewhere(monkeypatch, tmp_path):
    """Install into a folder of the test, with no npm on the PATH until the test puts one there."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr(install, "VENDOR", tmp_path / "vendor")
    return tmp_path


def put_npm(folder: Path, script: str) -> None:
    for name, text in (("npm", script), ("node", "")):
        program = folder / "bin" / name
        program.write_text(f"#!/bin/sh\nPATH=/usr/bin:/bin\n{text}\n")
        program.chmod(0o755)


def npm_that_fetches() -> str:
    return "\n".join(
        f"mkdir -p $(dirname node_modules/{file})"
        f" && printf 'code()\\n//# sourceMappingURL=x.js.map\\n' > node_modules/{file}"
        for file in install.BROWSER_FILES.values()
    )


def test_the_machines_npm_fetches_and_links_to_source_maps_are_taken_out(elsewhere, monkeypatch):
    put_npm(elsewhere, npm_that_fetches())
    monkeypatch.setattr(install, "wheel_npm", lambda command, folder: pytest.fail("not needed"))
    install.main()
    assert {file.name for file in (elsewhere / "vendor").iterdir()} == {*install.BROWSER_FILES, install.STAMP}
    assert (elsewhere / "vendor" / "graphiql.js").read_text() == "code()\n"


@pytest.mark.parametrize("machine", ["none", "one that fails"])
def test_the_npm_of_the_python_package_stands_in(elsewhere, monkeypatch, machine):
    if machine == "one that fails":
        put_npm(elsewhere, "exit 1")

    def wheel(command, folder):
        assert command[:2] == ["ci", "--ignore-scripts"]
        return subprocess.run(
            ["/bin/sh", "-ec", f"PATH={os.defpath}\n{npm_that_fetches()}"], cwd=folder, check=False
        ).returncode

    monkeypatch.setattr(install, "wheel_npm", wheel)
    install.main()
    assert install.installed()


def test_what_is_installed_is_not_fetched_again_until_the_pins_change(elsewhere, monkeypatch):
    put_npm(elsewhere, npm_that_fetches())
    install.main()
    put_npm(elsewhere, "exit 1")
    monkeypatch.setattr(install, "wheel_npm", lambda command, folder: 1)
    install.main()
    (elsewhere / "vendor" / install.STAMP).write_text("other pins")
    with pytest.raises(SystemExit, match="npm could not fetch"):
        install.main()


def test_a_copy_that_broke_off_is_not_taken_for_installed(elsewhere):
    put_npm(elsewhere, npm_that_fetches())
    install.main()
    (elsewhere / "vendor" / "react.js").unlink()
    assert not install.installed()
