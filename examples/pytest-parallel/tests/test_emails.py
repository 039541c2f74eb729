"""What customers find in their inbox."""

import pytest

PACE = 0.4


@pytest.mark.parametrize(
    "occasion", ["welcome", "order placed", "order sent", "refund", "reminder"]
)
def test_email_arrives(backend, occasion):
    assert backend.call() == 200


def test_unsubscribed_customers_get_none(backend):
    assert backend.call() == 200
