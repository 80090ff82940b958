"""Configuration of the documentation site: `make docs` builds it, offline."""

from __future__ import annotations

import os
import re
import sys
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import site_pages
from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx_design.shared import PassthroughTextElement
from sphinx_gallery.directives import imgsgnode

import poise

project, author = "Poise", "the Poise developers"
copyright = f"2026, {author}"  # noqa: A001  # the name that Sphinx reads
version = release = poise.__version__

extensions = [
    "sphinx.ext.autodoc",
    "myst_parser",
    "numpydoc",
    "sphinx_click",
    "sphinx_copybutton",
    "sphinx_design",
    "sphinx_gallery.gen_gallery",
    "sphinx_llm.txt",
]
exclude_patterns = [
    "_site",
    "images",
    "gallery",
    "_made/gallery/sg_execution_times.rst",
    "sg_execution_times.rst",
]
root_doc = "index"
smartquotes = False  # --target must stay two hyphens
# numpydoc links an attribute by its bare name, which several ensembles have; it takes the first.
suppress_warnings = ["ref.python"]

# Pages that are made from other files: the interface, what stands outside this folder, and results of benchmarks.
site_pages.write()

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 4
myst_links_external_new_tab = False

toc_object_entries = False  # each has a heading of its own
default_role = "py:obj"  # names in single backticks of docstrings
autodoc_typehints = "none"  # numpydoc's Parameters have the types
autodoc_member_order = "bysource"
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False

copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True

# Addresses that the project does not have yet, and pages that answer browsers alone.
linkcheck_ignore = [r"https://poise\.example/.*", r"https://doi\.org/.*"]

RUNS_GALLERY = os.environ.get("POISE_GALLERY", "on") != "off"
warnings.filterwarnings("ignore", message="FigureCanvasAgg is non-interactive")
sphinx_gallery_conf = {
    "examples_dirs": "gallery",
    "gallery_dirs": "_made/gallery",
    "filename_pattern": r"/example_" if RUNS_GALLERY else r"$^",
    "ignore_pattern": r"/_",
    "plot_gallery": RUNS_GALLERY,
    "within_subsection_order": "FileNameSortKey",
    "download_all_examples": True,
    "show_memory": False,
    "show_signature": False,
    "min_reported_time": 10_000,
    "write_computation_times": False,
    "remove_config_comments": True,
    "default_thumb_file": str(Path(__file__).parent / "images" / "smote.png"),
    "image_scrapers": ("matplotlib",),
    "reset_modules": ("matplotlib",),
    "capture_repr": ("_repr_html_", "__repr__"),
    "matplotlib_animations": False,
}

html_theme = "pydata_sphinx_theme"
html_title = "Poise"
html_favicon = "static/icon.svg"
html_context = {"default_mode": "auto"}
html_static_path = ["static"]
html_css_files = ["poise.css", "playground/playground.css"]
html_js_files = ["accessible.js"]
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "logo": {"text": "Poise"},
    "header_links_before_dropdown": 8,
    "navbar_align": "left",
    "show_toc_level": 2,
    "navigation_with_keys": False,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "article_footer_items": [],
    "show_prev_next": False,
}
html_sidebars = {"index": [], "start": [], "playground": [], "_made/changelog": []}

# After the pages, not beside them: both builds write the gallery's pages.
llms_txt_build_parallel = False
llms_txt_description = (
    "Poise is a Python library and command-line tool for learning from imbalanced tables: it resamples them, measures "
    "what that does, and says what works better."
)


class PlainNodes(SphinxPostTransform):
    """In Markdown twins, write what Markdown has no node for as text: types of parameters, references, signs in signatures."""

    default_priority = 900
    builders = ("llms-markdown",)

    def run(self) -> None:
        """Replace the nodes."""
        for node in list(self.document.findall(nodes.classifier)):
            node.replace_self(nodes.inline("", f" : {node.astext()}"))
        for node in list(self.document.findall(nodes.abbreviation)):
            node.replace_self(nodes.Text(node.astext()))
        for node in list(self.document.findall(imgsgnode)):
            node.replace_self(nodes.paragraph("", f"[A picture: {node['alt']}]"))
        for node in list(self.document.findall(PassthroughTextElement)):
            node.replace_self(nodes.paragraph("", "", *node.children))
        for node in list(self.document.findall(nodes.citation)):
            label, *rest = node.children
            text = nodes.paragraph("", "", nodes.Text(f"[{label.astext()}] "))
            node.replace_self([text, *rest])


def setup(app):  # as Sphinx calls it
    """Links of the documents lead to files of the repository; on the site, to its own pages."""

    def turned(_app, page, source):
        source[0] = site_pages.links_of_the_site(page, source[0])

    def left_out(_app, _kind, name, *_rest):
        """Leave out what scikit-learn adds to every estimator: the methods that request metadata."""
        return True if re.fullmatch(r"set_\w+_request|get_metadata_routing", name) else None

    def with_links(_app, _kind, _name, _value, _options, lines):
        """Turn DOIs of docstrings into links, after numpydoc."""
        lines[:] = [
            re.sub(r"(?<![`/])doi:(10\.[^\s,;]*[\w/])", r"`doi:\1 <https://doi.org/\1>`__", line)
            for line in lines
        ]

    app.connect("source-read", turned)
    app.connect("autodoc-process-docstring", with_links, priority=900)
    app.connect("autodoc-skip-member", left_out)
    app.add_post_transform(PlainNodes)
