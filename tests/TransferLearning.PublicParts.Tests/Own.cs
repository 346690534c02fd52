namespace PublicParts.Tests;

/// <summary>What this program adds to the catalogues, once.</summary>
internal static class Own
{
    private static readonly Lazy<bool> Added = new(() =>
    {
        ModelCatalog.Add(new TorchSharpFamily());
        ModelCatalog.Add(new LayeredFamily());
        ConfigCatalog.Add(new BagOfWords());
        ConfigCatalog.Add(new NextWord());
        return true;
    });

    public static void Register() => Assert.True(Added.Value);
}
