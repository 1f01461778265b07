"""Room: where rows and blobs are kept. Stores know keys, not what a phase means."""
