"""How the site is built from docs/*.md and the public headers; `./dev docs` runs it."""

import pathlib
import subprocess
import sys

here = pathlib.Path(__file__).parent
top = here.parents[1]
sys.path.insert(0, str(here))

project = "pactor"
copyright = "the authors of pactor, MIT licence"
version = release = subprocess.check_output([top / "build/release/bin/pactor", "--version"], text=True).split()[1]

extensions = ["myst_parser", "breathe", "sphinx_copybutton", "terminal", "check"]
exclude_patterns = ["site"]

# Headings are link targets, as they are where the tree is read without the site.
myst_heading_anchors = 3
smartquotes = False

breathe_projects = {"pactor": str(top / "build/docs/xml")}
breathe_default_project = "pactor"
breathe_show_include = False
breathe_domain_by_extension = {"hpp": "cpp"}
primary_domain = "cpp"
highlight_language = "none"

html_theme = "furo"
html_title = f"pactor {version}"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_favicon = "static/logo.svg"
html_copy_source = False
html_theme_options = {"light_logo": "logo.svg", "dark_logo": "logo.svg"}
