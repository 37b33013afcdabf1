"""The slots of one worker: which are free, which have a warm child, and why some cannot train."""

import logging
import queue
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import chain, repeat

from evenkeel.settings import Settings
from trainer.slot import ChildDied, Slot
from trainer.slot_count import slots_on

log = logging.getLogger(__name__)

RETRY_START_SECONDS = 30.0
# The pauses before a worker that has just begun tries again. A killed child starts at once, a missing device may take
# hours to come.
FIRST_PAUSES = (1.0, 2.0, 4.0, 8.0, 16.0)


class Slots:
    """All slots of a worker. Only the thread that borrowed a slot uses it. Any thread may read the properties here."""

    def __init__(self, settings: Settings) -> None:
        self._all = [
            Slot(settings, device)
            for device in settings.devices
            for _ in range(slots_on(device) if settings.slots == "auto" else settings.slots)
        ]
        self._free: queue.Queue[Slot] = queue.Queue()
        # Set once every slot has had a warm child.
        self.were_warm = threading.Event()
        # Slot -> why the latest attempt to start its child failed. A slot is not in here if that attempt succeeded.
        self._problems: dict[Slot, str] = {}

    def __len__(self) -> int:
        return len(self._all)

    def begin(self) -> None:
        """Start the child of every slot, without waiting for any. They load torch meanwhile. Call `warm` next."""
        for slot in self._all:
            slot.begin()

    def warm(self) -> None:
        """Start the child of every slot, and then let slots be borrowed.

        If a child cannot start, because it was killed or its device is missing, this waits and tries again without end.
        The pauses grow to 30 s.
        """
        pauses = chain(FIRST_PAUSES, repeat(RETRY_START_SECONDS))
        with ThreadPoolExecutor(len(self._all)) as pool:
            # All have ended before one is started again: a slot is started by one thread at a time.
            while not all([*pool.map(self.start, self._all)]):
                pause = next(pauses)
                log.error("not all slots could start; trying again in %.0f s", pause)
                time.sleep(pause)
        self.were_warm.set()
        for slot in self._all:
            self._free.put(slot)
        log.info("%d slots ready on %s", len(self._all), self.device)

    def start(self, slot: Slot) -> bool:
        """Make sure that `slot` has a warm child. If its child cannot start, log why and return False."""
        try:
            slot.start()
        except ChildDied as death:
            self._problems[slot] = f"no slot on {slot.wanted}: {death}"
            log.error("%s", self._problems[slot])
            return False
        self._problems.pop(slot, None)
        return True

    @contextmanager
    def borrow(self, timeout_seconds: float) -> Iterator[Slot | None]:
        """Borrow a free slot for the time of the block. Yields None if no slot becomes free within the timeout."""
        try:
            slot = self._free.get(timeout=timeout_seconds)
        except queue.Empty:
            yield None
            return
        try:
            yield slot
        finally:
            self._free.put(slot)

    def keep_warm(self) -> None:
        """Start a child in every free slot that has none, because it died or because its device was missing."""
        for _ in range(self._free.qsize()):
            with self.borrow(0.01) as slot:
                if slot is not None:
                    self.start(slot)

    @property
    def any_is_warm(self) -> bool:
        """Whether any child waits for a run or trains one."""
        return any(slot.is_warm for slot in self._all)

    @property
    def device(self) -> str:
        """The devices that the children have opened, as torch names them, such as 'cpu' or 'cuda:0,cuda:1'."""
        return ",".join(dict.fromkeys(slot.device for slot in self._all if slot.device))

    @property
    def problem(self) -> str | None:
        """Why no slot can train; None if any slot can.

        No slot can train if all are broken. Until `warm` is done, one broken slot is enough, since `warm` waits for
        every slot.
        """
        found = self._found_problems()
        enough = len(self._all) if self.were_warm.is_set() else 1
        return found[0] if len(found) >= enough else None

    @property
    def warning(self) -> str | None:
        """How many slots are broken while others can train, and why the first of them is; None if that is not so."""
        found = self._found_problems()
        return None if self.problem or not found else f"{len(found)} of {len(self._all)} slots cannot train: {found[0]}"

    def _found_problems(self) -> list[str]:
        return [problem for slot in self._all if (problem := self._problems.get(slot))]
