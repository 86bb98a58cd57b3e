"""How long is waited for what a server owes: briefly at first, and much longer before it is called missing."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Patience:
    """Stretches every wait of a case by a factor, up to a longest one."""

    times: float = 1.0
    longest: float = math.inf
    """Seconds."""

    def of(self, seconds: float) -> float:
        """The seconds that are waited where so many are asked for."""
        return min(seconds * self.times, self.longest)


AS_ASKED = Patience()
"""Every wait is as long as it says."""

FIRST = Patience(longest=2.0)
"""Of the first look at a server: what does not come so soon may be missing, or the machine may be busy."""

SECOND = Patience(times=4.0, longest=8.0)
"""Of the look that decides: what still does not come is missing."""
