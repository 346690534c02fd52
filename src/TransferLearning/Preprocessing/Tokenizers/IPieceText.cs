namespace TransferLearning;

/// <summary>What is done to a text before SentencePiece pieces are looked for in it.</summary>
internal interface IPieceText
{
    /// <summary>A stretch of a text as it is before added tokens of the normalized text are looked for.</summary>
    AlignedText Normalize(string text, int start, int end);

    /// <summary>The UTF-8 bytes of a part of such a stretch, with spaces as <c>▁</c>.</summary>
    /// <param name="text">The stretch.</param>
    /// <param name="from">The first character of the part.</param>
    /// <param name="to">One past its last character.</param>
    /// <param name="isFirst">Whether the part begins the text.</param>
    /// <param name="ends">Takes the places that no piece may reach across, the end of the bytes among them.</param>
    AlignedBytes Bytes(AlignedText text, int from, int to, bool isFirst, List<int> ends);
}
