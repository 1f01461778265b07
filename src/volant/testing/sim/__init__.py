"""The whole engine under a moved clock, a memory store and plugins that can do anything: seeds, not sleeps.

A seed draws a graph, what every attempt will do, aborts, crashes and takeovers, and the order in which
everything happens. The same seed gives the same event log, to the byte.
"""
