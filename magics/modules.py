"""%modules and %require: what an isolate has imported, and a package or file for it."""

from __future__ import annotations

import argparse
import json
import re
from pathlib import PurePosixPath

from IPython.core.error import UsageError

from isolates.magics.cell import Body, Cell, Place
from isolates.magics.isolate import add_isolate
from isolates.magics.magic import Host, Magic
from isolates.magics.making import making
from isolates.magics.module_row import ModuleRow
from isolates.magics.parser import MagicParser
from isolates.magics.tables import Table
from isolates.magics.variables import is_name


def _make_modules() -> Magic:
    parser = MagicParser(
        "%modules",
        "List the modules that a context has loaded.\n\n"
        "Those of import and of require, of packages, files and cells named by %%module. state is loaded; "
        "loading; failed, and with which error; not run, as one before it has failed; changed: then the next "
        "import loads it again, with all that import it; or busy: the isolate can't be asked now.",
        "%modules\n%modules --isolate a --context tests",
    )
    add_isolate(parser, makes=False)
    return Magic("modules", "line", parser, _list)


async def _list(host: Host, options: argparse.Namespace, body: Body) -> None:
    place = host.settings.current.named(options.isolate, options.context)
    entry = host.manager.get(place.isolate)
    if entry is None or place.context not in entry.contexts:
        option, value = ("--isolate", place.isolate) if entry is None else ("--context", place.context)
        if options.isolate or options.context:
            raise UsageError(f"%modules: {option} {value!r}: there is none of that name")
        rows: list[ModuleRow] = []
    else:
        rows = await host.modules(place)
    notes = [] if rows else [f"No modules are loaded in {place.isolate}, context {place.context}"]
    host.display(Table(["module", "kind", "state", "file"], [_cells(row) for row in rows], notes).bundle())


def _cells(row: ModuleRow) -> list[str]:
    return [row.name, row.kind, row.state, row.file]


def _make_require() -> Magic:
    parser = MagicParser(
        "%require",
        "Load a package or a file, as a constant that later cells see.\n\n"
        "NAME is what import takes: lodash, ./file.mjs, ./data.json, the name of a cell. The constant has "
        "the exports of CommonJS and JSON, or the namespace of an ES module. Its name is the last part of "
        "NAME, d3Array for d3-array, unless VAR says another. Isolates other than main import cells only, "
        "unless the configuration lets them import files (file_imports).",
        "%require lodash as _\n%require ./helpers.mjs\n%require d3-array --isolate a",
    )
    parser.add_argument("name", metavar="NAME", help="a package, a file or a cell")
    parser.add_argument("alias", metavar="as VAR", nargs="*", help="the name of the constant")
    add_isolate(parser)
    return Magic("require", "line", parser, _require)


async def _require(host: Host, options: argparse.Namespace, body: Body) -> None:
    place: Place = host.settings.current.named(options.isolate, options.context)
    name: str = options.name
    variable = _constant(name, options.alias)
    try:
        found = await host.find_module(place, name)
    except UsageError as error:
        raise UsageError(f"%require: NAME {name!r}: {error}") from None
    attributes = ", {with: {type: 'json'}}" if found.kind == "JSON" else ""
    namespace = f"await import({json.dumps(name)}{attributes})"
    has_exports = found.kind in ("CommonJS", "JSON", "built-in")
    source = f"const {variable} = ({namespace}).default" if has_exports else f"const {variable} = {namespace}"
    with making(host, [place.isolate]):
        await host.evaluate(Cell(source, 0, *place))
    where = f", {found.file}" if found.file else ""
    host.write(f"{variable}: {found.kind}{where}\n")


def _constant(name: str, alias: list[str]) -> str:
    if alias and (len(alias) != 2 or alias[0] != "as"):
        raise UsageError(f"%require: {' '.join(alias)!r}: behind NAME comes nothing, or `as VAR`")
    if alias:
        if not is_name(alias[1]):
            raise UsageError(f"%require: as {alias[1]}: that is no name for a variable of JavaScript")
        return alias[1]
    stem = PurePosixPath(name.removesuffix("/")).name.removeprefix("node:").split("?")[0]
    stem = re.sub(r"\.(?:[cm]?js|json)$", "", stem)
    variable = re.sub(r"[-.:]+(\w?)", lambda match: match[1].upper(), stem)
    if not is_name(variable):
        raise UsageError(f"%require: NAME {name!r}: it makes no name for a variable; `as VAR` gives one")
    return variable


MODULES = _make_modules()
REQUIRE = _make_require()
