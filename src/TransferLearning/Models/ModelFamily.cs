namespace TransferLearning;

/// <summary>An architecture and its variants. Adding one is writing one file with one sealed class derived from this; the catalogue lists
/// those of this library, and takes a program's own with <c>ModelCatalog.Add</c>.</summary>
public abstract class ModelFamily
{
    /// <summary>The family's name as its paper has it: <c>ResNet</c>.</summary>
    public abstract string Name { get; }

    /// <summary>Where it was published: authors, title, year.</summary>
    public abstract string Paper { get; }

    /// <summary>The variants, one row each.</summary>
    public abstract IReadOnlyList<ModelVariant> Variants { get; }
}
