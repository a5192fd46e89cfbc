"""The notebook shows what its cells give."""

import ast
from pathlib import Path

import nbformat

ROOT = Path(__file__).parents[1]


def run_cell(source, names):
    """Run a cell as a notebook does, and return how its last expression is shown."""
    body = ast.parse(source).body
    last = body.pop() if isinstance(body[-1], ast.Expr) else None
    exec(compile(ast.Module(body, []), "cell", "exec"), names)
    if last is None:
        return ""
    value = eval(compile(ast.Expression(last.value), "cell", "eval"), names)
    return "" if value is None else repr(value)


def test_every_cell_gives_what_is_stored_below_it():
    notebook = nbformat.read(ROOT / "docs" / "notebook.ipynb", as_version=4)
    nbformat.validate(notebook)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert len(cells) >= 6
    names = {}
    for number, cell in enumerate(cells, 1):
        stored = "".join(output["data"]["text/plain"] for output in cell.outputs)
        assert (cell.execution_count, run_cell(cell.source, names)) == (number, stored)
