"""SIGTERM while work goes on; what becomes of a process that gets it is tested with real ones."""

import asyncio
import signal
import threading
from collections.abc import Iterator

import pytest

from assay.execution.termination import cancelled_on_sigterm


@pytest.fixture(autouse=True)
def unheard() -> Iterator[None]:
    """Let nobody hear the signal at first."""
    before = signal.signal(signal.SIGTERM, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGTERM, before)


def test_the_signal_is_heard_in_the_block_alone() -> None:
    with cancelled_on_sigterm() as termination:
        assert termination.hear == signal.getsignal(signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_a_handler_of_the_applications_own_stays() -> None:
    heard: list[int] = []

    def own(number: int, _frame: object) -> None:
        heard.append(number)

    signal.signal(signal.SIGTERM, own)
    with cancelled_on_sigterm() as termination:
        signal.raise_signal(signal.SIGTERM)
    assert ([signal.SIGTERM], False) == (heard, termination.told)
    assert own is signal.getsignal(signal.SIGTERM)


def test_a_handler_that_is_set_meanwhile_stays() -> None:
    with cancelled_on_sigterm():
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN


def test_other_threads_take_no_signals() -> None:
    found: list[object] = []

    def work() -> None:
        with cancelled_on_sigterm():
            found.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert [signal.SIG_DFL] == found


@pytest.mark.parametrize("early", [True, False])
def test_the_work_is_cancelled_once(*, early: bool) -> None:
    cancelled: list[str] = []

    async def work() -> None:
        if not early:
            signal.raise_signal(signal.SIGTERM)
            signal.raise_signal(signal.SIGTERM)
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append("work")
            await asyncio.sleep(0)
            cancelled.append("stored")
            raise

    with cancelled_on_sigterm() as termination:
        if early:
            signal.raise_signal(signal.SIGTERM)
        with pytest.raises(asyncio.CancelledError):
            asyncio.run(termination.watched(work()))
        assert termination.told
        termination.told = False  # this process is to go on
    assert ["work", "stored"] == cancelled


async def test_works_that_overlap_end_together_and_the_last_gives_the_signal_back() -> None:
    """Who awaits them goes on only when both have stored what they must."""
    ended: list[str] = []

    async def work(name: str, turns: int) -> None:
        with cancelled_on_sigterm() as termination:
            try:
                await termination.watched(store(name, turns))
            finally:
                ended.append(name)
                termination.told &= termination.blocks > 1  # this process is to go on

    async def store(name: str, turns: int) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            for _ in range(turns):
                await asyncio.sleep(0)
            ended.append(f"{name} stored")

    tasks = [asyncio.create_task(work("quick", 1)), asyncio.create_task(work("slow", 9))]
    await asyncio.sleep(0)
    signal.raise_signal(signal.SIGTERM)
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    assert ["quick stored", "slow stored"] == ended[:2]
    await asyncio.wait(tasks)
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
