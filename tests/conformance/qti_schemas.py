"""Judges QTI packages by the official schemas, wherever they are.

Beside the checkout a validator may lie that also knows rules no schema can say.
Without it, `QBANK_QTI_SCHEMAS` names a folder that holds 1EdTech's XSDs under
their own names (see docs/lms.md): what is in a package is then validated by lxml.
"""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from lxml import etree

ROOT = Path(__file__).parents[2]
VALIDATOR = ROOT.parent / "shared" / "tools" / "qti_validate.py"
FOLDER = os.environ.get("QBANK_QTI_SCHEMAS")
SCHEMAS: dict[str, tuple[str, ...]] = {
    "http://www.imsglobal.org/xsd/imsqti_v2p1": ("imsqti_v2p1.xsd",),
    "http://www.imsglobal.org/xsd/imsqti_v2p2": ("imsqti_v2p2.xsd",),
    "http://www.imsglobal.org/xsd/imsqtiasi_v3p0": (
        "imsqti_asiv3p0p1_v1p0.xsd",
        "imsqti_asiv3p0_v1p0.xsd",
        "imsqti_asiv3p0_sbacv1p0_v1p0.xsd",
    ),
    "QTIv2.1 Package": ("qtiv2p1_imscpv1p2_v1p0.xsd",),
    "QTIv2.2 Package": ("qtiv2p2_imscpv1p2_v1p0.xsd",),
    "QTI Package": ("imsqtiv3p0_imscpv1p2_v1p0.xsd",),
}
"""The official names of the schema of a namespace, or of a manifest by its `schema`; the first that is there counts."""


def judge(path: Path) -> str:
    """What is wrong with a package, or those of a folder, warnings included: nothing, hopefully. Skips the test without any schemas."""
    if VALIDATOR.is_file():
        more = ["--schemas", FOLDER] if FOLDER else []
        command = [sys.executable, str(VALIDATOR), *more, str(path)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
        found = [line for line in done.stdout.splitlines() if not line.endswith(": OK")]
        return "\n".join([*found[:40], done.stderr if done.returncode == 2 else ""]).strip()
    if not FOLDER:
        pytest.skip("QBANK_QTI_SCHEMAS does not name a folder with the QTI schemas")
    packages = sorted(path.glob("*.zip")) if path.is_dir() else [path]
    return "\n".join(line for package in packages for line in by_schema(package, Path(FOLDER)))


def by_schema(path: Path, folder: Path) -> list[str]:
    """The errors of the XML members of a package by the schemas of a folder."""
    found = []
    with zipfile.ZipFile(path) as package:
        for name in package.namelist():
            if name.endswith(".xml"):
                tree = etree.fromstring(package.read(name))
                schema = _schema(folder, _kind(tree))
                if not schema.validate(tree):
                    found += [f"{name}:{error.line}: {error.message}" for error in schema.error_log]
    # the only 3.0 schema that is easy to come by is a profile without free data attributes
    return [line for line in found if "attribute 'data-" not in line]


def _kind(root: Any) -> str:
    name = etree.QName(root)
    if name.localname != "manifest":
        return str(name.namespace)
    return str(root.findtext(f"{{{name.namespace}}}metadata/{{{name.namespace}}}schema"))


@cache
def _schema(folder: Path, kind: str) -> Any:
    files: dict[str, Path] = {}
    for file in sorted(folder.rglob("*.xsd")):
        files.setdefault(file.name, file)
    main = next((files[name] for name in SCHEMAS[kind] if name in files), None)
    if main is None:
        pytest.skip(f"{folder} has none of {', '.join(SCHEMAS[kind])}")
    parser = etree.XMLParser(no_network=True)
    parser.resolvers.add(_ByName(files))
    return etree.XMLSchema(etree.parse(main, parser))


class _ByName(etree.Resolver):
    """Finds an imported schema at its place, else by its file's name anywhere in the folder."""

    def __init__(self, files: dict[str, Path]) -> None:
        self._files = files

    def resolve(self, url: str | None, pubid: str | None, context: Any) -> Any:
        """The schema of that address. `etree.XMLSchemaParseError` follows where there is none."""
        path = Path(unquote(urlsplit(url or "").path))
        # a later revision of a schema stands for an earlier one, or the other way round
        names = (path.name, f"{path.stem}p1.xsd", f"{path.stem[:-2]}.xsd")
        found = path if path.is_file() else next((self._files[name] for name in names if name in self._files), None)
        return self.resolve_filename(str(found), context) if found is not None else self.resolve_empty(context)
