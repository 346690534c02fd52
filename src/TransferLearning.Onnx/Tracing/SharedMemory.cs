namespace TransferLearning.Onnx;

/// <summary>
/// Refuses what a recording does not show: a tensor that is changed in place, and another one that looks into the same memory and is used
/// afterwards. In a graph that one would still be what it was.
/// </summary>
internal static class SharedMemory
{
    private static readonly HashSet<string> Views =
    [
        "view", "view_as", "reshape", "flatten", "unflatten", "unsqueeze", "squeeze", "permute", "transpose", "t", "expand", "expand_as",
        "broadcast_to", "narrow", "slice", "select", "chunk", "split", "split_with_sizes", "unbind", "detach", "alias", "ListUnpack",
    ];

    /// <summary>Checks a recording.</summary>
    /// <exception cref="NotSupportedException">There is such a tensor.</exception>
    public static void Require(Recording recording)
    {
        Dictionary<long, long> memories = [];
        Dictionary<long, int> made = [];
        Dictionary<long, int> changed = [];
        for (int place = 0; place < recording.Nodes.Count; place++)
        {
            RecordedNode node = recording.Nodes[place];
            string kind = node.Kind[(node.Kind.LastIndexOf(':') + 1)..];
            bool isInPlace = kind.EndsWith('_');
            foreach (long input in node.Inputs)
            {
                if (memories.TryGetValue(input, out long memory) && changed.TryGetValue(memory, out int when)
                    && made.GetValueOrDefault(input) < when)
                {
                    throw new NotSupportedException(
                        $"The network changes a tensor in place ({recording.Nodes[when].Kind}) and uses another one afterwards that looks "
                            + $"into the same memory ({kind}): a graph cannot say that. Let the network write into a new tensor.");
                }
            }

            foreach (RecordedValue output in node.Outputs)
            {
                made[output.Number] = place;
                memories[output.Number] = node.Inputs.Count > 0 && (isInPlace || Views.Contains(kind))
                    ? memories.GetValueOrDefault(node.Inputs[0], node.Inputs[0])
                    : output.Number;
            }

            if (isInPlace)
            {
                changed[memories[node.Outputs[0].Number]] = place;
            }
        }
    }
}
