"""Measure the product beside its peers on one database: `make bench`, or `make bench-quick` for the core."""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg2

sys.path.insert(0, str(Path(__file__).resolve().parent))

import books
import operations
import ready
import record
import report
from contenders import CONTENDERS, ROOT, WORK, Contender
from measuring import Backends, Run, load, peak_memory_mb
from operations import Asked, Request
from statements import Counter

PREPARED = 20  # requests before anything is measured: caches fill, plans are made
COUNTED = 5  # requests whose statements are counted


@dataclass
class Result:
    """What was measured of one contender in one operation."""

    statements: float = 0.0
    answer_bytes: int = 0
    alone: list[Run] = field(default_factory=list)  # one client
    together: list[Run] = field(default_factory=list)  # eight clients


Results = dict[str, dict[str, Result]]  # by operation and contender


class Bench:
    def __init__(self, database: str, contenders: list[Contender], wanted: list[str]) -> None:
        self.database, self.contenders = database, contenders
        self.connection = psycopg2.connect(database)
        self.connection.autocommit = True
        self.backends = Backends(self.connection)
        self.asked = {name: operations.asked(name, self.stores_of_bills()) for name in wanted}
        self.tokens = access_tokens(database)
        self.sent = 0  # so that no run begins with what the last one has asked
        self.results: Results = {name: {} for name in wanted}

    def stores_of_bills(self) -> dict[int, int]:
        with self.connection.cursor() as cursor:
            cursor.execute(
                "SELECT id, store_id FROM receipts_bill WHERE id = ANY(%s) AND store_id BETWEEN 2 AND 200",
                [operations.some_bills()],
            )
            return dict(sorted(cursor.fetchall())[: operations.VARIANTS])

    def server(self) -> str:
        """Name the database server with what shapes its speed."""
        with self.connection.cursor() as cursor:
            cursor.execute(
                "SELECT 'PostgreSQL ' || current_setting('server_version') || ', shared_buffers '"
                " || current_setting('shared_buffers') || ', jit ' || current_setting('jit')"
            )
            return str(cursor.fetchone()[0])

    def words(self, contender: Contender, ask: Asked) -> Request | None:
        if contender.dialect == "product":
            return operations.product(ask, self.tokens)
        return operations.peer(contender.dialect, ask)

    def check(self) -> None:
        """See that all answer the same, and count statements on the way.

        Raises: SystemExit when they do not.
        """
        counter = Counter(self.database)
        self.start(counter.url)
        for name, asked in self.asked.items():
            said: dict[str, Any] = {}
            for contender in self.contenders:
                requests = [request for ask in asked if (request := self.words(contender, ask))]
                if not requests:
                    continue
                self.write(contender, name, requests)
                result = self.results[name][contender.name] = Result()
                status, body = contender.ask(requests[0])
                result.answer_bytes = len(body)
                answer = json.loads(body) if status < 300 else {"errors": status}
                if answer.get("errors"):
                    raise SystemExit(f"{contender.name} answers {name} by {status} {body[:500]!r}")
                said[contender.name] = operations.same_form(answer)
                for request in requests[1:4] * 2:
                    contender.ask(request)
                before = counter.count
                for request in (requests * COUNTED)[:COUNTED]:
                    contender.ask(request)
                result.statements = (counter.count - before) / COUNTED
            same(name, said)
        self.stop()
        self.tidy()

    def write(self, contender: Contender, name: str, requests: list[Request]) -> None:
        lines = ("\t".join((one.method, one.path, one.token, one.body)) for one in requests)
        self.bodies(contender, name).write_text("\n".join(lines) + "\n")

    def bodies(self, contender: Contender, name: str) -> Path:
        return WORK / f"{contender.name}.{name}.requests"

    def start(self, database: str) -> None:
        for contender in self.contenders:
            contender.start(database)
        for contender in self.contenders:
            request = self.words(contender, next(iter(self.asked.values()))[0])
            assert request
            contender.wait(request)

    def stop(self) -> None:
        for contender in self.contenders:
            contender.stop()

    def measure(self, rounds: int, seconds: int) -> dict[str, dict[int, float]]:
        """Load the contenders in turn; answer the peak memory of their processes."""
        self.start(self.database)
        order = random.Random(1)
        for name in self.asked:
            for round in range(rounds):
                waiting = [one for one in self.contenders if one.name in self.results[name]]
                order.shuffle(waiting)
                for contender in waiting:
                    self.load(contender, name, round, seconds)
                sys.stderr.write(f"{name}: round {round + 1} of {rounds}\n")
        memory = {one.name: peak_memory_mb(one.process.pid) for one in self.contenders if one.process}
        self.stop()
        self.tidy()  # not before: what was asked for last may still be under way
        return memory

    def load(self, contender: Contender, name: str, round: int, seconds: int) -> None:
        assert contender.process
        lines = self.bodies(contender, name).read_text().splitlines()
        for line in (lines * PREPARED)[:PREPARED] if not round else ():
            method, path, token, body = line.split("\t", 3)
            contender.ask(Request(method, path, body, token))
        result = self.results[name][contender.name]
        for clients, runs in ((1, result.alone), (8, result.together)):
            run = load(
                port=contender.port,
                bodies=self.bodies(contender, name),
                clients=clients,
                seconds=seconds,
                first=self.sent,
                process=contender.process.pid,
                database=self.backends,
            )
            if run.errors:
                raise SystemExit(f"{contender.name}: {run.errors} errors in {name}.")
            self.sent += run.requests
            runs.append(run)

    def tidy(self) -> None:
        """Take away what Q5 has entered."""
        with self.connection.cursor() as cursor:
            cursor.execute("DELETE FROM receipts_item WHERE bill_id > %s", [books.BILLS])
            cursor.execute("DELETE FROM receipts_duplicate")
            cursor.execute("DELETE FROM receipts_bill WHERE id > %s", [books.BILLS])
            cursor.execute("DELETE FROM core_auditentry")
            cursor.execute("DELETE FROM core_event")


def same(name: str, said: dict[str, Any]) -> None:
    """See that answers agree; of a mutation, those agree that entered the same total and number of items.

    Raises: SystemExit.
    """
    if name == "Q5":
        said = {who: (data["bill"]["total"], len(data["bill"]["items"])) for who, data in said.items()}
    reference, right = next(iter(said.items()))
    for who, data in said.items():
        if data != right:
            for place, one in (("wrong", data), ("right", right)):
                (WORK / f"{place}.json").write_text(
                    json.dumps(one, indent=1, sort_keys=True, ensure_ascii=False)
                )
            raise SystemExit(
                f"{who} and {reference} answer {name} differently: diff {WORK}/wrong.json right.json"
            )


def access_tokens(database: str) -> dict[int, str]:
    product = next(one for one in CONTENDERS if one.dialect == "product")
    said = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("access.py"))],
        env={**os.environ, **product.environment, "DATABASE_URL": database},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return {int(account): token for account, token in json.loads(said).items()}


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="the core, in two minutes")
    parser.add_argument("--rounds", type=int, help="how often each is loaded, in turn")
    parser.add_argument("--seconds", type=int, default=0, help="length of each run of wrk")
    parser.add_argument("--only", default="", help="contenders, by name, beside the limit: product,drf")
    parser.add_argument("--operations", default="", help="Q1,Q2 …")
    parser.add_argument("--check", action="store_true", help="only see that all answer the same")
    parser.add_argument("--record", action="store_true", help="write docs/performance.md and its plots")
    options = parser.parse_args()
    database = os.environ.get("BENCH_DATABASE_URL", ready.DATABASE)
    only = options.only.split(",") if options.only else [one.name for one in CONTENDERS]
    wanted = options.operations.split(",") if options.operations else list(operations.OPERATIONS)
    WORK.mkdir(parents=True, exist_ok=True)
    ready.prepare(database)
    chosen = [one for one in CONTENDERS if one.name in ("limit", *only)]
    for absent in [one for one in chosen if not one.there]:
        sys.stderr.write(f"Left out, since it is not installed: {absent.label}\n")
        chosen.remove(absent)
    bench = Bench(database, chosen, wanted)
    started = time.monotonic()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what was started is stopped
    try:
        bench.check()
        if options.check:
            return
        memory = bench.measure(
            rounds=options.rounds or (1 if options.quick else 5),
            seconds=options.seconds or (1 if options.quick else 3),
        )
    finally:
        bench.stop()
    took = time.monotonic() - started
    labels = {one.name: one.label for one in chosen}
    print(report.table(bench.results, memory, labels))
    print(
        f"\n{record.machine()}; {bench.server()}; {record.versions()}. Measured in {took:.0f} s; the limit is 1.\n"
    )
    if options.record:
        record.write(bench.results, memory, labels, database=bench.server(), took=took)
    print(json.dumps(report.ratios(bench.results)))


if __name__ == "__main__":
    main()
