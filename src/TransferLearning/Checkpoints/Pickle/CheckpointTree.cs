namespace TransferLearning;

/// <summary>Makes sure that whoever walks a tree of values comes to an end: no cycle, bounded depth, and a bounded number of values even
/// when a container that is referred to many times is walked each time.</summary>
internal static class CheckpointTree
{
    private const int DepthLimit = 100;
    private const long WalkLimit = 1 << 24;

    public static void Check(CheckpointValue root, PickleInput input)
    {
        // Number of values and depth below each finished container; null while it is being walked.
        Dictionary<CheckpointValue, (long Count, int Depth)?> known = new(ReferenceEqualityComparer.Instance);
        Stack<Frame> path = new();
        (long Count, int Depth) last = Enter(root);
        while (path.TryPeek(out Frame? frame))
        {
            if (frame.Next == frame.Children.Count)
            {
                path.Pop();
                last = (frame.Count, frame.Depth);
                known[frame.Value] = last;
                if (path.TryPeek(out Frame? parent))
                {
                    Add(parent, last);
                }

                continue;
            }

            CheckpointValue child = frame.Children[frame.Next++];
            int before = path.Count;
            last = Enter(child);
            if (path.Count == before)
            {
                Add(frame, last);
            }
        }

        (long Count, int Depth) Enter(CheckpointValue value)
        {
            if (value.Kind == CheckpointValueKind.Grammar)
            {
                throw input.Corrupt("A class or a storage stands where a value should be.");
            }

            List<CheckpointValue>? children = value.Elements
                ?? value.Dictionary?.Pairs.SelectMany(pair => new[] { pair.Key, pair.Value }).ToList();
            if (children is null)
            {
                return (1, 0);
            }

            if (known.TryGetValue(value, out (long Count, int Depth)? seen))
            {
                return seen ?? throw input.Error(CheckpointErrorKind.Cyclic, "A container holds itself.");
            }

            if (path.Count == DepthLimit)
            {
                throw input.Error(CheckpointErrorKind.TooDeep, $"Values are nested deeper than {DepthLimit}.");
            }

            known.Add(value, null);
            path.Push(new Frame(value, children));
            return default;
        }

        void Add(Frame frame, (long Count, int Depth) child)
        {
            frame.Count += child.Count;
            frame.Depth = Math.Max(frame.Depth, child.Depth + 1);
            if (frame.Count > WalkLimit || frame.Depth > DepthLimit)
            {
                throw input.Error(
                    frame.Count > WalkLimit ? CheckpointErrorKind.TooLarge : CheckpointErrorKind.TooDeep,
                    $"Containers that refer to each other stand for more than {WalkLimit} values or {DepthLimit} levels.");
            }
        }
    }

    private sealed class Frame(CheckpointValue value, List<CheckpointValue> children)
    {
        public CheckpointValue Value { get; } = value;
        public List<CheckpointValue> Children { get; } = children;
        public int Next { get; set; }
        public long Count { get; set; } = 1;
        public int Depth { get; set; }
    }
}
