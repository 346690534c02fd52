namespace TransferLearning.Tests;

public sealed class ModelSearchTests
{
    [Fact]
    public void All_published_weights_are_found_best_first()
    {
        IReadOnlyList<ModelMatch> all = ModelCatalog.Search();
        Assert.Equal(ModelCatalog.Variants.Sum(variant => variant.Weights.Count), all.Count);
        Assert.Equal(
            all.OrderByDescending(match => match.Entry.Top1).Select(match => match.Entry.Top1), all.Select(match => match.Entry.Top1));
        Assert.All(all, match => Assert.Equal(match.Variant.Name, match.Entry.Architecture));
    }

    [Theory]
    [InlineData("resnet50", "resnet50.IMAGENET1K_V2 resnet50.IMAGENET1K_V1")]
    [InlineData("ResNet?8", "resnet18.IMAGENET1K_V1")]
    [InlineData("res*18", "resnet18.IMAGENET1K_V1")]
    [InlineData("resnet", "")]
    [InlineData("resnet.8", "")]
    public void Names_match_patterns(string pattern, string expected)
        => Assert.Equal(expected, string.Join(' ', ModelCatalog.Search(pattern)));

    [Fact]
    public void Every_limit_holds()
    {
        IReadOnlyList<ModelMatch> found = ModelCatalog.Search(
            "*resn*", minTop1: 75, maxParameters: 30_000_000, maxGigaFlops: 4.2, licence: "bsd-3*", classes: 1000);
        Assert.Equal("resnet50.IMAGENET1K_V2 resnet50.IMAGENET1K_V1", string.Join(' ', found));
        Assert.Contains(
            ModelCatalog.Search("*resn*", minTop1: 75, maxParameters: 30_000_000, licence: "bsd-3*", classes: 1000),
            match => match.Variant.Name == "resnext50_32x4d");
        Assert.Contains(
            ModelCatalog.Search("*resn*", minTop1: 75, maxGigaFlops: 12, licence: "bsd-3*"), match => match.Variant.Name == "resnet101");
        Assert.Contains(
            ModelCatalog.Search("*resn*", maxGigaFlops: 4.2, maxParameters: 30_000_000, classes: 1000),
            match => match.Variant.Name == "resnet18");
        Assert.All(ModelCatalog.Search("*resn*", licence: "BSD-2-Clause"), match => Assert.Equal(10, match.Entry.Classes));
        Assert.All(
            ModelCatalog.Search("*resn*", classes: 10),
            match => Assert.Equal("CIFAR ResNet", ModelCatalog.Families.Single(family => family.Variants.Contains(match.Variant)).Name));
        Assert.Empty(ModelCatalog.Search(minTop1: 100));
    }

    [Fact]
    public void An_empty_pattern_is_refused() => Assert.Throws<ArgumentException>(() => ModelCatalog.Search(""));
}
