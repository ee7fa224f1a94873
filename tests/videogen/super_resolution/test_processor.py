from __future__ import annotations

import numpy as np
import pytest
import torch

from videogen.config.config import VideoGenConfig
from videogen.domain.artifacts import Frames
from videogen.errors import ConfigError, InputError, MediaError, ModelError
from videogen.runtime import plugins
from videogen.super_resolution import SuperResolutionProcessor, build_processor, run_frame_steps
from videogen.super_resolution.framing import cover_factor, covered, without_margins
from videogen.super_resolution.upscalers import Lanczos


@pytest.fixture
def clip(picture):
    return np.stack([np.roll(picture(40, 64), 2 * number, axis=1) for number in range(11)])


def _config(**changes) -> VideoGenConfig:
    return VideoGenConfig().updated(
        {"processing.resolution": (320, 180)} | {k.replace("__", "."): v for k, v in changes.items()}
    )


@pytest.mark.parametrize("size", [(320, 180), (300, 200), (64, 64), (100, 64), (720, 404)])
def test_video_gets_exactly_the_output_size(write_network, compact, clip, size):
    folder = write_network(compact(4), compact(2))
    processor = build_processor(_config(processing__resolution=size), folder, "cpu")
    assert processor.process_video(clip).shape == (11, size[1], size[0], 3)


def test_every_frame_comes_out_once_and_in_order(write_network, compact, clip):
    folder = write_network(compact(4), compact(2))
    processor = build_processor(_config(), folder, "cpu")
    large = processor.process_video(clip)
    for number, frame in enumerate(clip):
        alone = processor.process_video(frame[None])[0]
        assert np.abs(large[number].astype(int) - alone).max() <= 1


@pytest.mark.parametrize("factor", [0.5, 1.0, 1.5, 2.0, 4.0, 7.3])
def test_single_frame_grows_by_the_factor_asked_for(write_network, compact, picture, factor):
    processor = build_processor(_config(), write_network(compact(4), compact(2)), "cpu")
    large = processor.upscale_frame(picture(40, 64), factor)
    assert large.shape == (round(40 * factor), round(64 * factor), 3)


def test_factor_that_is_not_positive_is_refused(picture):
    with pytest.raises(ConfigError):
        SuperResolutionProcessor(Lanczos(), (64, 64)).upscale_frame(picture(), 0.0)


@pytest.mark.parametrize(
    ("factor", "applied"),
    [
        (10.0, [4, 2]),
        (8.0, [4, 2]),
        (5.0, [4]),
        (4.0, [4]),
        (2.1, [4]),
        (2.0, [2]),
        (1.5, [2]),
        (1.2, []),
        (20.0, [4, 2, 2]),
    ],
)
def test_networks_are_applied_as_far_as_the_size_needs(write_network, compact, factor, applied):
    processor = build_processor(_config(), write_network(compact(4), compact(2)), "cpu")
    assert [network.factor for network in processor.upscaler.stages(factor)] == applied


def test_default_path_goes_from_128x80_over_1024x640_to_1280x720(write_network, compact, picture):
    processor = build_processor(
        _config(processing__resolution=(1280, 720)), write_network(compact(4), compact(2)), "cpu"
    )
    reached = []
    plain = processor.upscaler.enlarge
    processor.upscaler.enlarge = lambda frames, factor: (reached.append(plain(frames, factor)), reached[-1])[1]
    assert processor.process_video(picture(80, 128)[None]).shape == (1, 720, 1280, 3)
    assert reached[0].shape == (1, 640, 1024, 3)


def test_networks_are_loaded_once(write_network, compact):
    folder = write_network(compact(4))
    first, second = (build_processor(_config(), folder, "cpu") for _ in range(2))
    assert first.upscaler is second.upscaler
    assert build_processor(_config(super_resolution__tile=32), folder, "cpu").upscaler is not first.upscaler


def test_upscaler_without_weights_is_a_model_error_that_names_the_way_out():
    with pytest.raises(ModelError, match="names no weights") as caught:
        build_processor(_config(super_resolution__upscaler="realesrgan"), None, "cpu")
    assert "lanczos" in caught.value.remedy


@pytest.mark.parametrize("chosen", ["lanczos", None])
def test_without_weights_lanczos_is_the_default(clip, chosen):
    processor = build_processor(_config(super_resolution__upscaler=chosen), None, "cpu")
    large = processor.process_video(clip)
    assert large.shape == (11, 180, 320, 3)
    assert np.abs(covered(large[0], (64, 36)).astype(int) - clip[0][2:38]).mean() < 3


def test_error_in_the_network_stops_with_the_frames_numbers(clip):
    class Failing:
        def enlarge(self, frames, factor):
            if (frames == clip[9]).all(axis=(1, 2, 3)).any():
                raise RuntimeError("kernel launch failed")
            return Lanczos().enlarge(frames, factor)

    with pytest.raises(ModelError, match=r"frames 8 to 10 .*kernel launch failed"):
        SuperResolutionProcessor(Failing(), (320, 180)).process_video(clip)


def test_numbers_that_are_no_numbers_stop_the_work(write_network, compact, clip):
    processor = build_processor(_config(), write_network(compact(4)), "cpu")
    module = processor.upscaler.networks[0]._module
    module.body[0].bias[0] = float("nan")
    with pytest.raises(ModelError, match=r"frames 0 to 7: .*not numbers"):
        processor.process_video(clip)


def test_upscaler_that_loses_a_frame_is_caught(clip):
    class Losing:
        def enlarge(self, frames, factor):
            return Lanczos().enlarge(frames[1:], factor)

    with pytest.raises(ModelError, match="7 frames of 8"):
        SuperResolutionProcessor(Losing(), (320, 180)).process_video(clip)


@pytest.mark.parametrize(
    "wrong", [np.zeros((0, 8, 8, 3), np.uint8), np.zeros((2, 8, 8), np.uint8), np.full((2, 8, 8, 3), 255.0)]
)
def test_what_is_no_video_is_refused(wrong):
    with pytest.raises(InputError):
        SuperResolutionProcessor(Lanczos(), (64, 64)).process_video(wrong)


def test_covering_keeps_the_proportions_and_the_centre():
    frame = np.zeros((80, 128, 3), np.uint8)
    frame[38:42, 62:66] = 255
    large = covered(frame, (1280, 720))
    ys, xs = np.nonzero(large[..., 0] > 127)
    assert (ys.mean(), xs.mean()) == pytest.approx((359.5, 639.5), abs=0.6)
    assert np.ptp(xs) == pytest.approx(np.ptp(ys), abs=1)
    # Rows that are cut off anyway are not worked on, but for eight on either side that the network should see.
    assert without_margins(frame, (1280, 720)).shape == (80, 128, 3)
    assert without_margins(frame, (1280, 320)).shape == (48, 128, 3)
    assert without_margins(frame, (720, 1280)).shape == (80, 62, 3)
    assert cover_factor((128, 72), (1280, 720)) == 10.0


def test_frame_steps_end_at_the_output_size_and_tell_their_times(write_network, compact, clip):
    config = _config()
    processor = build_processor(config, write_network(compact(4), compact(2)), "cpu")
    made = run_frame_steps(Frames(torch.from_numpy(clip), 8.0, {"seed": 3}), config, processor)
    assert made.frames.shape == (11, 180, 320, 3)
    assert made.frames.dtype == torch.uint8
    assert made.fps == 8.0
    assert made.notes["seed"] == 3
    assert set(made.notes["seconds"]) == {"upscale", "enhance_details", "temporal_consistency", "look"}


@pytest.mark.parametrize("steps", [(), ("enhance_details",), ("remove_artifacts", "upscale"), ("upscale", "upscale")])
def test_steps_can_be_left_out_put_in_and_re_ordered(clip, steps):
    config = _config(super_resolution__frame_steps=steps, super_resolution__upscaler="lanczos")
    processor = build_processor(config, None, "cpu")
    made = run_frame_steps(Frames(torch.from_numpy(clip), 8.0), config, processor)
    assert made.frames.shape == (11, 180, 320, 3)


def test_own_step_and_own_upscaler_are_one_line_each(clip, monkeypatch):
    import sys
    from types import ModuleType

    class Repeat:
        def enlarge(self, frames, factor):
            whole = int(np.ceil(factor))
            return frames.repeat(whole, axis=1).repeat(whole, axis=2)

    own = ModuleType("own_parts")
    own.negative = lambda frames, context: (255 - frame for frame in frames)
    own.repeat = lambda config, weights, device: Repeat()
    monkeypatch.setitem(sys.modules, "own_parts", own)
    monkeypatch.setitem(plugins.BUILTIN[plugins.FRAME_STEPS], "negative", "own_parts:negative")
    monkeypatch.setitem(plugins.BUILTIN[plugins.UPSCALERS], "repeat", "own_parts:repeat")
    config = _config(super_resolution__frame_steps=("upscale", "negative"), super_resolution__upscaler="repeat")
    made = run_frame_steps(Frames(torch.from_numpy(clip), 8.0), config, build_processor(config, None, "cpu"))
    expected = 255 - covered(clip[4].repeat(5, axis=0).repeat(5, axis=1), (320, 180))
    assert np.array_equal(made.frames[4].numpy(), expected)
    assert "repeat" in plugins.available(plugins.UPSCALERS)


@pytest.mark.parametrize(("kept", "message"), [(5, "5 frames of 11"), (14, "more than 11")])
def test_own_step_that_loses_or_adds_frames_is_caught(clip, monkeypatch, kept, message):
    import sys
    from types import ModuleType

    own = ModuleType("own_parts")
    own.wrong = lambda frames, context: (frame for _, frame in zip(range(kept), [*frames, *clip], strict=False))
    monkeypatch.setitem(sys.modules, "own_parts", own)
    monkeypatch.setitem(plugins.BUILTIN[plugins.FRAME_STEPS], "wrong", "own_parts:wrong")
    config = _config(super_resolution__frame_steps=("wrong",), super_resolution__upscaler="lanczos")
    with pytest.raises(MediaError, match=message):
        run_frame_steps(Frames(torch.from_numpy(clip), 8.0), config, build_processor(config, None, "cpu"))


def test_unknown_step_and_upscaler_are_config_errors(clip):
    config = _config(super_resolution__frame_steps=("sharpen_more",), super_resolution__upscaler="lanczos")
    with pytest.raises(ConfigError, match="sharpen_more"):
        run_frame_steps(Frames(torch.from_numpy(clip), 8.0), config, build_processor(config, None, "cpu"))
    with pytest.raises(ConfigError, match="magic"):
        build_processor(_config(super_resolution__upscaler="magic"), None, "cpu")


def test_no_frames_are_a_media_error():
    config = _config(super_resolution__upscaler="lanczos")
    with pytest.raises(MediaError):
        run_frame_steps(
            Frames(torch.zeros((0, 8, 8, 3), dtype=torch.uint8), 8.0), config, build_processor(config, None, "cpu")
        )


def test_pictures_are_drawn_up_to_their_borders_as_inside(write_network, compact):
    """A network that sees four pixels far gives one colour for one colour, with nothing darker at the edges."""
    upscaler = build_processor(_config(), write_network(compact(4, convolutions=2)), "cpu").upscaler
    large = upscaler.enlarge(np.full((1, 20, 24, 3), (200, 90, 30), np.uint8), 4.0)
    assert large.shape == (1, 80, 96, 3)
    tiles = large.reshape(20, 4, 24, 4, 3)
    assert (tiles == tiles[:1, :, :1]).all()
