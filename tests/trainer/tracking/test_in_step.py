"""Jobs that go in step send their calls together, and a refusal is that of one job alone."""

from mlflow.exceptions import MlflowException

from trainer.tracking.calls import Answer, Call, Steps, Wave
from trainer.tracking.in_step import in_step


class Mlflow:
    """Answers each call with its path, and refuses the paths in `refuses`."""

    def __init__(self, *refuses: str) -> None:
        self.waves, self.refuses = list[list[str]](), refuses

    def send(self, wave: Wave) -> list[Answer | MlflowException]:
        paths = [call.path for call in wave if isinstance(call, Call)]
        self.waves.append(paths)
        return [MlflowException("no") if path in self.refuses else {"path": path} for path in paths]


def job(*waves: list[str]) -> Steps[list[str]]:
    got: list[str] = []
    for wave in waves:
        answers = yield [Call("POST", path) for path in wave]
        got += [answer["path"] for answer in answers]
    return got


def test_each_wave_has_the_calls_of_all_jobs_and_each_job_gets_its_own_answers() -> None:
    mlflow = Mlflow()
    jobs = {"a": job(["a1"], ["a2", "a3"]), "b": job(["b1"], [], ["b2"]), "c": job()}
    found = in_step(jobs, mlflow.send, lambda: True)
    assert found == {"a": ["a1", "a2", "a3"], "b": ["b1", "b2"], "c": []}
    assert mlflow.waves == [["a1", "b1"], ["a2", "a3"], ["b2"]]


def test_a_refusal_ends_the_job_that_asked_and_no_other() -> None:
    mlflow = Mlflow("a1")
    found = in_step({"a": job(["a1"], ["a2"]), "b": job(["b1"], ["b2"])}, mlflow.send, lambda: True)
    assert (str(found["a"]), found["b"]) == ("no", ["b1", "b2"])
    assert mlflow.waves == [["a1", "b1"], ["b2"]]


def test_a_job_may_answer_a_refusal_itself() -> None:
    def asks() -> Steps[str]:
        try:
            yield [Call("GET", "gone")]
        except MlflowException:
            return "it is gone"
        return "it is there"

    assert in_step({"a": asks()}, Mlflow("gone").send, lambda: True) == {"a": "it is gone"}


def test_nothing_more_is_sent_once_the_jobs_may_not_go_on() -> None:
    mlflow, may = Mlflow(), iter([True, False])
    found = in_step({"a": job(["a1"], ["a2"]), "b": job(["b1"])}, mlflow.send, lambda: next(may))
    assert (found, mlflow.waves) == ({"b": ["b1"]}, [["a1", "b1"]])
