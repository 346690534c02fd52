namespace TransferLearning;

/// <summary>The table of an ELF library in which it lists the symbol versions it needs of others (section <c>.gnu.version_r</c>, as the
/// Linux Standard Base defines it). 64-bit little-endian files only.</summary>
internal static class ElfVersionNeeds
{
    private const uint VersionNeedSection = 0x6FFFFFFE; // SHT_GNU_verneed
    private const ushort WeakFlag = 0x2; // VER_FLG_WEAK

    /// <summary>Marks each need of one version as weak, so that a system whose library lacks it loads the file all the same. Right only for
    /// a version from which no symbol is bound.</summary>
    /// <param name="elf">The whole file; changed in place.</param>
    /// <param name="version">The version's name.</param>
    /// <returns>How many needs were marked.</returns>
    /// <exception cref="InvalidDataException">The file is not laid out as the standard says.</exception>
    public static int Weaken(Span<byte> elf, string version)
    {
        if (elf.Length < 64 || BinaryPrimitives.ReadUInt32BigEndian(elf) != 0x7F454C46 || elf[4] != 2 || elf[5] != 1)
        {
            throw new InvalidDataException("not a 64-bit little-endian ELF file");
        }

        int marked = 0;
        int sections = Offset(elf, 0x28);
        int sectionSize = Half(elf, 0x3A);
        for (int i = 0; i < Half(elf, 0x3C); i++)
        {
            int section = checked(sections + (i * sectionSize));
            if (Word(elf, section + 4) == VersionNeedSection)
            {
                int names = Offset(elf, checked(sections + ((int)Word(elf, section + 40) * sectionSize)) + 24);
                marked += WeakenTable(elf, Offset(elf, section + 24), (int)Word(elf, section + 44), names, version);
            }
        }

        return marked;
    }

    private static int WeakenTable(Span<byte> elf, int need, int needCount, int names, string version)
    {
        int marked = 0;
        for (int i = 0; i < needCount; i++)
        {
            int entry = checked(need + (int)Word(elf, need + 8));
            for (int k = Half(elf, need + 2); k > 0; k--)
            {
                if (Name(elf, checked(names + (int)Word(elf, entry + 8))) == version)
                {
                    Span<byte> flags = Part(elf, entry + 4, 2);
                    BinaryPrimitives.WriteUInt16LittleEndian(flags, (ushort)(BinaryPrimitives.ReadUInt16LittleEndian(flags) | WeakFlag));
                    marked++;
                }

                entry = checked(entry + (int)Word(elf, entry + 12));
            }

            need = checked(need + (int)Word(elf, need + 12));
        }

        return marked;
    }

    private static string Name(Span<byte> elf, int start)
    {
        Span<byte> rest = Part(elf, start, elf.Length - start);
        int end = rest.IndexOf((byte)0);
        return end < 0 ? throw new InvalidDataException("a name without end") : Encoding.ASCII.GetString(rest[..end]);
    }

    private static int Offset(Span<byte> elf, int at)
    {
        long offset = BinaryPrimitives.ReadInt64LittleEndian(Part(elf, at, 8));
        return offset >= 0 && offset < elf.Length ? (int)offset : throw new InvalidDataException($"offset {offset} beyond the file");
    }

    private static uint Word(Span<byte> elf, int at) => BinaryPrimitives.ReadUInt32LittleEndian(Part(elf, at, 4));
    private static ushort Half(Span<byte> elf, int at) => BinaryPrimitives.ReadUInt16LittleEndian(Part(elf, at, 2));

    private static Span<byte> Part(Span<byte> elf, int at, int length)
        => at >= 0 && length >= 0 && at <= elf.Length - length
            ? elf.Slice(at, length)
            : throw new InvalidDataException($"{length} bytes at {at} beyond the file's {elf.Length}");
}
