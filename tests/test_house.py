"""Promises about the whole house: what is written down is what is there, and everything has its place."""

import ast
import configparser
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from django.core.management import call_command, get_commands
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    build_schema,
)

ROOT = Path(__file__).resolve().parent.parent
MAX_MODULE_LINES = 400
MAX_FUNCTION_LINES = 60
NOT_OURS = {"tests", "var", "docs", "deploy", "benchmarks", "node_modules"}

# The only modules that may touch the process's environment, and what for.
ENVIRONMENT = {
    "core/settings.py": "reads every setting",
    "core/processes.py": "hands the environment on to the processes that it starts",
    "manage.py": "names the settings",
    "schema/asgi.py": "names the settings",
}


def modules() -> list[Path]:
    """List the project's own Python files, without tests and migrations."""
    found = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    ).stdout.split()
    paths = [Path(name) for name in found] or [path.relative_to(ROOT) for path in ROOT.rglob("*.py")]
    return [
        path
        for path in paths
        if path.parts[0] not in NOT_OURS
        and not path.parts[0].startswith(".")
        and "migrations" not in path.parts
        and (ROOT / path).exists()
    ]


def tree(path: Path) -> ast.Module:
    return ast.parse((ROOT / path).read_text())


# --- The API


@pytest.fixture(scope="module")
def printed() -> str:
    from schema.root import schema

    return schema.as_str()


def test_the_committed_schema_is_the_one_that_is_served(printed):
    assert (ROOT / "schema.graphql").read_text().strip() == printed.strip(), "run `make schema`"


def test_every_type_field_argument_and_enum_value_of_the_schema_is_described(printed):
    types = [type for name, type in build_schema(printed).type_map.items() if not name.startswith("__")]
    silent = [place for type in types for place, said in descriptions(type) if not (said or "").strip()]
    assert silent == []


def descriptions(type: GraphQLNamedType) -> Iterator[tuple[str, str | None]]:
    """Yield every place of a type at which a description is due, with what it says."""
    if type.name in ("Query", "Mutation", "Subscription", "Int", "Float", "String", "Boolean", "ID"):
        yield type.name, "known to everybody"
    else:
        yield type.name, type.description
    if isinstance(type, GraphQLEnumType):
        yield from ((f"{type.name}.{name}", value.description) for name, value in type.values.items())
    if isinstance(type, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
        for name, field in type.fields.items():
            yield f"{type.name}.{name}", field.description
            for argument, given in getattr(field, "args", {}).items():
                yield f"{type.name}.{name}({argument})", given.description


# --- The database


@pytest.mark.django_db
def test_no_migration_is_missing():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


# --- The settings


def test_every_variable_that_is_read_is_in_the_example_and_the_other_way_round():
    listed = re.findall(r"^#?([A-Z][A-Z0-9_]*)=", (ROOT / ".env.example").read_text(), flags=re.MULTILINE)
    assert sorted(listed) == sorted(set(listed))
    assert sorted(listed) == sorted(set(variables()))


def variables() -> Iterator[str]:
    """Yield the names that core.settings asks its `env` for."""
    for node in ast.walk(tree(Path("core/settings.py"))):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id == "env"
        ):
            assert isinstance(node.args[0], ast.Constant), "a variable's name is written out"
            yield node.args[0].value


def test_every_variable_of_the_example_is_explained():
    blocks = (ROOT / ".env.example").read_text().strip().split("\n\n")
    settings = [block.splitlines() for block in blocks if re.match(r"#?[A-Z_0-9]+=", block.splitlines()[-1])]
    assert [block for block in settings if len(block) < 2 or not block[0].startswith("# ")] == []


def test_the_example_is_a_file_that_can_be_used_as_it_is(tmp_path):
    lines = (ROOT / ".env.example").read_text().splitlines()
    example = dict(line.lstrip("#").split("=", 1) for line in lines if re.match(r"#?[A-Z][A-Z0-9_]*=", line))
    example |= {"DATA_DIR": str(tmp_path), "PATH": os.environ["PATH"]}
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env=example,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_only_the_settings_read_the_environment():
    readers = {str(path) for path in modules() if "environ" in names(path) or "getenv" in names(path)}
    taken_apart = {"core/database.py"}  # a URL, by django-environ
    assert readers - taken_apart == set(ENVIRONMENT)


def names(path: Path) -> set[str]:
    """Collect the names and attributes that a module uses."""
    nodes = list(ast.walk(tree(path)))
    return {node.id for node in nodes if isinstance(node, ast.Name)} | {
        node.attr for node in nodes if isinstance(node, ast.Attribute)
    }


# --- The rooms


@pytest.fixture(scope="module")
def contracts() -> configparser.ConfigParser:
    parser = configparser.ConfigParser()
    parser.read(ROOT / ".importlinter")
    return parser


def test_every_top_level_package_stands_in_a_contract(contracts):
    packages = {path.parts[0] for path in modules() if len(path.parts) > 1}
    named = set(re.split(r"[\s|]+", contracts["importlinter:contract:floors"]["layers"].strip()))
    apart = {"graphiql"}
    assert contracts["importlinter:contract:graphiql"]["modules"].split()[0] in apart
    assert packages == named | apart
    assert packages == set(contracts["importlinter"]["root_packages"].split())


def test_every_room_that_has_modules_has_an_order_inside(contracts):
    ordered = {contracts[name].get("containers", "").strip() for name in contracts.sections()}
    flat = {"demo", "graphiql"}  # a script each, that nothing stands on
    packages = {path.parts[0] for path in modules() if len(path.parts) > 1 and path.name != "__init__.py"}
    assert packages - flat <= ordered


def test_no_module_lies_outside_the_rooms():
    assert [str(path) for path in modules() if len(path.parts) == 1] == ["manage.py"]


def test_no_module_is_named_for_nothing_in_particular():
    vague = {"utils.py", "helpers.py", "common.py", "misc.py"}
    assert [str(path) for path in modules() if path.name in vague] == []


def test_pure_modules_ask_no_clock(contracts):
    pure = contracts["importlinter:contract:pure"]["source_modules"].split()
    clocks = {"now", "today", "utcnow", "monotonic", "perf_counter", "localdate"}
    asking = {}
    for name in pure:
        path = Path(*name.split(".")).with_suffix(".py")
        calls = [node.func for node in ast.walk(tree(path)) if isinstance(node, ast.Call)]
        found = {call.attr for call in calls if isinstance(call, ast.Attribute)} & clocks
        if found:
            asking[name] = found
    assert asking == {}


# --- Sizes


def test_no_module_is_too_long_to_read():
    lengths = {str(path): len((ROOT / path).read_text().splitlines()) for path in modules()}
    assert {path: length for path, length in lengths.items() if length > MAX_MODULE_LINES} == {}


def test_no_function_is_too_long_to_read():
    long = {}
    for path in modules():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or 0) - node.lineno + 1
                if length > MAX_FUNCTION_LINES:
                    long[f"{path}:{node.name}"] = length
    assert long == {}


def test_nothing_is_left_for_later_without_being_said():
    marks = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
    marked = [str(path) for path in modules() if marks.search((ROOT / path).read_text())]
    assert marked == []


# --- The containers


def test_compose_sets_only_variables_that_are_read_and_starts_commands_that_exist():
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    ours = {name: service for name, service in services.items() if service.get("image") == "tillsight"}
    assert set(ours) == {"migrate", "web", "worker"}
    for service in ours.values():
        assert set(service["environment"]) <= set(variables())
        assert service["command"][:2] == ["python", "manage.py"]
        assert service["command"][2] in get_commands()


def test_the_image_takes_no_secret_and_no_work_of_this_machine_along():
    left_out = set((ROOT / ".dockerignore").read_text().split())
    assert {".env", ".env.*", ".git", ".venv", "var", "tests"} <= left_out
