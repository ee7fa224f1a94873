"""The words of the captions: for each attribute its wordings, the plainest first."""

from __future__ import annotations

NOUNS: dict[str, tuple[str, ...]] = {
    "bus": ("bus", "city bus", "public bus", "coach", "passenger bus"),
    "train": ("train", "passenger train", "railway train", "commuter train", "metro train"),
    "ambulance": ("ambulance", "emergency ambulance", "rescue vehicle", "ambulance with flashing light"),
    "boat": ("boat", "sailing boat", "sailboat", "ship", "fishing boat", "ferry"),
    "plane": ("plane", "airplane", "aircraft", "passenger jet", "aeroplane"),
    "balloon": ("hot-air balloon", "balloon", "hot air balloon"),
    "sun": ("sun", "bright sun", "sun in the sky"),
    "flood": ("flood", "flood water", "water around a house", "flooded house", "high water"),
    "wind turbines": ("wind turbines", "windmills", "wind farm", "three wind turbines", "wind power plant"),
    "solar panels": ("solar panels", "solar farm", "photovoltaic panels", "solar power plant"),
    "burning house": ("burning house", "house on fire", "fire in a house", "building in flames", "house fire"),
    "rain": ("heavy rain", "rain", "pouring rain", "rainfall", "monsoon rain"),
    "storm": ("storm", "thunderstorm", "lightning storm", "lightning and rain"),
    "cyclone": ("cyclone", "tornado", "whirlwind", "hurricane", "twister"),
    "trees": ("trees", "trees in the wind", "three green trees", "forest trees", "swaying trees"),
    "flag": ("flag", "waving flag", "large flag", "flag on a pole", "national flag"),
    "crowd": (
        "crowd",
        "people walking",
        "group of people",
        "queue of people",
        "crowd of people",
        "line of citizens",
    ),
}

COLOUR_WORDS: dict[str, tuple[str, ...]] = {
    "red": ("red", "bright red"),
    "blue": ("blue", "bright blue"),
    "green": ("green", "bright green"),
    "yellow": ("yellow", "bright yellow"),
    "white": ("white", "bright white"),
    "orange": ("orange", "bright orange"),
}


def _sideways(*verbs: str) -> dict[str, tuple[str, ...]]:
    """Phrases for left and right out of verbs: "driving" gives "driving left", "driving to the left" and so on."""
    phrases: dict[str, list[str]] = {"left": [], "right": []}
    for way, other in (("left", "right"), ("right", "left")):
        for verb in verbs:
            phrases[way] += [f"{verb} {way}", f"{verb} to the {way}", f"{verb} from {other} to {way}"]
        phrases[way] += [
            f"heading to the {way}",
            f"heading {way}",
            f"moves {way}",
            f"moving from {other} to {way}",
        ]
        phrases[way] += [f"towards the {way}", f"going {way}"]
    return {way: tuple(found) for way, found in phrases.items()}


_RISING = ("rising", "going up", "rising up", "moving upwards", "ascending", "climbing into the sky")
_FALLING = ("falling", "going down", "sinking", "moving downwards", "descending", "coming down")

MOTION: dict[str, dict[str, tuple[str, ...]]] = {
    "vehicle": _sideways("driving", "travelling", "moving"),
    "train": _sideways("driving", "travelling", "running", "moving"),
    "ambulance": _sideways("driving", "rushing", "racing"),
    "boat": _sideways("sailing", "moving", "drifting"),
    "plane": _sideways("flying", "moving"),
    "balloon": {**_sideways("floating", "flying", "drifting"), "rising": _RISING, "falling": _FALLING},
    "cyclone": _sideways("moving", "wandering", "sweeping"),
    "crowd": _sideways("walking", "moving", "marching"),
    "sun": {
        "rising": ("rising", "comes up", "rises", "going up", "climbing"),
        "falling": ("setting", "goes down", "sets", "going down", "falling"),
    },
    "flood": {
        "rising": ("rising", "water level rising", "the water rises", "getting higher", "going up"),
        "falling": ("falling", "receding", "water level falling", "the water goes down", "draining away"),
    },
}

STILL_MOTION: dict[str, tuple[str, ...]] = {
    "wind turbines": ("turning", "spinning", "rotating in the wind", "producing electricity"),
    "solar panels": ("shining", "in the sun", "glinting", "producing electricity"),
    "burning house": ("with smoke", "with flames and smoke", "burning", "with black smoke rising"),
    "rain": ("falling", "pouring down", "from dark clouds"),
    "storm": ("with lightning", "with dark clouds", "raging", "with thunder and rain"),
    "trees": ("swaying", "bending in the wind", "moving in the wind", "in strong wind"),
    "flag": ("waving", "flying in the wind", "on a flagpole", "fluttering"),
}

SPEED_WORDS = {"fast": ("fast", "quickly", "at high speed"), "slow": ("slowly", "slow", "gently")}

PLACES: dict[str, tuple[str, ...]] = {
    "city": ("through the city", "in the city", "in front of tall buildings", "downtown", "past the skyline",
             "in an urban area", "in town", "on a city street"),
    "hills": ("through the hills", "in the hills", "in the mountains", "in front of green hills", "by a mountain",
              "in a hilly landscape", "in a mountain region"),
    "coast": ("along the coast", "at the coast", "by the sea", "on the sea", "at the beach", "near a lighthouse",
              "in a coastal area", "on the shore"),
    "fields": ("through the fields", "in the fields", "in the countryside", "over farmland", "near a farm",
               "in a rural area", "past a red barn"),
}  # fmt: skip

TIME_WORDS: dict[str, tuple[str, ...]] = {
    "day": ("during the day", "by day", "in daylight", "on a sunny day", "at noon", "under a blue sky"),
    "sunset": ("at sunset", "at dusk", "in the evening", "in evening light", "under an orange sky"),
    "night": ("at night", "by night", "under the stars", "at midnight", "in the dark", "in the moonlight"),
}

SUN_TIMES: dict[str, dict[str, tuple[str, ...]]] = {
    "day": {
        "rising": ("in a blue sky", "on a bright day", "during the day"),
        "falling": ("in a blue sky", "on a bright day", "during the day"),
    },
    "sunset": {
        "rising": ("at sunrise", "at dawn", "in a red sky", "in the early morning"),
        "falling": ("at sunset", "at dusk", "in a red sky", "in the evening"),
    },
}

POLICY: dict[str, tuple[str, ...]] = {
    "bus": ("public transport", "urban mobility", "bus services", "clean city transport"),
    "train": ("railways", "rail infrastructure", "the new railway line", "train travel"),
    "ambulance": ("emergency medical services", "public health", "health care", "an accident rescue operation"),
    "boat": ("fisheries", "shipping and ports", "maritime trade", "coastal fishermen"),
    "plane": ("civil aviation", "air travel", "a new airport", "flight connections"),
    "balloon": ("tourism", "a balloon festival", "weather observation", "a festival"),
    "sun": ("a heat wave", "hot weather", "a new day", "the summer forecast"),
    "flood": ("flood warning", "floods", "dam water release", "river flooding", "flood relief"),
    "wind turbines": (
        "renewable energy",
        "wind energy",
        "clean power",
        "green energy initiatives",
        "climate policy",
    ),
    "solar panels": ("solar policy", "solar energy", "renewable electricity", "the solar power scheme"),
    "burning house": ("fire safety", "a fire emergency", "a fire warning", "the fire brigade"),
    "rain": ("heavy rain warning", "the monsoon", "weather forecast of rain", "rainfall alert"),
    "storm": ("storm warning", "severe weather alert", "thunderstorm warning", "lightning safety"),
    "cyclone": ("cyclone warning", "tornado alert", "hurricane landfall", "cyclone preparedness"),
    "trees": ("forest protection", "tree planting", "strong wind warning", "environment and nature"),
    "flag": ("independence day", "the national holiday", "a government ceremony", "the republic"),
    "crowd": (
        "evacuation",
        "refugees and relief",
        "citizens and elections",
        "emergency evacuation",
        "public gathering",
    ),
}

TOPIC_FORMS = (
    "{topic}",
    "a policy briefing on {topic}",
    "news about {topic}",
    "public announcement on {topic}",
    "emergency notice: {topic}",
    "press release about {topic}",
    "report on {topic}",
    "information on {topic} for citizens",
)

FRAMES = (
    "a video of {text}",
    "flat illustration of {text}",
    "an animation of {text}",
    "show {text}",
    "a clip with {text}",
    "a scene with {text}",
    "{text} in a press video",
)

QUALITY = ("high quality", "flat illustration", "clear and detailed", "smooth motion", "news style")
