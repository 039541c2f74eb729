"""The shopping cart, alone and merged after sign-in."""

import pytest

from shop.backend import Backend

PACE = 0.25


@pytest.fixture(scope="class")
def cart():
    """A cart on the server, made once per class."""
    return Backend("create a cart", 0.4).warm_up()


@pytest.mark.usefixtures("cart")
class TestGuestCart:
    def test_starts_empty(self, backend):
        assert backend.call() == 200

    def test_add_an_item(self, backend):
        assert backend.call() == 200

    def test_add_the_same_item_again(self, backend):
        assert backend.call() == 200

    def test_remove_an_item(self, backend):
        assert backend.call() == 200

    @pytest.mark.parametrize("quantity", [0, 1, 99])
    def test_set_the_quantity(self, backend, quantity):
        assert backend.call() == 200


@pytest.mark.usefixtures("cart")
class TestMergedCart:
    def test_items_are_kept(self, backend):
        assert backend.call() == 200

    def test_quantities_are_added_up(self, backend):
        assert backend.call() == 200

    def test_vouchers_are_kept(self, backend):
        assert backend.call() == 200

    def test_unavailable_items_are_named(self, backend):
        assert backend.call() == 200

    def test_merge_is_idempotent(self, backend):
        assert backend.call() == 200
