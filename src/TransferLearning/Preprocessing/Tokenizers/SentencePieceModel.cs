namespace TransferLearning;

/// <summary>What a SentencePiece model file holds (google/sentencepiece, sentencepiece_model.proto), as far as encoding needs it.</summary>
internal sealed record SentencePieceModel(string Source, IReadOnlyList<SentencePieceModel.Entry> Pieces)
{
    /// <summary>The most characters of a piece. No published model comes near: a bound on the time that a hostile one can take.</summary>
    public const int LongestPiece = 256;

    private const int MostPieces = 1 << 21;

    /// <summary>A piece, its score and its kind.</summary>
    internal readonly record struct Entry(string Piece, double Score, PieceKind Kind);

    /// <summary>Whether neighbours merge by score; else the most probable pieces are searched.</summary>
    public bool IsBytePair { get; init; }

    public bool ByteFallback { get; init; }
    public bool SpaceAsSuffix { get; init; }
    public string UnknownSurface { get; init; } = " \u2047 ";
    public byte[] CharsMap { get; init; } = [];
    public bool AddDummyPrefix { get; init; } = true;
    public bool RemoveExtraSpaces { get; init; } = true;
    public bool EscapeSpaces { get; init; } = true;
    public int BeginId { get; init; } = 1;
    public int EndId { get; init; } = 2;
    public int PadId { get; init; } = -1;

    public static SentencePieceModel Read(string path)
    {
        byte[] bytes = TokenizerFile.Bytes(path);
        try
        {
            return Parse(path, bytes);
        }
        catch (Exception error) when (error is InvalidDataException or ArgumentException)
        {
            throw TokenizerException.Damaged(path, $"is not a SentencePiece model: {error.Message}", error);
        }
    }

    private static SentencePieceModel Parse(string path, ReadOnlySpan<byte> bytes)
    {
        List<Entry> pieces = [];
        SentencePieceModel model = new(path, pieces);
        ProtobufReader reader = new(bytes);
        while (reader.Next())
        {
            if (reader.Field == 1)
            {
                pieces.Add(Piece(reader.Bytes, pieces.Count));
            }
            else if (reader.Field == 2)
            {
                model = TrainerSpec(model, reader.Bytes);
            }
            else if (reader.Field == 3)
            {
                model = NormalizerSpec(model, reader.Bytes);
            }
        }

        int unknown = pieces.Count(piece => piece.Kind == PieceKind.Unknown);
        return unknown == 1
            ? model
            : throw new InvalidDataException($"it has {pieces.Count} pieces and {unknown} unknown pieces, where one is expected");
    }

    private static Entry Piece(ReadOnlySpan<byte> message, int count)
    {
        Entry entry = new(string.Empty, 0, PieceKind.Normal);
        ProtobufReader reader = new(message);
        while (reader.Next())
        {
            entry = reader.Field switch
            {
                1 => entry with { Piece = Encoding.UTF8.GetString(reader.Bytes) },
                2 => entry with { Score = reader.Single },
                3 => entry with { Kind = (PieceKind)reader.Number },
                _ => entry,
            };
        }

        bool good = entry.Piece.Length is > 0 and <= LongestPiece && Enum.IsDefined(entry.Kind) && double.IsFinite(entry.Score);
        return good && count < MostPieces
            ? entry
            : throw new InvalidDataException(
                $"piece {count} has {entry.Piece.Length} characters, the kind {(int)entry.Kind} and the score {entry.Score}");
    }

    private static SentencePieceModel TrainerSpec(SentencePieceModel model, ReadOnlySpan<byte> message)
    {
        ProtobufReader reader = new(message);
        while (reader.Next())
        {
            model = reader.Field switch
            {
                3 when reader.Number is 1 or 2 => model with { IsBytePair = reader.Number == 2 },
                3 => throw TokenizerException.Unsupported(
                    model.Source, $"it is a SentencePiece model of type {reader.Number} (3 is words, 4 is characters)"),
                24 => model with { SpaceAsSuffix = reader.Flag },
                35 => model with { ByteFallback = reader.Flag },
                41 => model with { BeginId = (int)reader.Number },
                42 => model with { EndId = (int)reader.Number },
                43 => model with { PadId = (int)reader.Number },
                44 => model with { UnknownSurface = Encoding.UTF8.GetString(reader.Bytes) },
                _ => model,
            };
        }

        return model;
    }

    private static SentencePieceModel NormalizerSpec(SentencePieceModel model, ReadOnlySpan<byte> message)
    {
        ProtobufReader reader = new(message);
        while (reader.Next())
        {
            model = reader.Field switch
            {
                2 => model with { CharsMap = reader.Bytes.ToArray() },
                3 => model with { AddDummyPrefix = reader.Flag },
                4 => model with { RemoveExtraSpaces = reader.Flag },
                5 => model with { EscapeSpaces = reader.Flag },
                _ => model,
            };
        }

        return model;
    }
}
