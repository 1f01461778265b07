"""Room: how processes are started, watched and stopped. What runs outlives the engine."""
