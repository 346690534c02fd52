namespace TransferLearning;

/// <summary>Where the storages lie that a pickle refers to.</summary>
internal abstract class PickleStorages
{
    /// <summary>For pickles that may not refer to storages, such as headers.</summary>
    public static readonly PickleStorages None = new NoStorages();

    /// <summary>The storage of a key, its length held against the element count that the pickle claims.</summary>
    /// <param name="input">The pickle, for errors.</param>
    /// <param name="key">The storage's key.</param>
    /// <param name="element">Its element type.</param>
    /// <param name="count">The number of elements that the pickle claims; not negative.</param>
    public abstract TensorStorage Find(PickleInput input, string key, ElementType element, long count);

    private sealed class NoStorages : PickleStorages
    {
        public override TensorStorage Find(PickleInput input, string key, ElementType element, long count) =>
            throw input.Corrupt($"It refers to the storage '{key}' where none can be.");
    }
}
