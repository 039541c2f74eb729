"""Invoices as PDF, rendered by a browser that takes its time to start."""

import pytest

from shop.backend import Backend

PACE = 0.6


@pytest.fixture(scope="module", autouse=True)
def renderer():
    """The PDF renderer, started once per module."""
    return Backend("start the renderer", 1.2).warm_up()


@pytest.mark.parametrize("country", ["AT", "CH", "DE", "FR"])
def test_tax_lines(backend, country):
    assert backend.call() == 200


def test_long_invoice_breaks_into_pages(backend):
    assert backend.call() == 200


def test_credit_note(backend):
    assert backend.call() == 200


def test_numbers_have_no_gaps(backend):
    assert backend.call() == 200


def test_archive_is_immutable(backend):
    assert backend.call() == 200
