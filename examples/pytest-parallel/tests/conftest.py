"""The backend that every test talks to."""

import pytest

from shop.backend import Backend


@pytest.fixture
def backend(request):
    """A backend whose delay belongs to the test; a module sets its own `PACE`."""
    return Backend(request.node.nodeid, getattr(request.module, "PACE", 0.2))
