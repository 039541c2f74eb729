"""Parcels, from label to doorstep."""

import unittest

import pytest

from shop.backend import Backend

PACE = 0.7


@pytest.mark.parametrize("carrier", ["bike", "post", "truck"])
def test_label(backend, carrier):
    assert backend.call() == 200


class TestTracking(unittest.TestCase):
    """A unittest class, as older suites have them."""

    @classmethod
    def setUpClass(cls):
        Backend("register a parcel", 0.5).warm_up()

    def test_new_parcel(self):
        self.assertEqual(Backend(self.id(), PACE).call(), 200)

    def test_lost_parcel(self):
        self.assertEqual(Backend(self.id(), PACE).call(), 200)

    def test_delivered_parcel(self):
        self.assertEqual(Backend(self.id(), PACE).call(), 200)
