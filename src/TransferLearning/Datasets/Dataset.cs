namespace TransferLearning;

/// <summary>A counted, ordered set of labelled samples that are read one at a time, so that a set may be far larger than memory.</summary>
/// <remarks>Every member may be called from several threads at once. A data set that keeps a file open is disposed by whoever opened it;
/// views (<c>Take</c>, <c>Split</c>, <c>Shuffle</c>) own nothing and work as long as their source does.</remarks>
public abstract class Dataset : IDisposable
{
    private string? _fingerprint;

    /// <summary>How many samples there are.</summary>
    public abstract int Count { get; }

    /// <summary>The names of the classes; a label is an index into this list.</summary>
    public abstract IReadOnlyList<string> ClassNames { get; }

    /// <summary>The label of one sample, without reading its content.</summary>
    /// <param name="index">From 0 to <see cref="Count"/> - 1.</param>
    public abstract int LabelOf(int index);

    /// <summary>
    /// What is to be learned of one sample. Default: its label as a class. A set whose samples have other targets overrides it.
    /// </summary>
    /// <param name="index">From 0 to <see cref="Count"/> - 1.</param>
    /// <exception cref="IOException">It stands in the sample's content, which could not be read.</exception>
    public virtual Target TargetOf(int index) => new ClassTarget(LabelOf(index));

    /// <summary>The name of one sample, without reading its content.</summary>
    /// <param name="index">From 0 to <see cref="Count"/> - 1.</param>
    public abstract string NameOf(int index);

    /// <summary>Reads one sample.</summary>
    /// <param name="index">From 0 to <see cref="Count"/> - 1.</param>
    /// <exception cref="IOException">Its bytes could not be read; the message names it.</exception>
    public abstract Sample Read(int index);

    /// <summary>A short text that two sets share only if they hold the same classes and the same samples in the same order: equal names,
    /// labels and sizes. For keys of caches; computed once, without reading an image.</summary>
    /// <remarks>Sets in memory and in a zip also notice changed content; a folder notices only a changed size.</remarks>
    public string Fingerprint => _fingerprint ??= DatasetFingerprint.Of(this);

    /// <summary>Makes a set of images that are in memory already. The images are not copied.</summary>
    /// <param name="images">The images: <see cref="RawImage"/>, <see cref="EncodedImage"/> or a mixture.</param>
    /// <param name="labels">The number of the class of each image.</param>
    /// <param name="classNames">The names of the classes.</param>
    /// <exception cref="ArgumentException">The lists differ in length, a label names no class, or an image has the wrong number of
    /// bytes.</exception>
    public static Dataset FromImages(IReadOnlyList<SampleContent> images, IReadOnlyList<int> labels, IReadOnlyList<string> classNames)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(labels);
        if (images.Count != labels.Count)
        {
            throw new ArgumentException(
                $"There are {images.Count} images and {labels.Count} labels; expected one label for each image.", nameof(labels));
        }

        return new InMemoryDataset([.. images.Select((image, index) => new Sample($"image {index}", labels[index], image))], classNames);
    }

    /// <summary>Makes a set of inputs in memory from which nothing is to be learned: what a host predicts, embeds or extracts features
    /// of.</summary>
    /// <param name="inputs">The inputs, which are not copied.</param>
    /// <param name="nameOf">What the input of a number is called in reports and errors. Default: null, <c>input 0</c>,
    /// <c>input 1</c>, …</param>
    /// <returns>The set, without classes; it keeps nothing open.</returns>
    /// <exception cref="ArgumentException">An input is missing, or an image has the wrong number of bytes.</exception>
    public static Dataset FromInputs(IEnumerable<SampleContent> inputs, Func<int, string>? nameOf = null)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        return new InMemoryDataset(
            [.. inputs.Select((input, index) => new Sample(nameOf?.Invoke(index) ?? $"input {index}", input, NoTarget.Instance))], []);
    }

    /// <summary>The samples with these numbers, in this order; a number may occur more than once.</summary>
    /// <param name="indices">Numbers from 0 to <see cref="Count"/> - 1.</param>
    /// <returns>A view: it owns nothing and works as long as this set does.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no sample of such a number.</exception>
    public Dataset Subset(IEnumerable<int> indices)
    {
        ArgumentNullException.ThrowIfNull(indices);
        int[] map = [.. indices];
        foreach (int index in map)
        {
            CheckIndex(index);
        }

        return DatasetView.Of(this, map);
    }

    /// <summary>The first samples; all of them if there are fewer.</summary>
    /// <param name="count">How many, at least 0.</param>
    /// <returns>A view: it owns nothing and works as long as this set does.</returns>
    public Dataset Take(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        return DatasetView.Of(this, [.. Enumerable.Range(0, Math.Min(count, Count))]);
    }

    /// <summary>All samples but the first ones; none if there are fewer.</summary>
    /// <param name="count">How many to leave out, at least 0.</param>
    /// <returns>A view: it owns nothing and works as long as this set does.</returns>
    public Dataset Skip(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        int left = Math.Min(count, Count);
        return DatasetView.Of(this, [.. Enumerable.Range(left, Count - left)]);
    }

    /// <summary>The same samples in a random order that depends on the seed alone.</summary>
    /// <param name="seed">The seed; the same seed gives the same order on every machine.</param>
    /// <returns>A view: it owns nothing and works as long as this set does.</returns>
    public Dataset Shuffle(long seed)
    {
        int[] map = [.. Enumerable.Range(0, Count)];
        new SeededRandom(seed).Shuffle<int>(map);
        return DatasetView.Of(this, map);
    }

    /// <summary>The samples of some classes, in their order. Class names and labels stay as they are.</summary>
    /// <param name="keepLabel">Says whether samples of a label are kept.</param>
    /// <returns>A view: it owns nothing and works as long as this set does.</returns>
    public Dataset Where(Func<int, bool> keepLabel)
    {
        ArgumentNullException.ThrowIfNull(keepLabel);
        return DatasetView.Of(this, [.. Enumerable.Range(0, Count).Where(index => keepLabel(LabelOf(index)))]);
    }

    /// <summary>
    /// The same samples under the classes of a model or of another set, matched by name: each label becomes the place of its class in that
    /// list.
    /// </summary>
    /// <param name="classNames">The names; there may be more than this set has.</param>
    /// <returns>A view, or this set itself where the lists are equal: it owns nothing and works as long as this set does.</returns>
    /// <exception cref="ArgumentException">A class of this set is not in the list; the message shows both lists.</exception>
    public Dataset WithClasses(IReadOnlyList<string> classNames)
    {
        ArgumentNullException.ThrowIfNull(classNames);
        if (ClassNames.SequenceEqual(classNames))
        {
            return this;
        }

        Dictionary<string, int> places = [];
        for (int number = 0; number < classNames.Count; number++)
        {
            if (!places.TryAdd(classNames[number], number))
            {
                throw new ArgumentException(
                    $"'{classNames[number]}' stands twice among the class names, so classes cannot be matched by name.",
                    nameof(classNames));
            }
        }

        string[] unknown = [.. ClassNames.Where(name => !places.ContainsKey(name))];
        return unknown.Length == 0
            ? DatasetView.Renumbered(this, [.. ClassNames.Select(name => places[name])], [.. classNames])
            : throw new ArgumentException(
                $"The classes of {this} are {Shown(ClassNames)}, and the expected ones are {Shown(classNames)}; "
                + $"{string.Join(", ", unknown.Take(5).Select(name => $"'{name}'"))}{(unknown.Length > 5 ? ", …" : "")} cannot be matched.",
                nameof(classNames));
    }

    /// <summary>The samples of this set, then those of another one with the same classes.</summary>
    /// <param name="other">The other set.</param>
    /// <returns>A view: it owns nothing and works as long as both sets do.</returns>
    /// <exception cref="ArgumentException">The other set has a class that this one lacks, or there are too many samples to
    /// count.</exception>
    public Dataset Concat(Dataset other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return DatasetView.Joined(this, other);
    }

    /// <summary>Divides the samples at random into two sets that never overlap and hold together every sample once, class by class, so that
    /// both have the same mixture. Both keep the order of this set.</summary>
    /// <param name="fraction">How much goes into the first set, between 0 and 1. The first set gets <paramref name="fraction"/> times
    /// <see cref="Count"/> samples, rounded; more or fewer only if a class of at least two samples would otherwise be missing in one of the
    /// sets.</param>
    /// <param name="seed">The seed; the same seed gives the same division on every machine.</param>
    /// <returns>Two views: they own nothing and work as long as this set does.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="fraction"/> is not between 0 and 1.</exception>
    public (Dataset First, Dataset Second) Split(double fraction, long seed)
    {
        if (!(fraction > 0 && fraction < 1))
        {
            throw new ArgumentOutOfRangeException(
                nameof(fraction), fraction, "Expected a fraction greater than 0 and less than 1, for example 0.8.");
        }

        (int[] first, int[] second) = StratifiedSplit.Of(this, fraction, seed);
        return (DatasetView.Of(this, first), DatasetView.Of(this, second));
    }

    /// <summary>Closes the files that the set itself opened.</summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>A list of class names for messages: its size and its first ones.</summary>
    internal static string Shown(IReadOnlyList<string> classNames)
        => $"{classNames.Count} ({string.Join(", ", classNames.Take(12))}{(classNames.Count > 12 ? ", …" : "")})";

    /// <summary>Closes the files that the set itself opened.</summary>
    /// <param name="disposing">Always true: no data set has a finalizer.</param>
    protected virtual void Dispose(bool disposing) { }

    /// <summary>A number that changes when the content of a sample does, as far as that can be known without reading the sample: its size
    /// in bytes, for example. It is part of <see cref="Fingerprint"/>. Default: 0.</summary>
    /// <param name="index">From 0 to <see cref="Count"/> - 1.</param>
    protected internal virtual long ContentMark(int index) => 0;

    /// <summary>Throws unless there is a sample of this number.</summary>
    /// <param name="index">The number.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is negative, or not less than <see cref="Count"/>.</exception>
    protected void CheckIndex(int index)
    {
        if ((uint)index >= (uint)Count)
        {
            throw new ArgumentOutOfRangeException(nameof(index), index, $"The data set has {Count} samples, numbered from 0.");
        }
    }
}
