namespace TransferLearning;

/// <summary>How special tokens stand around one text and around a pair.</summary>
internal sealed record SpecialTokenLayout(IReadOnlyList<SpecialTokenLayout.Part> Single, IReadOnlyList<SpecialTokenLayout.Part> Pair)
{
    /// <summary>A special token, or (with the sequence 0 or 1) the place of a text.</summary>
    internal readonly record struct Part(int Token, int Sequence, int TypeId)
    {
        public bool IsText => Sequence >= 0;
    }

    public static SpecialTokenLayout None { get; } = new([Text(0)], [Text(0), Text(1)]);

    /// <summary><c>[CLS] a [SEP]</c> and <c>[CLS] a [SEP] b [SEP]</c>, the pair with type 1.</summary>
    public static SpecialTokenLayout ForBert(int start, int end) => new(
        [Special(start), Text(0), Special(end)], [Special(start), Text(0), Special(end), Text(1, 1), Special(end, 1)]);

    /// <summary><c>&lt;s&gt; a &lt;/s&gt;</c> and <c>&lt;s&gt; a &lt;/s&gt;&lt;/s&gt; b &lt;/s&gt;</c>, all of type 0.</summary>
    public static SpecialTokenLayout ForRoberta(int start, int end) => new(
        [Special(start), Text(0), Special(end)], [Special(start), Text(0), Special(end), Special(end), Text(1), Special(end)]);

    /// <summary>T5's <c>a &lt;/s&gt;</c> and <c>a &lt;/s&gt; b &lt;/s&gt;</c>.</summary>
    public static SpecialTokenLayout ForT5(int end) => new([Text(0), Special(end)], [Text(0), Special(end), Text(1), Special(end)]);

    /// <summary>Marian's <c>a &lt;/s&gt;</c> and <c>a b &lt;/s&gt;</c>.</summary>
    public static SpecialTokenLayout ForMarian(int end) => new([Text(0), Special(end)], [Text(0), Text(1), Special(end)]);

    /// <summary>One special token before each text.</summary>
    public static SpecialTokenLayout Before(int start)
        => new([Special(start), Text(0)], [Special(start), Text(0), Special(start), Text(1)]);

    public static Part Text(int sequence, int typeId = 0) => new(-1, sequence, typeId);
    public static Part Special(int token, int typeId = 0) => new(token, -1, typeId);
}
