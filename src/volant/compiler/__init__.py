"""Ground, pure: templates in, plan out; every problem at once. It reads no file, no clock and no network."""
