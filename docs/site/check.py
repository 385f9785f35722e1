"""Looks at the finished site as its readers and their browsers will. A fault is a warning, and so an error.

Every link within it leads to a page, and to a place on that page. The reference has each public declaration that
Doxygen found, and names nothing from inside of the library. The search, which needs no server, knows the words
that one would look for.
"""

import html.parser
import pathlib
import re
import urllib.parse
import xml.etree.ElementTree as xml

from sphinx.util import logging, stemmer

INTERNAL = re.compile(r"\b(runtime|wire|mail|os)::|PACTOR_DETAIL")
stem = stemmer.get_stemmer().stem
SEARCHED = ["overloaded", "timeout", "gdb", "restart", "dlopen", "valgrind", "codec", "actordied"]


class Page(html.parser.HTMLParser):
    def __init__(self, path):
        super().__init__()
        self.links, self.places, self.text = [], set(), ""
        self.feed(path.read_text())

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        self.places.add(values.get("id"))
        self.links += [values[name] for name in ("href", "src") if values.get(name)]

    def handle_data(self, data):
        self.text += data


def broken_links(site, pages):
    for path, page in pages.items():
        for link in page.links:
            to = urllib.parse.urlsplit(link)
            if to.scheme or to.netloc:
                continue
            target = (path.parent / urllib.parse.unquote(to.path)).resolve() if to.path else path
            place = urllib.parse.unquote(to.fragment)
            if not target.is_file():
                yield f"{path.relative_to(site)}: dead link {link}"
            elif place and target in pages and place not in pages[target].places:
                yield f"{path.relative_to(site)}: dead link {link}: no such place there"


def missing_declarations(reference, doxygen):
    places = set().union(*(page.places for page in reference))
    for file in sorted(doxygen.glob("*.xml")):
        if not re.match(r"class|struct|namespacepactor|describe", file.name):
            continue
        for compound in xml.parse(file).getroot().iter("compounddef"):
            declared = list(compound.iter("memberdef"))
            if compound.get("kind") != "namespace" and compound.get("kind") != "file":
                declared.append(compound)
            for declaration in declared:
                described = "".join(declaration.find("briefdescription").itertext())
                described += "".join(declaration.find("detaileddescription").itertext())
                public = declaration.get("prot", "public") == "public"
                if public and described.strip() and declaration.get("id") not in places:
                    name = declaration.findtext("definition") or declaration.findtext("compoundname")
                    yield f"reference: {name or declaration.findtext('name')} is on no page"


def faults(site):
    pages = {path: Page(path) for path in sorted(site.rglob("*.html"))}
    reference = [page for path, page in pages.items() if path.parent.name == "reference"]
    yield from broken_links(site, pages)
    yield from missing_declarations(reference, site.parent / "xml")
    for page in reference:
        yield from (f"reference: internal name {found[0]}" for found in INTERNAL.finditer(page.text))
    index = (site / "searchindex.js").read_text()
    known = set(re.findall(r"\w+", index.partition("terms")[2]))
    yield from (f"search: does not know '{word}'" for word in SEARCHED if stem(word) not in known)


def check(app, error):
    if error is None:
        for fault in faults(pathlib.Path(app.outdir).resolve()):
            logging.getLogger(__name__).warning(fault)


def setup(app):
    app.connect("build-finished", check)
    return {"parallel_read_safe": True}
