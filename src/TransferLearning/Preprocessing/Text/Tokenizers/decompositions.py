"""Write decompositions.csv: the characters that have a canonical decomposition.

Usage: decompositions.py > decompositions.csv

Columns, in hexadecimal: the character; its full canonical decomposition.  Hangul
syllables are left out: they follow from arithmetic.
"""
import sys
import unicodedata

print(f"# Unicode {unicodedata.unidata_version}; written by decompositions.py")
for code in range(sys.maxunicode + 1):
    parts = unicodedata.normalize("NFD", chr(code)) if not 0xD800 <= code <= 0xDFFF else chr(code)
    if parts != chr(code) and not 0xAC00 <= code <= 0xD7A3:
        print(f"{code:X},{' '.join(f'{ord(c):X}' for c in parts)}")
