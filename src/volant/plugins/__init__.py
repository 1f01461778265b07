"""Room: the built-in plugins, unaware of each other; each is what a third party could have written."""
