using System.Text;

namespace TransferLearning.Tests;

/// <summary>What holds for every tokenizer and every text.</summary>
internal static class TokenizerProperties
{
    public static void Hold(TextTokenizer tokenizer, string text, EncodedText encoded)
    {
        int previous = 0;
        for (int i = 0; i < encoded.Length; i++)
        {
            (int start, int length) = encoded.Offsets[i];
            Assert.InRange(encoded.Ids[i], 0, tokenizer.VocabularySize - 1);
            if (encoded.SpecialTokens[i])
            {
                Assert.Equal((0, 0), (start, length));
                Assert.Equal((-1, -1), (encoded.WordIndices[i], encoded.SequenceIndices[i]));
                continue;
            }

            Assert.True(
                start >= previous && length >= 0 && start + length <= text.Length,
                $"token {i} at {start}, {length} after {previous} in {text.Length}: {text}");
            Assert.True(encoded.WordIndices[i] >= 0);
            previous = start;
        }

        StreamingDecoder streaming = new(tokenizer);
        StringBuilder parts = new();
        foreach (int id in encoded.Ids)
        {
            parts.Append(streaming.Append(id));
        }

        parts.Append(streaming.Finish());
        Assert.Equal(tokenizer.Decode(encoded.Ids), parts.ToString());
    }
}
