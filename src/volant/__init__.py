"""Volant runs Flyte workflows, and lets anyone extend them in Python.

The authoring names, resolved on first use. Nothing inside the package imports this module.
"""
