"""Play seeds of the simulation: `make sim SEED=7` one with its story, `make sim` two thousand."""

import argparse
import logging
import sys
import time

from volant.testing.sim.scripts import draw
from volant.testing.sim.world import World


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, help="play this one and print its events")
    parser.add_argument("--seeds", type=int, default=2000, help="play so many (default 2000)")
    parser.add_argument("--first", type=int, default=0, help="begin with this one")
    parser.add_argument("--until-broken", action="store_true", help="stop at the first that breaks")
    wanted = parser.parse_args()
    logging.disable(logging.CRITICAL)
    if wanted.seed is not None:
        return _tell(wanted.seed)
    return _many(range(wanted.first, wanted.first + wanted.seeds), until_broken=wanted.until_broken)


def _many(seeds: range, *, until_broken: bool) -> int:
    began, broken = time.monotonic(), 0
    for done, seed in enumerate(seeds):
        if complaint := _play(World(seed, draw(seed))):
            broken += 1
            print(f"seed {seed}: {complaint}   (make sim SEED={seed})")
            if until_broken:
                break
        if sys.stderr.isatty() and done % 50 == 0:
            print(f"\r{done} of {len(seeds)} seeds", end="", file=sys.stderr)
    seconds = time.monotonic() - began
    print(f"{len(seeds)} seeds, {broken} broken, {seconds:.1f} s")
    return 1 if broken else 0


def _tell(seed: int) -> int:
    world = World(seed, draw(seed))
    complaint = _play(world)
    for event in world.events:
        name = f"{event.action}#{event.attempt}" if event.kind == "attempt" else event.action
        print(f"{event.run:18} {event.seq:5} {event.at_us:17} {event.kind:8} {name:24} {event.phase:10} {event.note}")
    print(world.scenario.spec)
    print(complaint or "every invariant holds")
    return 1 if complaint else 0


def _play(world: World) -> str:
    try:
        world.play()
    except Exception as error:  # noqa: BLE001  whatever breaks is the finding
        return f"{type(error).__name__}: {error}"
    return ""


if __name__ == "__main__":
    sys.exit(main())
