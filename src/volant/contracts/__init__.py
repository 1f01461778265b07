"""Ground: what the rooms promise each other, and what third parties implement. No implementation lives here."""
