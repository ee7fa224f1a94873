"""What is signed can be read back in full, and not one bit can change unseen."""

from __future__ import annotations

import json
from pathlib import Path

import av
import c2pa
import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzzing import examples
from videogen.errors import MediaError
from videogen.release.credentials import Credentials, development
from videogen.release.record import Origin, Picture, Provenance
from videogen.release.signing import sign_file
from videogen.release.trust import pinned
from videogen.release.verification import verify_file


@pytest.fixture(scope="module")
def signed(clip: Path, credentials: Credentials, tmp_path_factory: pytest.TempPathFactory) -> Path:
    from datetime import UTC, datetime

    moment = datetime(2026, 11, 22, tzinfo=UTC)
    record = Provenance(id="v", requested_at=moment, released_at=moment, model="tiny", label="AI-generated", seed=7)
    path = tmp_path_factory.mktemp("signed") / "signed.mp4"
    sign_file(clip, record, credentials, path)
    return path


def test_everything_that_was_signed_is_read_back(
    clip: Path, credentials: Credentials, provenance: Provenance, tmp_path: Path
) -> None:
    written = sign_file(clip, provenance, credentials, tmp_path / "v.mp4")
    found = verify_file(tmp_path / "v.mp4", [pinned(credentials.certificates[0])])
    assert (found.signed, found.intact, found.whole, found.trusted) == (True, True, True, True)
    assert found.record == written
    assert found.record == provenance.model_copy(update={"software": written.software})
    assert found.signer == "Test Bureau development signer"
    assert found.maker == written.software
    assert found.problems == ()


def test_the_picture_is_untouched(clip: Path, signed: Path) -> None:
    def pictures(path: Path) -> list[bytes]:
        with av.open(str(path)) as container:
            return [frame.to_ndarray(format="rgb24").tobytes() for frame in container.decode(video=0)]

    assert pictures(signed) == pictures(clip)
    assert len(pictures(signed)) == 12


def test_other_readers_of_content_credentials_find_the_claim_valid(signed: Path) -> None:
    with c2pa.Reader(signed) as reader:
        assert reader.get_validation_state() == "Valid"
        manifest = json.loads(reader.json())["manifests"]
    (claim,) = manifest.values()
    actions = next(entry["data"]["actions"] for entry in claim["assertions"] if entry["label"] == "c2pa.actions.v2")
    assert actions[0]["action"] == "c2pa.created"
    assert actions[0]["digitalSourceType"].endswith("/trainedAlgorithmicMedia")


@pytest.mark.parametrize(
    ("origin", "ending"),
    [
        ("generated", "/trainedAlgorithmicMedia"),
        ("composite", "/compositeWithTrainedAlgorithmicMedia"),
        ("template", "/algorithmicMedia"),
    ],
)
def test_the_source_type_says_what_went_in(
    clip: Path, credentials: Credentials, provenance: Provenance, tmp_path: Path, origin: Origin, ending: str
) -> None:
    pictures = (Picture(name="00.jpg", sha256="0" * 64),) if origin == "composite" else ()
    record = provenance.model_copy(update={"origin": origin, "pictures": pictures})
    sign_file(clip, record, credentials, tmp_path / "v.mp4")
    found = verify_file(tmp_path / "v.mp4")
    assert (found.source_type or "").endswith(ending)
    assert found.record is not None
    assert found.record.pictures == pictures


def test_a_serial_number_that_became_negative_is_damage_and_no_warning(
    signed: Path, credentials: Credentials, tmp_path: Path
) -> None:
    number = credentials.certificates[0].serial_number
    serial = number.to_bytes((number.bit_length() + 7) // 8, "big")
    content = signed.read_bytes()
    assert serial in content
    damaged = tmp_path / signed.name
    damaged.write_bytes(content.replace(serial, bytes([serial[0] | 0x80]) + serial[1:]))
    found = verify_file(damaged, [pinned(credentials.certificates[0])])
    assert not (found.intact and found.whole and found.trusted)


@pytest.mark.fuzz("video")
@settings(max_examples=examples(250), deadline=None)
@given(st.data())
def test_any_changed_bit_is_found(signed: Path, credentials: Credentials, data: st.DataObject) -> None:
    content = signed.read_bytes()
    # Most of the file is picture data, which C2PA hashes; what it leaves out lies at both ends.
    place = data.draw(
        st.one_of(
            st.integers(0, 5000), st.integers(0, len(content) - 1), st.integers(len(content) - 1200, len(content) - 1)
        )
    )
    changed = bytearray(content)
    changed[place] ^= 1 << data.draw(st.integers(0, 7))
    path = signed.with_name("changed.mp4")
    path.write_bytes(changed)
    found = verify_file(path, [pinned(credentials.certificates[0])])
    assert not found.intact
    assert not found.trusted
    assert found.signed


def test_a_certificate_of_a_version_that_there_is_not_is_damage(signed: Path, credentials: Credentials) -> None:
    certificate = credentials.certificates[0].public_bytes(Encoding.DER)
    content = signed.read_bytes()
    version = content.index(certificate) + certificate.index(b"\xa0\x03\x02\x01\x02") + 4
    path = signed.with_name("version.mp4")
    path.write_bytes(content[:version] + b"\x03" + content[version + 1 :])
    found = verify_file(path, [pinned(credentials.certificates[0])])
    assert (found.signed, found.intact, found.trusted) == (True, False, False)


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data + b"\0",
        lambda data: data + b"\0\0\0\x08free",
        lambda data: data[:-1],
        lambda data: data[: len(data) // 2],
    ],
)
def test_added_and_missing_bytes_are_found(signed: Path, credentials: Credentials, tmp_path: Path, change) -> None:
    path = tmp_path / "v.mp4"
    path.write_bytes(change(signed.read_bytes()))
    try:
        found = verify_file(path, [pinned(credentials.certificates[0])])
    except MediaError:
        return
    assert not found.intact


def test_a_file_written_again_by_another_program_has_lost_its_credentials(signed: Path, tmp_path: Path) -> None:
    path = tmp_path / "remuxed.mp4"
    with av.open(str(signed)) as source, av.open(str(path), "w") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    found = verify_file(path)
    assert not found.signed
    assert found.summary == "no content credentials"


def test_a_stranger_is_not_trusted_though_his_file_is_intact(
    clip: Path, provenance: Provenance, credentials: Credentials, tmp_path: Path
) -> None:
    stranger = development(tmp_path / "stranger", "Somebody Else")
    sign_file(clip, provenance, stranger, tmp_path / "v.mp4")
    found = verify_file(tmp_path / "v.mp4", [pinned(credentials.certificates[0])])
    assert found.intact
    assert not found.trusted
    assert "not trusted here" in found.summary


def test_nobody_else_can_renew_the_seal(signed: Path, credentials: Credentials, tmp_path: Path) -> None:
    from videogen.release.seal import append_seal

    stranger = development(tmp_path / "stranger", "Somebody Else")
    content = bytearray(signed.read_bytes())
    content[20] ^= 1
    length = int.from_bytes(content[-4:], "big")
    path = tmp_path / "v.mp4"
    path.write_bytes(content[:-length])
    append_seal(path, stranger)
    found = verify_file(path, [pinned(credentials.certificates[0]), pinned(stranger.certificates[0])])
    assert not found.intact
    assert "whole-file signature" in found.summary


def test_credentials_of_other_programs_are_read_too(clip: Path, credentials: Credentials, tmp_path: Path) -> None:
    info = c2pa.C2paSignerInfo(credentials.algorithm, credentials.chain, credentials.key, None)
    manifest = {"claim_generator_info": [{"name": "Camera", "version": "1"}], "format": "video/mp4", "assertions": []}
    manifest["assertions"] = [
        {
            "label": "c2pa.actions.v2",
            "data": {
                "actions": [
                    {
                        "action": "c2pa.created",
                        "digitalSourceType": "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture",
                    }
                ]
            },
        }
    ]
    with c2pa.Signer.from_info(info) as signer, c2pa.Builder(json.dumps(manifest)) as builder:
        builder.sign_file(clip, tmp_path / "v.mp4", signer)
    found = verify_file(tmp_path / "v.mp4", [pinned(credentials.certificates[0])])
    assert (found.intact, found.trusted, found.whole) == (True, True, False)
    assert found.record is None
    assert found.maker == "Camera 1"


def test_an_unsigned_video_says_so_whatever_its_container(clip: Path, tmp_path: Path) -> None:
    other = tmp_path / "v.mkv"
    with av.open(str(clip)) as source, av.open(str(other), "w") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    for path in (clip, other):
        assert verify_file(path).summary == "no content credentials"


@pytest.mark.parametrize("content", [b"", b"hello", b"\0" * 4000])
def test_what_is_no_video_is_a_clear_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "v.mp4"
    path.write_bytes(content)
    with pytest.raises(MediaError):
        verify_file(path)
    with pytest.raises(MediaError, match="no file found"):
        verify_file(tmp_path / "none.mp4")


@pytest.mark.parametrize("path", ["/proc/self/mem", "/proc/kmsg", "/dev/zero"])
def test_files_of_the_system_are_not_verified_nor_waited_for(path: str) -> None:
    if not Path(path).exists():
        pytest.skip(f"{path} is not there")
    with pytest.raises(MediaError, match=r"is empty|is not a file"):
        verify_file(Path(path))


def test_what_cannot_be_signed_leaves_nothing_behind(
    tmp_path: Path, credentials: Credentials, provenance: Provenance
) -> None:
    source = tmp_path / "broken.mp4"
    source.write_bytes(b"no video")
    with pytest.raises(MediaError, match="cannot be signed"):
        sign_file(source, provenance, credentials, tmp_path / "v.mp4")
    assert not (tmp_path / "v.mp4").exists()


def test_a_picture_without_credentials_is_no_damaged_video(tmp_path: Path) -> None:
    from PIL import Image

    for name in ("picture.jpg", "picture.png"):
        Image.new("RGB", (32, 32)).save(tmp_path / name)
        assert verify_file(tmp_path / name).summary == "no content credentials"


@pytest.mark.parametrize("name", ["a" * 300 + ".mp4", "a\0.mp4", "a\udcff.mp4", "nothing/there.mp4"])
def test_a_name_that_no_file_can_have_is_a_media_error(tmp_path: Path, name: str) -> None:
    with pytest.raises(MediaError):
        verify_file(tmp_path / name)
