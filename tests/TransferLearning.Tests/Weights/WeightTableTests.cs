using System.Text.RegularExpressions;

namespace TransferLearning.Tests;

public sealed class WeightTableTests
{
    // Families that the catalogue does not have yet; the weights stand ready for them.
    private static readonly Regex Coming = new(
        "^(alexnet|convnext|densenet|efficientnet|googlenet|inception|maxvit|mnasnet|mobilenet|regnet|shufflenet|squeezenet|swin|vgg|vit)_?");

    [Fact]
    public void Every_row_is_sound()
    {
        WeightEntry[] all = [.. WeightTable.All];
        Assert.True(all.Length >= 100, $"{all.Length} rows");
        Assert.Equal(all.Length, all.Select(entry => entry.ToString()).Distinct().Count());
        Assert.Equal(all.Length, all.Select(entry => entry.FileName).Distinct().Count());
        Assert.All(all, entry =>
        {
            Assert.Equal("https", entry.Address.Scheme);
            Assert.Matches("^[0-9a-f]{8,64}$", entry.Sha256Prefix);
            Assert.Matches(@"^[\w.-]+\.(pth|th)$", entry.FileName);
            Assert.Contains(entry.Sha256Prefix, entry.FileName, StringComparison.Ordinal);
            Assert.InRange(entry.Classes, 2, 100_000);
            Assert.InRange(entry.Preprocess.Crop, 1, 1024);
            Assert.InRange(entry.Preprocess.Resize, entry.Preprocess.Crop, 1024);
            Assert.All([entry.Preprocess.Mean.Red, entry.Preprocess.Mean.Green, entry.Preprocess.Mean.Blue], value => Assert.InRange(value, 0.4f, 0.5f));
            Assert.All([entry.Preprocess.Std.Red, entry.Preprocess.Std.Green, entry.Preprocess.Std.Blue], value => Assert.InRange(value, 0.2f, 0.5f));
            Assert.InRange(entry.Top1!.Value, 50, 100);
            Assert.InRange(entry.Top5 ?? 100, entry.Top1.Value, 100);
            Assert.InRange(entry.Parameters!.Value, 100_000, 1_000_000_000);
            Assert.InRange(entry.GigaFlops!.Value, 0.01, 2000);
            Assert.Contains(entry.Licence, (string[])["BSD-3-Clause", "BSD-2-Clause", "CC-BY-NC-4.0"]);
        });
    }

    [Fact]
    public void Every_architecture_is_in_the_catalogue_or_listed_as_coming()
    {
        HashSet<string> known = [.. ModelCatalog.Variants.Select(variant => variant.Name)];
        Assert.All(WeightTable.All.Select(entry => entry.Architecture).Distinct(), name => Assert.True(known.Contains(name) || Coming.IsMatch(name), name));
        Assert.NotEmpty(ModelCatalog.Get("resnet18").Weights);
        Assert.NotEmpty(ModelCatalog.Get("resnet20").Weights);
    }

    [Fact]
    public void The_parameters_are_those_of_the_network_and_the_classes_those_of_its_classifier()
    {
        // Auxiliary classifiers may or may not be counted, and an image size of its own changes the position embedding.
        WeightEntry[] all =
        [
            .. WeightTable.All.Where(entry => entry.Parameters < 70_000_000
                && entry.Architecture is not ("googlenet" or "inception_v3")
                && ModelCatalog.Variants.Any(variant => variant.Name == entry.Architecture)
                && entry == WeightTable.Of(entry.Architecture)[^1]),
        ];
        Assert.NotEmpty(all);
        Assert.All(all, entry =>
        {
            using ImageNetwork network = ModelCatalog.Get(entry.Architecture).Build();
            Assert.Equal(entry.Parameters, network.parameters().Sum(parameter => parameter.numel()));
            Assert.Equal(entry.Classes, network.parameters().Last().size(0));
        });
    }

    [Fact]
    public void The_recommended_set_is_the_last()
    {
        Assert.Equal("IMAGENET1K_V2", WeightTable.Of("resnet50")[^1].Name);
        Assert.Equal("IMAGENET1K_SWAG_E2E_V1", WeightTable.Of("regnet_y_128gf")[^1].Name);
        Assert.Equal("IMAGENET1K_V1", WeightTable.Of("vit_b_16")[^1].Name);
        Assert.Empty(WeightTable.Of("no_such_network"));
    }

    [Fact]
    public void A_row_carries_its_own_preprocessing()
    {
        WeightEntry entry = Assert.Single(WeightTable.Of("efficientnet_v2_l"));
        Assert.Equal(new ImagePreprocess(480, 480, new(0.5f, 0.5f, 0.5f), new(0.5f, 0.5f, 0.5f), Interpolation.Bicubic), entry.Preprocess);
        Assert.Equal(232, WeightTable.Of("resnet50")[^1].Preprocess.Resize);
        Assert.Equal("EfficientNet_V2_L".ToLowerInvariant(), entry.Architecture);
    }

    [Theory]
    [InlineData("a,b\n", "line")]
    [InlineData("{header}\nresnet18,X,https://example.org/x.pth\n", "line 2")]
    [InlineData("{header}\nresnet18,X,https://example.org/x.pth,0a0a0a0a,ten,,,,,BSD-3-Clause,256,224,bilinear,0 0 0,1 1 1\n", "line 2")]
    [InlineData("{header}\nresnet18,X,https://example.org/x.pth,0a0a0a0a,10,,,,,BSD-3-Clause,256,224,soft,0 0 0,1 1 1\n", "line 2")]
    [InlineData("{header}\nresnet18,X,https://example.org/x.pth,0a0a0a0a,10,,,,,BSD-3-Clause,256,224,bilinear,0 0,1 1 1\n", "line 2")]
    public void Refuses_a_damaged_table_and_names_the_line(string text, string place)
    {
        const string header = "architecture,name,address,sha256,classes,top1,top5,parameters,gflops,licence,resize,crop,interpolation,mean,std";
        using StringReader reader = new(text.Replace("{header}", header, StringComparison.Ordinal));
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => WeightTable.Read(reader).ToList());
        Assert.Contains(place, error.Message, StringComparison.Ordinal);
    }
}
