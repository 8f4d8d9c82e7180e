"""Writes small pictures of every kind that people send, and what the reference makes of them.

For every picture `NAME.EXT` there is `NAME.EXT.rgb`: a line "WIDTH HEIGHT", then the pixels of
`exif_transpose(Image.open(...)).convert("RGB")`, three bytes each. `pixel_values.bin` holds what the reference's image
processor makes of one of them: little-endian f32, three planes.

Needs transformers, numpy and Pillow:  python model/reference/write_image_fixtures.py
"""

import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

FOLDER = Path(__file__).resolve().parent.parent / "tests" / "fixtures" / "images"
WIDTH, HEIGHT = 16, 12


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.iterdir():
        old.unlink()
    write_png()
    write_gif()
    write_webp()
    write_jpeg()
    write_pixel_values()
    total = sum(path.stat().st_size for path in FOLDER.iterdir())
    print(f"{len(list(FOLDER.iterdir()))} files, {total} bytes in {FOLDER}")


def scene(channels, offset=0):
    """A picture with smooth ramps and an edge, as [HEIGHT, WIDTH, channels] bytes."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    planes = [16 * x, 21 * y, 8 * x + 10 * y, 255 - 9 * x - 7 * y]
    picture = np.stack(planes[:channels], -1)
    picture[2:6, 9:14] = np.array([230, 40, 90, 128])[:channels]
    return ((picture + offset) % 256).astype(np.uint8)


def write_png():
    grey = scene(1)[:, :, 0]
    keep("grey.png", lambda path: Image.fromarray(grey).save(path))
    keep("grey_1bit.png", lambda path: Image.fromarray(grey > 100).save(path))
    for bits in (2, 4):
        keep(f"grey_{bits}bit.png", lambda path: path.write_bytes(raw_png(grey >> (8 - bits), bits, 0)))
    keep("grey_trns.png", lambda path: Image.fromarray(grey).save(path, transparency=16))
    keep("grey_alpha.png", lambda path: Image.fromarray(scene(2), "LA").save(path))
    keep("rgb.png", lambda path: Image.fromarray(scene(3)).save(path))
    keep("rgba.png", lambda path: Image.fromarray(scene(4), "RGBA").save(path))
    palette = Image.fromarray(scene(3)).quantize(16)
    keep("palette.png", lambda path: palette.save(path, bits=8))
    keep("palette_4bit.png", lambda path: palette.save(path, bits=4))
    keep("palette_trns.png", lambda path: palette.save(path, transparency=bytes([0, 128, 255])))
    wide = scene(4).astype(np.uint16) * 257 + 100
    wide[0, 0] = [0, 255, 256, 65535]
    keep("rgb_16bit.png", lambda path: path.write_bytes(raw_png(wide[:, :, :3], 16, 2)))
    keep("rgba_16bit.png", lambda path: path.write_bytes(raw_png(wide, 16, 6)))
    keep("grey_alpha_16bit.png", lambda path: path.write_bytes(raw_png(wide[:, :, :2], 16, 4)))
    # Pillow clips what is above 255 to white here; high bytes are what it takes for all other 16-bit pictures.
    high_bytes = Image.fromarray((wide[:, :, 0] >> 8).astype(np.uint8)).convert("RGB")
    keep("grey_16bit.png", lambda path: path.write_bytes(raw_png(wide[:, :, 0], 16, 0)), high_bytes)
    keep("interlaced.png", lambda path: path.write_bytes(raw_png(scene(3), 8, 2, interlaced=True)))
    keep("orientation_5.png", lambda path: Image.fromarray(scene(3)).save(path, exif=exif(5)))
    frames = [Image.fromarray(scene(3, offset)) for offset in (0, 90)]
    keep("animated.png", lambda path: frames[0].save(path, save_all=True, append_images=frames[1:]))
    keep("bad_icc.png", lambda path: Image.fromarray(scene(3)).save(path, icc_profile=b"no profile"))
    keep("bad_exif.png", lambda path: Image.fromarray(scene(3)).save(path, exif=b"MM\0*\xff\xff\xff\xff"))


def raw_png(samples, bits, color_type, interlaced=False):
    """A PNG of a kind that Pillow reads but does not write."""
    passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    lines = b""
    for x, y, dx, dy in passes if interlaced else [(0, 0, 1, 1)]:
        for row in samples[y::dy, x::dx]:
            lines += b"\0" + packed(row.reshape(-1), bits)
    height, width = samples.shape[:2]
    header = struct.pack(">IIBBBBB", width, height, bits, color_type, 0, 0, int(interlaced))
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(lines)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks
    )


def packed(row, bits):
    """One line of samples, each `bits` wide, first sample in the high bits."""
    if bits == 16:
        return row.astype(">u2").tobytes()
    digits = "".join(format(int(sample), f"0{bits}b") for sample in row)
    digits += "0" * (-len(digits) % 8)
    return bytes(int(digits[start : start + 8], 2) for start in range(0, len(digits), 8))


def write_gif():
    frames = [Image.fromarray(scene(3, offset)).quantize(32) for offset in (0, 90)]
    keep("plain.gif", lambda path: frames[0].save(path))
    keep("interlaced.gif", lambda path: frames[0].save(path, interlace=1))
    keep("grey.gif", lambda path: Image.fromarray(scene(1)[:, :, 0]).save(path))
    keep(
        "animated_transparent.gif",
        lambda path: frames[0].save(path, save_all=True, append_images=frames[1:], transparency=3, disposal=2),
    )
    small = Image.fromarray(scene(3)[:5, :6]).quantize(8)
    keep("frame_in_canvas.gif", lambda path: path.write_bytes(raw_gif(small, (3, 2), None)))
    keep("frame_in_canvas_transparent.gif", lambda path: path.write_bytes(raw_gif(small, (3, 2), 5)))
    keep("frame_beyond_canvas.gif", lambda path: path.write_bytes(raw_gif(small, (13, 9), None)))


def raw_gif(frame, corner, transparent):
    """A GIF whose one frame of at most 8 colours does not cover its canvas."""
    palette = bytes(frame.getpalette()[:24]).ljust(24, b"\0")
    control = b"" if transparent is None else b"\x21\xf9\x04\x01\0\0" + bytes([transparent]) + b"\0"
    place = b"," + struct.pack("<HHHH", *corner, *frame.size) + b"\0"
    # Codes of 4 bits, with a clear code often enough that they never grow.
    codes = [8]
    for count, index in enumerate(frame.tobytes()):
        if count and count % 4 == 0:
            codes.append(8)
        codes.append(index)
    codes.append(9)
    codes += [0] * (len(codes) % 2)
    data = bytes(low | high << 4 for low, high in zip(codes[::2], codes[1::2]))
    screen = struct.pack("<HH", WIDTH, HEIGHT) + b"\x82\0\0"
    return b"GIF89a" + screen + palette + control + place + b"\x03" + bytes([len(data)]) + data + b"\0;"


def write_webp():
    keep("lossless.webp", lambda path: Image.fromarray(scene(3)).save(path, lossless=True))
    keep("lossless_alpha.webp", lambda path: Image.fromarray(scene(4), "RGBA").save(path, lossless=True, exact=True))
    keep("lossy.webp", lambda path: Image.fromarray(scene(3)).save(path, quality=90))
    keep("orientation_6.webp", lambda path: Image.fromarray(scene(3)).save(path, lossless=True, exif=exif(6)))
    frames = [Image.fromarray(scene(3, offset)) for offset in (0, 90)]
    keep("animated.webp", lambda path: frames[0].save(path, save_all=True, append_images=frames[1:], lossless=True))


def write_jpeg():
    rgb = Image.fromarray(scene(3))
    keep("rgb.jpg", lambda path: rgb.save(path, quality=95))
    keep("unsubsampled.jpg", lambda path: rgb.save(path, quality=95, subsampling=0))
    keep("progressive.jpg", lambda path: rgb.save(path, quality=95, progressive=True))
    keep("grey.jpg", lambda path: Image.fromarray(scene(1)[:, :, 0]).save(path, quality=95))
    keep("cmyk.jpg", lambda path: Image.fromarray(scene(4), "CMYK").save(path, quality=95))
    keep("ycck.jpg", lambda path: path.write_bytes(ycck_jpeg()))
    keep("untransformed.jpg", lambda path: rgb.save(path, quality=95, keep_rgb=True))
    for orientation in range(1, 9):
        keep(f"orientation_{orientation}.jpg", lambda path: rgb.save(path, quality=95, exif=exif(orientation)))
    keep("bad_exif.jpg", lambda path: rgb.save(path, quality=95, exif=b"Exif\0\0MM\0*\xff\xff\xff\xff"))
    keep("bad_icc.jpg", lambda path: rgb.save(path, quality=95, icc_profile=b"no profile"))


def ycck_jpeg():
    """A CMYK file, relabelled: its components are then read as YCbCr and black."""
    path = FOLDER / "cmyk.jpg"
    data = path.read_bytes()
    marker = data.index(b"Adobe")
    return data[: marker + 11] + b"\x02" + data[marker + 12 :]


def exif(orientation):
    data = Image.Exif()
    data[0x0112] = orientation
    return data.tobytes()


def keep(name, save, expected=None):
    """Writes one picture, and beside it what the reference reads from it (or `expected`)."""
    path = FOLDER / name
    save(path)
    if expected is None:
        with Image.open(path) as image:
            try:
                image = ImageOps.exif_transpose(image)
            except (SyntaxError, struct.error):
                pass  # Damaged EXIF data: the picture stays as it is.
            expected = image.convert("RGB")
    width, height = expected.size
    (FOLDER / f"{name}.rgb").write_bytes(f"{width} {height}\n".encode() + expected.tobytes())


def write_pixel_values():
    processor = CLIPImageProcessorPil(
        size={"height": 9, "width": 10},
        do_center_crop=False,
        image_mean=[0.485, 0.456, 0.406],
        image_std=[0.229, 0.224, 0.225],
    )
    values = processor(Image.fromarray(scene(3)), return_tensors="np")["pixel_values"]
    assert values.shape == (1, 3, 9, 10) and values.dtype == np.float32, values.shape
    (FOLDER / "pixel_values.bin").write_bytes(values.astype("<f4").tobytes())


if __name__ == "__main__":
    main()
