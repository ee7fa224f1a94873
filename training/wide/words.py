"""English words of the wide world: for each subject its names, what it does, and the press releases that mean it.

The plainest wording comes first and is said most often.
"""

from __future__ import annotations

NOUNS: dict[str, tuple[str, ...]] = {
    "bus": ("bus", "city bus", "public bus", "coach", "electric bus"),
    "car": ("car", "private car", "automobile", "electric car", "taxi"),
    "truck": ("truck", "lorry", "goods truck", "delivery truck", "freight lorry"),
    "ambulance": ("ambulance", "emergency ambulance", "ambulance with flashing light"),
    "fire engine": ("fire engine", "fire truck", "fire brigade vehicle"),
    "police car": ("police car", "police vehicle", "patrol car"),
    "tractor": ("tractor", "farm tractor", "agricultural tractor"),
    "cyclist": ("cyclist", "person on a bicycle", "bicycle", "bike rider"),
    "highway": ("highway with cars", "highway", "motorway", "expressway", "traffic on a highway"),
    "road works": ("road works", "road construction", "an excavator", "construction site", "a digger"),
    "train": ("train", "passenger train", "railway train", "express train"),
    "metro": ("metro", "metro train", "city railway", "elevated train"),
    "boat": ("sailing boat", "sailboat", "boat", "fishing boat"),
    "ship": ("cargo ship", "ship", "freighter", "container ship", "vessel"),
    "rescue boat": ("rescue boat", "lifeboat", "boat with rescuers", "rescue dinghy"),
    "plane": ("plane", "airplane", "aircraft", "passenger jet"),
    "helicopter": ("helicopter", "rescue helicopter", "chopper"),
    "balloon": ("hot-air balloon", "balloon", "hot air balloon"),
    "rocket": ("rocket", "space rocket", "launch vehicle", "spacecraft"),
    "crowd": ("crowd", "people walking", "group of people", "queue of people", "line of citizens"),
    "children": ("children", "school children", "pupils", "students", "children at school"),
    "farmer": ("farmer", "farmer with a hoe", "farm worker", "farmer in a field of crops"),
    "doctor": ("doctor giving a vaccination", "vaccination of a patient", "doctor with a patient", "nurse giving an injection",
               "vaccination clinic", "medical check-up"),
    "helpers": ("rescue workers", "relief workers", "helpers in orange", "disaster response team", "volunteers with relief goods"),
    "market": ("market", "market stall", "fruit and vegetable stall", "street market"),
    "relief camp": ("relief camp", "tents", "camp of tents", "shelter tents", "refugee camp"),
    "school": ("school", "school building", "village school", "primary school"),
    "hospital": ("hospital", "hospital building", "health centre", "clinic building", "medical college"),
    "factory": ("factory", "industrial plant", "factory with chimneys", "manufacturing plant"),
    "parliament": ("parliament", "parliament building", "government building", "house of the assembly", "domed building"),
    "bridge": ("bridge", "suspension bridge", "road bridge", "bridge over the water"),
    "dam": ("dam", "water dam", "hydroelectric dam", "dam releasing water", "barrage"),
    "container port": ("container port", "container terminal", "crane with containers", "cargo terminal"),
    "wind turbines": ("wind turbines", "windmills", "wind farm", "wind power plant"),
    "solar panels": ("solar panels", "solar farm", "photovoltaic panels", "solar power plant"),
    "power line": ("power line", "electricity pylons", "transmission line", "high-voltage line"),
    "satellite dish": ("satellite dish", "dish antenna", "ground station", "radio telescope"),
    "network mast": ("network mast", "mobile tower", "radio mast", "cell tower", "telecom tower"),
    "water tank": ("water tank", "water tower", "overhead water tank"),
    "water tap": ("water tap", "tap with running water", "drinking water tap", "bucket under a tap"),
    "recycling": ("recycling bins", "waste bins", "coloured bins for waste", "waste separation"),
    "coins": ("coins and growing columns", "growing bar chart", "piles of coins", "rising chart with money", "gold coins"),
    "ballot box": ("ballot box", "hand casting a vote", "voting", "vote at a ballot box"),
    "scales": ("scales of justice", "court scales", "scales and a gavel", "balance"),
    "phone": ("mobile phone", "smartphone", "phone with messages", "telephone"),
    "vaccine": ("vaccine vials and a syringe", "syringe", "vaccine doses", "medicine bottles"),
    "press conference": ("press conference", "speaker with microphones", "minister at a press conference", "speech before cameras"),
    "burning house": ("burning house", "house on fire", "building in flames", "house fire"),
    "forest fire": ("forest fire", "wildfire", "burning forest", "bush fire"),
    "flood": ("flood", "flood water", "flooded houses", "high water", "inundation"),
    "tsunami": ("tsunami", "tsunami wave", "giant wave", "huge wave"),
    "landslide": ("landslide", "mudslide", "rockfall", "sliding slope"),
    "drought": ("drought", "cracked dry earth", "dry land", "parched soil"),
    "earthquake": ("earthquake", "shaking buildings", "collapsing buildings", "quake damage"),
    "sun": ("sun", "bright sun", "sun in the sky"),
    "rain": ("heavy rain", "rain", "pouring rain", "rainfall", "monsoon rain"),
    "storm": ("thunderstorm", "storm", "lightning storm", "lightning and rain"),
    "snowfall": ("snowfall", "snow", "falling snow", "snowstorm"),
    "heat": ("heat wave", "extreme heat", "thermometer in the heat", "hot weather"),
    "cyclone": ("cyclone", "tornado", "whirlwind", "hurricane"),
    "trees": ("trees", "trees in the wind", "three green trees", "swaying trees"),
    "flag": ("flag", "waving flag", "large flag", "flag on a pole"),
    "fish": ("jumping fish", "fish", "fish in the water", "leaping fish"),
    "deer": ("deer", "deer in the forest", "wild animal", "stag"),
    "cows": ("cows", "cattle", "grazing cows", "two cows"),
}  # fmt: skip

POLICY: dict[str, tuple[str, ...]] = {
    "bus": ("public transport", "bus services", "urban mobility"),
    "car": ("electric vehicles", "road traffic rules", "driving licences"),
    "truck": ("logistics", "freight transport", "supply of goods"),
    "ambulance": ("emergency medical services", "accident rescue", "ambulance services"),
    "fire engine": ("the fire brigade", "fire services", "fire emergency response"),
    "police car": ("police and public safety", "law and order", "crime prevention"),
    "tractor": ("farm machinery", "mechanisation of agriculture", "subsidies for tractors"),
    "cyclist": ("cycling", "cycle paths", "a healthy lifestyle"),
    "highway": ("highways", "the national road network", "the new expressway"),
    "road works": ("road construction", "infrastructure works", "road repairs"),
    "train": ("railways", "rail infrastructure", "the new railway line"),
    "metro": ("the metro project", "urban rail", "the new metro line"),
    "boat": ("fisheries", "coastal fishermen", "fishing communities"),
    "ship": ("shipping", "maritime trade", "exports by sea"),
    "rescue boat": ("flood rescue", "coast guard rescue", "boat rescue operations"),
    "plane": ("civil aviation", "air travel", "a new airport"),
    "helicopter": ("air rescue", "helicopter rescue", "relief by air"),
    "balloon": ("tourism", "a balloon festival", "weather observation"),
    "rocket": ("the space mission", "a satellite launch", "space research"),
    "crowd": ("evacuation", "public gatherings", "citizens and their rights"),
    "children": ("education", "school enrolment", "school meals", "girls' education"),
    "farmer": ("agriculture", "support for farmers", "crop insurance", "the harvest"),
    "doctor": ("the vaccination campaign", "health check-ups", "immunisation", "public health"),
    "helpers": ("disaster response", "relief operations", "volunteers and relief goods"),
    "market": ("food prices", "small traders", "inflation of vegetable prices"),
    "relief camp": ("relief camps", "shelter for displaced families", "refugee relief"),
    "school": ("new schools", "school buildings", "rural education"),
    "hospital": ("hospitals", "health care", "the new medical college"),
    "factory": ("industry", "manufacturing", "jobs in industry", "emission limits"),
    "parliament": ("the session of parliament", "a new law", "the government's decision", "the cabinet"),
    "bridge": ("the new bridge", "bridge construction", "opening of a bridge"),
    "dam": ("dam water release", "irrigation and dams", "hydropower"),
    "container port": ("port development", "container traffic", "trade and customs"),
    "wind turbines": ("renewable energy", "wind energy", "climate policy"),
    "solar panels": ("solar energy", "the solar power scheme", "renewable electricity"),
    "power line": ("electricity supply", "the power grid", "rural electrification"),
    "satellite dish": ("satellite communication", "broadcasting", "weather satellites"),
    "network mast": ("mobile networks", "broadband for villages", "telecom coverage"),
    "water tank": ("water supply", "the water mission", "storage of drinking water"),
    "water tap": ("drinking water", "tap water for every household", "saving water"),
    "recycling": ("waste management", "recycling", "the cleanliness campaign"),
    "coins": ("economic growth", "the budget", "tax reform", "savings and loans"),
    "ballot box": ("elections", "voting day", "the election commission", "voter registration"),
    "scales": ("justice", "the court's judgment", "legal aid"),
    "phone": ("digital services", "warning messages by phone", "mobile payments"),
    "vaccine": ("vaccines", "medicine supply", "vaccine doses"),
    "press conference": ("a statement to the press", "the minister's announcement", "a press briefing"),
    "burning house": ("fire safety", "a fire warning", "fire prevention at home"),
    "forest fire": ("forest fire warning", "wildfire risk", "bush fire alert"),
    "flood": ("flood warning", "floods", "river flooding", "flood relief"),
    "tsunami": ("tsunami warning", "a tsunami alert", "tsunami evacuation"),
    "landslide": ("landslide warning", "landslide risk", "danger of mudslides"),
    "drought": ("drought", "water shortage", "failed crops"),
    "earthquake": ("earthquake warning", "earthquake safety", "an earthquake"),
    "sun": ("sunny weather", "a new day", "the summer forecast"),
    "rain": ("heavy rain warning", "the monsoon", "rainfall alert"),
    "storm": ("storm warning", "thunderstorm warning", "lightning safety"),
    "snowfall": ("snow warning", "a cold wave", "winter weather"),
    "heat": ("heat warning", "a heat wave", "heat protection"),
    "cyclone": ("cyclone warning", "tornado alert", "hurricane landfall"),
    "trees": ("tree planting", "strong wind warning", "the environment"),
    "flag": ("independence day", "the national holiday", "a government ceremony"),
    "fish": ("clean rivers", "protection of rivers", "fish stocks"),
    "deer": ("wildlife protection", "forest conservation", "the nature reserve"),
    "cows": ("livestock", "dairy farming", "animal health"),
}


def _sideways(*verbs: str) -> dict[str, tuple[str, ...]]:
    phrases: dict[str, list[str]] = {"left": [], "right": []}
    for way, other in (("left", "right"), ("right", "left")):
        for verb in verbs:
            phrases[way] += [f"{verb} {way}", f"{verb} to the {way}", f"{verb} from {other} to {way}"]
        phrases[way] += [f"heading {way}", f"moves {way}", f"towards the {way}", f"going {way}"]
    return {way: tuple(found) for way, found in phrases.items()}


_RISING = ("rising", "going up", "moving upwards", "ascending", "climbing into the sky")
_FALLING = ("falling", "going down", "sinking", "moving downwards", "descending", "coming down")
_DRIVING, _FLYING = _sideways("driving", "moving"), _sideways("flying", "moving")
_SAILING, _WALKING = _sideways("sailing", "moving"), _sideways("walking", "moving")

MOTION: dict[str, dict[str, tuple[str, ...]]] = {
    **dict.fromkeys(("bus", "car", "truck", "tractor"), _DRIVING),
    **dict.fromkeys(("ambulance", "fire engine", "police car"), _sideways("driving", "rushing")),
    **dict.fromkeys(("train", "metro"), _sideways("driving", "running")),
    **dict.fromkeys(("boat", "ship", "rescue boat"), _SAILING),
    **dict.fromkeys(("plane", "helicopter"), _FLYING),
    **dict.fromkeys(("crowd", "helpers"), _sideways("walking", "marching")),
    "deer": _WALKING,
    "cyclist": _sideways("riding", "cycling"),
    "cyclone": _sideways("moving", "sweeping"),
    "balloon": {**_sideways("floating", "drifting"), "rising": _RISING, "falling": _FALLING},
    "rocket": {"rising": ("launching", "rising", "taking off", "lifting off", "climbing into the sky")},
    "sun": {"rising": ("rising", "comes up", "rises"), "falling": ("setting", "goes down", "sets")},
    "flood": {
        "rising": ("rising", "water level rising", "getting higher", "the water rises"),
        "falling": ("receding", "falling", "water level falling", "draining away"),
    },
}

STILL_MOTION: dict[str, tuple[str, ...]] = {
    "wind turbines": ("turning", "spinning", "producing electricity"),
    "solar panels": ("glinting", "in the sun", "producing electricity"),
    "rain": ("falling", "pouring down"),
    "storm": ("raging", "with lightning"),
    "snowfall": ("covering the ground", "falling"),
    "trees": ("swaying", "bending in the wind"),
    "flag": ("waving", "fluttering", "flying in the wind"),
    "burning house": ("with smoke", "with flames and smoke"),
    "forest fire": ("spreading", "with thick smoke"),
    "children": ("learning", "going to school"),
    "farmer": ("working", "hoeing the soil", "tending crops"),
    "dam": ("releasing water", "with rushing water"),
    "factory": ("with smoking chimneys", "at work"),
    "tsunami": ("rolling in", "hitting the shore", "approaching"),
    "earthquake": ("shaking the ground", "with falling stones"),
    "landslide": ("coming down the slope", "blocking a road"),
    "water tap": ("running", "filling a bucket"),
    "coins": ("growing", "going up"),
    "network mast": ("sending signals", "transmitting"),
    "satellite dish": ("sending signals", "receiving signals"),
    "fish": ("jumping", "leaping out of the water"),
    "cows": ("grazing", "standing on a meadow"),
    "highway": ("with moving traffic", "full of cars"),
    "bridge": ("with cars crossing",),
    "road works": ("in progress", "at work"),
    "container port": ("loading containers", "at work"),
    "market": ("with a seller and a buyer", "selling fruit"),
}

PLACES: dict[str, tuple[str, ...]] = {
    "city": (
        "in the city",
        "through the city",
        "in front of tall buildings",
        "downtown",
        "in an urban area",
        "in the capital",
    ),
    "hills": ("in the hills", "through the hills", "in the mountains", "in a hilly landscape", "in a mountain region"),
    "coast": ("at the coast", "along the coast", "by the sea", "at the beach", "near a lighthouse", "on the shore"),
    "fields": ("in the fields", "through the fields", "in the countryside", "over farmland", "in a rural area"),
    "village": ("in a village", "through a village", "in a small village", "in the village", "among village houses"),
    "river": ("at the river", "along a river", "by a river", "on the river bank", "at the riverside"),
    "port": ("in the port", "at the harbour", "in a harbour", "at the docks", "at a seaport"),
    "interior": ("indoors", "in a room", "inside a building", "inside", "in a hall"),
}
ROOMS = {
    "children": ("in a classroom", "in class", "inside a school", "at their desks"),
    "doctor": ("in a clinic", "in a hospital room", "at a health centre", "indoors"),
    "vaccine": ("in a clinic", "in a laboratory", "indoors"),
    "ballot box": ("in a polling station", "indoors", "in a room"),
    "scales": ("in a courtroom", "in court", "indoors"),
    "press conference": ("indoors", "in a press room", "in a hall"),
    "coins": ("in an office", "in a bank", "indoors"),
    "phone": ("indoors", "at home", "in an office"),
    "water tap": ("at home", "indoors", "in a kitchen"),
}

TIMES: dict[str, tuple[str, ...]] = {
    "day": ("by day", "during the day", "in daylight", "on a sunny day", "at noon"),
    "sunset": ("at sunset", "at dusk", "in the evening", "in evening light", "under an orange sky"),
    "night": ("at night", "by night", "at midnight", "in the dark", "in the moonlight"),
}
WET_TIMES = {**TIMES, "day": ("by day", "during the day", "in daylight", "at noon")}
RAIN = ("in the rain", "in heavy rain", "while it rains", "on a rainy day")
SUN_TIMES: dict[str, dict[str, tuple[str, ...]]] = {
    "day": dict.fromkeys(("rising", "falling"), ("in a blue sky", "on a bright day", "during the day")),
    "sunset": {
        "rising": ("at sunrise", "at dawn", "in a red sky", "in the early morning"),
        "falling": ("at sunset", "at dusk", "in a red sky", "in the evening"),
    },
}
SPEEDS = {"fast": ("fast", "quickly", "at high speed"), "slow": ("slowly", "slow", "gently")}
COLOURS = {colour: (colour, f"bright {colour}") for colour in ("red", "blue", "green", "yellow", "white", "orange")}
TOGETHER = (
    "in front of {other}",
    "near {other}",
    "and {other}",
    "with {other} behind",
    "next to {other}",
    "at {other}",
)

TOPIC_FORMS = (
    "{topic}",
    "a policy briefing on {topic}",
    "news about {topic}",
    "public announcement on {topic}",
    "press release about {topic}",
    "report on {topic}",
    "information on {topic} for citizens",
    "the ministry informs about {topic}",
)
FRAMES = (
    "a video of {text}",
    "flat illustration of {text}",
    "an animation of {text}",
    "show {text}",
    "{text} in a press video",
)
QUALITY = ("high quality", "flat illustration", "clear and detailed", "smooth motion", "news style")
