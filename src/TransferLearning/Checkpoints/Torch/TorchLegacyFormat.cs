namespace TransferLearning;

/// <summary>PyTorch's form before version 1.6: five pickles (magic number, protocol, system, the object, the storages' keys), then each
/// storage as its element count and its bytes.</summary>
internal sealed class TorchLegacyFormat : ICheckpointFormat
{
    private const int Protocol = 1001;
    private static readonly BigInteger Magic = ((BigInteger)0x1950 << 64) | 0xA86A20F9469CFC6C;

    public bool Recognizes(ReadOnlySpan<byte> head, string path)
    {
        // A safetensors file may begin with the same two bytes; its header begins at the ninth.
        bool header = head.Length > 8 && head[8] == '{' && BinaryPrimitives.ReadUInt64LittleEndian(head) <= uint.MaxValue;
        return head.Length >= 2 && head[0] == (byte)PickleOpcode.Protocol && head[1] <= 5 && !header;
    }

    public CheckpointContent Read(CheckpointFile file, CheckpointOptions options)
    {
        PickleInput input = new(file, "pickle of the magic number", TensorStorage.InFile(file, 0, file.Length));
        CheckpointValue Next(string place, PickleStorages storages)
        {
            input.Place = place;
            return new PickleMachine(file, input, storages).Run();
        }

        CheckpointValue magic = Next("pickle of the magic number", PickleStorages.None);
        if (magic.AsInteger() != Magic)
        {
            throw file.Error(
                CheckpointErrorKind.NotACheckpoint,
                null,
                "A legacy torch file begins with torch's magic number; this pickle does not.",
                "Check that the path names the weights.");
        }

        CheckpointValue protocol = Next("pickle of the protocol", PickleStorages.None);
        if (protocol.AsInteger() != Protocol)
        {
            throw file.Error(
                CheckpointErrorKind.NotACheckpoint,
                null,
                $"Protocol {Protocol} is known; the file has {protocol}.",
                "Save the weights again with a current version of torch.");
        }

        if (Next("pickle of the system", PickleStorages.None)["little_endian"]?.AsBoolean() == false)
        {
            throw file.Error(
                CheckpointErrorKind.BadDtype,
                null,
                "Its numbers are in big-endian order.",
                "Save the weights again on a little-endian computer.");
        }

        LegacyStorages storages = new(file);
        long start = input.Position;
        CheckpointValue root = Next("pickle", storages);
        if (input.Position - start > options.MaximumDescriptionBytes)
        {
            throw file.Error(
                CheckpointErrorKind.TooLarge,
                "pickle",
                $"It has {input.Position - start} bytes; {options.MaximumDescriptionBytes} are allowed.",
                CheckpointFile.RemedyPublisher);
        }

        CheckpointValue keys = Next("pickle of the storage keys", PickleStorages.None);
        input.Place = "storages";
        storages.Place(input, keys);
        return new CheckpointContent(root);
    }

    /// <summary>The pickle refers to storages whose places are known only after it.</summary>
    private sealed class LegacyStorages(CheckpointFile file) : PickleStorages
    {
        private readonly Dictionary<string, Slot> _slots = [];

        public override TensorStorage Find(PickleInput input, string key, ElementType element, long count)
        {
            if (count > file.Length / element.Width)
            {
                throw file.Error(
                    CheckpointErrorKind.BadGeometry,
                    $"storage '{key}'",
                    $"It claims {count} elements of {element.Width} bytes; the whole file has {file.Length} bytes.",
                    CheckpointFile.RemedyPublisher);
            }

            if (!_slots.TryGetValue(key, out Slot? slot))
            {
                slot = new Slot(file, element, count);
                _slots.Add(key, slot);
            }

            return slot.Element == element && slot.Count == count
                ? slot.Storage
                : throw file.Error(
                    CheckpointErrorKind.BadGeometry,
                    $"storage '{key}'",
                    $"It is {slot.Count} of {slot.Element.StorageClass} in one place and {count} of {element.StorageClass} in another.",
                    CheckpointFile.RemedyPublisher);
        }

        public void Place(PickleInput input, CheckpointValue keys)
        {
            if (keys.Kind != CheckpointValueKind.List)
            {
                throw input.Corrupt("The storages' keys are no list.");
            }

            foreach (CheckpointValue item in keys.Items)
            {
                if (item.AsString() is not { } key || !_slots.TryGetValue(key, out Slot? slot) || slot.Start is not null)
                {
                    throw input.Corrupt($"The list of storages names '{item}', which no tensor uses or which stands there twice.");
                }

                long count = unchecked((long)input.ReadUInt64());
                if (count != slot.Count)
                {
                    throw input.Error(
                        CheckpointErrorKind.BadGeometry, $"Storage '{key}' should have {slot.Count} elements; it has {count}.");
                }

                slot.Start = input.Position;
                input.Skip(slot.Storage.ByteLength);
            }

            if (_slots.FirstOrDefault(slot => slot.Value.Start is null).Key is { } missing)
            {
                throw file.Error(
                    CheckpointErrorKind.MissingEntry,
                    $"storage '{missing}'",
                    "The pickle refers to this storage; the file does not hold it.",
                    CheckpointFile.RemedyDownload);
            }
        }

        private sealed class Slot
        {
            public Slot(CheckpointFile file, ElementType element, long count)
            {
                Element = element;
                Count = count;
                Storage = new TensorStorage(
                    count * element.Width, offset => file.Bytes.OpenRange(Start!.Value + offset, Storage!.ByteLength - offset));
            }

            public ElementType Element { get; }
            public long Count { get; }
            public TensorStorage Storage { get; }
            public long? Start { get; set; }
        }
    }
}
