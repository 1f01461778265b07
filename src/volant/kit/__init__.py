"""Ground: what plugins are made with. Imports neither engine nor sdk."""
