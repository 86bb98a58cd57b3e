"""Who is told of an exploration."""

from asgikit.conformance.battery import Options, run_battery
from asgikit.conformance.listener import Listener
from tests.conformance.sample_apps import right


async def test_a_listener_hears_of_everything():
    """How far it is, what is tried, what is done."""
    told, tried, found = [], [], []
    listener = Listener(progress=lambda *each: told.append(each), tries=tried.append, found=found.append)
    battery = await run_battery(right, "lifespan", Options(grace=0.4, listener=listener))
    assert tuple(found) == battery.cases
    assert len(tried) == battery.exchanges
    assert told[0][0] == 0
    assert told[-1][0] == told[-1][1] == len(found) - 1


async def test_nobody_has_to_listen():
    """Nothing is called then."""
    assert (await run_battery(right, "lifespan", Options(grace=0.4))).cases
