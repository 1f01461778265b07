"""Pure: what an action with children does next, from the plan and its children's phases."""
