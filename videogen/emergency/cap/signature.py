"""Who signed an alert: XML signatures against certificates that are pinned to each sender.

The folder of certificates holds PEM files and ``senders.yaml``:

    warn@river.example:
      certificates: [river-2025.pem, river-2026.pem]
      allow_sha1: false
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple
from urllib.parse import unquote

import yaml
from pydantic import Field, TypeAdapter, ValidationError

from videogen.emergency.cap.model import Part
from videogen.emergency.cap.reader import ReadAlert, read_alert
from videogen.emergency.cap.signed_part import is_signed, shape_problem
from videogen.emergency.cap.xml import local_name, parse
from videogen.errors import ConfigError
from videogen.storage.atomic_folder import SAFE_NAME
from videogen.text.fancy_letters import in_plain_letters
from videogen.text.skeleton import REMINDING, skeleton

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

_SCHEME = re.compile(r"(?:(?:https?|ftp)://(?:www\.)?|mailto:)")
# Ports of addresses, and how people write an @ or a full stop out.
_NO_NAME = re.compile(r"(?<=[^\W\d]):\d{1,5}(?=/)|[\s(\[{<]+(?:at|dot)[\s)\]}>]+")
# A port, query or fragment changes nothing of who somebody is.
_REST_OF_ADDRESS = re.compile(r"(?:(?<=[^\W\d]):\d{1,5})?/*(?:[?#].*)?$", re.DOTALL)
_SIGN = re.compile(r"[^\w\s]|_")
# Between two digits a sign makes a difference, as in OIDs.
_SIGNS = re.compile(r"(?<!\d)[\W_]+|[\W_]+(?!\d)")

SENDERS_FILE = "senders.yaml"
_LONGEST_REASON = 300


class SignatureResult(Part):
    """What is known of an alert's signature.

    state: ``valid``: made with the key of a certificate pinned to its sender. ``invalid``: it is not, or the content
    was changed, or a pinned sender's signature is missing. ``unknown``: signed, but no certificate of that sender is
    pinned; a certificate inside of the message proves nothing about who sent it. ``unsigned``: no signature.
    why: one sentence for people. certificate: SHA-256 fingerprint of the certificate, hexadecimal, if valid.
    """

    state: Literal["unsigned", "unknown", "valid", "invalid"]
    why: str = ""
    certificate: str | None = None


class Checked(NamedTuple):
    """A message whose signature was looked at.

    read: where the signature is valid, what was read from the very bytes that were signed, and nothing else; otherwise
    the message as it came. imitates: the pinned sender that its sender only looks like.
    """

    result: SignatureResult
    read: ReadAlert
    imitates: str | None = None


UNSIGNED = SignatureResult(state="unsigned", why="it carries no signature")


class Pin(Part):
    """How a sender signs. certificates: PEM files in the folder. allow_sha1: for senders that still use SHA-1."""

    certificates: tuple[str, ...] = Field(min_length=1)
    allow_sha1: bool = False


class Pins:
    """The certificates pinned to each sender.

    Args:
        folder: holds ``senders.yaml`` and the PEM files that it names; without that file, nobody is pinned.

    Raises:
        ConfigError: the file or a certificate that it names cannot be read.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._pins = _read_pins(folder / SENDERS_FILE)
        for sender, pin in self._pins.items():
            for name in pin.certificates:
                if not SAFE_NAME.fullmatch(name) or not (folder / name).is_file():
                    raise ConfigError(
                        f"{folder / SENDERS_FILE} pins {name!r} to {sender}, but that file is not beside it"
                    )

        self._looks = {_look(sender): sender for sender in self._pins}

    def __contains__(self, sender: str) -> bool:
        return sender in self._pins

    def imitated_by(self, sender: str) -> str | None:
        """The pinned sender that `sender` looks like without being the same, e.g. with a letter of another script."""
        if sender in self._pins:
            return None
        looks = map(_look, (sender, *in_plain_letters(sender)))
        return next((self._looks[look] for look in looks if look in self._looks), None)

    def check(self, read: ReadAlert, now: datetime) -> Checked:
        """Check the signature of a message.

        Args:
            read: a message in which nothing is missing.
            now: certificates must be valid then.
        """
        assert read.alert is not None
        sender = read.alert.sender
        if pinned := self.imitated_by(sender):
            why = (
                f"its sender {sender!r} looks like {pinned!r}, whose certificate is pinned, but is spelled differently"
            )
            return Checked(SignatureResult(state="invalid", why=why), read, pinned)
        pin = self._pins.get(sender)
        root = parse(read.original, len(read.original))
        if not is_signed(root):
            if pin is None:
                return Checked(UNSIGNED, read)
            why = f"{sender} signs its alerts, but this one is not signed"
            return Checked(SignatureResult(state="invalid", why=why), read)
        if pin is None:
            return Checked(SignatureResult(state="unknown", why=f"no certificate is pinned to {sender}"), read)
        if problem := shape_problem(root):
            return Checked(SignatureResult(state="invalid", why=problem), read)
        reasons = []
        for name, certificate in self._certificates(pin):
            found = _signed_alert(read, certificate, now, allow_sha1=pin.allow_sha1)
            if isinstance(found, ReadAlert):
                valid = SignatureResult(state="valid", why=f"signed with {name}", certificate=_fingerprint(certificate))
                return Checked(valid, found)
            reasons.append(f"{name}: {found}")
        return Checked(SignatureResult(state="invalid", why="; ".join(reasons)), read)

    def _certificates(self, pin: Pin) -> Iterator[tuple[str, Certificate]]:
        from cryptography.x509 import load_pem_x509_certificates

        for name in pin.certificates:
            try:
                found = load_pem_x509_certificates((self.folder / name).read_bytes())
            except (OSError, ValueError) as error:
                raise ConfigError(
                    f"the certificate {self.folder / name} cannot be read: {error}", remedy="save it as PEM"
                ) from error
            yield from ((name, certificate) for certificate in found)


def _read_pins(path: Path) -> Mapping[str, Pin]:
    if not path.is_file():
        return {}
    try:
        return TypeAdapter(dict[str, Pin]).validate_python(yaml.safe_load(path.read_text(encoding="utf-8")) or {})
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValidationError) as error:
        raise ConfigError(f"{path} cannot be read: {error}", remedy="see docs/emergency_alerts.md") from error


def _look(sender: str) -> str:
    """What is left of a sender at a glance: letters and digits, whatever scheme and signs stand around them."""
    text = unquote(unicodedata.normalize("NFKC", sender).casefold().strip())
    text = _REST_OF_ADDRESS.sub("", _NO_NAME.sub("", _SCHEME.sub("", text, count=1)))
    text = _SIGN.sub(lambda sign: _letter(sign[0]), text)
    return "".join(skeleton(_SIGNS.sub("", text).translate(REMINDING)).split()).replace("vv", "w").replace("v", "u")


def _letter(sign: str) -> str:
    """The letter that a sign looks like (``×``, ``∨``, ``|``), else the sign."""
    shape = skeleton(sign)
    return shape if shape.isalpha() else sign


def _signed_alert(read: ReadAlert, certificate: Certificate, now: datetime, *, allow_sha1: bool) -> ReadAlert | str:
    """The alert that was signed, read from the bytes that were; or why the signature does not hold."""
    from signxml.exceptions import InvalidDigest

    if certificate.not_valid_after_utc < now:
        return f"the certificate expired on {certificate.not_valid_after_utc:%Y-%m-%d}"
    if certificate.not_valid_before_utc > now:
        return f"the certificate is valid only from {certificate.not_valid_before_utc:%Y-%m-%d}"
    try:
        try:
            signed = _verified(read.original, certificate, now, allow_sha1)
        except InvalidDigest:
            # Some senders sign first and indent afterwards: white space between elements is not theirs.
            signed = _verified(_without_blanks(read.original), certificate, now, allow_sha1)
        root = parse(signed, len(signed))
    except Exception as error:  # whatever a stranger's signature provokes, the alert is refused with that reason
        return f"{type(error).__name__}: {error}"[:_LONGEST_REASON]
    again = read_alert(root, read.original, read.where, read.envelopes)
    if local_name(root) != "alert" or again.alert is None or again.alert != read.alert:
        return "what was signed is not the alert"
    return again


def _verified(data: bytes, certificate: Certificate, now: datetime, allow_sha1: bool) -> bytes:
    """The bytes that were signed. Raises what signxml does where the signature does not hold."""
    from signxml import DigestAlgorithm, SignatureConfiguration, SignatureMethod, XMLVerifier

    usual = SignatureConfiguration()
    methods, digests = usual.signature_methods, usual.digest_algorithms
    if allow_sha1:
        methods, digests = methods | {SignatureMethod.RSA_SHA1}, digests | {DigestAlgorithm.SHA1}
    config = SignatureConfiguration(
        location="./", expect_references=1, signature_methods=methods, digest_algorithms=digests, verification_time=now
    )
    result: Any = XMLVerifier().verify(data, x509_cert=certificate, expect_config=config)
    return bytes(result.signed_data)


def _without_blanks(original: bytes) -> bytes:
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, remove_blank_text=True)
    return bytes(etree.tostring(etree.fromstring(original, parser)))


def _fingerprint(certificate: Certificate) -> str:
    from cryptography.hazmat.primitives.hashes import SHA256

    return certificate.fingerprint(SHA256()).hex()
