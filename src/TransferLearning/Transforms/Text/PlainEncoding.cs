namespace TransferLearning;

/// <summary>Texts or blocks of tokens as they are, for language models that foretell the next token.</summary>
internal sealed class PlainEncoding(TextTokenizer tokenizer, int maximumLength, bool refuseLonger) : TextEncoding(tokenizer, maximumLength, refuseLonger)
{
    public override TextExample Apply(Sample sample, ref SeededRandom random) => new(sample.Content switch
    {
        TextContent content => Counted(Tokenizer.Encode(content.Text, content.Pair, Options())),
        TokenContent tokens => Counted(Whole(tokens.Ids)),
        _ => throw WrongContent(sample, $"{nameof(TextContent)} or {nameof(TokenContent)}"),
    });
}
