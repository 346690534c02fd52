namespace TransferLearning.Tests;

public sealed class CatalogTests
{
    private static readonly string[] WithoutGolden =
    [
        "vit_h_14", "regnet_y_128gf", // too large: held by their shape lists
        "mobilenet_v1", "mobilenet_v1_12", // not torchvision's
        "resnet20", "resnet32", "resnet44", "resnet56", "resnet110", "resnet18_cntk", // not torchvision's
    ];

    [Fact]
    public void Holds_every_architecture_of_the_goldens_and_no_other_than_listed()
    {
        string[] golden =
        [
            .. Directory.GetFiles(ParityFolder.File("models"), "*.json").Select(file => Path.GetFileNameWithoutExtension(file))
        ];
        string[] known =
        [
            .. ModelCatalog.Families
                .Where(family => family.GetType().Assembly == typeof(ModelFamily).Assembly)
                .SelectMany(family => family.Variants.Select(variant => variant.Name)),
        ];
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
