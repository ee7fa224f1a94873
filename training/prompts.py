"""Fixed prompts for pictures that show what the model can do; never chosen by how they come out."""

from __future__ import annotations

FIXED_PROMPTS = (
    "a red bus driving left through the city at night",
    "a blue train driving right through the fields at sunset",
    "a white boat sailing left at the coast during the day",
    "a yellow hot-air balloon rising over the hills at sunset",
    "an orange plane flying right over the coast at night",
    "the sun setting in the fields",
    "wind turbines turning in the hills during the day",
    "solar panels in the fields on a sunny day",
    "a flood rising in the city at night",
    "a burning house with smoke in the countryside at night",
    "an ambulance with flashing light driving right through the city by day",
    "heavy rain in the hills at sunset",
    "a storm with lightning at the coast at night",
    "a cyclone moving left through the fields by day",
    "trees bending in the wind in the hills at sunset",
    "a green flag waving in the city during the day",
    "a crowd of people walking right at the coast at sunset",
    "a green bus heading to the right along the coast by day",
)

FREE_PROMPTS = (
    "A policy briefing on renewable energy initiatives",
    "Emergency evacuation notice for coastal areas",
    "Cyclone warning for the eastern coast tonight",
    "The government announces new buses for public transport",
    "Heavy monsoon rains expected in mountain districts",
    "New railway line connects rural farmland",
    "Fire safety advice for families at home",
    "Solar power scheme for farmers",
    "Fishermen are advised not to sail tonight",
    "Independence day celebrations in the capital",
    "River floods enter the town, residents should move to high ground",
    "Ambulance services extended to mountain villages",
    "Sunrise over the rice fields",
    "Offshore wind energy for coastal towns",
    "Storm alert with lightning for the capital city",
    "Public transport stays free on election day",
    "Harvest festival with people walking through the fields",
    "Forest fire near the village, smoke seen at night",
    "Ferry service to the islands resumes tomorrow",
    "New airport brings flights to the hill region",
    "Trees planted along the river to protect the fields",
    "Hot-air balloon festival at sunset",
)
