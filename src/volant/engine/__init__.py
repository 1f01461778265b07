"""Room: the propeller. It never runs user code and never imports plugins, stores or the SDK; they are handed in.

`machine` and `drivers` are pure: values in, values out. The rest is the shell that hands them time and truth.
"""
