"""Releases of invented ministries for the tests."""

from __future__ import annotations

from videogen.briefing.source.document import ReleaseDocument
from videogen.briefing.source.read import release_from
from videogen.briefing.storyboard.building import built
from videogen.briefing.storyboard.model import Storyboard
from videogen.briefing.storyboard.planning import planned

PORTS = """\
Press Information Bureau
Government of Vasanta

Ministry of Inland Ports

Posted On: 01 APR 2026 3:41PM by PIB Meruvar

Cargo at inland ports crosses 4.2 million tonnes in March, second highest ever

Meruvar, 1 April 2026: The inland ports of Vasanta handled 4.2 million tonnes of cargo in March 2026, the second \
highest monthly total ever, the Ministry of Inland Ports said on Wednesday. Cargo rose by 11.5 per cent from 3.77 \
million tonnes in March 2025 to 4.2 million tonnes in March 2026.

"Every tonne that moves by river is a truck less on our roads," said the Minister of Inland Ports, Ms. Ilara Devan. \
She added that more than 1,200 new jobs were created at the quays.

Key points:

- Grain traffic reached up to 1.1 million tonnes, the largest share of any commodity.
- 14 new cranes were commissioned at Port Sarai at a cost of ₹1,23,456 crore.
- At least 340 barges now carry satellite trackers.

Cargo handled by port in March 2026 is given below.

| Port | Cargo (lakh tonnes) |
| --- | --- |
| Sarai | 18.4 |
| Kolvan | 12.6 |
| Mirapur | 7.1 |
| Tessen | 3.9 |

The Ministry will publish the figures for the full year 2025-26 by 15 May 2026. For details, call +91-11-23456789.

***
MJPS/VV
(Release ID: 2016944)
"""

LAMPS = """\
जल ऊर्जा मंत्रालय

प्रविष्टि तिथि: 12 मई 2026

सौर लैंप योजना से 1.25 लाख से अधिक परिवारों को लाभ

मेरुवर, 12 मई 2026: जल ऊर्जा मंत्रालय ने बताया कि सौर लैंप योजना से 1.25 लाख से अधिक परिवारों को लाभ मिला है। योजना पर \
₹340 करोड़ खर्च किए गए हैं। वर्ष 2025-26 में 45 प्रतिशत लैंप पहाड़ी गांवों में दिए गए।

यह योजना 2024 में शुरू हुई थी।
"""


def read(text: str, name: str = "release.txt", language: str | None = None) -> ReleaseDocument:
    """The text as a release."""
    return release_from(name, text.encode("utf-8"), language)


def storyboard_of(document: ReleaseDocument, target: int = 60) -> Storyboard:
    """The storyboard that the rules make of it."""
    return built(document, planned(document, target), formats=("wide", "square", "tall"), target=target)
