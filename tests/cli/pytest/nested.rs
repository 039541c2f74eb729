//! A pytest that a test starts is that test's business: it runs whole.

use super::python::{on_each_pytest, on_environments, on_oldest_and_newest};
use super::{Project, Python, assert_partition};

const NESTED: &str = r"import os, subprocess, sys, textwrap, uuid, pytest

def files():
    # Other names for each test, since some of them share one process.
    return {f'test_{uuid.uuid4().hex}': '''
        def test_one(): pass
        def test_two(): pass
        class TestThree:
            def test_three(self): pass
    ''' for _ in range(6)}

def inner(folder):
    for name, text in files().items():
        (folder / f'{name}.py').write_text(textwrap.dedent(text))
    (folder / 'pytest.ini').write_text('[pytest]')

@pytest.mark.parametrize('how', ['inprocess', 'subprocess'])
def test_pytester(pytester, how):
    pytester.makepyfile(**files())
    run = getattr(pytester, f'runpytest_{how}')
    run().assert_outcomes(passed=18)

def test_pytester_alone(pytester):
    pytester.makepyfile(**files())
    pytester.inline_run().assertoutcome(passed=18)

@pytest.mark.parametrize('how', ['inprocess', 'subprocess'])
def test_nothing_of_ours_is_in_it(pytester, how):
    pytester.makeconftest('''
        import os, sys
        def pytest_configure(config):
            plugins = [str(name) for name, _ in config.pluginmanager.list_name_plugin()]
            given = os.environ.get('PYTEST_PLUGINS', '')
            found = [name for name in [*plugins, *sys.modules, given] if 'evenshard' in name]
            assert not found and 'EVENSHARD_SLICE' not in os.environ, found
    ''')
    pytester.makepyfile(**files())
    getattr(pytester, f'runpytest_{how}')().assert_outcomes(passed=18)

@pytest.mark.parametrize('start', ['module', 'program'])
def test_subprocess(tmp_path, start):
    inner(tmp_path)
    program = os.path.join(os.path.dirname(sys.executable), 'pytest')
    command = [program] if start == 'program' else [sys.executable, '-m', 'pytest']
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert '18 passed' in done.stdout, done.stdout + done.stderr
    assert done.returncode == 0

def test_without_any_test(tmp_path):
    done = subprocess.run([sys.executable, '-m', 'pytest'], cwd=tmp_path)
    assert done.returncode == 5

def test_same_process(tmp_path):
    inner(tmp_path)
    assert pytest.main([str(tmp_path), '-q', '--rootdir', str(tmp_path), '-p', 'no:cacheprovider']) == 0

def test_after_them(): pass
";

on_each_pytest! {
    fn a_pytest_inside_a_test_runs_all_of_its_tests(python) {
        let project = Project::new(&python.cold())
            .file("conftest.py", "pytest_plugins = ['pytester']\n")
            .file("tests/test_nested.py", NESTED)
            .file("tests/test_usual.py", "def test_one(): pass\ndef test_two(): pass\n");
        let plain = project.record(&[]).ended_with(0);
        let shards = project.shards(2, &["--timings", "junit/"], &[]);
        assert_partition(&plain, &shards);
    }
}

on_oldest_and_newest! {
    fn a_pytest_inside_a_worker_runs_all_of_its_tests(python) {
        let project = Project::new(&python.cold())
            .file("conftest.py", "pytest_plugins = ['pytester']\n")
            .file("tests/test_nested.py", NESTED)
            .file("tests/test_usual.py", "def test_one(): pass\ndef test_two(): pass\n");
        let plain = project.record(&[]).ended_with(0);
        let shards = project.shards(2, &["--timings", "junit/"], &["-p", "xdist", "-n", "2"]);
        assert_partition(&plain, &shards);
    }

    fn a_pytest_that_a_conftest_starts_runs_all_of_its_tests(python) {
        let project = Project::new(&python.cold())
            .file("conftest.py", r"
import subprocess, sys

def pytest_configure(config):
    if hasattr(config, 'workerinput'):
        return
    command = [sys.executable, '-m', 'pytest', '-q', '--rootdir', 'inner', 'inner']
    done = subprocess.run(command, capture_output=True, text=True)
    assert '4 passed' in done.stdout, done.stdout + done.stderr
")
            .file("pytest.ini", "[pytest]\ntestpaths = tests\n")
            .file("inner/pytest.ini", "[pytest]\n")
            .file("inner/conftest.py", "")
            .file("inner/test_x.py", "def test_1(): pass\ndef test_2(): pass\n")
            .file("inner/test_y.py", "def test_1(): pass\ndef test_2(): pass\n")
            .file("tests/test_usual.py", "def test_one(): pass\n")
            .file("tests/test_other.py", "def test_one(): pass\n");
        for command in [&[][..], &["-p", "no:randomly"]] {
            for shard in project.shards(2, &[], command) {
                shard.ended_with(0);
            }
        }
    }

    fn a_worker_that_a_test_starts_is_left_alone(python) {
        let project = Project::new(&python.cold())
            .with_installed_plugins()
            .file("conftest.py", "pytest_plugins = ['pytester']\n")
            .file("tests/test_nested.py", r"
def test_workers(pytester):
    pytester.makepyfile(**{f'test_{i}': 'def test_one(): pass\ndef test_two(): pass' for i in range(6)})
    pytester.runpytest_subprocess('-n2').assert_outcomes(passed=12)
")
            .file("tests/test_usual.py", "def test_one(): pass\ndef test_two(): pass\n");
        let plain = project.record(&[]).ended_with(0);
        let shards = project.shards(2, &["--timings", "junit/"], &[]);
        assert_partition(&plain, &shards);
    }
}
