using System.Runtime.CompilerServices;

namespace TransferLearning;

/// <summary>Reads the coded blocks of a JPEG scan from bytes out of which the stuffing has been taken. It may look further than the data
/// goes, by less than <see cref="Slack"/> bytes for a coded unit, and knows afterwards whether it has.</summary>
internal unsafe struct JpegBits
{
    /// <summary>How many bytes must be readable beyond the data: more than the longest coded unit takes.</summary>
    public const int Slack = 4096;

    private readonly byte* _first;
    private readonly byte* _end;
    private byte* _next;
    private ulong _window; // the next bits, the first one on top
    private int _count; // how many of them count

    public JpegBits(byte* first, byte* end)
    {
        _first = _next = first;
        _end = end;
    }

    /// <summary>How many bits are left; negative if more were taken than there are.</summary>
    public readonly long Remaining => ((_end - _next) * 8) + _count;

    /// <summary>Decodes a block: its coefficients, multiplied out, into a block of zeros.</summary>
    /// <param name="component">The tables.</param>
    /// <param name="block">64 numbers and one that has no meaning.</param>
    /// <param name="places"><see cref="JpegBlock.Places"/>.</param>
    /// <param name="quantization">The component's, as a pointer.</param>
    /// <param name="dcLookup">The first table's, as a pointer.</param>
    /// <param name="acLookup">The second table's, as a pointer.</param>
    /// <param name="dc">The first coefficient of the block before, replaced by this one's.</param>
    /// <returns>Where the last coefficient stands: 0 if there is only the first; negative for damaged data.</returns>
    public int ReadBlock(JpegComponent component, int* block, int* places, int* quantization, int* dcLookup, int* acLookup, ref int dc)
    {
        ulong window = _window;
        int count = _count;
        byte* next = _next;
        Refill(ref window, ref count, ref next);
        int entry = dcLookup[window >> (64 - HuffmanTable.LookupBits)];
        if ((sbyte)entry <= 0)
        {
            entry = Long(component.Dc, entry, isDc: true, ref window, ref count);
            if (entry == 0)
            {
                return -1;
            }
        }

        window <<= entry & 0x3F;
        count -= entry & 0x3F;
        dc += entry >> 16;
        block[0] = dc * quantization[0];
        int last = 0;
        int k = 1;
        do
        {
            if (count < 32)
            {
                Refill(ref window, ref count, ref next);
            }

            entry = acLookup[window >> (64 - HuffmanTable.LookupBits)];
            if ((sbyte)entry <= 0)
            {
                entry = Long(component.Ac, entry, isDc: false, ref window, ref count);
                if (entry == 0)
                {
                    return -1;
                }
            }

            window <<= entry & 0x3F;
            count -= entry & 0x3F;
            last = k;
            k += (byte)(entry >> 8);
            block[places[k]] = (entry >> 16) * quantization[k];
            k++;
        }
        while (k < 64);

        _window = window;
        _count = count;
        _next = next;

        // An end-of-block leads far out; a run that leads only a little out is damage.
        return k == 64 ? 63 : k >= JpegBlock.EndOfBlock ? last - 1 : -1;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Refill(ref ulong window, ref int count, ref byte* next)
    {
        window |= BinaryPrimitives.ReverseEndianness(Unsafe.ReadUnaligned<ulong>(next)) >> count;
        next += (63 - count) >> 3;
        count |= 56;
    }

    /// <summary>
    /// A code or number that the table does not hold, as the entry it would be; 0 for no code. There are 32 bits in the window.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Long(HuffmanTable table, int entry, bool isDc, ref ulong window, ref int count)
    {
        int length = entry & 0x1F;
        int run = (byte)(entry >> 8);
        int size = entry >> 16;
        if (entry == 0)
        {
            int code = (int)(window >> 48);
            length = HuffmanTable.LookupBits + 1;
            while (code >= table.Limits[length])
            {
                length++;
            }

            if (length > 16)
            {
                return 0;
            }

            byte symbol = table.Symbols[(byte)((code >> (16 - length)) + table.Offsets[length])];
            size = symbol & 15;
            run = !isDc && symbol == 0 ? JpegBlock.EndOfBlock : symbol >> 4;
        }

        int number = size == 0 ? 0 : HuffmanTable.Number((int)((window << length) >> (64 - size)), size);
        return (number << 16) | (run << 8) | (length + size);
    }
}
