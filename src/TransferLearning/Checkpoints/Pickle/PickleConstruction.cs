namespace TransferLearning;

/// <summary>Makes the values that a pickle calls a constructor for: tensors, storages, ordered dictionaries and a few records.</summary>
internal sealed class PickleConstruction(CheckpointFile file, PickleInput input, PickleStorages storages)
{
    private readonly PickleNumpy _numpy = new(file, input);

    public CheckpointValue RequireKey(CheckpointValue key) =>
        CheckpointKeyComparer.IsKey(key) ? key : throw input.Corrupt($"A {key.Kind} cannot be a key of a dictionary or a member of a set.");

    public CheckpointValue Set(List<CheckpointValue> members) =>
        CheckpointValue.Of(CheckpointValueKind.Set, members.Select(RequireKey).Distinct(CheckpointKeyComparer.Instance).ToList());

    /// <summary>Calls a constructor of the closed list.</summary>
    public CheckpointValue Call(CheckpointValue callee, IReadOnlyList<CheckpointValue> arguments, string? owner)
    {
        PickleGlobal global = callee.Content as PickleGlobal ?? throw input.Corrupt($"A {callee.Kind} is called.");
        CheckpointException BadArguments() => input.Corrupt(
            $"'{global.Name}' is called with arguments that do not fit: ({string.Join(", ", arguments)}).");

        switch (global.Constructor)
        {
            case PickleConstructor.OrderedDictionary:
                return Dictionary("OrderedDict", arguments) ?? throw BadArguments();
            case PickleConstructor.Counter:
                return Dictionary("Counter", arguments) ?? throw BadArguments();
            case PickleConstructor.Namespace:
                return arguments.Count == 0 ? CheckpointValue.Of(new CheckpointDictionary("Namespace")) : throw BadArguments();
            case PickleConstructor.Set:
                return arguments.Count == 0 ? Set([]) : arguments is [{ Elements: { } members }] ? Set(members) : throw BadArguments();
            case PickleConstructor.Bytes:
                return Bytes(arguments) ?? throw BadArguments();
            case PickleConstructor.Encode:
                return Encode(arguments) ?? throw BadArguments();
            case PickleConstructor.Size:
                return arguments is [{ Elements: { } sizes }] && sizes.TrueForAll(size => size.Kind == CheckpointValueKind.WholeNumber)
                    ? CheckpointValue.Of(CheckpointValueKind.Size, [.. sizes])
                    : throw BadArguments();
            case PickleConstructor.Device:
                return arguments is [{ Content: string device }, ..] && arguments.Count <= 2
                    ? CheckpointValue.Of(device)
                    : throw BadArguments();
            case PickleConstructor.Tensor when arguments.Count == 4:
            case PickleConstructor.TensorWithHooks when arguments.Count is 6 or 7:
                return CheckpointValue.Of(Tensor(arguments, owner));
            case PickleConstructor.Parameter when arguments is [{ Tensor: { } data }, _, ..]:
                return CheckpointValue.Of(data.AsParameter());
            case PickleConstructor.ScriptObject when arguments.Count == 0:
                return CheckpointValue.Of(new CheckpointDictionary(global.Name));
            case PickleConstructor.ScriptList when arguments is [{ Kind: CheckpointValueKind.List }]:
            case PickleConstructor.ScriptTag when arguments is [_, { Content: string }]:
                return arguments[0];
            case PickleConstructor.NumpyType or PickleConstructor.NumpyScalar or PickleConstructor.NumpyArray:
                return _numpy.Call(global.Constructor, arguments) ?? throw BadArguments();
            default:
                throw BadArguments();
        }
    }

    /// <summary>Gives an object its state.</summary>
    public void Build(CheckpointValue target, CheckpointValue state)
    {
        if (target.Dictionary is { } record && state.Dictionary is { } attributes
            && (record.ClassName == "Namespace" || record.ClassName.StartsWith(PickleGlobal.ScriptClasses, StringComparison.Ordinal)))
        {
            foreach ((CheckpointValue key, CheckpointValue value) in attributes.Pairs)
            {
                record.Set(key, value);
            }
        }
        else if (target.Kind == CheckpointValueKind.Grammar)
        {
            _numpy.Build(target, state);
        }
        else if (target.Kind is not (CheckpointValueKind.Dictionary or CheckpointValueKind.Tensor)
            || state.Kind is not (CheckpointValueKind.Dictionary or CheckpointValueKind.Tuple or CheckpointValueKind.None))
        {
            // Other attributes of a dictionary (a module's _metadata) or of a tensor are of no use here and are let go.
            throw input.Corrupt($"A {target.Kind} is given a state of type {state.Kind}.");
        }
    }

    /// <summary>The storage that a persistent id names: ("storage", class, key, location, element count[, view]).</summary>
    public CheckpointValue Storage(CheckpointValue id)
    {
        if (id.Kind != CheckpointValueKind.Tuple || id.Items.Count is not (5 or 6)
            || id.Items[0].AsString() != "storage"
            || id.Items[1].Content is not PickleGlobal { Constructor: PickleConstructor.StorageClass, Element: { } element }
            || id.Items[2].AsString() is not { } key
            || id.Items[4].AsInteger() is not { } count)
        {
            throw input.Corrupt("A persistent id is not of the form ('storage', class, key, location, count).");
        }

        long elements = Int64(count, $"storage '{key}'", "element count");
        TensorStorage bytes = storages.Find(input, key, element, elements);
        if (id.Items.Count == 5 || id.Items[5].Kind == CheckpointValueKind.None)
        {
            return CheckpointValue.OfGrammar(new PickleStorage(bytes, element, 0, elements));
        }

        // Before torch 0.4 a storage could be a view of another: (key of the view, first element, element count).
        return id.Items[5].Kind == CheckpointValueKind.Tuple && id.Items[5].Items is [_, var first, var part]
            && first.AsInteger() is { } start && part.AsInteger() is { } length && start >= 0 && length >= 0 && start + length <= elements
            ? CheckpointValue.OfGrammar(new PickleStorage(bytes, element, (long)start, (long)length))
            : throw input.Error(CheckpointErrorKind.BadGeometry, $"The view of storage '{key}' lies outside it.");
    }

    private TensorView Tensor(IReadOnlyList<CheckpointValue> arguments, string? owner)
    {
        string place = owner is null ? input.Place : $"tensor '{owner}'";
        CheckpointException Bad(string problem) => file.Error(
            CheckpointErrorKind.BadGeometry, place, problem, CheckpointFile.RemedyPublisher);

        if (arguments[0].Content is not PickleStorage storage)
        {
            throw Bad($"A storage is expected; a {arguments[0].Kind} was found.");
        }

        long offset = Int64(arguments[1].AsInteger() ?? throw Bad("Its offset is no integer."), place, "offset");
        List<long> Numbers(CheckpointValue value, string what)
        {
            List<CheckpointValue> items = value.Kind is CheckpointValueKind.Tuple or CheckpointValueKind.List or CheckpointValueKind.Size
                ? value.Elements!
                : throw Bad($"Its {what} are no tuple.");
            return [.. items.Select(item => Int64(item.AsInteger() ?? throw Bad($"Its {what} hold a {item.Kind}."), place, what))];
        }

        List<long> shape = Numbers(arguments[2], "sizes");
        List<long> strides = Numbers(arguments[3], "strides");
        TensorStorage bytes = storage.Bytes;
        if (storage.FirstElement != 0 || storage.Count * storage.Element.Width != bytes.ByteLength)
        {
            long first = storage.FirstElement * storage.Element.Width;
            TensorStorage whole = bytes;
            bytes = new TensorStorage(storage.Count * storage.Element.Width, position => whole.OpenRead(first + position));
        }

        return TensorView.Create(file, place, storage.Element.Type, shape, strides, offset, bytes);
    }

    private long Int64(BigInteger number, string place, string what) => number >= 0 && number <= long.MaxValue
        ? (long)number
        : throw file.Error(
            CheckpointErrorKind.BadGeometry, place, $"Its {what} of {number} lies outside 0 to 2^63 - 1.", CheckpointFile.RemedyPublisher);

    private CheckpointValue? Dictionary(string className, IReadOnlyList<CheckpointValue> arguments)
    {
        CheckpointDictionary dictionary = new(className);
        switch (arguments)
        {
            case []:
                break;
            case [{ Dictionary: { } source }]:
                foreach ((CheckpointValue key, CheckpointValue value) in source.Pairs)
                {
                    dictionary.Set(key, value);
                }

                break;
            case [{ Elements: { } pairs }]:
                foreach (CheckpointValue pair in pairs)
                {
                    if (pair.Items.Count != 2 || pair.Kind is not (CheckpointValueKind.Tuple or CheckpointValueKind.List))
                    {
                        return null;
                    }

                    dictionary.Set(RequireKey(pair.Items[0]), pair.Items[1]);
                }

                break;
            default:
                return null;
        }

        return CheckpointValue.Of(dictionary);
    }

    private static CheckpointValue? Bytes(IReadOnlyList<CheckpointValue> arguments) => arguments switch
    {
        [] => CheckpointValue.Of([]),
        [{ Content: byte[] bytes }] => CheckpointValue.Of(bytes),
        [{ Content: string text }, { Content: "latin-1" or "latin1" }] => Latin1(text),
        _ => null,
    };

    private static CheckpointValue? Encode(IReadOnlyList<CheckpointValue> arguments) => arguments switch
    {
        [{ Content: string text }, { Content: "latin1" or "latin-1" }] => Latin1(text),
        [{ Content: string text }, { Content: "utf-8" or "utf8" }] => CheckpointValue.Of(Encoding.UTF8.GetBytes(text)),
        _ => null,
    };

    private static CheckpointValue? Latin1(string text) =>
        text.Any(letter => letter > byte.MaxValue) ? null : CheckpointValue.Of(Encoding.Latin1.GetBytes(text));
}
