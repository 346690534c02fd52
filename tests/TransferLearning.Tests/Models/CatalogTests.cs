namespace TransferLearning.Tests;

public sealed class CatalogTests
{
    // Too large for a golden of their numbers (held by shape lists), or not torchvision's (held by tests of their own).
    private static readonly string[] WithoutGolden =
    [
        "vit_h_14", "regnet_y_128gf",
    ];

    [Fact]
    public void Holds_every_architecture_of_the_goldens_and_no_other_than_listed()
    {
        IEnumerable<string> golden = Directory.GetFiles(ParityFolder.File("models"), "*.json").Select(file => Path.GetFileNameWithoutExtension(file));
        string[] known = [.. ModelCatalog.Variants.Select(variant => variant.Name)];
        Assert.Empty(golden.Except(known));
        Assert.Equal(WithoutGolden.Order(StringComparer.Ordinal), known.Except(golden).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Names_are_lower_case_and_apart()
    {
        string[] names = [.. ModelCatalog.Families.SelectMany(family => family.Variants).Select(variant => variant.Name)];
        Assert.All(names, name => Assert.Matches("^[a-z][a-z0-9_]*$", name));
        Assert.Equal(names.Length, names.Distinct(StringComparer.OrdinalIgnoreCase).Count());
        Assert.Equal(names.Order(StringComparer.Ordinal), ModelCatalog.Variants.Select(variant => variant.Name));
    }
}
