namespace TransferLearning;

/// <summary>Carries out a pickle as data: a closed list of operations on a stack of values. What calls for a constructor goes to
/// <see cref="PickleConstruction"/>, which knows a closed list too. Nothing recurses, so nesting cannot exhaust the stack.</summary>
internal sealed class PickleMachine(CheckpointFile file, PickleInput input, PickleStorages storages, bool isScript = false)
{
    private const int HighestProtocol = 5;

    /// <summary>More values than any checkpoint has; bounds the memory that a small file of tiny values takes.</summary>
    private const int ValueLimit = 1 << 22;
    private const int IntegerBytesLimit = 1024;

    private readonly List<CheckpointValue> _stack = [];
    private readonly Stack<int> _marks = [];
    private readonly Dictionary<uint, CheckpointValue> _memo = [];
    private readonly PickleConstruction _construction = new(file, input, storages);
    private int _values;

    /// <summary>Carries out one pickle and returns its value, of which the tree has been checked.</summary>
    public CheckpointValue Run()
    {
        while (true)
        {
            PickleOpcode opcode = (PickleOpcode)input.ReadByte();
            if (opcode == PickleOpcode.Stop)
            {
                break;
            }

            Execute(opcode);
        }

        CheckpointValue root = Pop();
        if (_stack.Count != 0 || _marks.Count != 0)
        {
            throw input.Corrupt($"It ends with {_stack.Count} values left over.");
        }

        CheckpointTree.Check(root, input);
        return root;
    }

    private void Execute(PickleOpcode opcode)
    {
        switch (opcode)
        {
            case PickleOpcode.Protocol:
                int protocol = input.ReadByte();
                if (protocol > HighestProtocol)
                {
                    throw input.Corrupt($"Its protocol is {protocol}; protocols up to {HighestProtocol} are known.");
                }

                break;
            case PickleOpcode.Frame:
                ulong frame = input.ReadUInt64();
                if (frame > (ulong)input.Remaining)
                {
                    throw input.Corrupt($"A frame claims {frame} bytes; {input.Remaining} are left.");
                }

                break;
            case PickleOpcode.Mark:
                // Marks nest no deeper than values do.
                CountValue();
                _marks.Push(_stack.Count);
                break;
            case PickleOpcode.Pop:
                Pop();
                break;
            case PickleOpcode.PopMark:
                PopToMark();
                break;
            case PickleOpcode.Duplicate:
                Push(Peek());
                break;
            case PickleOpcode.None:
                Push(CheckpointValue.NoneValue);
                break;
            case PickleOpcode.True:
                Push(CheckpointValue.TrueValue);
                break;
            case PickleOpcode.False:
                Push(CheckpointValue.FalseValue);
                break;
            case PickleOpcode.BinaryInt:
                Push(CheckpointValue.Of((BigInteger)input.ReadInt32()));
                break;
            case PickleOpcode.BinaryInt1:
                Push(CheckpointValue.Of((BigInteger)input.ReadByte()));
                break;
            case PickleOpcode.BinaryInt2:
                Push(CheckpointValue.Of((BigInteger)input.ReadUInt16()));
                break;
            case PickleOpcode.Long1:
                PushInteger(input.ReadByte());
                break;
            case PickleOpcode.Long4:
                PushInteger(input.ReadInt32());
                break;
            case PickleOpcode.BinaryFloat:
                Push(CheckpointValue.Of(input.ReadDouble()));
                break;
            case PickleOpcode.BinaryText:
                Push(CheckpointValue.Of(input.ReadText((uint)input.ReadInt32())));
                break;
            case PickleOpcode.ShortText:
                Push(CheckpointValue.Of(input.ReadText(input.ReadByte())));
                break;
            case PickleOpcode.BinaryText8:
                Push(CheckpointValue.Of(input.ReadText(input.ReadUInt64())));
                break;
            case PickleOpcode.BinaryString:
                Push(CheckpointValue.Of(input.ReadOldText((uint)input.ReadInt32())));
                break;
            case PickleOpcode.ShortBinaryString:
                Push(CheckpointValue.Of(input.ReadOldText(input.ReadByte())));
                break;
            case PickleOpcode.BinaryBytes:
                Push(CheckpointValue.Of(input.ReadBytes((uint)input.ReadInt32())));
                break;
            case PickleOpcode.ShortBinaryBytes:
                Push(CheckpointValue.Of(input.ReadBytes(input.ReadByte())));
                break;
            case PickleOpcode.BinaryBytes8 or PickleOpcode.ByteArray8:
                Push(CheckpointValue.Of(input.ReadBytes(input.ReadUInt64())));
                break;
            default:
                ExecuteContainer(opcode);
                break;
        }
    }

    private void ExecuteContainer(PickleOpcode opcode)
    {
        switch (opcode)
        {
            case PickleOpcode.EmptyList:
                Push(CheckpointValue.Of(CheckpointValueKind.List, []));
                break;
            case PickleOpcode.List:
                Push(CheckpointValue.Of(CheckpointValueKind.List, PopToMark()));
                break;
            case PickleOpcode.EmptyTuple:
                Push(CheckpointValue.Of(CheckpointValueKind.Tuple, []));
                break;
            case PickleOpcode.Tuple:
                Push(CheckpointValue.Of(CheckpointValueKind.Tuple, PopToMark()));
                break;
            case PickleOpcode.Tuple1 or PickleOpcode.Tuple2 or PickleOpcode.Tuple3:
                Push(CheckpointValue.Of(CheckpointValueKind.Tuple, PopLast(opcode - PickleOpcode.Tuple1 + 1)));
                break;
            case PickleOpcode.EmptySet:
                Push(CheckpointValue.Of(CheckpointValueKind.Set, []));
                break;
            case PickleOpcode.FrozenSet:
                Push(_construction.Set(PopToMark()));
                break;
            case PickleOpcode.EmptyDictionary:
                Push(CheckpointValue.Of(new CheckpointDictionary("dict")));
                break;
            case PickleOpcode.Dictionary:
                List<CheckpointValue> content = PopToMark();
                Push(CheckpointValue.Of(new CheckpointDictionary("dict")));
                SetItems(content);
                break;
            case PickleOpcode.Append:
                CheckpointValue item = Pop();
                Elements(Peek(), CheckpointValueKind.List).Add(item);
                break;
            case PickleOpcode.Appends:
                List<CheckpointValue> items = PopToMark();
                Elements(Peek(), CheckpointValueKind.List).AddRange(items);
                break;
            case PickleOpcode.AddItems:
                List<CheckpointValue> members = PopToMark();
                Elements(Peek(), CheckpointValueKind.Set).AddRange(members.Select(_construction.RequireKey));
                break;
            case PickleOpcode.SetItem:
                SetItems(PopLast(2));
                break;
            case PickleOpcode.SetItems:
                SetItems(PopToMark());
                break;
            default:
                ExecuteReference(opcode);
                break;
        }
    }

    private void ExecuteReference(PickleOpcode opcode)
    {
        switch (opcode)
        {
            case PickleOpcode.BinaryGet:
                Push(Recall(input.ReadByte()));
                break;
            case PickleOpcode.LongBinaryGet:
                Push(Recall((uint)input.ReadInt32()));
                break;
            case PickleOpcode.BinaryPut:
                _memo[input.ReadByte()] = Peek();
                break;
            case PickleOpcode.LongBinaryPut:
                _memo[(uint)input.ReadInt32()] = Peek();
                break;
            case PickleOpcode.Memoize:
                _memo[(uint)_memo.Count] = Peek();
                break;
            case PickleOpcode.Global:
                string module = input.ReadLine();
                Push(PickleGlobal.Resolve(input, module, input.ReadLine(), isScript));
                break;
            case PickleOpcode.StackGlobal:
                List<CheckpointValue> names = PopLast(2);
                Push(PickleGlobal.Resolve(
                    input,
                    names[0].AsString() ?? throw input.Corrupt("The name of a class is no text."),
                    names[1].AsString() ?? throw input.Corrupt("The name of a class is no text."),
                    isScript));
                break;
            case PickleOpcode.Instance:
                string instanceModule = input.ReadLine();
                CheckpointValue instanceClass = PickleGlobal.Resolve(input, instanceModule, input.ReadLine(), isScript);
                Push(_construction.Call(instanceClass, PopToMark(), Owner()));
                break;
            case PickleOpcode.Object:
                List<CheckpointValue> parts = PopToMark();
                Push(parts.Count > 0 ? _construction.Call(parts[0], parts[1..], Owner()) : throw input.Corrupt("An object has no class."));
                break;
            case PickleOpcode.Reduce or PickleOpcode.NewObject:
                List<CheckpointValue> call = PopLast(2);
                Push(_construction.Call(call[0], Elements(call[1], CheckpointValueKind.Tuple), Owner()));
                break;
            case PickleOpcode.Build:
                CheckpointValue state = Pop();
                _construction.Build(Peek(), state);
                break;
            case PickleOpcode.PersistentId:
                Push(_construction.Storage(Pop()));
                break;
            case PickleOpcode.Extension1 or PickleOpcode.Extension2 or PickleOpcode.Extension4:
                throw input.Error(
                    CheckpointErrorKind.UnsafeGlobal,
                    "It names a class by a number of Python's extension registry, which no checkpoint does.");
            default:
                throw input.Corrupt($"The operation 0x{(byte)opcode:x2} is no part of a checkpoint.");
        }
    }

    private void Push(CheckpointValue value)
    {
        CountValue();
        _stack.Add(value);
    }

    private void CountValue()
    {
        if (++_values > ValueLimit)
        {
            throw input.Error(CheckpointErrorKind.TooLarge, $"It makes more than {ValueLimit} values.");
        }
    }

    private void PushInteger(int length)
    {
        if (length < 0)
        {
            throw input.Corrupt($"An integer claims {length} bytes.");
        }

        if (length > IntegerBytesLimit && length <= input.Remaining)
        {
            throw input.Error(CheckpointErrorKind.TooLarge, $"An integer has {length} bytes; {IntegerBytesLimit} are allowed.");
        }

        Push(CheckpointValue.Of(new BigInteger(input.ReadBytes((ulong)length))));
    }

    private CheckpointValue Recall(uint index) => _memo.TryGetValue(index, out CheckpointValue? value)
        ? value
        : throw input.Corrupt($"It recalls value {index}, which was never stored.");

    /// <summary>The stack below the last mark belongs to the values before it.</summary>
    private int Floor => _marks.TryPeek(out int mark) ? mark : 0;

    private CheckpointValue Peek() => _stack.Count > Floor
        ? _stack[^1]
        : throw input.Corrupt("An operation needs a value where there is none.");

    private CheckpointValue Pop()
    {
        CheckpointValue value = Peek();
        _stack.RemoveAt(_stack.Count - 1);
        return value;
    }

    private List<CheckpointValue> PopLast(int count)
    {
        if (_stack.Count - count < Floor)
        {
            throw input.Corrupt($"An operation needs {count} values where there are {_stack.Count - Floor}.");
        }

        List<CheckpointValue> values = _stack.GetRange(_stack.Count - count, count);
        _stack.RemoveRange(_stack.Count - count, count);
        return values;
    }

    private List<CheckpointValue> PopToMark() => _marks.TryPop(out int mark)
        ? PopLast(_stack.Count - mark)
        : throw input.Corrupt("An operation needs a mark where there is none.");

    private List<CheckpointValue> Elements(CheckpointValue value, CheckpointValueKind kind) => value.Kind == kind
        ? value.Elements!
        : throw input.Corrupt($"A {kind} is expected; a {value.Kind} was found.");

    private void SetItems(List<CheckpointValue> content)
    {
        CheckpointDictionary dictionary = Peek().Dictionary ?? throw input.Corrupt("Items are set on a value that is no dictionary.");
        if (content.Count % 2 != 0)
        {
            throw input.Corrupt("A dictionary has a key without a value.");
        }

        for (int i = 0; i < content.Count; i += 2)
        {
            dictionary.Set(_construction.RequireKey(content[i]), content[i + 1]);
        }
    }

    /// <summary>The text below the value that is being made, most often the tensor's name; for error messages.</summary>
    private string? Owner() => _stack.Count > 0 ? _stack[^1].AsString() : null;
}
