"""A Hub on this machine for tests: the real client talks to it in a process of its own."""

from tests.hub.fixtures import HubForTests, hub

__all__ = ["HubForTests", "hub"]
