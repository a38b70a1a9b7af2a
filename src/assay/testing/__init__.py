"""Shipped test doubles, contract suites and strategies.

Fakes for every port, one contract suite per port, and a loopback model server.
Users may build their own tests on it; nothing in the product imports it.
"""
