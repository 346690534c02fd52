namespace TransferLearning;

/// <summary>Which files of a folder of class folders are samples.</summary>
/// <param name="Noun">What to call one in messages.</param>
/// <param name="ExtensionList">The extensions, without dots, separated by a comma and a space.</param>
/// <param name="Example">A path below the folder of the classes.</param>
/// <param name="Opener">The type whose Open takes the folder.</param>
internal sealed record ClassFileKind(string Noun, string ExtensionList, string Example, string Opener)
{
    public static readonly ClassFileKind Sound = new("sound", "wav, wave, flac, ogg, oga, opus, mp3", "bark/1.wav", "AudioFolder");
    public static readonly ClassFileKind Text = new("text", "txt", "sports/1.txt", "TextFolder");

    /// <summary>What a codec decodes.</summary>
    public static ClassFileKind Images(IImageCodec? codec)
        => new("image", string.Join(", ", (codec ?? ImageCodec.Default).Extensions), "cats/1.jpg", "ImageFolder");

    private readonly HashSet<string> _endings =
        new(ExtensionList.Split(", ").Select(extension => "." + extension), StringComparer.OrdinalIgnoreCase);

    /// <summary>The extensions, without dots.</summary>
    public IReadOnlyList<string> Extensions { get; } = ExtensionList.Split(", ");

    public bool Includes(string path) => _endings.Contains(Path.GetExtension(path));
}
