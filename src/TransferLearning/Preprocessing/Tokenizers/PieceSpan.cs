namespace TransferLearning;

/// <summary>A piece and the number of bytes of the normalised text that it covers.</summary>
internal readonly record struct PieceSpan(int Piece, int Length);
