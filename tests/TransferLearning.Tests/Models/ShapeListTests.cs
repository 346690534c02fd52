using TorchSharp;

namespace TransferLearning.Tests;

/// <summary>Networks too large for a golden of their numbers: what their checkpoints hold is compared with a list.</summary>
public sealed class ShapeListTests
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Fixtures", "Shapes");

    public static TheoryData<string> Architectures
        => new(Directory.GetFiles(Folder, "*.txt").Select(file => Path.GetFileNameWithoutExtension(file)!).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Architectures))]
    public void Holds_what_the_reference_holds(string architecture)
    {
        bool known = ModelCatalog.Variants.Any(variant => variant.Name == architecture);
        Assert.SkipUnless(known, $"{architecture} is not in the catalogue yet.");
        using DisposeScope scope = torch.NewDisposeScope();
        using ImageNetwork network = ModelCatalog.Get(architecture).Build();
        IEnumerable<string> found = network.State()
            .Select(entry => $"{entry.Key} [{string.Join(", ", entry.Value.shape)}] {ParityModel.TypeName(entry.Value.dtype)}");
        Assert.Equal(File.ReadAllLines(Path.Combine(Folder, $"{architecture}.txt")), found);
    }
}
