"""A program trains a run: what it gets, what it says, how it ends, and how it goes on."""

from pathlib import Path

import pytest
from commands import InLine, attempt, losses, results, write_command
from services import wait_for

from evenkeel.plugins import EpochEnd, Finished, Outcome, StepEnd
from trainer.commands.errors import CommandDied, CommandFailed
from trainer.commands.lines import WrongLine
from trainer.commands.program import CannotStart
from trainer.commands.state import StateTooLarge

pytestmark = pytest.mark.slow

# A program that counts in its state, and waits until the lab has taken it.
COUNTS = """
path = folder + "/count"
count = float(open(path).read()) if done else 100 * float(sys.argv[1])
for epoch in range(done + 1, json.loads(os.environ["EVENKEEL_LEVELS"])["epochs"] + 1):
    count = count * 1.1 + int(sys.argv[2])
    open(path, "w").write(repr(count))
    say(epoch=epoch, loss=count)
    taken.readline()
"""


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_until_gone(pid: int) -> None:
    wait_for(lambda: not alive(pid), 10, f"the end of process {pid}")


def test_a_program_gets_its_levels_and_its_seed_and_what_it_measures_is_the_run(tmp_path: Path) -> None:
    yielded = results(attempt(write_command(tmp_path, COUNTS)))
    assert losses(yielded) == pytest.approx([18, 26.8, 36.48])
    assert [each.epoch for each in yielded if isinstance(each, EpochEnd)] == [1, 2, 3]
    assert yielded[-1] == Finished(Outcome.CONVERGED)


def test_it_gets_nothing_of_the_workers_secrets_and_its_own_variables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVENKEEL_DATABASE_URL", "postgresql://password")
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "password")
    code = """
    told = sorted(name for name in os.environ if name.startswith(("EVENKEEL_", "MLFLOW_", "MINE", "OMP_NUM")))
    sys.exit(" ".join(told) + " " + os.environ["MINE"])
    """
    with pytest.raises(CommandFailed) as failed:
        results(attempt(write_command(tmp_path, code, environment=InLine(MINE="yes"))))
    told = "DEVICE EPOCH_DONE LEVELS METRICS_FD SEED STATE_DIR TAKEN_FD"
    expected = " ".join(f"EVENKEEL_{name}" for name in told.split())
    assert str(failed.value).endswith(f"It said last:\n{expected} MINE OMP_NUM_THREADS yes")


def test_a_program_that_is_killed_goes_on_from_its_state_with_the_same_numbers(tmp_path: Path) -> None:
    command = write_command(tmp_path, COUNTS, epochs=6)
    whole = losses(results(attempt(command, epochs=6)))
    for last in range(1, 6):
        first = attempt(command, epochs=6)
        for each in first:
            if isinstance(each, EpochEnd) and each.epoch == last:
                break
        second = attempt(command, epochs=6)
        second.resume(last, first.state_dict())
        yielded = results(second)
        assert losses(yielded) == whole[last:]
        assert isinstance(yielded[0], EpochEnd)
        assert yielded[0].epoch == last + 1


@pytest.mark.parametrize(
    ("code", "error", "says"),
    [
        (
            "print('no data', file=sys.stderr); sys.exit(3)",
            CommandFailed,
            "exit code 3 after epoch 0. It said last:\nno",
        ),
        ("say(epoch=1, loss=1); sys.exit(0)", CommandFailed, "exit code 0, but wrote the lines of 1 epochs of 3"),
        ("os.kill(os.getpid(), 9)", CommandDied, "was ended by SIGKILL after epoch 0. It said nothing"),
        ("print('garbage', file=metrics)", WrongLine, "the program wrote the line 'garbage': expected a JSON object"),
        ("os.write(metrics.fileno(), b'x' * 70_000)", WrongLine, "the program wrote the line 'xxx"),
        ("say(epoch=2, loss=1)", WrongLine, "epoch: expected 1, not 2"),
        ("[say(epoch=i, loss=1) for i in range(1, 5)]", CommandFailed, "a line after its last epoch, 3"),
        ("open(folder + '/x', 'wb').write(b'x' * 1_100_000); say(epoch=1, loss=1)", StateTooLarge, "STATE_MB=1 allows"),
    ],
)
def test_a_program_that_does_not_train_the_run_to_its_end_fails_it_and_the_error_says_how(
    tmp_path: Path, code: str, error: type[Exception], says: str
) -> None:
    with pytest.raises(error) as failed:
        results(attempt(write_command(tmp_path, code)))
    assert says in str(failed.value)
    assert len(str(failed.value)) < 2000


def test_a_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    command = write_command(tmp_path, "", program="/nowhere/prog")
    with pytest.raises(CannotStart, match="the program '/nowhere/prog' cannot be started"):
        results(attempt(command))


def test_a_value_that_is_not_finite_ends_the_run_as_diverged(tmp_path: Path) -> None:
    code = "say(epoch=1, loss=1); say(epoch=2, loss=float('nan')); time.sleep(60)"
    yielded = results(attempt(write_command(tmp_path, code)))
    assert losses(yielded) == [1.0]
    assert yielded[-1] == Finished(Outcome.DIVERGED, 2)


def test_a_program_that_writes_much_is_read_and_its_error_has_only_the_end(tmp_path: Path) -> None:
    code = """
    for i in range(30_000): print(f"line {i}", file=sys.stderr)
    sys.exit(1)
    """
    with pytest.raises(CommandFailed) as failed:
        results(attempt(write_command(tmp_path, code)))
    assert str(failed.value).splitlines()[1:] == [f"line {i}" for i in range(29_985, 30_000)]


def test_a_program_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    command = write_command(tmp_path, "time.sleep(60)", timeout_minutes=0.001)
    with pytest.raises(CommandFailed, match=r"took longer than timeout_minutes = 0\.001"):
        results(attempt(command))


def test_a_training_that_is_left_ends_its_program_and_all_that_it_started_and_its_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    code = """
    import signal, subprocess
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    child = subprocess.Popen(["sleep", "60"])
    say(epoch=1, loss=child.pid)
    time.sleep(60)
    """
    training = iter(attempt(write_command(tmp_path, code, stop_seconds=0.2)))
    first = next(each for each in training if isinstance(each, EpochEnd))
    # While nothing happens it says so, and can be stopped.
    assert next(training) == StepEnd(1, 0)
    assert list(tmp_path.glob("command-*"))
    training.close()  # type: ignore[attr-defined]
    wait_until_gone(int(first.values["loss"] or 0))
    assert list(tmp_path.glob("command-*")) == []


def test_what_a_program_leaves_running_does_not_keep_the_run(tmp_path: Path) -> None:
    code = """
    import subprocess
    child = subprocess.Popen(["sleep", "60"], pass_fds=[metrics.fileno()])
    for epoch in (1, 2, 3): say(epoch=epoch, loss=child.pid)
    """
    yielded = results(attempt(write_command(tmp_path, code)))
    assert yielded[-1] == Finished(Outcome.CONVERGED)
    wait_until_gone(int(losses(yielded)[0] or 0))
