using System.Buffers.Binary;

namespace TransferLearning.Keras;

/// <summary>Walks the groups of an HDF5 file before its reader does, and refuses what no file of Keras has and a reader would follow: links
/// to other files, soft links (which may run in circles until the stack ends), arrays stored in other files.</summary>
/// <remarks>
/// Source: The HDF Group, HDF5 File Format Specification 3.0. Groups of the old form and of the new with links in their header are known.
/// </remarks>
internal sealed class HdfStructure
{
    private const string Remedy = "Save the model again with model.save_weights('name.h5') or model.save('name.h5').";
    private const long MostBytes = 256 << 20;
    private const int MostBlockBytes = 16 << 20;
    private const ulong Undefined = ulong.MaxValue;
    private const int AddressBytes = 8;

    private readonly CheckpointFile _file;
    private readonly Stack<(ulong Address, Kind Kind)> _open = new();
    private readonly HashSet<ulong> _seen = [];
    private readonly HashSet<ulong> _heaps = [];
    private long _bytes;

    private HdfStructure(CheckpointFile file) => _file = file;

    private enum Kind
    {
        Header,
        Tree,
        Symbols,
    }

    private enum Form
    {
        Old,
        New,
        Ordered,
    }

    /// <summary>Checks a file that begins with the signature of HDF5.</summary>
    /// <exception cref="CheckpointException">It has what is refused, or contradicts itself.</exception>
    public static void Check(CheckpointFile file)
    {
        HdfStructure structure = new(file);
        structure.Open(structure.Root(), Kind.Header);
        while (structure._open.TryPop(out (ulong Address, Kind Kind) next))
        {
            switch (next.Kind)
            {
                case Kind.Header:
                    structure.ReadHeader(next.Address);
                    break;
                case Kind.Tree:
                    structure.ReadTree(next.Address);
                    break;
                default:
                    structure.ReadSymbols(next.Address);
                    break;
            }
        }
    }

    private static ulong Address(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt64LittleEndian(bytes);

    private ulong Root()
    {
        byte version = Read(8, 1)[0];
        bool isOld = version <= 1;
        ReadOnlySpan<byte> widths = Read(isOld ? 13UL : 9, 2);
        ulong fields = version switch { 0 => 24, 1 => 28, 2 or 3 => 12, _ => throw Bad(8, $"the superblock has the version {version}") };
        if (widths is not [AddressBytes, AddressBytes])
        {
            throw Bad(9, $"addresses have {widths[0]} and lengths {widths[1]} bytes, not 8");
        }

        ReadOnlySpan<byte> addresses = Read(fields, 6 * AddressBytes);
        return Address(addresses) != 0
            ? throw Bad(fields, "addresses do not count from the start of the file")
            : Address(addresses[(isOld ? 5 * AddressBytes : 3 * AddressBytes)..]);
    }

    private void ReadHeader(ulong address)
    {
        ReadOnlySpan<byte> start = Read(address, 16);
        if (start[0] == 1)
        {
            uint length = BinaryPrimitives.ReadUInt32LittleEndian(start[8..]);
            ReadMessages(address + 16, length, Form.Old);
            return;
        }

        if (!start.StartsWith("OHDR"u8) || start[4] != 2)
        {
            throw Bad(address, "no object begins there");
        }

        byte flags = start[5];
        ulong position = address + 6 + ((flags & 0x20) != 0 ? 16UL : 0) + ((flags & 0x10) != 0 ? 4UL : 0);
        int width = 1 << (flags & 3);
        ulong size = Number(Read(position, width));
        ReadMessages(position + (ulong)width, size, (flags & 4) != 0 ? Form.Ordered : Form.New);
    }

    /// <summary>The messages of one block of a header, and of the blocks that continue it.</summary>
    private void ReadMessages(ulong address, ulong length, Form form)
    {
        Queue<(ulong Address, ulong Length)> blocks = new([(address, length)]);
        HashSet<ulong> known = [];
        int prefix = form switch { Form.Old => 8, Form.New => 4, _ => 6 };
        while (blocks.TryDequeue(out (ulong Address, ulong Length) block))
        {
            if (!known.Add(block.Address))
            {
                throw Bad(block.Address, "a header continues in itself");
            }

            ReadOnlySpan<byte> bytes = Read(block.Address, block.Length);
            while (bytes.Length >= prefix)
            {
                int type = form == Form.Old ? BinaryPrimitives.ReadUInt16LittleEndian(bytes) : bytes[0];
                int size = BinaryPrimitives.ReadUInt16LittleEndian(bytes[(form == Form.Old ? 2 : 1)..]);
                bool isShared = (bytes[form == Form.Old ? 4 : 3] & 2) != 0;
                if (size > bytes.Length - prefix)
                {
                    throw Bad(block.Address, "a message of a header is longer than the header");
                }

                ReadOnlySpan<byte> message = bytes.Slice(prefix, size);
                if (type == 0x10)
                {
                    // A block of the new form has a signature before the messages and a checksum after them.
                    (ulong next, ulong nextLength) = (Address(Part(message, 0, 8)), Address(Part(message, 8, 8)));
                    blocks.Enqueue(form == Form.Old ? (next, nextLength) : (checked(next + 4), nextLength >= 8 ? nextLength - 8 : 0));
                }
                else
                {
                    Look(type, message, isShared, block.Address);
                }

                bytes = bytes[(prefix + size)..];
            }
        }
    }

    private void Look(int type, ReadOnlySpan<byte> message, bool isShared, ulong place)
    {
        if (isShared && type is 0x02 or 0x06 or 0x07 or 0x11)
        {
            throw Bad(place, "a link is shared");
        }

        switch (type)
        {
            case 0x02:
                ulong heap = Address(Part(message, (Part(message, 1, 1)[0] & 1) != 0 ? 10 : 2, AddressBytes));
                if (heap != Undefined)
                {
                    throw Bad(place, "a group keeps its links in a heap, as no file of Keras does");
                }

                break;
            case 0x06:
                ReadLink(message, place);
                break;
            case 0x07:
                throw Outside(place, "An array is stored in another file.");
            case 0x04:
                CheckLength(message, 4, BinaryPrimitives.ReadUInt32LittleEndian(Part(message, 0, 4)), place);
                break;
            case 0x05:
                ReadFillValue(message, place);
                break;
            case 0x0C:
                ReadAttribute(message, place);
                break;
            case 0x11:
                ReadNames(Address(Part(message, AddressBytes, AddressBytes)));
                Open(Address(Part(message, 0, AddressBytes)), Kind.Tree);
                break;
            default:
                break;
        }
    }

    private void ReadLink(ReadOnlySpan<byte> message, ulong place)
    {
        byte flags = Part(message, 1, 1)[0];
        int position = 2;
        if ((flags & 8) != 0 && Part(message, position++, 1)[0] is not 0)
        {
            throw Outside(place, "It has a soft link or a link to another file.");
        }

        position += ((flags & 4) != 0 ? 8 : 0) + ((flags & 16) != 0 ? 1 : 0);
        int width = 1 << (flags & 3);
        ulong name = Number(Part(message, position, width));
        position += width + (int)Math.Min(name, ushort.MaxValue);
        Open(Address(Part(message, position, AddressBytes)), Kind.Header);
    }

    // The reader takes memory for whatever length a message claims before it looks whether so many bytes follow.
    private void CheckLength(ReadOnlySpan<byte> message, int start, UInt128 length, ulong place)
    {
        if (start > message.Length || length > (UInt128)(message.Length - start))
        {
            throw Bad(place, $"a value in a header claims {length} bytes, more than the header has");
        }
    }

    private void ReadFillValue(ReadOnlySpan<byte> message, ulong place)
    {
        int version = Part(message, 0, 2)[0]; // version 3 has no more where no value is given
        bool isGiven = version switch { 1 => true, 2 => Part(message, 3, 1)[0] != 0, _ => (message[1] & 0x20) != 0 };
        int start = version < 3 ? 4 : 2;
        if (isGiven)
        {
            CheckLength(message, start + 4, BinaryPrimitives.ReadUInt32LittleEndian(Part(message, start, 4)), place);
        }
    }

    /// <summary>The heap that holds the names of a group of the old form.</summary>
    private void ReadNames(ulong address)
    {
        ReadOnlySpan<byte> heap = Read(address, 32);
        if (!heap.StartsWith("HEAP"u8))
        {
            throw Bad(address, "no heap of names begins there");
        }

        (ulong length, ulong data) = (Address(heap[8..]), Address(heap[24..]));
        if (length > MostBlockBytes || data > (ulong)_file.Length || length > (ulong)_file.Length - data)
        {
            throw Bad(address, $"a heap of names claims {length} bytes at byte {data}");
        }
    }

    /// <summary>Checks the size of an attribute's value. One of texts holds places in heaps, which are checked too.</summary>
    private void ReadAttribute(ReadOnlySpan<byte> message, ulong place)
    {
        const int VariableLength = 9;
        const int Reference = 16; // length, address of the heap, number in it
        bool isPadded = Part(message, 0, 8)[0] == 1;
        int type = (message[0] == 3 ? 9 : 8) + Padded(BinaryPrimitives.ReadUInt16LittleEndian(message[2..]));
        int space = type + Padded(BinaryPrimitives.ReadUInt16LittleEndian(message[4..]));
        int data = space + Padded(BinaryPrimitives.ReadUInt16LittleEndian(message[6..]));
        UInt128 length = BinaryPrimitives.ReadUInt32LittleEndian(Part(message, type, 8)[4..]);
        ReadOnlySpan<byte> head = Part(message, space, 4);
        bool isNull = head[0] == 2 && head[3] == 2;
        ReadOnlySpan<byte> sizes = Part(message, space + (head[0] == 1 ? 8 : 4), isNull ? 0 : head[1] * 8);
        for (; sizes.Length > 0 && length <= uint.MaxValue; sizes = sizes[8..])
        {
            length *= Address(sizes);
        }

        CheckLength(message, data, isNull ? 0 : length, place);
        if ((Part(message, type, 1)[0] & 0xF) != VariableLength)
        {
            return;
        }

        for (; data + Reference <= message.Length; data += Reference)
        {
            ulong heap = Address(message[(data + 4)..]);
            if (heap is not (0 or Undefined) && _heaps.Add(heap))
            {
                ReadHeap(heap);
            }
        }

        int Padded(int size) => isPadded ? (size + 7) & ~7 : size;
    }

    private void ReadHeap(ulong address)
    {
        const int Head = 16;
        ReadOnlySpan<byte> start = Read(address, Head);
        ulong size = Address(start[8..]);
        if (!start.StartsWith("GCOL"u8) || size < Head)
        {
            throw Bad(address, "no heap of texts begins there");
        }

        ReadOnlySpan<byte> objects = Read(address + Head, size - Head);
        while (objects.Length >= Head && BinaryPrimitives.ReadUInt16LittleEndian(objects) != 0)
        {
            ulong length = Address(objects[8..]);
            if (length > (ulong)(objects.Length - Head))
            {
                throw Bad(address, $"a text of a heap claims {length} bytes");
            }

            objects = objects[Math.Min(Head + (((int)length + 7) & ~7), objects.Length)..];
        }
    }

    private void ReadTree(ulong address)
    {
        ReadOnlySpan<byte> start = Read(address, 24);
        if (!start.StartsWith("TREE"u8) || start[4] != 0)
        {
            throw Bad(address, "no group's tree begins there");
        }

        int children = BinaryPrimitives.ReadUInt16LittleEndian(start[6..]);
        Kind below = start[5] == 0 ? Kind.Symbols : Kind.Tree;
        ReadOnlySpan<byte> entries = Read(address + 24, (ulong)children * 16);
        for (int i = 0; i < children; i++)
        {
            Open(Address(entries[((i * 16) + 8)..]), below);
        }
    }

    private void ReadSymbols(ulong address)
    {
        ReadOnlySpan<byte> start = Read(address, 8);
        if (!start.StartsWith("SNOD"u8))
        {
            throw Bad(address, "no group's list begins there");
        }

        int count = BinaryPrimitives.ReadUInt16LittleEndian(start[6..]);
        ReadOnlySpan<byte> entries = Read(address + 8, (ulong)count * 40);
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> entry = entries.Slice(i * 40, 40);
            if (BinaryPrimitives.ReadUInt32LittleEndian(entry[16..]) is not (0 or 1))
            {
                throw Outside(address, "It has a soft link.");
            }

            Open(Address(entry[8..]), Kind.Header);
        }
    }

    private void Open(ulong address, Kind kind)
    {
        if (_seen.Add(address))
        {
            _open.Push((address, kind));
        }
    }

    private ReadOnlySpan<byte> Read(ulong address, ulong length)
    {
        if (address > (ulong)_file.Length || length > (ulong)_file.Length - address)
        {
            throw Bad(address, $"{length} bytes are expected there, and the file has {_file.Length}");
        }

        _bytes += (long)length;
        if (length > MostBlockBytes || _bytes > MostBytes)
        {
            throw _file.Error(
                CheckpointErrorKind.TooLarge, $"byte {address}", "The description of its arrays is larger than any of Keras.", Remedy);
        }

        byte[] bytes = new byte[length];
        _file.Read((long)address, bytes);
        return bytes;
    }

    private ReadOnlySpan<byte> Read(ulong address, int length) => Read(address, (ulong)length);

    private ReadOnlySpan<byte> Part(ReadOnlySpan<byte> message, int start, int length) => start + length <= message.Length
        ? message.Slice(start, length)
        : throw Bad(0, "a message of a header is too short");

    private static ulong Number(ReadOnlySpan<byte> bytes)
    {
        ulong number = 0;
        for (int i = bytes.Length - 1; i >= 0; i--)
        {
            number = (number << 8) | bytes[i];
        }

        return number;
    }

    private CheckpointException Bad(ulong address, string problem)
        => _file.Error(CheckpointErrorKind.BadHeader, $"byte {address}", $"Its groups cannot be read: {problem}.", Remedy);

    private CheckpointException Outside(ulong address, string problem)
        => _file.Error(CheckpointErrorKind.PathTraversal, $"byte {address}", problem, Remedy);
}
