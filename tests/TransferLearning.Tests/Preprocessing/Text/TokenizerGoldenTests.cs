using System.Text.Json;

namespace TransferLearning.Tests;

/// <summary>The tokens of the reference implementations, on real vocabularies.</summary>
[Trait("Category", "Parity")]
public sealed class TokenizerGoldenTests
{
    [Fact]
    public void WordPiece_gives_the_tokens_of_the_reference()
        => AllEqual("golden_wordpiece.json", WordPieceTokenizer.FromVocabulary(SharedData.Path("text/bert-base-uncased-vocab.txt")));

    [Fact]
    public void Byte_level_pairs_give_the_tokens_of_the_reference_and_the_text_back()
    {
        BytePairTokenizer tokenizer = BytePairTokenizer.FromFiles(
            SharedData.Path("text/gpt2-encoder.json"), SharedData.Path("text/gpt2-vocab.bpe"));
        AllEqual("golden_gpt2_bpe.json", tokenizer);
        foreach (JsonElement entry in Entries("golden_gpt2_bpe.json"))
        {
            string text = entry.GetProperty("text").GetString()!;
            Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text).Ids));
        }
    }

    [Fact]
    public void SentencePiece_gives_the_tokens_and_the_text_of_the_reference()
    {
        SentencePieceTokenizer tokenizer = SentencePieceTokenizer.FromModel(SharedData.Path("text/sentencepiece_test.model"));
        AllEqual("golden_sentencepiece.json", tokenizer);
        foreach (JsonElement entry in Entries("golden_sentencepiece.json"))
        {
            int[] ids = [.. entry.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32())];
            Assert.Equal(entry.GetProperty("decoded").GetString(), tokenizer.Decode(ids));
        }
    }

    private static void AllEqual(string golden, TextTokenizer tokenizer)
    {
        List<string> wrong = [];
        int count = 0;
        foreach (JsonElement entry in Entries(golden))
        {
            string text = entry.GetProperty("text").GetString()!;
            string expected = string.Join(' ', entry.GetProperty("ids").EnumerateArray());
            EncodedText encoded = tokenizer.Encode(text, options: new TextEncodingOptions { Truncation = TextTruncation.None });
            TokenizerProperties.Hold(tokenizer, text, encoded);
            string found = string.Join(' ', encoded.Ids);
            if (found != expected)
            {
                wrong.Add($"{text}\n  expected {expected}\n  found    {found}");
            }

            count++;
        }

        Assert.True(wrong.Count == 0, $"{wrong.Count} of {count} differ:\n{string.Join('\n', wrong)}");
        Assert.NotEqual(0, count);
    }

    private static List<JsonElement> Entries(string golden)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(SharedData.Path($"text/{golden}")));
        return [.. document.RootElement.GetProperty("entries").EnumerateArray().Select(entry => entry.Clone())];
    }
}
