"""Fixtures of all suites: the broker's address, and names that no other test uses."""

import itertools
import os
import uuid

import pytest

_names = itertools.count()


@pytest.fixture(scope="session")
def bootstrap():
    return os.environ.get("BOOTSTRAP", "localhost:9092")


@pytest.fixture
def unique():
    """A name of a topic or group that only this test uses."""
    return f"t{next(_names)}-{uuid.uuid4().hex[:8]}"
