"""The kill matrix in the docs has a row for each defect and a column for each scenario that there are."""

from __future__ import annotations

from deadair.canary.canary import matrix_plan
from tools.canary import BEGIN, END, PAGE, written


def test_its_rows_and_columns_are_those_there_are() -> None:
    table = PAGE.read_text("utf-8").partition(BEGIN)[2].partition(END)[0]
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines() if line.startswith("|")
    ]
    plan = matrix_plan(fast=False)
    assert [row[0] for row in rows[2:]] == ["the good service", *plan.defects]
    assert [name.replace("<br>", "") for name in rows[0][2:] if name != "nights"] == list(plan.scenarios)


def test_another_matrix_takes_the_place_of_the_one_before() -> None:
    page = f"before\n\n{BEGIN}\n\nold\n\n{END}\n\nafter\n"
    assert written(page, "new\n") == f"before\n\n{BEGIN}\n\nnew\n\n{END}\n\nafter\n"
    assert written(written(page, "new\n"), "new\n") == written(page, "new\n")
