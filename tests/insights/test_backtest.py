"""`manage.py backtest`: a file in, one line of JSON at the end."""

import json
import math
from datetime import date, timedelta

import pytest
from django.core.management import CommandError, call_command


@pytest.fixture
def written(tmp_path):
    def write(days: int):
        rows = [
            f"{date(2024, 1, 1) + timedelta(days=n)},{50 + 20 * (n % 7) + 5 * math.sin(n * n):.2f}"
            for n in range(days)
        ]
        path = tmp_path / "sales.csv"
        path.write_text("\n".join(["day,sales", *rows]))
        return path

    return write


def told(capsys) -> dict:
    return json.loads(capsys.readouterr().out.strip().splitlines()[-1])


def test_the_last_line_has_each_model_and_what_would_be_served(written, capsys):
    call_command("backtest", str(written(120)), "--origins", "2", "--horizon", "7", "--json")
    found = told(capsys)
    assert (found["rows"], found["chosen"]) == (120, "average")
    assert set(found["models"]) == {"seasonal_naive", "linear_regression", "random_forest", "auto"}
    for row in found["models"].values():
        assert {"mase", "wape", "coverage80", "seconds"} <= set(row)
        assert row["mase"] > 0
        assert 0 <= row["coverage80"] <= 1
    assert found["models"]["auto"]["mase"] < found["models"]["seasonal_naive"]["mase"]


def test_a_short_file_is_told_to_be_short(written, capsys):
    call_command("backtest", str(written(12)), "--json")
    found = told(capsys)
    assert (found["rows"], found["chosen"]) == (12, "NOT_ENOUGH_DATA")
    assert found["models"]["auto"]["mase"] is None


@pytest.mark.parametrize(
    "more", [["--country", "ZZ"], ["--date-column", "none"], ["--value-column", "none"], ["--horizon", "-1"]]
)
def test_what_cannot_be_done_is_refused_in_a_sentence(written, more):
    with pytest.raises(CommandError, match=r"\.$|none"):
        call_command("backtest", str(written(40)), *more)
