"""How hard the laws are tried: the same examples every time by default, many new ones with `make fuzz`."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# No deadlines: a busy machine is no failure.
settings.register_profile("steady", derandomize=True, database=None, deadline=None)
settings.register_profile("fuzz", max_examples=5000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
if settings.get_current_profile_name() in {"default", "ci"}:
    settings.load_profile("steady")
