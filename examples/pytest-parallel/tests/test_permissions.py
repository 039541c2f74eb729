"""Who may do what."""

import pytest

PACE = 0.08


@pytest.mark.parametrize("action", ["read", "refund", "delete", "export"])
@pytest.mark.parametrize("role", ["guest", "customer", "clerk"])
def test_role_may(backend, role, action):
    assert backend.call() == 200


def test_admin_may_everything(backend):
    assert backend.call() == 200


def test_revoked_sessions_may_nothing(backend):
    assert backend.call() == 200
