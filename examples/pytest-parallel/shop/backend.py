"""A stand-in for the services that an integration test talks to.

Each operation has a typical time of its own. It is drawn once from a
long-tailed distribution whose seed is the operation's name, so most are quick,
a few are slow, and the slow ones are the same in every build. An actual call
takes the typical time give or take a tenth, and fails one time in a hundred,
whichever operation it is: that is what retries are for.
"""

import math
import random
import time

FAILURE_RATE = 0.01
SPREAD = 0.9
LONGEST = 9.0

# Not seeded, and out of reach of plugins that seed the global generator:
# another call is late or fails in every run.
_chance = random.SystemRandom()


class ServiceUnavailable(Exception):
    """The backend gave no answer, this time."""


def typical_seconds(operation, pace):
    """The time that `operation` usually takes, where `pace` is the median."""
    seconds = random.Random(operation).lognormvariate(math.log(pace), SPREAD)
    return min(seconds, LONGEST)


class Backend:
    """A connection to the shop, for one test or fixture."""

    def __init__(self, operation, pace):
        self.seconds = typical_seconds(operation, pace)

    def warm_up(self):
        """Waits as `call` does, and always succeeds."""
        time.sleep(self.seconds * _chance.uniform(0.9, 1.1))
        return "ready"

    def call(self):
        """Waits for an answer; one call in a hundred gets none."""
        self.warm_up()
        if _chance.random() < FAILURE_RATE:
            raise ServiceUnavailable("503: try again later")
        return 200
