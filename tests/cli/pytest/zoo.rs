//! A suite with one specimen of everything that makes node ids odd.

use super::{Project, Python};

/// The suite as the timings know it.
pub(crate) fn zoo(python: &Python) -> Project {
    Project::new(python)
        .with_installed_plugins()
        .files(SETTINGS)
        .files(FUNCTIONS)
        .files(CLASSES)
        .files(PLACES)
        .files(NOT_PYTHON)
}

/// What was written since: new tests in known files, and new files.
pub(crate) fn grow(project: &Project) {
    project.append("tests/test_plain.py", "\ndef test_new(): pass\n");
    project.append(
        "tests/test_params.py",
        "\n@pytest.mark.parametrize('value', ['new', 'a::b', 'new/[x]::y'])\ndef test_new(value): pass\n",
    );
    project.append(
        "tests/test_classes.py",
        "\n        def test_new(self): pass\n\nclass TestNew:\n    def test_first(self): pass\n",
    );
    project.append("tests/test_zoo.yaml", "new one: true\n");
    project.append("tests/test_twice.dup", "new\nnew\n");
    project.append("docs/guide.txt", "\n>>> 3 + 3\n6\n");
    for (path, text) in NEW_FILES {
        project.write(path, text);
    }
}

const SETTINGS: &[(&str, &str)] = &[
    (
        "pytest.ini",
        r"[pytest]
disable_test_id_escaping_and_forfeit_all_rights_to_community_support = true
addopts = --doctest-modules --doctest-glob=*.txt
python_files = test_*.py *_test.py a.py __init__.py
",
    ),
    (
        "conftest.py",
        r"import pytest, yaml


def pytest_collect_file(parent, file_path):
    if file_path.suffix == '.yaml' and file_path.name.startswith('test'):
        return YamlFile.from_parent(parent, path=file_path)
    if file_path.suffix == '.dup':
        return TwiceFile.from_parent(parent, path=file_path)


class Passes(pytest.Item):
    def runtest(self):
        pass


class YamlFile(pytest.File):
    def collect(self):
        for name in yaml.safe_load(self.path.open(encoding='utf-8')):
            yield Passes.from_parent(self, name=str(name))


class TwiceFile(pytest.File):
    '''Emits one id as often as its line is there.'''

    def collect(self):
        for name in self.path.read_text().split():
            yield Passes.from_parent(self, name=name)
",
    ),
];

const FUNCTIONS: &[(&str, &str)] = &[
    (
        "tests/test_plain.py",
        "def test_same(): pass\ndef test_other(): pass\n",
    ),
    (
        "tests/test_params.py",
        r##"import pytest

ODD = [
    "a::b", "::", "[", "]", "[]", "x[1]", "a]::b[", "trailing]", "a/b.py", "/",
    "a.b", "two words", "", " ", "-", "-k", "%7B{}", "&<>\"'", "ünïcode", "日本語",
    "🙂", "👩‍👧", "tab\there", "line\nfeed", "return\r", "\x1b[0m", "nul\x00", "del\x7f",
    "\x85", "\u2028", "\ufffe", "x" * 150, "#x1B", "\\x1b", "tests/test_plain.py::test_same",
]


@pytest.mark.parametrize("value", ODD)
def test_odd(value): pass


@pytest.mark.parametrize("value", [1.5, None, True, object, ("a", "b")])
@pytest.mark.parametrize("other", ["p-q", "p", "q-r"])
def test_product(value, other): pass


class TestOdd:
    @pytest.mark.parametrize("value", ODD)
    def test_odd(self, value): pass
"##,
    ),
    (
        "tests/test_generated.py",
        r"import uuid, pytest

@pytest.mark.parametrize('value', [uuid.uuid4().hex for _ in range(9)])
def test_generated(value): pass

class TestInClass:
    @pytest.mark.parametrize('value', [uuid.uuid4().hex for _ in range(4)])
    def test_generated(self, value): pass

    def test_fixed(self): pass
",
    ),
    (
        "tests/test_größe.py",
        "def test_größe(): pass\n\nclass TestÄpfel:\n    def test_日本(self): pass\n",
    ),
];

const CLASSES: &[(&str, &str)] = &[
    (
        "tests/test_classes.py",
        r"import pytest

def test_before(): pass

class TestOuter:
    @pytest.fixture(scope='class', autouse=True)
    def costly(self): yield

    def test_one(self): pass

    class TestInner:
        def test_one(self): pass

        class TestDeep:
            def test_one(self): pass

            @pytest.mark.parametrize('value', ['a::b', 'c'])
            def test_two(self, value): pass

    def test_two(self): pass

class TestOut:
    '''A name that is the start of another one.'''
    def test_one(self): pass

class TestOuterAgain:
    def test_one(self): pass

    class TestLast:
        def test_old(self): pass
",
    ),
    (
        "tests/test_unit.py",
        r"import unittest

class First(unittest.TestCase):
    @classmethod
    def setUpClass(cls): pass

    def test_one(self): pass

    def test_parts(self):
        for part in range(3):
            with self.subTest(part=part):
                pass

class Second(First):
    def test_more(self): pass

class Awaits(unittest.IsolatedAsyncioTestCase):
    async def test_one(self): pass
",
    ),
    (
        "tests/base.py",
        r"class Shared:
    def test_inherited(self): pass
    def test_inherited_too(self): pass
",
    ),
    (
        "tests/test_heir_a.py",
        "from base import Shared\n\nclass TestHeir(Shared):\n    def test_own(self): pass\n",
    ),
    (
        "tests/test_heir_b.py",
        "from base import Shared\n\nclass TestHeir(Shared):\n    def test_own(self): pass\n",
    ),
    (
        "tests/test_imports.py",
        "from test_heir_a import TestHeir  # noqa\nfrom test_plain import test_same  # noqa\n",
    ),
];

const PLACES: &[(&str, &str)] = &[
    (
        "tests/a.py",
        "def test_same(): pass\n\nclass TestA:\n    def test_same(self): pass\n",
    ),
    ("tests/a/test_old.py", "def test_same(): pass\n"),
    ("tests/x/__init__.py", ""),
    (
        "tests/x/test_twin.py",
        "def test_same(): pass\ndef test_other(): pass\n",
    ),
    ("tests/y/__init__.py", ""),
    (
        "tests/y/test_twin.py",
        "def test_same(): pass\ndef test_other(): pass\n",
    ),
    (
        "tests/package/__init__.py",
        "def test_in_init(): pass\n\nclass TestInit:\n    def test_same(self): pass\n",
    ),
    ("tests/package/test_inside.py", "def test_same(): pass\n"),
    (
        "tests/package/sub/__init__.py",
        "def test_in_sub_init(): pass\n",
    ),
    ("tests/v1.2/test_dots.py", "def test_same(): pass\n"),
    ("tests/v1/2/test_not_dots.py", "def test_same(): pass\n"),
    (
        "tests/[odd] dir/test_brackets.py",
        "def test_same(): pass\nclass TestB:\n    def test_b(self): pass\n",
    ),
    ("tests/ünï 🙂/test_place.py", "def test_same(): pass\n"),
    ("tests/a:b/test_colon.py", "def test_same(): pass\n"),
    ("tests/a::b/test_colons.py", "def test_same(): pass\n"),
    ("elsewhere_test.py", "def test_same(): pass\n"),
];

const NOT_PYTHON: &[(&str, &str)] = &[
    (
        "src/calc.py",
        "def add(a, b):\n    '''\n    >>> add(1, 2)\n    3\n    '''\n    return a + b\n\n\nclass Calc:\n    def sub(self, a, b):\n        '''\n        >>> Calc().sub(3, 1)\n        2\n        '''\n        return a - b\n",
    ),
    ("docs/guide.txt", ">>> 1 + 1\n2\n"),
    ("docs/sub/guide.txt", ">>> 2 + 2\n4\n"),
    ("docs/v1.0/guide.txt", ">>> 2 + 2\n4\n"),
    (
        "tests/test_zoo.yaml",
        "plain: 1\nwith::colons: 1\n'[brackets]': 1\n'a/b.py': 1\n'two words': 1\n'': 1\n\"esc\\e[0m\": 1\n",
    ),
    ("tests/sub.dir/test_zoo.yaml", "plain: 1\nother: 1\n"),
    ("tests/test_twice.dup", "one\none\ntwo\none\nthree\n"),
];

const NEW_FILES: &[(&str, &str)] = &[
    (
        "tests/a/test_new.py",
        "def test_same(): pass\ndef test_new(): pass\n",
    ),
    (
        "tests/new/deep/test_deep.py",
        "def test_same(): pass\nclass TestX:\n    def test_x(self): pass\n",
    ),
    ("tests/test_new.yaml", "plain: 1\n"),
    ("tests/test_new.dup", "one\none\n"),
    ("tests/v1.2/test_new_dots.py", "def test_same(): pass\n"),
    ("tests/newpkg/__init__.py", "def test_in_new_init(): pass\n"),
    ("docs/new.txt", ">>> 1 + 1\n2\n"),
    ("src/new.py", "def f():\n    '''\n    >>> f()\n    '''\n"),
];
