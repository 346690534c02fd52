using System.Text;
using PackageOptions = Microsoft.ML.Tokenizers.BpeOptions;
using PackageTokenizer = Microsoft.ML.Tokenizers.BpeTokenizer;

namespace TransferLearning.Tests;

public sealed class TokenizerRobustnessTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Any_text_has_tokens_whose_places_lie_in_it()
    {
        (string vocabulary, string merges) = TinyTokenizers.BytePair(_folder, "<|endoftext|>");
        File.WriteAllBytes(_folder.File("a.model"), TinyTokenizers.PieceModel(bytePair: false, pieces: TinyTokenizers.Pieces));
        File.WriteAllBytes(
            _folder.File("b.model"), TinyTokenizers.PieceModel(bytePair: true, byteFallback: true, squeeze: false, TinyTokenizers.Pieces));
        BytePairTokenizer bytes = BytePairTokenizer.FromFiles(vocabulary, merges);
        TextTokenizer[] tokenizers =
        [
            WordPieceTokenizer.FromVocabulary(TinyTokenizers.WordPiece(_folder)),
            WordPieceTokenizer.FromVocabulary(TinyTokenizers.WordPiece(_folder), lowerCase: false),
            bytes,
            SentencePieceTokenizer.FromModel(_folder.File("a.model")),
            SentencePieceTokenizer.FromModel(_folder.File("b.model")),
        ];
        SeededRandom random = new(7, 0, 0);
        for (int i = 0; i < 400; i++)
        {
            string text = Noise(random, valid: i % 4 != 0);
            foreach (TextTokenizer tokenizer in tokenizers)
            {
                TokenizerProperties.Hold(tokenizer, text, tokenizer.Encode(text));
            }

            if (i % 4 != 0)
            {
                Assert.Equal(text, bytes.Decode(bytes.Encode(text).Ids, skipSpecialTokens: false));
            }
        }
    }

    [Fact]
    public void Real_vocabularies_hold_for_any_text()
    {
        TextTokenizer[] tokenizers =
        [
            WordPieceTokenizer.FromVocabulary(SharedData.Path("text/bert-base-uncased-vocab.txt")),
            BytePairTokenizer.FromFiles(SharedData.Path("text/gpt2-encoder.json"), SharedData.Path("text/gpt2-vocab.bpe")),
            SentencePieceTokenizer.FromModel(SharedData.Path("text/sentencepiece_test.model")),
        ];
        SeededRandom random = new(8, 0, 0);
        for (int i = 0; i < 300; i++)
        {
            string text = Noise(random, valid: true);
            foreach (TextTokenizer tokenizer in tokenizers)
            {
                TokenizerProperties.Hold(
                    tokenizer, text, tokenizer.Encode(text, options: new TextEncodingOptions { Truncation = TextTruncation.None }));
            }

            Assert.Equal(text, tokenizers[1].Decode(tokenizers[1].Encode(text).Ids));
        }
    }

    [Fact]
    public void Merging_equals_that_of_the_package()
    {
        (string vocabulary, string merges) = (SharedData.Path("text/gpt2-encoder.json"), SharedData.Path("text/gpt2-vocab.bpe"));
        PackageTokenizer package = PackageTokenizer.Create(
            new PackageOptions(vocabulary, merges) { ByteLevel = true, PreTokenizer = null });
        BytePairTokenizer own = BytePairTokenizer.FromFiles(vocabulary, merges);
        SeededRandom random = new(9, 0, 0);
        for (int i = 0; i < 500; i++)
        {
            StringBuilder word = new();
            for (int length = 1 + random.NextInt32(60); length > 0; length--)
            {
                word.Append("etaoinshrdluéß"[random.NextInt32(14)]);
            }

            Assert.Equal(
                package.EncodeToIds(word.ToString(), considerPreTokenization: false, considerNormalization: false),
                own.Encode(word.ToString()).Ids);
        }
    }

    [Fact]
    public void A_long_text_without_a_space_is_no_trap()
    {
        (string vocabulary, string merges) = TinyTokenizers.BytePair(_folder, "<|endoftext|>");
        File.WriteAllBytes(_folder.File("a.model"), TinyTokenizers.PieceModel(bytePair: false, pieces: TinyTokenizers.Pieces));
        File.WriteAllBytes(_folder.File("b.model"), TinyTokenizers.PieceModel(bytePair: true, pieces: TinyTokenizers.Pieces));
        string text = string.Concat(Enumerable.Repeat("hello", 40_000));
        Assert.Equal(40_000, BytePairTokenizer.FromFiles(vocabulary, merges).Encode(text).Length);
        Assert.InRange(SentencePieceTokenizer.FromModel(_folder.File("a.model")).Encode(text).Length, 40_000, 200_000);
        Assert.InRange(SentencePieceTokenizer.FromModel(_folder.File("b.model")).Encode(text).Length, 40_000, 200_000);
        Assert.Equal([2, 1, 3], WordPieceTokenizer.FromVocabulary(TinyTokenizers.WordPiece(_folder)).Encode(text).Ids);
    }

    [Fact]
    public void One_tokenizer_serves_several_threads()
    {
        (string vocabulary, string merges) = TinyTokenizers.BytePair(_folder, "<|endoftext|>");
        TextTokenizer[] tokenizers =
        [
            BytePairTokenizer.FromFiles(vocabulary, merges),
            WordPieceTokenizer.FromVocabulary(TinyTokenizers.WordPiece(_folder)),
        ];
        string[] texts = [.. Enumerable.Range(0, 200).Select(i => $"hello world {i} playing the café {i * i}")];
        foreach (TextTokenizer tokenizer in tokenizers)
        {
            int[][] expected = [.. texts.Select(text => tokenizer.Encode(text).Ids)];
            Parallel.For(0, 2000, i => Assert.Equal(expected[i % 200], tokenizer.Encode(texts[i % 200]).Ids));
        }
    }

    private static string Noise(SeededRandom random, bool valid)
    {
        StringBuilder text = new();
        for (int length = random.NextInt32(60); length > 0; length--)
        {
            int code = random.NextInt32(7) switch
            {
                0 => random.NextInt32(0x80),
                1 => ' ',
                2 => 'a' + random.NextInt32(26),
                3 => random.NextInt32(0x800),
                4 => random.NextInt32(0x10000),
                5 => 0x1F300 + random.NextInt32(0x400),
                _ => random.NextInt32(0x110000),
            };
            if (code is < 0xD800 or > 0xDFFF)
            {
                text.Append(new Rune(code).ToString());
            }
            else if (!valid)
            {
                text.Append((char)code);
            }
        }

        return text.ToString();
    }
}
