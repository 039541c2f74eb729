"""Signing up, signing in, and leaving again."""

import pytest

PACE = 0.3


def test_sign_up(backend):
    assert backend.call() == 200


def test_sign_up_twice_is_refused(backend):
    assert backend.call() == 200


def test_sign_in(backend):
    assert backend.call() == 200


def test_sign_in_with_a_wrong_password(backend):
    assert backend.call() == 200


def test_sign_out(backend):
    assert backend.call() == 200


@pytest.mark.parametrize("provider", ["github", "gitlab", "google"])
def test_sign_in_through(backend, provider):
    assert backend.call() == 200


def test_password_reset(backend):
    assert backend.call() == 200


def test_account_is_deleted_with_its_data(backend):
    assert backend.call() == 200
