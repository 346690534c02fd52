"""Write the tables of Unicode's canonical decompositions and combining classes.

Usage: decompositions.py decompositions > decompositions.csv
       decompositions.py classes > combining.csv

Columns of the first, in hexadecimal: the character; its full canonical decomposition; "x"
where normalization form C does not compose it again.  Hangul syllables are left out: they
follow from arithmetic.  Columns of the second: first and last character of a range, and
their canonical combining class; what is not listed has class 0.
"""
import sys
import unicodedata


def characters():
    return (code for code in range(sys.maxunicode + 1) if not 0xD800 <= code <= 0xDFFF)


def decompositions():
    for code in characters():
        parts = unicodedata.normalize("NFD", chr(code))
        if parts != chr(code) and not 0xAC00 <= code <= 0xD7A3:
            excluded = ",x" if unicodedata.normalize("NFC", chr(code)) != chr(code) else ""
            print(f"{code:X},{' '.join(f'{ord(c):X}' for c in parts)}{excluded}")


def classes():
    first, last, value = -1, -2, 0
    for code in characters():
        found = unicodedata.combining(chr(code))
        if found == value and code == last + 1:
            last = code
            continue
        if value:
            print(f"{first:X},{last:X},{value:X}")
        first, last, value = code, code, found
    if value:
        print(f"{first:X},{last:X},{value:X}")


print(f"# Unicode {unicodedata.unidata_version}; written by decompositions.py")
{"decompositions": decompositions, "classes": classes}[sys.argv[1]]()
