using System.Text;
using System.Text.Json;

namespace TransferLearning.Tests;

/// <summary>Tokenizer files small enough to be written by the tests themselves.</summary>
internal static class TinyTokenizers
{
    public static readonly string[] Words =
    [
        "[PAD]",
        "[UNK]",
        "[CLS]",
        "[SEP]",
        "[MASK]",
        "the",
        "play",
        "##ing",
        "##ed",
        "un",
        "##play",
        "cafe",
        "!",
        ",",
        "'",
        "t",
        "don",
        "##s",
        "a",
        "我",
    ];

    public static string WordPiece(TemporaryFolder folder, params string[] more)
    {
        File.WriteAllLines(folder.File("vocab.txt"), [.. Words, .. more]);
        return folder.File("vocab.txt");
    }

    /// <summary>All 256 byte letters, some merges, and special tokens before them.</summary>
    public static (string Vocabulary, string Merges) BytePair(TemporaryFolder folder, params string[] special)
    {
        List<string> tokens = [.. special];
        for (int value = 0; value < 256; value++)
        {
            tokens.Add(ByteLetters.LetterOf((byte)value).ToString());
        }

        string[] merges = ["h e", "l l", "he ll", "hell o", "Ġ w", "o r", "Ġw or", "l d", "Ġwor ld"];
        tokens.AddRange(merges.Select(merge => merge.Replace(" ", string.Empty, StringComparison.Ordinal)));
        File.WriteAllText(
            folder.File("vocab.json"),
            JsonSerializer.Serialize(tokens.Select((token, id) => (token, id)).ToDictionary(pair => pair.token, pair => pair.id)));
        File.WriteAllLines(folder.File("merges.txt"), ["#version: 0.2", .. merges]);
        return (folder.File("vocab.json"), folder.File("merges.txt"));
    }

    public static byte[] PieceModel(
        bool bytePair, bool byteFallback = false, bool squeeze = true, params (string Piece, float Score)[] pieces)
    {
        List<byte> model = [];
        Piece(model, "<unk>", 0, 2);
        Piece(model, "<s>", 0, 3);
        Piece(model, "</s>", 0, 3);
        for (int value = 0; byteFallback && value < 256; value++)
        {
            Piece(model, $"<0x{value:X2}>", 0, 6);
        }

        foreach ((string piece, float score) in pieces)
        {
            Piece(model, piece, score, 1);
        }

        List<byte> trainer = [3 << 3, (byte)(bytePair ? 2 : 1), (35 << 3 & 0x7F) | 0x80, 35 >> 4, (byte)(byteFallback ? 1 : 0)];
        Message(model, 2, trainer);
        Message(model, 3, [3 << 3, 1, 4 << 3, (byte)(squeeze ? 1 : 0), 5 << 3, 1]);
        return [.. model];
    }

    public static readonly (string, float)[] Pieces =
    [
        ("▁", -4), ("▁he", -3), ("llo", -3), ("▁hello", -5), ("▁wor", -4), ("ld", -3), ("l", -6), ("o", -6), ("h", -6), ("e", -6),
        ("w", -7), ("r", -7), ("d", -7), ("he", -5), ("ll", -5.5f),
    ];

    private static void Piece(List<byte> model, string piece, float score, byte kind)
    {
        byte[] text = Encoding.UTF8.GetBytes(piece);
        Message(model, 1, [(1 << 3) | 2, (byte)text.Length, .. text, (2 << 3) | 5, .. BitConverter.GetBytes(score), 3 << 3, kind]);
    }

    private static void Message(List<byte> model, int field, List<byte> content)
    {
        model.Add((byte)((field << 3) | 2));
        model.Add((byte)content.Count);
        model.AddRange(content);
    }
}
