"""Odd images are decoded correctly or refused with a reason. They are never silently wrong."""

from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from foodlike import photo
from PIL import Image, ImageFile
from PIL.PngImagePlugin import PngInfo

from trainer.classification.datasets.decoding import BadImage, decode
from trainer.classification.datasets.images import Files

LEFT, RIGHT = (200, 30, 30), (30, 30, 200)


def halves(size: tuple[int, int] = (512, 512)) -> Image.Image:
    """An image that is red on the left and blue on the right."""
    image = Image.new("RGB", size, LEFT)
    image.paste(RIGHT, (size[0] // 2, 0, *size))
    return image


def shows(pixels: np.ndarray, left: tuple[int, ...], right: tuple[int, ...]) -> None:
    assert pixels.shape == (64, 64, 3)
    assert pixels.dtype == np.uint8
    np.testing.assert_allclose(pixels[:, 5:25].mean((0, 1)), left, atol=6)
    np.testing.assert_allclose(pixels[:, 39:59].mean((0, 1)), right, atol=6)


@pytest.mark.parametrize("size", [(512, 512), (512, 384), (300, 512), (64, 64), (20, 31), (3000, 90)])
def test_any_shape_is_squashed_to_the_square(tmp_path: Path, size: tuple[int, int]) -> None:
    halves(size).save(tmp_path / "a.jpg", quality=95, subsampling=0)
    shows(decode(tmp_path / "a.jpg", 64), LEFT, RIGHT)


@pytest.mark.parametrize(("mode", "form"), [("CMYK", "jpg"), ("P", "png"), ("RGBA", "png"), ("RGB", "webp")])
def test_other_modes_come_out_in_their_colours(tmp_path: Path, mode: str, form: str) -> None:
    image = halves().convert(mode) if mode != "P" else halves().quantize(8)
    image.save(tmp_path / f"a.{form}")
    shows(decode(tmp_path / f"a.{form}", 64), LEFT, RIGHT)


@pytest.mark.parametrize("form", ["jpg", "png"])
def test_gray_stands_in_all_three_channels(tmp_path: Path, form: str) -> None:
    halves().convert("L").save(tmp_path / f"a.{form}")
    pixels = decode(tmp_path / f"a.{form}", 64)
    assert (pixels[..., 0] == pixels[..., 1]).all()
    assert (pixels[..., 0] == pixels[..., 2]).all()
    assert abs(int(pixels[0, 0, 0]) - 81) < 3


def test_what_is_transparent_is_white(tmp_path: Path) -> None:
    image = halves().convert("RGBA")
    image.putalpha(Image.new("L", image.size, 0))
    image.save(tmp_path / "a.png")
    shows(decode(tmp_path / "a.png", 64), (255, 255, 255), (255, 255, 255))


def test_exif_rotation_is_applied(tmp_path: Path) -> None:
    image, exif = halves().transpose(Image.Transpose.ROTATE_90), Image.Exif()
    exif[0x0112] = 6  # to be shown turned by 90 degrees clockwise
    image.save(tmp_path / "a.jpg", exif=exif, quality=95)
    shows(decode(tmp_path / "a.jpg", 64), LEFT, RIGHT)


def test_the_decoders_own_reduction_changes_little(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for size in ((512, 512), (512, 384)):
        photo(rng, *size).save(tmp_path / "a.jpg", quality=90)
        with Image.open(tmp_path / "a.jpg") as image:
            plain = np.asarray(image.resize((128, 128), Image.Resampling.BILINEAR)).astype(int)
        assert np.abs(plain - decode(tmp_path / "a.jpg", 128)).mean() < 1.0


@pytest.mark.parametrize("cut", [0, 10, 300, 5000])
def test_a_truncated_jpeg_is_refused(tmp_path: Path, cut: int) -> None:
    photo(np.random.default_rng(0)).save(tmp_path / "a.jpg")
    (tmp_path / "a.jpg").write_bytes((tmp_path / "a.jpg").read_bytes()[:cut])
    with pytest.raises(BadImage):
        decode(tmp_path / "a.jpg", 64)


def test_more_pixels_than_allowed_are_refused_from_the_header_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Image.new("1", (13_000, 13_000)).save(tmp_path / "bomb.png")
    assert (tmp_path / "bomb.png").stat().st_size < 100_000
    decoded: list[Image.Image] = []
    monkeypatch.setattr(ImageFile.ImageFile, "load", decoded.append)
    with pytest.raises(BadImage, match=r"13,000 x 13,000 pixels, together more than 64,000,000 \(EVENKEEL_MAX_IMAGE"):
        decode(tmp_path / "bomb.png", 64)
    assert decoded == []


def test_the_bound_on_pixels_can_be_changed(tmp_path: Path) -> None:
    halves((40, 30)).save(tmp_path / "a.png")
    files = Files([str(tmp_path / "a.png")], max_pixels=1199)
    with pytest.raises(BadImage, match="together more than 1,199"):
        files.pick(np.arange(1)).render(0, 64)
    assert Files(files.paths, 1200).render(0, 64).shape == (64, 64, 3)


def test_long_texts_within_an_image_are_refused_or_skipped(tmp_path: Path) -> None:
    texts = PngInfo()
    texts.add_text("Comment", "a" * 50_000_000, zip=True)
    halves((64, 64)).save(tmp_path / "a.png", pnginfo=texts)
    assert (tmp_path / "a.png").stat().st_size < 100_000
    with pytest.raises(BadImage, match="Decompressed data too large"):
        decode(tmp_path / "a.png", 64)


def test_a_file_that_would_start_another_program_is_no_image(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_text("%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\nshowpage\n")
    with Image.open(tmp_path / "a.jpg") as image:
        assert image.format == "EPS"
    with pytest.raises(BadImage, match="cannot identify"):
        decode(tmp_path / "a.jpg", 64)


def test_damaged_files_of_every_format_are_decoded_or_refused(tmp_path: Path) -> None:
    rng, exif = np.random.default_rng(7), Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "a description"
    for form in ("jpg", "png", "webp", "tif", "gif", "bmp", "ppm"):
        halves((64, 48)).save(
            tmp_path / f"a.{form}", **({"exif": exif} if form in ("jpg", "png", "webp", "tif") else {})
        )
        whole = np.frombuffer((tmp_path / f"a.{form}").read_bytes(), np.uint8)
        for _ in range(60):
            damaged = whole.copy()
            places = rng.integers(0, min(len(whole), 400), 4)
            damaged[places] = rng.integers(0, 256, 4)
            (tmp_path / f"b.{form}").write_bytes(damaged.tobytes())
            with suppress(BadImage):
                assert decode(tmp_path / f"b.{form}", 16, 100_000).shape == (16, 16, 3)


def test_sixteen_bits_a_missing_file_and_a_text_are_refused(tmp_path: Path) -> None:
    Image.fromarray(np.full((9, 9), 40_000, np.uint16)).save(tmp_path / "a.png")
    (tmp_path / "b.jpg").write_text("no image")
    with pytest.raises(BadImage, match="8 bits a channel"):
        decode(tmp_path / "a.png", 64)
    for name in ("b.jpg", "nothing.jpg"):
        with pytest.raises(BadImage):
            decode(tmp_path / name, 64)
