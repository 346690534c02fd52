namespace TransferLearning.Tests;

public sealed class TextTokenizerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_text_becomes_pieces_with_offsets_words_and_special_tokens()
    {
        TextTokenizer tokenizer = WordPieceTokenizer.FromVocabulary(TinyTokenizers.WordPiece(_folder));
        EncodedText encoded = tokenizer.Encode("The  Playing CAFÉ!");
        Assert.Equal([2, 5, 6, 7, 11, 12, 3], encoded.Ids);
        Assert.Equal([(0, 0), (0, 3), (5, 4), (9, 3), (13, 4), (17, 1), (0, 0)], encoded.Offsets);
        Assert.Equal([-1, 0, 1, 1, 2, 3, -1], encoded.WordIndices);
        Assert.Equal([-1, 0, 0, 0, 0, 0, -1], encoded.SequenceIndices);
        Assert.Equal([true, false, false, false, false, false, true], encoded.SpecialTokens);
        Assert.Equal(0, encoded.TruncatedTokens);
        Assert.Equal((0, 1, 2, 3, 4), (tokenizer.PadId, tokenizer.UnknownId, tokenizer.ClassId, tokenizer.SeparatorId, tokenizer.MaskId));
    }

    [Fact]
    public void Offsets_span_decomposed_accents_and_a_word_that_is_unknown()
    {
        TextTokenizer tokenizer = WordPieceTokenizer.FromVocabulary(TinyTokenizers.WordPiece(_folder));
        string text = "cafe\u0301 zzz 我们";
        EncodedText encoded = tokenizer.Encode(text, options: new TextEncodingOptions { AddSpecialTokens = false });
        Assert.Equal([11, 1, 19, 1], encoded.Ids);
        Assert.Equal([(0, 4), (6, 3), (10, 1), (11, 1)], encoded.Offsets);
    }

    [Fact]
    public void A_pair_gets_the_second_type_and_its_own_offsets()
    {
        TextTokenizer tokenizer = WordPieceTokenizer.FromVocabulary(TinyTokenizers.WordPiece(_folder));
        EncodedText encoded = tokenizer.Encode("the play", "a cafe!");
        Assert.Equal([2, 5, 6, 3, 18, 11, 12, 3], encoded.Ids);
        Assert.Equal([0, 0, 0, 0, 1, 1, 1, 1], encoded.TypeIds);
        Assert.Equal([-1, 0, 0, -1, 1, 1, 1, -1], encoded.SequenceIndices);
        Assert.Equal((2, 4), encoded.Offsets[5]);
    }

    [Theory]
    [InlineData(TextTruncation.LongestFirst, 6, 8, 4, 4)]
    [InlineData(TextTruncation.LongestFirst, 8, 6, 4, 4)]
    [InlineData(TextTruncation.LongestFirst, 2, 9, 2, 6)]
    [InlineData(TextTruncation.OnlyFirst, 9, 3, 5, 3)]
    [InlineData(TextTruncation.OnlySecond, 3, 9, 3, 5)]
    [InlineData(TextTruncation.None, 9, 9, 9, 9)]
    public void What_does_not_fit_is_cut_and_counted(TextTruncation truncation, int first, int second, int keptFirst, int keptSecond)
    {
        TextTokenizer tokenizer = WordPieceTokenizer.FromVocabulary(TinyTokenizers.WordPiece(_folder));
        EncodedText encoded = tokenizer.Encode(
            Repeat("the", first), Repeat("play", second), new TextEncodingOptions { MaximumLength = 11, Truncation = truncation });
        Assert.Equal((keptFirst, keptSecond), (encoded.Ids.Count(id => id == 5), encoded.Ids.Count(id => id == 6)));
        Assert.Equal(first + second - keptFirst - keptSecond, encoded.TruncatedTokens);
        Assert.Equal(3, encoded.Ids[^1]);
    }

    [Fact]
    public void A_text_that_is_too_long_is_refused_where_the_caller_says_so()
    {
        TextTokenizer tokenizer = WordPieceTokenizer.FromVocabulary(TinyTokenizers.WordPiece(_folder));
        TokenizerException error = Assert.Throws<TokenizerException>(
            () => tokenizer.Encode(
                "the the the", options: new TextEncodingOptions { MaximumLength = 4, Truncation = TextTruncation.Refuse }));
        Assert.Contains("5 tokens", error.Message, StringComparison.Ordinal);
        Assert.Contains("4", error.Message, StringComparison.Ordinal);
        Assert.Throws<TokenizerException>(
            () => tokenizer.Encode(
                "the", "the the the", new TextEncodingOptions { MaximumLength = 5, Truncation = TextTruncation.OnlyFirst }));
        Assert.Throws<TokenizerException>(() => tokenizer.Encode("the", options: new TextEncodingOptions { MaximumLength = 1 }));
    }

    [Fact]
    public void Special_tokens_written_in_a_text_count_unless_the_caller_forbids_it()
    {
        TextTokenizer tokenizer = WordPieceTokenizer.FromVocabulary(TinyTokenizers.WordPiece(_folder, "[", "]", "mask"));
        Assert.Equal([2, 5, 4, 12, 3], tokenizer.Encode("the [MASK]!").Ids);
        Assert.Equal(
            [2, 5, 20, 22, 21, 12, 3], tokenizer.Encode("the [MASK]!", options: new TextEncodingOptions { ReadSpecialTokens = false }).Ids);
    }

    [Fact]
    public void Words_given_apart_keep_their_places()
    {
        TextTokenizer tokenizer = WordPieceTokenizer.FromVocabulary(TinyTokenizers.WordPiece(_folder));
        EncodedText encoded = tokenizer.EncodeWords(["don't", "unplayed", "", "!"]);
        Assert.Equal([2, 16, 14, 15, 9, 10, 8, 12, 3], encoded.Ids);
        Assert.Equal([-1, 0, 0, 0, 1, 1, 1, 3, -1], encoded.WordIndices);
    }

    [Fact]
    public void Decoding_joins_pieces_and_closes_up_punctuation()
    {
        TextTokenizer tokenizer = WordPieceTokenizer.FromVocabulary(TinyTokenizers.WordPiece(_folder));
        Assert.Equal("the playing, don't!", tokenizer.Decode(tokenizer.Encode("The playing , don't !").Ids));
        Assert.Equal("[CLS] the [SEP]", tokenizer.Decode([2, 5, 3], skipSpecialTokens: false));
        Assert.Throws<ArgumentOutOfRangeException>(() => tokenizer.Decode([99]));
    }

    [Fact]
    public void Gpt2_puts_nothing_around_a_text_and_roberta_its_marks()
    {
        (string vocabulary, string merges) = TinyTokenizers.BytePair(_folder, "<|endoftext|>");
        BytePairTokenizer gpt = BytePairTokenizer.FromFiles(vocabulary, merges);
        Assert.Equal(["hello", "Ġworld", "!"], gpt.Encode("hello world!").Ids.Select(gpt.IdToToken));
        Assert.Equal([(0, 5), (6, 5), (11, 1)], gpt.Encode("hello world!").Offsets);
        Assert.Equal(((int?)0, (int?)0, (int?)null), (gpt.ClassId, gpt.SeparatorId, gpt.PadId));
        (vocabulary, merges) = TinyTokenizers.BytePair(_folder, "<s>", "<pad>", "</s>", "<unk>", "<mask>");
        BytePairTokenizer roberta = BytePairTokenizer.FromFiles(vocabulary, merges);
        Assert.Equal(["<s>", "hello", "</s>", "</s>", "hello", "</s>"], roberta.Encode("hello", "hello").Ids.Select(roberta.IdToToken));
        Assert.All(roberta.Encode("hello", "hello").TypeIds, type => Assert.Equal(0, type));
        Assert.Equal(["<s>", "hello", "<mask>", "</s>"], roberta.Encode("hello <mask>").Ids.Select(roberta.IdToToken));
    }

    [Fact]
    public void Bytes_of_unfinished_characters_wait_for_the_rest()
    {
        (string vocabulary, string merges) = TinyTokenizers.BytePair(_folder, "<|endoftext|>");
        BytePairTokenizer tokenizer = BytePairTokenizer.FromFiles(vocabulary, merges);
        int[] ids = tokenizer.Encode("é😀").Ids;
        Assert.Equal(6, ids.Length);
        StreamingDecoder decoder = new(tokenizer);
        Assert.Equal(["", "é", "", "", "", "😀"], ids.Select(decoder.Append));
        Assert.Equal("", decoder.Append(ids[2]));
        Assert.Equal("\uFFFD", decoder.Finish());
    }

    [Fact]
    public void Unigram_pieces_are_the_most_probable_and_unknown_ones_join()
    {
        SentencePieceTokenizer tokenizer = PieceTokenizer(bytePair: false);
        Assert.Equal(["▁hello", "▁wor", "ld", "<unk>"], tokenizer.Encode("  hello   world日本").Ids.Select(tokenizer.IdToToken));
        Assert.Equal([(2, 5), (10, 3), (13, 2), (15, 2)], tokenizer.Encode("  hello   world日本").Offsets);
        Assert.Equal("hello world \u2047 ", tokenizer.Decode(tokenizer.Encode("  hello   world日本").Ids));
    }

    [Fact]
    public void Merged_pieces_follow_the_scores_and_bytes_spell_the_rest()
    {
        SentencePieceTokenizer tokenizer = PieceTokenizer(bytePair: true, byteFallback: true);
        Assert.Equal(["▁hello", "<0xC3>", "<0xA9>"], tokenizer.Encode("helloé").Ids.Select(tokenizer.IdToToken));
        Assert.Equal("helloé", tokenizer.Decode(tokenizer.Encode("helloé").Ids));
    }

    internal static string Repeat(string word, int count) => string.Join(' ', Enumerable.Repeat(word, count));

    private SentencePieceTokenizer PieceTokenizer(bool bytePair, bool byteFallback = false)
    {
        File.WriteAllBytes(
            _folder.File("m.model"), TinyTokenizers.PieceModel(bytePair, byteFallback, squeeze: true, TinyTokenizers.Pieces));
        return SentencePieceTokenizer.FromModel(_folder.File("m.model"));
    }
}
