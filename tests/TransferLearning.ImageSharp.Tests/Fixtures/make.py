"""Makes the images beside it with libtiff and Pillow, and what they hold as NAME.rgb: the numbers of all pixels, 8 bits, or
16 bits with the lower byte first. Run in this folder: python3 make.py"""
import ctypes
import struct
import numpy as np
from PIL import Image

W, H = 13, 9
rng = np.random.default_rng(7)
y, x = np.mgrid[0:H, 0:W]
smooth = np.stack([x * 4999 + y * 11, y * 7001 + x, (x + y) * 3001 + 77], -1).astype(np.uint32) % 65536
noise = rng.integers(0, 65536, (H, W, 3))
DEEP = np.where((x + y)[..., None] % 3 == 0, noise, smooth).astype('<u2')
RGB = (DEEP >> 8).astype(np.uint8)


LIB = ctypes.CDLL('libtiff.so.6')
LIB.TIFFOpen.restype = ctypes.c_void_p
NONE, LZW, JPEG, ZIP, PACKBITS = 1, 5, 7, 8, 32773


def tiff(name, a, compression, mode='wl', predictor=None, rows=4, planar=1, photometric=None, tile=None, depth=None, colours=None):
    """Writes the pixels a [height, width, samples] with libtiff itself."""
    samples, depth = a.shape[2], depth or a.itemsize * 8
    f = ctypes.c_void_p(LIB.TIFFOpen((name + '.tif').encode(), mode.encode()))
    fields = {256: W, 257: H, 258: depth, 277: samples, 259: compression, 284: planar,
              262: (2 if samples == 3 else 1) if photometric is None else photometric}
    fields.update({322: tile, 323: tile} if tile else {278: rows})
    for tag, value in fields.items():
        LIB.TIFFSetField(f, tag, ctypes.c_int(value))
    if colours is not None:
        LIB.TIFFSetField(f, 320, *[c.ctypes.data_as(ctypes.c_void_p) for c in colours])
    if predictor:
        LIB.TIFFSetField(f, 317, ctypes.c_int(predictor))
    if compression == JPEG:
        LIB.TIFFSetField(f, 65537, ctypes.c_int(95))
        LIB.TIFFSetField(f, 65538, ctypes.c_int(1 if photometric == 6 else 0))
    if tile:
        whole = np.zeros((tile, tile, samples), a.dtype)
        whole[:H, :W] = a
        LIB.TIFFWriteTile(f, whole.tobytes(), 0, 0, 0, 0)
    for plane in range(samples if planar == 2 else 1):
        for row in range(0 if tile else H):
            line = a[row, :, plane] if planar == 2 else a[row]
            if depth < 8:
                line = np.packbits(np.unpackbits(line.reshape(W, 1), axis=1)[:, 8 - depth:])
            LIB.TIFFWriteScanline(f, ctypes.create_string_buffer(line.tobytes()), ctypes.c_uint32(row), ctypes.c_uint16(plane))
    LIB.TIFFClose(f)


def save(name, pixels):
    pixels.tofile(name + '.rgb')


def repeat(grey):
    return np.ascontiguousarray(np.repeat(grey[..., None], 3, -1))


for depth in (8, 16):
    for kind in ('rgb', 'gray'):
        a = DEEP if depth == 16 else RGB
        a = a if kind == 'rgb' else a[..., :1]
        expected = a if kind == 'rgb' else repeat(a[..., 0])
        for suffix, compression, options in (
                ('none', NONE, {}), ('lzw', LZW, {}), ('zip', ZIP, {}), ('packbits', PACKBITS, {}),
                ('lzw_predictor', LZW, {'predictor': 2}), ('zip_predictor', ZIP, {'predictor': 2}),
                ('big_endian', LZW, {'mode': 'wb'}), ('big_endian_none', NONE, {'mode': 'wb'}),
                ('big_endian_predictor', ZIP, {'predictor': 2, 'mode': 'wb'}),
                ('planar', LZW, {'planar': 2}), ('planar_none', NONE, {'planar': 2}), ('planar_packbits', PACKBITS, {'planar': 2})):
            if 'planar' not in options or kind == 'rgb':
                tiff(f'{kind}{depth}_{suffix}', a, compression, **options)
                save(f'{kind}{depth}_{suffix}', expected)
        tiff(f'{kind}{depth}_white_is_zero', a.max() - a, LZW, photometric=0) if kind == 'gray' else None
        save(f'{kind}{depth}_white_is_zero', repeat((65535 if depth == 16 else 255) - (a.max() - a[..., 0]))) if kind == 'gray' else None
tiff('rgb8_jpeg', RGB, JPEG, rows=16)
tiff('ycc8_jpeg', RGB, JPEG, rows=16, photometric=6)
tiff('gray8_jpeg', RGB[..., :1], JPEG, rows=16)
for name in ('rgb8_jpeg', 'ycc8_jpeg', 'gray8_jpeg'):
    save(name, np.asarray(Image.open(name + '.tif').convert('RGB')))

grey = Image.fromarray(np.ascontiguousarray(RGB[..., 0]))
bits = grey.convert('1')
for name, image, options in (
        ('bits', bits, {}),
        ('bits_packbits', bits, {'compression': 'packbits'}),
        ('palette', Image.fromarray(RGB).quantize(16), {}),
        ('rgba', Image.fromarray(np.dstack([RGB, RGB[..., :1]])), {'compression': 'tiff_lzw'}),
        ('deflate_adobe', Image.fromarray(RGB), {'compression': 'tiff_adobe_deflate'}),
        ('deflate_old', Image.fromarray(RGB), {'compression': 'tiff_deflate'})):
    image.save(name + '.tif', **options)
    save(name, np.asarray((Image.fromarray(RGB) if name == 'rgba' else image).convert('RGB')))
for depth in (1, 4):
    few = (RGB[..., :1] >> (8 - depth)).astype(np.uint8)
    for suffix, compression in (('none', NONE), ('lzw', LZW), ('zip', ZIP), ('packbits', PACKBITS)):
        tiff(f'few{depth}_{suffix}', few, compression, depth=depth)
        save(f'few{depth}_{suffix}', repeat((few[..., 0] * (255 // (2 ** depth - 1))).astype(np.uint8)))
        tiff(f'few{depth}_white_{suffix}', few, compression, depth=depth, photometric=0)
        save(f'few{depth}_white_{suffix}', repeat((255 - few[..., 0] * (255 // (2 ** depth - 1))).astype(np.uint8)))
for depth in (4, 8):
    colours = [np.arange(2 ** depth, dtype=np.uint16) * k % 256 * 257 for k in (1, 3, 7)]
    index = RGB[..., :1] >> (8 - depth)
    tiff(f'palette{depth}', index, LZW, depth=depth, photometric=3, colours=colours)
    save(f'palette{depth}', np.stack([(c >> 8).astype(np.uint8)[index[..., 0]] for c in colours], -1))
pages = [Image.fromarray(RGB), Image.fromarray(255 - RGB)]
pages[0].save('pages.tif', save_all=True, append_images=pages[1:])
save('pages', RGB)
upright = [RGB, RGB[:, ::-1], RGB[::-1, ::-1], RGB[::-1], RGB.transpose(1, 0, 2), np.rot90(RGB, -1),
           RGB[::-1, ::-1].transpose(1, 0, 2), np.rot90(RGB)]
for orientation, turned in enumerate(upright, 1):
    Image.fromarray(RGB).save(f'orientation{orientation}.tif', tiffinfo={274: orientation}, compression='tiff_lzw')
    save(f'orientation{orientation}', np.ascontiguousarray(turned))

# What is refused.
tiff('refused_planar_predictor', RGB, LZW, planar=2, predictor=2)
bits.save('refused_ccitt3.tif', compression='group3')
bits.save('refused_ccitt4.tif', compression='group4')
bits.save('refused_ccitt2.tif', compression='tiff_ccitt')
Image.fromarray((RGB[..., 0] / 255).astype(np.float32)).save('refused_float.tif')
Image.fromarray(RGB).convert('CMYK').save('refused_cmyk.tif')
Image.fromarray(RGB).convert('LAB').save('refused_lab.tif')
tiff('refused_tiles', RGB, LZW, tile=16)
tiff('refused_bigtiff', RGB, LZW, mode='w8')
open('refused_bigtiff_loop.tif', 'wb').write(
    b'II+\0' + struct.pack('<HHQ', 8, 0, 16) + struct.pack('<Q', 2 ** 62) + bytes(64))

# TGA
image = Image.fromarray(RGB)
for name, image, options in (
        ('tga_rgb', image, {}), ('tga_rgb_packed', image, {'compression': 'tga_rle'}),
        ('tga_grey', grey, {}), ('tga_grey_packed', grey, {'compression': 'tga_rle'}),
        ('tga_palette', image.quantize(16), {}), ('tga_palette_packed', image.quantize(16), {'compression': 'tga_rle'}),
        ('tga_rgba', Image.fromarray(np.dstack([RGB, RGB[..., :1]])), {}),
        ('tga_down', image, {'orientation': 1})):
    image.save(name + '.tga', **options)
    save(name, np.asarray((Image.fromarray(RGB) if name == 'tga_rgba' else image).convert('RGB')))
five = (RGB >> 3).astype(np.uint16)
word = (five[..., 0] << 10) | (five[..., 1] << 5) | five[..., 2]
open('tga_word.tga', 'wb').write(struct.pack('<BBBHHBHHHHBB', 0, 0, 2, 0, 0, 0, 0, 0, W, H, 16, 0x20) + word.astype('<u2').tobytes())
save('tga_word', np.asarray(Image.open('tga_word.tga').convert('RGB')))
open('tga_mirrored.tga', 'wb').write(
    struct.pack('<BBBHHBHHHHBB', 0, 0, 2, 0, 0, 0, 0, 0, W, H, 24, 0x30) + np.ascontiguousarray(RGB[:, ::-1, ::-1]).tobytes())
save('tga_mirrored', RGB)
