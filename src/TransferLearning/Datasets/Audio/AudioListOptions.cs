namespace TransferLearning;

/// <summary>How a listing of sounds is read, and what is to be learned of each: a class, several labels, a number or a
/// transcript.</summary>
public sealed record AudioListOptions : FileListOptions
{
    /// <summary>The column of the transcript; the targets are then <see cref="TextTarget"/>. Default: null, labels are learned.</summary>
    public string? Text { get; init; }

    internal override string Noun => "sound";

    internal override string? TextColumn => Text;

    private protected override IReadOnlyList<string> UsualPathColumns
        => ["path", "file", "filename", "audio", "audio_filepath", "sound"];

    internal override void Validate()
    {
        base.Validate();
        if (Text is not null && (Target is not null || Label is not null || LabelSeparator is not null || ClassNames is not null))
        {
            throw new ArgumentException(
                $"{nameof(Text)} asks for transcripts, and {nameof(Target)}, {nameof(Label)}, {nameof(LabelSeparator)} or "
                    + $"{nameof(ClassNames)} for others: set one or the other.");
        }
    }
}
