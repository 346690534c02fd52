namespace TransferLearning;

/// <summary>A way to cut a normalised text into SentencePiece pieces.</summary>
internal interface IPieceSearch
{
    /// <summary>The pieces of a text, from left to right; what no piece spells is the unknown piece, character by character.</summary>
    List<PieceSpan> Search(ReadOnlySpan<byte> text);
}
