"""The records of a probe, as they are read."""

import pytest

from asgikit.conformance.server.patience import Patience
from asgikit.conformance.server.probelog import ProbeLog, Record, parse_record

LINE = '{"id":"a-1","what":"receive","pid":7,"time":1.5,"event":{"body":{"$bytes":"x"}}}'


def test_a_line_is_a_record():
    """Its values are decoded."""
    assert parse_record(LINE) == Record("a-1", "receive", 7, 1.5, {"event": {"body": b"x"}})


@pytest.mark.parametrize("line", ["", "x", "[]", "1", "{}", '{"id":"a","what":"end","pid":"7","time":1}'])
def test_what_is_no_record_is_none(line):
    """A log may hold the end of a line that a killed process wrote."""
    assert parse_record(line) is None


def test_a_log_is_read_while_it_grows(tmp_path):
    """Half a line waits for its end; a file that is not there yet is empty."""
    path = tmp_path / "log"
    log = ProbeLog(path)
    assert log.all() == ()
    path.write_text(LINE + "\n" + LINE[:20])
    assert len(log.of("a-1")) == 1
    with path.open("a") as file:
        file.write(LINE[20:] + "\n")
    assert len(log.of("a-1", "receive")) == 2
    assert log.of("a-1", "send") == log.of("b-1") == ()


def test_waiting_ends_with_the_condition_or_the_time(tmp_path):
    """And gives what there is."""
    path = tmp_path / "log"
    path.write_text(LINE + "\n")
    log = ProbeLog(path)
    assert len(log.until("a-1", bool, 5.0)) == 1
    assert log.ended("a-1", 0.02) is None


def test_processes_are_those_that_have_loaded_the_probe(tmp_path):
    """Each once, in order."""
    path = tmp_path / "log"
    path.write_text("".join(f'{{"id":"","what":"process","pid":{pid},"time":1}}\n' for pid in (9, 7, 9)))
    assert ProbeLog(path).pids() == (9, 7)


def test_readers_of_one_log_wait_differently(tmp_path):
    """And share what was read."""
    path = tmp_path / "log"
    path.write_text(LINE + "\n")
    log = ProbeLog(path)
    brief = log.read_with(Patience(longest=0.01))
    assert brief.of("a-1") == log.of("a-1") != ()
    assert brief.ended("a-1", 3600.0) is None
    assert not brief.has_ended("a-1")
    with path.open("a") as file:
        file.write('{"id":"a-1","what":"end","pid":7,"time":2.0,"how":"returned"}\n')
    assert brief.has_ended("a-1")


def test_nothing_is_waited_for_once_the_server_has_ended(tmp_path):
    """It writes no more; what it has written is there."""
    path = tmp_path / "log"
    path.write_text(LINE + "\n")
    log = ProbeLog(path, is_over=lambda: True)
    assert len(log.until("a-1", lambda records: len(records) > 1, 3600.0)) == 1
