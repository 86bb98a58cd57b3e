"""Processes that are ours to end."""

import subprocess
import sys
import threading

import pytest

from asgikit.conformance.processes import KEPT, Processes, Tail, Watch


def python(code):
    return [sys.executable, "-c", code]


def test_the_last_of_what_a_process_says_is_kept():
    """However much it is: it never waits for us."""
    code = f"import sys; sys.stderr.write('x' * {40 * KEPT} + 'the end')"
    with Processes().started(python(code)) as process:
        tail = Tail(process.stderr)
        assert process.wait(30) == 0
        assert tail.text(within=10).endswith("xthe end")
        assert len(tail.text()) == KEPT


def test_what_a_process_says_is_waited_for():
    """Until it is said, or until it is certain that it never will be."""
    code = "import sys; sys.stderr.write('ready'); sys.stderr.flush(); sys.stdin.read(); sys.stderr.write('done')"
    with Processes().started(python(code)) as process:
        tail = Tail(process.stderr)
        assert tail.has("ready", 30)
        assert not tail.has("done", 0)
        process.stdin.close()
        assert tail.has("done", 30)
        assert not tail.has("more", 30)


def test_a_process_ends_with_its_block():
    """Whatever it does."""
    with Processes().started(python("import time; time.sleep(600)")) as process:
        Tail(process.stderr)
        assert process.poll() is None
    assert process.returncode is not None


def test_all_of_them_can_be_ended():
    """From another thread; after that none starts."""
    processes = Processes()
    with processes.started(python("import time; time.sleep(600)")) as process:
        Tail(process.stderr)
        threading.Thread(target=processes.end).start()
        assert process.wait(30) != 0
    with pytest.raises(InterruptedError, match="is over"), processes.started(python("")):
        pass


def test_a_silent_process_is_killed():
    """Once it has given no sign of life for so long."""
    process = subprocess.Popen(python("import time; time.sleep(600)"))
    watch = Watch(process, 60.0)
    watch.alive(0.2)
    assert process.wait(30) != 0
    watch.end()
    assert watch.has_killed
    assert watch.seconds == 0.2


def test_a_process_that_ends_by_itself_was_not_killed():
    """Nor one that is not watched any more."""
    process = subprocess.Popen(python(""))
    watch = Watch(process, 60.0)
    assert process.wait(30) == 0
    watch.end()
    assert not watch.has_killed
