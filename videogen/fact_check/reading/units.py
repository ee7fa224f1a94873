"""Units as written in press releases, and conversion between them through pint."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

# Written form → name in pint, "percent", "people", or an ISO 4217 currency code.
_FORMS: dict[str, str] = {
    "kilometre": "km kms kilometre kilometres kilometer kilometers किमी किलोमीटर",
    "metre": "m metre metres meter meters मीटर",
    "centimetre": "cm centimetre centimetres centimeter centimeters सेंटीमीटर",
    "millimetre": "mm millimetre millimetres millimeter millimeters मिलीमीटर मिमी",
    "mile": "mile miles मील", "foot": "foot feet ft फुट फीट", "inch": "inch inches इंच", "yard": "yard yards गज",
    "nautical_mile": "nautical_mile nautical_miles",
    "kilometre ** 2": "km² km2 sq_km sq.km sq._km square_kilometre square_kilometres square_kilometer "
    "square_kilometers square_km वर्ग_किलोमीटर वर्ग_किमी",
    "metre ** 2": "m² m2 sq_m square_metre square_metres square_meter square_meters वर्ग_मीटर",
    "mile ** 2": "sq_mi square_mile square_miles वर्ग_मील", "foot ** 2": "sq_ft square_foot square_feet वर्ग_फुट",
    "hectare": "ha hectare hectares हेक्टेयर", "acre": "acre acres एकड़",
    "gram": "g gram grams gramme grammes ग्राम", "kilogram": "kg kgs kilogram kilograms kilo kilos किलोग्राम किलो किग्रा",
    "milligram": "mg milligram milligrams मिलीग्राम",
    "metric_ton": "tonne tonnes metric_ton metric_tons metric_tonne metric_tonnes mt टन",
    "pound": "pound_mass lb lbs", "ounce": "ounce ounces oz",
    "litre": "l litre litres liter liters लीटर", "millilitre": "ml millilitre millilitres milliliter milliliters",
    "US_liquid_gallon": "us_gallon us_gallons gallon gallons", "metre ** 3": "m³ m3 cubic_metre cubic_metres cubic_meter cubic_meters",
    "watt": "w watt watts", "kilowatt": "kw kilowatt kilowatts", "megawatt": "mw megawatt megawatts मेगावाट",
    "gigawatt": "gw gigawatt gigawatts गीगावाट", "terawatt": "terawatt terawatts",
    "watt_hour": "watt-hour watt-hours watt_hour watt_hours",
    "kilowatt_hour": "kwh kilowatt-hour kilowatt-hours kilowatt_hour kilowatt_hours किलोवाट_घंटा किलोवाट_घंटे",
    "megawatt_hour": "mwh megawatt-hour megawatt-hours megawatt_hour megawatt_hours मेगावाट_घंटा मेगावाट_घंटे",
    "gigawatt_hour": "gwh gigawatt-hour gigawatt-hours gigawatt_hour gigawatt_hours गीगावाट_घंटा गीगावाट_घंटे",
    "terawatt_hour": "twh terawatt-hour terawatt-hours terawatt_hour terawatt_hours",
    "joule": "joule joules", "kilojoule": "kj kilojoule kilojoules", "calorie": "calorie calories", "horsepower": "horsepower",
    "pascal": "pascal pascals", "atmosphere": "atmosphere atmospheres", "bar": "bars",
    "kilometre / hour": "km/h kmph kph km_per_hour kilometres_per_hour kilometers_per_hour",
    "mile / hour": "mph miles_per_hour", "metre / second": "m/s metres_per_second meters_per_second",
    "knot": "knot knots",
    "degree_Celsius": "°c ℃ degrees_celsius degree_celsius degrees_centigrade डिग्री_सेल्सियस",
    "degree_Fahrenheit": "°f degrees_fahrenheit",
    "second": "second seconds सेकंड", "minute": "minute minutes मिनट", "hour": "hour hours hr hrs घंटा घंटे घंटों",
    "day": "day days दिन दिनों", "week": "week weeks सप्ताह", "month": "month months महीने महीना माह",
    "year": "year years साल वर्ष वर्षों सालों",
    "percent": "% percent per_cent pc प्रतिशत फीसदी फ़ीसदी", "percentage_point": "percentage_point percentage_points",
    "people": "people persons inhabitants residents citizens लोग लोगों व्यक्ति नागरिक निवासी",
    "INR": "₹ rs rs. inr rupee rupees रुपये रुपए रुपया रु रु.", "USD": "$ us$ usd dollar dollars डॉलर",
    "EUR": "€ eur euro euros यूरो", "GBP": "£ gbp pound_sterling pounds_sterling", "JPY": "¥ jpy yen येन",
}  # fmt: skip
UNITS: dict[str, str] = {form.replace("_", " "): unit for unit, forms in _FORMS.items() for form in forms.split()}
CURRENCIES = frozenset(unit for unit in _FORMS if len(unit) == 3 and unit.isupper())
_COUNTED = frozenset({"percent", "percentage_point", "people", *CURRENCIES})
# Calendar years come in whole numbers and month lengths vary: time spans are compared as written, not converted.


@cache
def _registry() -> Any:
    from pint import UnitRegistry

    return UnitRegistry()


def unit_names() -> list[str]:
    """Physical units that are known under at least one written form, as pint names them."""
    return [unit for unit in _FORMS if unit not in _COUNTED]


@cache
def factor(unit: str, to: str) -> float | None:
    """How many `to` one `unit` is; None if they do not convert.

    Temperatures give None: they are not proportional.
    """
    if unit == to:
        return 1.0
    if unit in _COUNTED or to in _COUNTED or "degree" in unit or "degree" in to:
        return None
    from pint import DimensionalityError, UndefinedUnitError

    try:
        return float(_registry().Quantity(1.0, unit).to(to).magnitude)
    except (DimensionalityError, UndefinedUnitError):
        return None


def convert(value: float, unit: str | None, to: str | None) -> float | None:
    """`value` in another unit; None where the two do not measure the same thing. None as a unit is a bare number.

    Bare numbers compare with counts of people, for "a population of 1.4 billion" names no unit.
    """
    if unit == to or (unit in (None, "people") and to in (None, "people")):
        return value
    if unit is None or to is None:
        return None
    if unit.startswith("degree") and to.startswith("degree"):
        return float(_registry().Quantity(value, unit).to(to).magnitude)
    ratio = factor(unit, to)
    return None if ratio is None else value * ratio


@cache
def base_unit(unit: str) -> str | None:
    """The SI base unit (or product of them) that a physical unit is measured in, e.g. "mile" → "meter"."""
    if unit in _COUNTED or "degree" in unit:
        return None
    return str(_registry().Quantity(1.0, unit).to_base_units().units)


def known_unit(name: str) -> str | None:
    """The name used inside for a unit as people or files write it: "sq km" → "kilometre ** 2"; None if unknown."""
    plain = name.strip()
    if plain in _FORMS or (len(plain) == 3 and plain.isalpha() and plain.isupper()):
        return plain
    return _by_lower().get(plain.lower().replace("_", " "))


@cache
def _by_lower() -> Mapping[str, str]:
    return {form.lower(): unit for form, unit in UNITS.items()}
