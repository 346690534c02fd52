"""Writes small_dump.xml.bz2: the dump in four bzip2 streams one behind the other, as Wikipedia's "multistream" files are;
and bomb.xml.bz2: a page of 256 MB that packs to a few hundred bytes.

usage: python3 compress_dump.py   (in this folder)
"""
import bz2

data = open("small_dump.xml", "rb").read()
quarter = len(data) // 4
with open("small_dump.xml.bz2", "wb") as out:
    for start in range(0, len(data), quarter):
        out.write(bz2.compress(data[start:start + quarter]))

with open("bomb.xml.bz2", "wb") as out:
    packer = bz2.BZ2Compressor()
    out.write(packer.compress(b"<mediawiki><page><title>big</title><ns>0</ns><id>1</id><revision><text>"))
    for _ in range(256):
        out.write(packer.compress(b"a" * (1 << 20)))
    out.write(packer.flush())
