"""Roof: what third parties, and we, test with. Never imported by production code."""
