"""Comments as raters write them, in English and Hindi: with personal data, and without.

Templates and values were written for this measurement. The half "seen" was used while the scrubber was written; the
half "unseen" was written without running it, and `benchmarks/results/feedback_scrubbing.json` has the first run.
"""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True)
class Comment:
    """secret: what must not survive; empty: nothing has to go."""

    text: str
    secret: str


_FIRST = ("Ananya", "Rohit", "Meera", "Oliver", "Fatima", "Jonas", "Kavya", "Arjun", "Grace", "Imran")
_LAST = ("Sharma", "Patel", "Nair", "Whitfield", "Khan", "Lindqvist", "Reddy", "Das", "Okafor", "Siddiqui")
_HOSTS = ("example.org", "pressdesk.in", "mail.example.com", "newsroom.co.uk", "gov.example.in", "posteo.example.de")
_DEVANAGARI = str.maketrans("0123456789", "०१२३४५६७८९")

SEEN = (
    "Please mail {email} when it is ready.", "Send the corrected version to {email}, thanks!", "{email}: wrong caption.",
    "Contact: {spelled_email}", "You can reach me at {spelled_email} any time.", "Call me on {mobile}, the map is wrong.",
    "My number is {mobile}.", "Phone {landline} for the original footage.", "Ring the desk, {uk_mobile}, before noon.",
    "The card {card} was charged twice for this clip.", "I paid with {card} and the video is still labelled.",
    "My Aadhaar is {aadhaar}, please verify.", "PAN {pan} belongs on the invoice.", "GSTIN {gstin} is missing.",
    "Transfer it to {iban}.", "IFSC {ifsc}, account {account}.", "Passport {passport} was shown in the frame.",
    "The car {vehicle} is mine, blur it.", "UPI me at {upi}.", "Find me as {handle} and I will explain.",
    "My name is {name}, and the colours are off.", "Regards, {name}", "Logged in from {ip} and it stutters.",
    "The house at {coordinates} is mine.", "I was born on {birth} and never saw such a bus.",
    "Number in words: {spoken}.", "मुझे {email} पर लिखें, रंग गलत है।", "मेरा नंबर {mobile} है।", "कृपया {hindi_mobile} पर फोन करें।",
    "मेरा नाम {hindi_name} है, वीडियो धुंधला है।", "आधार {hindi_aadhaar} देख लीजिए।", "कार्ड {card} से पैसे कटे।",
    "गाड़ी {vehicle} मेरी है, हटा दीजिए।", "पैन {pan} बिल पर लिखें।", "{spelled_hindi_email} पर भेजिए।", "श्री {hindi_name} को बताइए।",
)  # fmt: skip
UNSEEN = (
    "reply-to: {email}", "(my address is <{email}>)", "forward this to {email} and {email}", "wrong bridge!! {email}",
    "e-mail is {spelled_email}, no spam", "WhatsApp {mobile}", "tel.: {mobile} (evenings)", "{mobile} - ask for the editor",
    "our office line {landline} is always open", "text {uk_mobile} if the siren is too loud", "cc {card} exp 09/28",
    "why was {card} billed for a draft?", "uid no. {aadhaar}", "income tax id {pan}, see attachment", "gst {gstin} pls",
    "bank details {iban}", "a/c {account} {ifsc}", "passport no {passport}", "number plate {vehicle} can be read at 00:03",
    "pay {upi} instead", "{handle} on every platform", "hi, my name is {name} from the desk in Pune", "Kind regards, {name}",
    "Yours sincerely, {name}", "server {ip} refused the mp4", "GPS {coordinates} is a private garden", "DOB {birth}, for the form",
    "say it slowly: {spoken}", "ईमेल: {email}", "संपर्क {mobile}", "इस नंबर पर व्हाट्सएप करें {hindi_mobile}", "मेरा पूरा नाम {hindi_name} है",
    "आधार संख्या {hindi_aadhaar} दर्ज करें", "खाता {hindi_account} में भेजें", "वाहन {vehicle} का नंबर दिख रहा है", "जन्म तिथि {birth} है",
    "डॉ. {hindi_name} से पूछिए, पुल गलत है", "मेरा पता {spelled_hindi_email}",
)  # fmt: skip
CLEAN_SEEN = (
    "The bus should be {colour}, not blue.", "At {time} the picture flickers.", "Too long, cut it to {small} seconds.",
    "The dam holds {big} cubic metres, not {big2}.", "Shown on {date}, the caption says another day.",
    "{size} is too small for our screens.", "I like the sunset very much.", "{share} of our viewers left after {small} s.",
    "In {year} the bridge was not yet built.", "The train runs from left to right, I asked for the other way.",
    "Scene {small} of {small2} is out of focus.", "Rs {big} crore is correct, the voice says lakh.", "Great work, {small}/10!",
    "The river rose by {decimal} m, the map shows {decimal2} m.", "बस का रंग {hindi_colour} होना चाहिए।", "{time} पर तस्वीर हिलती है।",
    "बहुत सुंदर वीडियो, धन्यवाद।", "{hindi_small} सेकंड बहुत लंबा है।", "{date} की तारीख गलत है।", "आवाज़ बहुत धीमी है।",
    "बाढ़ में {big} लोग प्रभावित हुए, {big2} नहीं।", "नक्शे पर नदी गलत जगह है।", "पुल {year} में नहीं बना था।", "{share} दर्शकों को पसंद आया।",
)  # fmt: skip
CLEAN_UNSEEN = (
    "make the sky {colour} please", "captions vanish after {decimal} s", "from {time} to {time2} nothing moves",
    "we need {size} at {small} fps", "the figure {big} is out of date", "published {date}, corrected {date2}",
    "budget of {big} rupees for {year}-{year2}", "{share} humidity, {decimal} degrees", "who is meant to read that label?",
    "wind turbines turn backwards in scene {small}", "looks like a cartoon", "good, but the music is too loud",
    "attempt {small} was better than attempt {small2}", "the minister's sentence is cut at {time}", "flood level {decimal} m above {year}",
    "our style guide, section {section}, forbids this font", "train {train} never stops there", "रात का दृश्य चाहिए, दिन का नहीं",
    "शीर्षक में वर्तनी की गलती है", "{hindi_small} में से {hindi_small} अंक", "ट्रेन उल्टी दिशा में जाती है", "{share} नमी दिखाइए",
    "{year} का आंकड़ा पुराना है", "कैप्शन {decimal} सेकंड में गायब हो जाता है", "{big} हेक्टेयर फसल, {date} तक",
)  # fmt: skip


def with_personal_data(templates: tuple[str, ...], fills: int, seed: int) -> list[Comment]:
    """`fills` comments of every template."""
    source = random.Random(seed)
    return [_filled(template, source) for template in templates for _ in range(fills)]


def without(templates: tuple[str, ...], fills: int, seed: int) -> list[Comment]:
    """The same, of templates in which nothing personal stands."""
    return [Comment(one.text, "") for one in with_personal_data(templates, fills, seed)]


def _filled(template: str, source: random.Random) -> Comment:
    secrets: list[str] = []
    text = template
    while "{" in text:
        before, _, rest = text.partition("{")
        name, _, after = rest.partition("}")
        value = _value(name, source)
        secrets.append(value)
        text = f"{before}{value}{after}"
    return Comment(text, " ".join(secrets))


def _digits(source: random.Random, count: int) -> str:
    return "".join(source.choice("0123456789") for _ in range(count))


def _luhn(source: random.Random) -> str:
    body = source.choice(("4", "51", "60"))
    body += _digits(source, 15 - len(body))
    total = sum(int(d) if place % 2 else sum(divmod(2 * int(d), 10)) for place, d in enumerate(body))
    number = body + str(-total % 10)
    mark = source.choice((" ", "-", ""))
    return mark.join(number[start : start + 4] for start in range(0, 16, 4))


def _iban(source: random.Random) -> str:
    body = _digits(source, 18)
    check = 98 - int(f"{body}131400") % 97
    text = f"DE{check:02d}{body}"
    return " ".join(text[start : start + 4] for start in range(0, 22, 4)) if source.random() < 0.5 else text


def _mobile(source: random.Random) -> str:
    number = source.choice("6789") + _digits(source, 9)
    forms = (number, f"+91 {number[:5]} {number[5:]}", f"0{number}", f"{number[:5]}-{number[5:]}", f"+91-{number}")
    return source.choice(forms)


def _letters(source: random.Random, count: int) -> str:
    return "".join(source.choice("ABCDEFGHJKLMNPRSTUVWXYZ") for _ in range(count))


def _value(name: str, source: random.Random) -> str:
    pick, first, last = source.choice, source.choice(_FIRST), source.choice(_LAST)
    user = pick((first, f"{first}.{last}", f"{first[0]}_{last}", f"{first}{source.randrange(99)}")).lower()
    host = pick(_HOSTS)
    hindi_number = (pick("6789") + _digits(source, 9)).translate(_DEVANAGARI)
    numbers = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    values = {
        "email": lambda: f"{user}@{host}",
        "spelled_email": lambda: f"{user} at {host.replace('.', ' dot ')}" if source.random() < 0.5 else f"{user} (at) {host}",
        "spelled_hindi_email": lambda: f"{user} एट {host.replace('.', ' डॉट ')}",
        "mobile": lambda: _mobile(source),
        "hindi_mobile": lambda: pick((hindi_number, f"{hindi_number[:5]} {hindi_number[5:]}")),
        "landline": lambda: f"{pick(('011', '022', '080'))}-{pick('234')}{_digits(source, 7)}",
        "uk_mobile": lambda: f"+44 7{_digits(source, 3)} {_digits(source, 6)}",
        "card": lambda: _luhn(source),
        "aadhaar": lambda: f"{pick('23456789')}{_digits(source, 3)} {_digits(source, 4)} {_digits(source, 4)}",
        "hindi_aadhaar": lambda: f"{pick('2345')}{_digits(source, 3)} {_digits(source, 4)} {_digits(source, 4)}".translate(_DEVANAGARI),
        "pan": lambda: f"{_letters(source, 3)}P{_letters(source, 1)}{_digits(source, 4)}{_letters(source, 1)}",
        "gstin": lambda: f"{source.randrange(10, 37)}{_letters(source, 5)}{_digits(source, 4)}{_letters(source, 1)}1Z{_digits(source, 1)}",
        "iban": lambda: _iban(source),
        "ifsc": lambda: f"{_letters(source, 4)}0{_digits(source, 6)}",
        "account": lambda: _digits(source, source.randrange(9, 17)),
        "hindi_account": lambda: _digits(source, 11).translate(_DEVANAGARI),
        "passport": lambda: f"{_letters(source, 1)}{_digits(source, 7)}",
        "vehicle": lambda: f"{pick(('DL', 'MH', 'KA', 'UP'))} {source.randrange(1, 60):02d} {_letters(source, 2)} {_digits(source, 4)}",
        "upi": lambda: f"{first.lower()}@{pick(('okaxis', 'ybl', 'upi', 'paytm'))}",
        "handle": lambda: f"@{user}",
        "name": lambda: f"{first} {last}",
        "hindi_name": lambda: pick(("रमेश कुमार", "सीता देवी", "अनिल वर्मा", "प्रिया सिंह", "मोहन लाल")),
        "ip": lambda: ".".join(str(source.randrange(1, 255)) for _ in range(4)),
        "coordinates": lambda: f"{source.uniform(8, 35):.5f}, {source.uniform(69, 95):.5f}",
        "birth": lambda: f"{source.randrange(1, 28):02d}/{source.randrange(1, 13):02d}/{source.randrange(1950, 2005)}",
        "spoken": lambda: " ".join(pick(numbers) for _ in range(10)),
        "colour": lambda: pick(("red", "green", "white", "orange")),
        "hindi_colour": lambda: pick(("लाल", "हरा", "सफ़ेद")),
        "time": lambda: f"00:{source.randrange(60):02d}",
        "time2": lambda: f"{source.randrange(1, 12)}:{source.randrange(60):02d}",
        "small": lambda: str(source.randrange(2, 60)),
        "small2": lambda: str(source.randrange(2, 60)),
        "hindi_small": lambda: str(source.randrange(2, 60)).translate(_DEVANAGARI),
        "big": lambda: pick((f"{source.randrange(10, 99)},{_digits(source, 3)}", f"1,{source.randrange(10, 99)},{_digits(source, 3)}", str(source.randrange(1000, 99999)))),
        "big2": lambda: f"{source.randrange(100, 999)},{_digits(source, 3)}",
        "date": lambda: pick((f"2026-{source.randrange(1, 13):02d}-{source.randrange(1, 28):02d}", f"{source.randrange(1, 28)}.{source.randrange(1, 13)}.2026", f"{source.randrange(1, 28)} November 2026")),
        "date2": lambda: f"{source.randrange(1, 28):02d}/{source.randrange(1, 13):02d}/2026",
        "size": lambda: pick(("1920x1080", "1280×720", "1080x1920", "640x360")),
        "share": lambda: f"{source.randrange(1, 100)} %",
        "year": lambda: str(source.randrange(1947, 2027)),
        "year2": lambda: str(source.randrange(20, 30)),
        "decimal": lambda: f"{source.uniform(0, 40):.1f}",
        "decimal2": lambda: f"{source.uniform(0, 40):.2f}",
        "section": lambda: f"{source.randrange(1, 9)}.{source.randrange(1, 20)}.{source.randrange(1, 9)}",
        "train": lambda: str(source.randrange(10000, 23000)),
    }  # fmt: skip
    return str(values[name]())
