"""The documentation as a site: `make docs` builds it, offline, into results/site.

The pages are written to be read in the repository; the repository's root is their root here too, so
their links hold in both places.
"""

from pathlib import Path

from pygments.lexers.python import PythonLexer

ROOT = Path(__file__).parents[1]

project = "Nurture"
author = copyright = "The Nurture authors"
root_doc = "README"
include_patterns = ["*.md", "docs/*.md"]
extensions = ["myst_parser", "sphinx.ext.autodoc", "numpydoc", "sphinx-mathjax-offline"]

myst_enable_extensions = ["dollarmath"]
myst_fence_as_directive = ["math"]
myst_heading_anchors = 3

numpydoc_show_class_members = False
autodoc_typehints = "none"

html_theme = "furo"
html_title = "Nurture"
html_show_sourcelink = False
html_copy_source = False
html_additional_pages = {"index": "redirect.html"}
templates_path = ["site"]


PAGES = {
    "Start": "tutorial findings gallery",
    "Use it": "networks faces observers rearing cluster workflow data",
    "Reference": "methods calibration api benchmarks",
    "Project": "contributing releasing /CONTRIBUTING /CHANGELOG /SECURITY /CODE_OF_CONDUCT",
}
"""The order of the pages in the site's navigation."""


def _add(app, name, source):
    """Give the first page the navigation, and the gallery the figures of a run of the default."""
    if name == "README":
        for caption, pages in PAGES.items():
            paths = (page if page[0] == "/" else f"docs/{page}" for page in pages.split())
            lines = "\n".join(paths)
            source[0] += f"\n```{{toctree}}\n:hidden:\n:caption: {caption}\n\n{lines}\n```\n"
    if name == "docs/gallery":
        figures = sorted((ROOT / "results/figures").glob("*.svg"))
        if (ROOT / "results/report.html").is_file():
            source[0] += "\n[The report of that run](../results/report.html)\n"
        source[0] += "".join(
            f"\n## {path.stem}\n\n![{path.stem}](../results/figures/{path.name})\n"
            for path in figures
        )


def setup(app):
    """Connect what Sphinx is to call."""
    app.add_lexer("snakemake", PythonLexer)
    app.connect("source-read", _add)
