namespace TransferLearning.Tests;

public sealed class ModelTableTests
{
    [Fact]
    public void The_document_is_the_catalogue()
    {
        string path = Path.Combine(Repository(), "docs", "models.md");
        string text = ModelTable.Write();
        if (Environment.GetEnvironmentVariable("TRANSFERLEARNING_WRITE_DOCS") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, text);
        }

        string document = File.ReadAllText(path).ReplaceLineEndings("\n");
        Assert.True(
            text == document,
            $"{path} is not what the catalogue says. Run this test once with TRANSFERLEARNING_WRITE_DOCS=1 and commit the file.");
    }

    [Fact]
    public void Every_architecture_is_in_the_text()
    {
        string text = ModelTable.Write();
        IEnumerable<ModelVariant> own = ModelCatalog.Families
            .Where(family => family.GetType().Assembly == typeof(ModelFamily).Assembly)
            .SelectMany(family => family.Variants);
        Assert.All(own, variant => Assert.Contains($"`{variant.Name}`", text, StringComparison.Ordinal));
        Assert.Contains(
            "| `resnet18` | **IMAGENET1K_V1** | 69.76 | 89.08 | 11.7 | 46.8 | 1.81 | 256, 224 | bilinear | BSD-3-Clause |\n",
            text,
            StringComparison.Ordinal);
    }

    // The tests run from a folder under the repository.
    private static string Repository()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "TransferLearning.sln")))
        {
            folder = folder.Parent;
        }

        Assert.SkipUnless(folder is not null, "The tests run outside the repository, where there are no documents.");
        return folder!.FullName;
    }
}
