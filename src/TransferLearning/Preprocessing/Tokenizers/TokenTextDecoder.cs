namespace TransferLearning;

/// <summary>Turns tokens back into text, one after the other; text that later tokens may still change is held back.</summary>
internal abstract class TokenTextDecoder
{
    public abstract void Append(int id, string token, StringBuilder text);

    /// <summary>A token that was added to the vocabulary: its content is the text.</summary>
    public abstract void AppendAdded(string content, StringBuilder text);

    /// <summary>Gives out what was held back.</summary>
    public abstract void Finish(StringBuilder text);
}
