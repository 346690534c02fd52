using System.Text.Json;

namespace TransferLearning.Tests;

/// <summary>Models of every kind against sentencepiece itself; the folder's generate.py made both.</summary>
public sealed class SentencePieceGoldenTests
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Fixtures", "Text");

    [Theory]
    [InlineData("bpe")]
    [InlineData("unigram")]
    [InlineData("unigram_unknown")]
    [InlineData("unigram_suffix")]
    public void Tokens_and_text_equal_the_reference(string model)
    {
        SentencePieceTokenizer tokenizer = SentencePieceTokenizer.FromModel(Path.Combine(Folder, model + ".model"));
        using JsonDocument golden = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "golden.json")));
        foreach (JsonElement entry in golden.RootElement.EnumerateArray())
        {
            string text = entry.GetProperty("text").GetString()!;
            int[] expected = [.. entry.GetProperty(model).EnumerateArray().Select(id => id.GetInt32())];
            EncodedText encoded = tokenizer.Encode(text);
            Assert.Equal(expected, encoded.Ids);
            Assert.Equal(entry.GetProperty("decoded").GetProperty(model).GetString(), tokenizer.Decode(expected));
            TokenizerProperties.Hold(tokenizer, text, encoded);
        }
    }
}
