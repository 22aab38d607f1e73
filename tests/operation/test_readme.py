"""The README's words are run as they stand: whoever copies them gets what they promise."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import ROOT, free_port, migrate

README = (ROOT / "README.md").read_text()
DOCUMENTS = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"]


@pytest.fixture(scope="module")
def installation(manage, tmp_path_factory) -> str:
    """Start a server and a worker as `make run` does, without the demo's receipts before ours; answer its address."""
    port = free_port()
    folder = migrate(tmp_path_factory.mktemp("readme"))
    together = manage("start", "--port", str(port), DATA_DIR=str(folder))
    together.until(lambda: "Ctrl-C" in together.said)
    return f"http://127.0.0.1:{port}/graphql/"


def test_the_curl_lines_lead_from_a_receipt_to_its_analysis(installation):
    [lines] = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
    assert lines.startswith("url=http://127.0.0.1:8000/graphql/\n")
    lines = lines.replace("http://127.0.0.1:8000/graphql/", installation)
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = {"PATH": path, "HOME": os.environ.get("HOME", "/")}
    done = subprocess.run(
        ["sh", "-eu"], input=f"token=\n{lines}", cwd=ROOT, env=environment, capture_output=True, text=True, timeout=240, check=False
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    said = done.stdout
    assert "COMPLETED" in said.splitlines(), done
    bills, analysis = documents(said[said.index("{") :])
    sample = next(one for one in samples() if one["file"] == "us_grocery.jpg")
    [bill] = bills["data"]["node"]["bills"]["nodes"]
    assert (bill["date"], bill["total"], bill["currency"]) == (
        sample["date"],
        sample["total"],
        sample["currency"],
    )
    assert len(bill["items"]["nodes"]) == len(sample["items"])
    found = analysis["data"]["store"]["analytics"]["analysis"]
    assert (found["total"], found["count"]) == (sample["total"], 1)


def documents(text: str) -> list[dict]:
    """Take apart JSON documents that follow each other."""
    found, decoder = [], json.JSONDecoder()
    while text.strip():
        document, end = decoder.raw_decode(text.lstrip())
        found.append(document)
        text = text.lstrip()[end:]
    return found


def samples() -> list[dict]:
    truth = json.loads((ROOT / "demo" / "samples" / "truth.json").read_text())
    return truth if isinstance(truth, list) else truth["receipts"]


def test_every_word_of_make_that_is_written_about_exists():
    words = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for name in DOCUMENTS:
        assert set(re.findall(r"`make ([a-z-]+)", (ROOT / name).read_text())) <= words, name


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_link_leads_to_a_file(name):
    links = re.findall(r"\]\(([^)#:]+)\)", (ROOT / name).read_text())
    assert [link for link in links if not (ROOT / link).exists()] == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_path_that_is_named_exists(name):
    text = (ROOT / name).read_text()
    named = re.findall(
        r"`((?:core|catalog|receipts|insights|schema|demo|graphiql|tests|deploy|docs)/[\w./-]*)`", text
    )
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_every_variable_that_is_written_about_is_one():
    listed = set(re.findall(r"^#?([A-Z][A-Z0-9_]*)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    [table] = re.findall(r"## Configuration\n(.*?)\n## ", README, re.DOTALL)
    named = {
        name
        for row in re.findall(r"^\|(.*?)\|", table, re.MULTILINE)
        for name in re.findall(r"`([A-Z_]+)`", row)
    }
    assert named
    assert named <= listed
