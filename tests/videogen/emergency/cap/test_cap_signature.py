"""Signatures made with real keys: what is valid, what is forged, what is old."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from lxml import etree
from signxml import DigestAlgorithm, SignatureMethod, XMLSigner

from tests.videogen.emergency.examples import GOOD
from tests.videogen.emergency.sample_alerts import NOW
from videogen.emergency.cap.reader import read_document
from videogen.emergency.cap.signature import Pins, SignatureResult
from videogen.errors import ConfigError

SENDER = "warn@river.example"
CAP = "{urn:oasis:names:tc:emergency:cap:1.2}"


class Key:
    """A private key and its own certificate, valid for a year from the first of October 2026."""

    def __init__(self, name: str, start: datetime = datetime(2026, 10, 1, tzinfo=UTC)) -> None:
        self.private = rsa.generate_private_key(65537, 2048)
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        self.certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(self.private.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(start + timedelta(days=365))
            .sign(self.private, hashes.SHA256())
        )
        self.pem = self.certificate.public_bytes(serialization.Encoding.PEM)


@pytest.fixture(scope="module")
def key() -> Key:
    return Key("river office")


@pytest.fixture(scope="module")
def other_key() -> Key:
    return Key("somebody else")


class OldSigner(XMLSigner):
    """Signs with SHA-1, as some senders still do."""

    def check_deprecated_methods(self) -> None:
        pass


def sign(message: str, key: Key, *, sha1: bool = False) -> etree._Element:
    kind, options = (OldSigner, {"signature_algorithm": SignatureMethod.RSA_SHA1, "digest_algorithm": DigestAlgorithm.SHA1}) if sha1 else (XMLSigner, {})  # fmt: skip
    return kind(**options).sign(etree.fromstring(message.encode()), key=key.private, cert=[key.certificate])


@pytest.fixture
def pins(tmp_path: Path, key: Key) -> Callable[..., Pins]:
    def make(*certificates: bytes, **options: Any) -> Pins:
        names = []
        for number, pem in enumerate(certificates or (key.pem,)):
            names.append(f"{number}.pem")
            (tmp_path / names[-1]).write_bytes(pem)
        pinned = {SENDER: {"certificates": names, **options}}
        (tmp_path / "senders.yaml").write_text(yaml.safe_dump(pinned), encoding="utf-8")
        return Pins(tmp_path)

    return make


def check(pins: Pins, message: etree._Element | str, now: datetime = NOW) -> SignatureResult:
    data = message.encode() if isinstance(message, str) else etree.tostring(message)
    (read,) = read_document(data).alerts
    assert read.alert is not None, read.problems
    return pins.check(read, now).result


def test_a_signature_of_the_pinned_key_is_valid(pins: Callable[..., Pins], key: Key) -> None:
    result = check(pins(), sign(GOOD, key))
    assert result.state == "valid"
    assert result.certificate == key.certificate.fingerprint(hashes.SHA256()).hex()


def test_another_key_is_refused_though_its_certificate_comes_with_the_message(
    pins: Callable[..., Pins], other_key: Key
) -> None:
    result = check(pins(), sign(GOOD, other_key))
    assert (result.state, result.certificate) == ("invalid", None)


def test_one_of_several_pinned_keys_is_enough(pins: Callable[..., Pins], key: Key, other_key: Key) -> None:
    both = pins(other_key.pem, key.pem)
    assert check(both, sign(GOOD, key)).state == check(both, sign(GOOD, other_key)).state == "valid"
    assert check(pins(other_key.pem + key.pem), sign(GOOD, key)).state == "valid"


@pytest.mark.parametrize("text", ["headline", "severity", "polygon"])
def test_content_that_was_changed_is_refused(pins: Callable[..., Pins], key: Key, text: str) -> None:
    signed = sign(GOOD, key)
    element = signed.find(f".//{CAP}{text}")
    element.text = {"headline": "All clear", "severity": "Minor", "polygon": "10,6 10,7 11,7 10,6"}[text]
    result = check(pins(), signed)
    assert result.state == "invalid"
    assert "Digest" in result.why


def test_a_pinned_sender_has_to_sign_and_others_need_not(pins: Callable[..., Pins], key: Key) -> None:
    assert check(pins(), GOOD).state == "invalid"
    stranger = GOOD.replace(SENDER, "other@river.example")
    assert check(pins(), stranger).state == "unsigned"
    assert check(pins(), sign(stranger, key)).state == "unknown"


DSIG = "{http://www.w3.org/2000/09/xmldsig#}"
FORGED = GOOD.replace("Leave cellars.", "Stay in your cellars.")


def wrapped(signed: etree._Element, forged: str, where: str) -> etree._Element:
    """The forged alert as the message, with the signed one hidden at one of the places where nobody reads it."""
    root = etree.fromstring(forged.encode())
    signature = copy.deepcopy(signed.find(f"{DSIG}Signature"))
    whole = copy.deepcopy(signed)
    bare = copy.deepcopy(signed)
    bare.remove(bare.find(f"{DSIG}Signature"))
    holder = etree.Element("{urn:example}holder")
    if where == "whole, in an element of its own":
        holder.append(whole)
        root.append(holder)
    elif where == "whole, in an element, the signature twice":
        holder.append(whole)
        root.append(holder)
        root.append(signature)
    elif where == "bare, before a signature of the root":
        root.insert(0, bare)
        root.append(signature)
    elif where == "bare, after a signature of the root":
        root.append(signature)
        root.append(bare)
    elif where == "bare, in an object of the signature":
        etree.SubElement(signature, f"{DSIG}Object").append(bare)
        root.append(signature)
    elif where == "bare, in an info block":
        root.find(f"{CAP}info").append(bare)
        root.append(signature)
    elif where == "signature in an element of its own":
        holder.append(signature)
        root.append(holder)
    elif where == "signature in an info block, the alert beside it":
        root.find(f"{CAP}info").append(signature)
        root.append(bare)
    else:  # the forged one inside of the signed one
        root = whole
        root.find(f"{CAP}info").addprevious(etree.fromstring(forged.encode()).find(f"{CAP}info"))
    return root


@pytest.mark.parametrize("reference", ["", "Id", "ID", "id"])
@pytest.mark.parametrize(
    "where",
    ["whole, in an element of its own", "whole, in an element, the signature twice", "bare, before a signature of the root",
     "bare, after a signature of the root", "bare, in an object of the signature", "bare, in an info block",
     "signature in an element of its own", "signature in an info block, the alert beside it", "another info block first"],
)  # fmt: skip
def test_no_way_of_wrapping_a_signed_alert_lets_another_one_pass(
    pins: Callable[..., Pins], key: Key, where: str, reference: str
) -> None:
    message = etree.fromstring(GOOD.encode())
    if reference:
        message.set(reference, "signed")
    signed = XMLSigner().sign(
        message, key=key.private, cert=[key.certificate], reference_uri="signed" if reference else None
    )
    assert check(pins(), signed).state == "valid"
    for taken_too in (False, True):  # the same name twice in the document
        forged = FORGED.replace("<alert ", f'<alert {reference}="signed" ') if reference and taken_too else FORGED
        message = wrapped(signed, forged, where)
        for read in read_document(etree.tostring(message)).alerts:
            if read.alert is not None and "Stay in" in str(read.alert):
                result = pins().check(read, NOW)
                assert result.result.state == "invalid", result.result.why


def test_what_was_signed_is_what_is_used(pins: Callable[..., Pins], key: Key) -> None:
    (read,) = read_document(etree.tostring(sign(GOOD, key))).alerts
    checked = pins().check(read, NOW)
    assert checked.read is not read
    assert checked.read.alert == read.alert


@pytest.mark.parametrize(
    "algorithm", ["http://www.w3.org/TR/1999/REC-xpath-19991116", "http://www.w3.org/TR/1999/REC-xslt-19991116",
                  "http://www.w3.org/2002/06/xmldsig-filter2", "http://www.w3.org/2000/09/xmldsig#base64", ""],
)  # fmt: skip
def test_a_signature_that_first_transforms_the_message_is_refused(
    pins: Callable[..., Pins], key: Key, algorithm: str
) -> None:
    signed = sign(GOOD, key)
    etree.SubElement(signed.find(f".//{DSIG}Transforms"), f"{DSIG}Transform").set("Algorithm", algorithm)
    result = check(pins(), signed)
    assert (result.state, "transforms the message" in result.why) == ("invalid", True)


@pytest.mark.parametrize("uri", ["http://127.0.0.1:9/x", "file:///etc/passwd", "other.xml", "#nowhere", None])
def test_a_signature_of_something_else_is_refused_and_nothing_is_fetched(
    pins: Callable[..., Pins], key: Key, uri: str | None
) -> None:
    signed = sign(GOOD, key)
    reference = signed.find(f".//{DSIG}Reference")
    reference.attrib.pop("URI", None)
    if uri is not None:
        reference.set("URI", uri)
    assert check(pins(), signed).state == "invalid"


def test_a_hundred_thousand_references_cost_no_time(pins: Callable[..., Pins], key: Key) -> None:
    signed = sign(GOOD, key)
    info = signed.find(f".//{DSIG}SignedInfo")
    for _ in range(100_000):
        etree.SubElement(info, f"{DSIG}Reference")
    started = time.process_time()
    result = check(pins(), signed)
    assert result.state == "invalid"
    assert time.process_time() - started < 5.0


@pytest.mark.parametrize(
    "sender",
    ["w\u0430rn@river.example", "Warn@river.example", "WARN@RIVER.EXAMPLE", "warn@r\u200biver.example",
     "warn@river.exampl\u0435", "ｗarn@river.example", "warn@rlver.example", "warn@river\u00ad.example", "wa\u0301rn@river.example",
     "warn@river.example.", "warn@river\u00b7example", "mailto:warn@river.example", "vvarn@river.example", "warn@riuer.example", "warn@river.example/",
     "warn@river.example:443", "https://warn@river.example:443/", "warn%40river.example", "warn@river.example?a=1", "warn@river.example#x",
     "warn@riv\u03b5r.example", "wa\u0433n@rive\u0433.example", "warn@river.\u025bxample", "warn@ri\u2228er.example",
     "warn@river.e\u00d7ample", "warn@river.examp|e", "warn(at)river.example", "warn@river [dot] example",
     "https://www.warn@river.example", "ᎳᎪᏒᏁ@ᏒᎥᏉᎬᏒ.example", "山卂尺几@尺丨ᐯ乇尺.example", "шαяи@river.example"],
)  # fmt: skip
def test_a_sender_that_looks_like_a_pinned_one_is_refused_signed_or_not(
    pins: Callable[..., Pins], key: Key, sender: str
) -> None:
    message = GOOD.replace(SENDER, sender)
    for given in (message, sign(message, key)):
        (read,) = read_document(given.encode() if isinstance(given, str) else etree.tostring(given)).alerts
        checked = pins().check(read, NOW)
        assert (checked.result.state, checked.imitates) == ("invalid", SENDER)


@pytest.mark.parametrize(
    "sender", ["urn:oid:2.49.0.1.11", "urn:oid:2.49.0.11.1", "warn@rivers.example", "warn2@river.example"]
)
def test_a_sender_of_another_name_or_number_is_not_taken_for_the_pinned_one(
    tmp_path: Path, key: Key, sender: str
) -> None:
    (tmp_path / "0.pem").write_bytes(key.pem)
    pinned = {name: {"certificates": ["0.pem"]} for name in ("urn:oid:2.49.0.1.1", SENDER)}
    (tmp_path / "senders.yaml").write_text(yaml.safe_dump(pinned), encoding="utf-8")
    assert Pins(tmp_path).imitated_by(sender) is None


def test_a_valid_signature_over_one_element_does_not_cover_the_alert(pins: Callable[..., Pins], key: Key) -> None:
    message = etree.fromstring(GOOD.encode())
    message.find(f".//{CAP}area").set("Id", "area")
    signed = XMLSigner().sign(message, key=key.private, cert=[key.certificate], reference_uri="area")
    result = check(pins(), signed)
    assert result.state == "invalid"
    assert "cover the whole alert" in result.why


def test_sha_1_is_refused_unless_the_sender_may(pins: Callable[..., Pins], key: Key) -> None:
    signed = sign(GOOD, key, sha1=True)
    assert check(pins(), signed).state == "invalid"
    assert check(pins(allow_sha1=True), signed).state == "valid"


@pytest.mark.parametrize(("days", "word"), [(400, "expired on 2027-10-01"), (-100, "valid only from 2026-10-01")])
def test_a_certificate_out_of_its_time_is_refused(pins: Callable[..., Pins], key: Key, days: int, word: str) -> None:
    result = check(pins(), sign(GOOD, key), NOW + timedelta(days=days))
    assert result.state == "invalid"
    assert word in result.why


def test_a_message_that_was_indented_after_signing_is_valid(pins: Callable[..., Pins], key: Key) -> None:
    blank = etree.XMLParser(remove_blank_text=True)
    tight = etree.tostring(etree.fromstring(GOOD.encode(), blank)).decode()
    signed = sign(tight, key)
    signature = signed.find("{http://www.w3.org/2000/09/xmldsig#}Signature")
    signed.remove(signature)
    etree.indent(signed)
    signed.append(signature)
    assert check(pins(), signed).state == "valid"


def test_a_signed_alert_inside_of_a_feed_is_valid(pins: Callable[..., Pins], key: Key) -> None:
    feed = etree.fromstring('<feed xmlns="http://www.w3.org/2005/Atom"><entry><content/></entry></feed>')
    feed[0][0].append(sign(GOOD, key))
    assert check(pins(), feed).state == "valid"


@pytest.mark.parametrize("broken", ["<x/>", "<SignedInfo/>", "<SignatureValue>%%%</SignatureValue>", ""])
def test_a_broken_signature_is_a_reason_not_a_crash(pins: Callable[..., Pins], broken: str) -> None:
    signature = f'<Signature xmlns="http://www.w3.org/2000/09/xmldsig#">{broken}</Signature></alert>'
    result = check(pins(), GOOD.replace("</alert>", signature))
    assert result.state == "invalid"
    assert result.why


def test_without_a_list_of_senders_nobody_is_pinned(tmp_path: Path) -> None:
    assert SENDER not in Pins(tmp_path / "nowhere")


@pytest.mark.parametrize(
    "text",
    ["- a", "warn@river.example: {certificates: []}", "warn@river.example: {certificates: [missing.pem]}",
     "warn@river.example: {certificates: [../outside.pem]}", "a: [", "a: {certificates: [x.pem], sha1: true}"],
)  # fmt: skip
def test_a_list_of_senders_that_cannot_hold_is_refused_when_it_is_read(tmp_path: Path, text: str) -> None:
    folder = tmp_path / "pins"
    folder.mkdir()
    (tmp_path / "outside.pem").write_text("x")
    (folder / "senders.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match="senders"):
        Pins(folder)


def test_a_file_that_is_no_certificate_is_the_operators_mistake(pins: Callable[..., Pins], key: Key) -> None:
    with pytest.raises(ConfigError, match=r"0\.pem cannot be read"):
        check(pins(b"no certificate"), sign(GOOD, key))
