namespace TransferLearning;

/// <summary>
/// Sounds in one folder for each class, in a folder or straight in a zip or tar file. The classes are the names of the folders in ordinal
/// order; the sounds may lie at any depth below them and end in wav, wave, flac, ogg, oga, opus or mp3, in small or capital letters. What a
/// file is, its first bytes say.
/// </summary>
/// <remarks>
/// What is skipped, and how errors are reported, is as for <see cref="ImageFolder"/>. A sample is an <see cref="EncodedAudio"/>, called by
/// its path below the folder or inside the archive.
/// </remarks>
public sealed class AudioFolder : ClassFolder
{
    private AudioFolder(FoundSamples found)
        : base(found)
    {
    }

    /// <summary>The endings of files that are taken for sounds, without dots, in small letters.</summary>
    public static IReadOnlyList<string> Extensions => ClassFileKind.Sound.Extensions;

    /// <summary>Looks through a folder, a zip file or a tar file.</summary>
    /// <param name="path">The folder, zip file or tar file. Folders that hold everything else of an archive are stepped into.</param>
    /// <param name="subfolder">The folder inside that holds the class folders, for example "train" or "recordings/train"; null means the
    /// top.</param>
    /// <param name="classNames">All classes in the order of their numbers, those of the training part or of a model for example, so that a
    /// part that lacks a class gets the same numbers; a folder that is none of them is an error. Default: null, the names of the
    /// folders.</param>
    /// <returns>The set; the caller disposes it, which closes the archive.</returns>
    /// <exception cref="ArgumentException">A class name is empty or given twice.</exception>
    /// <exception cref="DatasetException">There is no such file or folder, no class folder, no sound, or a folder of a class that was not
    /// given; or the archive is damaged, encrypted, uses another compression than deflate, or claims sounds of more than 256
    /// MiB.</exception>
    public static AudioFolder Open(string path, string? subfolder = null, IReadOnlyList<string>? classNames = null)
        => new(Find(path, subfolder, classNames, ClassFileKind.Sound));

    /// <inheritdoc/>
    private protected override SampleContent ContentOf(byte[] bytes) => new EncodedAudio(bytes);
}
