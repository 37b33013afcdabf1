"""The fast half of the tests needs no service, and tests that need one are marked automatically."""

import subprocess
from pathlib import Path
from textwrap import dedent

import pytest
from marks import LONGEST, SERVICES, TESTS, needs_services
from sharing import ROOT, work_unit

pytest_plugins = ["pytester"]

CONFTEST = """
import pytest
from marks import pytest_collection_modifyitems, pytest_runtest_protocol

@pytest.fixture
def postgres(): pass

@pytest.fixture
def of_a_service(postgres): pass

@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request): pass
"""


@pytest.fixture
def suite(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makeconftest(CONFTEST)
    pytester.makeini("[pytest]\nmarkers =\n    stack\n    slow\naddopts = --strict-markers -p no:cacheprovider")
    return pytester


def test_the_fast_half_leaves_out_what_asks_for_a_service_or_is_slow(suite: pytest.Pytester) -> None:
    suite.makepyfile(
        dedent("""
        import pytest

        def test_of_nothing(): pass
        def test_of_a_service(postgres): pass
        def test_of_a_fixture_of_a_service(of_a_service): pass
        def test_of_a_database(database_url): pass
        @pytest.mark.slow
        def test_slow(): pass
        """)
    )
    fast = suite.runpytest_inprocess("-m", "not stack", "-v")
    fast.assert_outcomes(passed=2, deselected=4)
    fast.stdout.fnmatch_lines(["*test_of_nothing*", "*test_of_a_database?sqlite?*"])
    suite.runpytest_inprocess().assert_outcomes(passed=6)


@pytest.mark.parametrize(
    "command",
    [
        ["/usr/bin/redis-server", "--port", "0"], ["python", "-m", "api"], ["python", "-m", "trainer.child", "3"],
        ["runuser", "-u", "postgres", "--", "/usr/lib/postgresql/15/bin/initdb"], "bin/evenkeel up --port 0",
        ["bin/evenkeel", "up"], ["python", "-m", "mlflow_server"], ["python", "-m", "mlflow", "server"],
    ],
    ids=str,
)  # fmt: skip
def test_a_test_that_starts_a_service_by_itself_fails_until_it_is_marked(command: str | list[str]) -> None:
    with pytest.raises(AssertionError, match=r"starts a service \(.*mark it with pytest.mark.stack"):
        subprocess.Popen(command)


@pytest.mark.parametrize(
    "command", [["python", "-m", "api.healthcheck"], ["python", "-c", "import api, trainer"]], ids=str
)
def test_a_process_that_is_no_service_may_be_started(command: list[str]) -> None:
    assert subprocess.run(["true", *command]).returncode == 0


def test_every_test_that_asks_for_a_service_is_marked(request: pytest.FixtureRequest) -> None:
    unmarked = [item for item in request.session.items if needs_services(item) and not item.get_closest_marker("stack")]
    assert unmarked == []


def test_every_fixture_that_starts_a_service_is_known_by_a_name_that_exists(request: pytest.FixtureRequest) -> None:
    """If a fixture were renamed, its tests would count as fast, and each would fail."""
    source = "".join(path.read_text() for path in Path(__file__).parent.rglob("*.py"))
    assert {name for name in SERVICES if f"def {name}(" not in source} == set()


def test_the_longest_files_come_first_and_are_there(request: pytest.FixtureRequest) -> None:
    assert [name for name in LONGEST if not (TESTS / name).exists()] == []
    paths = dict.fromkeys(item.path.relative_to(TESTS).as_posix() for item in request.session.items)
    longest = [name for name in LONGEST if name in paths]
    assert [*paths][: len(longest)] == longest


def test_all_files_that_use_the_lab_of_the_session_run_in_one_process(request: pytest.FixtureRequest) -> None:
    """Another process would have to start a lab of its own."""
    asking = {
        item.path.relative_to(ROOT).as_posix()
        for item in request.session.items
        if "stack" in getattr(item, "fixturenames", ()) and item.path.is_relative_to(ROOT)
    }
    assert {file for file in asking if work_unit(file) == file} == set()
    assert work_unit("tests/whole/test_main_job.py::test_x[a]") == work_unit("tests/evenkeel/cli/test_cli.py::test_y")
    assert work_unit("tests/whole/test_readiness.py::test_x") == "tests/whole/test_readiness.py"
