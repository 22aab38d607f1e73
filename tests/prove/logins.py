"""How long a wrong log-in takes for a known and an unknown address, and an account opened twice: no telling apart."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.live import Installation

ROUNDS = 30
MOST = 1.6  # times as long, at the most
SIGN_IN = """mutation ($login: String!) { tokenAuth(input: {login: $login, password: "wrong horse battery"}) {
  accessToken userErrors { code } } }"""
NAME = 'mutation { updateProfile(input: {username: "the-owner"}) { userErrors { code } } }'
REGISTER = """mutation ($email: String!) { register(input: {email: $email, password: "wrong horse battery"}) {
  accessToken userErrors { code } } }"""
REQUEST = "mutation ($email: String!) { requestPasswordReset(input: {email: $email}) { accepted } }"


def main() -> int:
    often = dict.fromkeys(("LOGIN_LIMIT", "SIGNUP_LIMIT", "RESET_LIMIT"), "10000/second")
    with tempfile.TemporaryDirectory() as folder:
        house = Installation(Path(folder), **often)
        try:
            house.web()
            house.register()
            house.ask(NAME)
            house.token = ""
            return measure(house)
        finally:
            house.stop()


def measure(house: Installation) -> int:
    """Time each door in turns, so that a busy moment falls on all; answer 1 when two can be told apart."""
    doors: dict[str, Callable[[int], Any]] = {
        "log-in, known address": lambda n: house.ask(SIGN_IN, login="owner@example.com"),
        "log-in, known username": lambda n: house.ask(SIGN_IN, login="the-owner"),
        "log-in, unknown address": lambda n: house.ask(SIGN_IN, login=f"nobody{n}@example.com"),
        "log-in, unknown username": lambda n: house.ask(SIGN_IN, login=f"nobody{n}"),
        "register, known address": lambda n: house.ask(REGISTER, email="owner@example.com"),
        "register, fresh address": lambda n: house.ask(REGISTER, email=f"fresh{n}@example.com"),
        "reset, known address": lambda n: house.ask(REQUEST, email="owner@example.com"),
        "reset, unknown address": lambda n: house.ask(REQUEST, email=f"nobody{n}@example.com"),
    }
    took: dict[str, list[float]] = {name: [] for name in doors}
    for turn in range(-3, ROUNDS):
        for name, door in doors.items():
            started = time.perf_counter()
            door(turn)
            if turn >= 0:
                took[name].append(time.perf_counter() - started)
    middle = {name: statistics.median(times) * 1000 for name, times in took.items()}
    for name, milliseconds in middle.items():
        print(f"{name:<26} p50 {milliseconds:7.1f} ms")
    return max(ratio(middle, "log-in"), ratio(middle, "register"), ratio(middle, "reset"))


def ratio(middle: dict[str, float], kind: str) -> int:
    """Compare the slowest with the fastest of a kind; an opened account is compared with a wrong log-in too."""
    kinds = ("log-in", "register, known") if kind == "log-in" else (kind,)
    times = [took for name, took in middle.items() if name.startswith(kinds)]
    found = max(times) / min(times)
    print(f"{kind}: {found:.2f} times as long, {MOST} allowed")
    return int(found > MOST)


if __name__ == "__main__":
    raise SystemExit(main())
