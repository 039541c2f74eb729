"""Loads evenshard's pytest plugin from plugin.json beside it. PYTEST_DONT_REWRITE

Tools take every module that has a file for the user's own code: coverage measures it, and
hypothesis reads its constants. This module is the only one with a file, and the plugin takes
its place.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from importlib.machinery import ModuleSpec
from types import ModuleType


class Sources:
    """Finds and loads the modules of the plugin."""

    def __init__(self, name: str, folder: str) -> None:
        self.name = name
        self.folder = folder
        with open(os.path.join(folder, "plugin.json"), encoding="utf-8") as file:
            self.texts = json.load(file)

    def find_spec(self, fullname: str, *_: object) -> ModuleSpec | None:
        package, _, module = fullname.partition(".")
        if package != self.name:
            return None
        return ModuleSpec(fullname, self, origin="evenshard", is_package=not module)

    def create_module(self, spec: ModuleSpec) -> None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        name = (module.__name__.partition(".")[2] or "__init__") + ".py"
        # No tool takes a name in angle brackets for a file, and it still tells where an error was.
        code = compile(self.texts[name], "<evenshard %s>" % name, "exec", dont_inherit=True)
        exec(code, module.__dict__)

    def load(self) -> None:
        """Puts the plugin in the place of this module."""
        # Else the import below would find this module, and not the plugin.
        del sys.modules[self.name]
        sys.meta_path.insert(0, self)
        try:
            importlib.import_module(self.name)
        finally:
            # Only while the plugin loads: tests look at the finders, too.
            sys.meta_path.remove(self)
            for name in [n for n in sys.modules if n.startswith(self.name + ".")]:
                del sys.modules[name]


Sources(__name__, os.path.dirname(os.path.abspath(__file__))).load()
