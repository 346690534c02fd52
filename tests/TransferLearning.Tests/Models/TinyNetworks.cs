using TorchSharp;

namespace TransferLearning.Tests;

/// <summary>
/// The catalogue's networks for three classes and one channel, on the smallest images they take: what the tests of every network use.
/// </summary>
internal static class TinyNetworks
{
    public const int Classes = 3;
    public const int Channels = 1;

    public static TheoryData<string> All => new(ModelCatalog.Variants.Select(variant => variant.Name));

    /// <summary>
    /// Of each family the smallest variant of each form, where a form is a set of kinds of layers: ResNet's basic blocks are one form and
    /// its bottlenecks another.
    /// </summary>
    public static TheoryData<string> EachForm => new(Forms.Value);

    /// <summary>The same for tests that run each network several times: those of large networks are marked as slow.</summary>
    public static TheoryData<string> EachFormLargeOnesSlow => Marked(Forms.Value, Quick.Contains);

    private static HashSet<string> Quick { get; } = ["resnet20", "mobilenet_v1_12", "mobilenet_v3_small", "squeezenet1_1"];

    private static Lazy<IReadOnlyList<string>> Forms { get; } = new(FindForms);

    public static ImageNetwork Build(string name)
    {
        ModelVariant variant = ModelCatalog.Get(name);
        return variant.Build(new NetworkOptions
        {
            Classes = Classes,
            InputChannels = Channels,
            ImageSize = variant.Options.Contains(nameof(NetworkOptions.ImageSize)) ? variant.SmallestInput : null,
        });
    }

    /// <summary>The network with every weight initialised, after all were made NaN so that a forgotten one shows.</summary>
    public static ImageNetwork BuildInitialized(string name)
    {
        ImageNetwork network = Build(name);
        Fill(network, float.NaN);
        network.Initialize(1);
        return network;
    }

    public static void Fill(ImageNetwork network, float value)
    {
        using IDisposable frozen = torch.no_grad();
        foreach (torch.Tensor parameter in network.parameters())
        {
            parameter.fill_(value);
        }
    }

    /// <summary>Random images; auxiliary heads need larger ones than the rest. The caller disposes them.</summary>
    public static torch.Tensor Images(string name, int count, bool forAuxiliaryHeads = false)
    {
        ModelVariant variant = ModelCatalog.Get(name);
        int side = forAuxiliaryHeads ? variant.Preprocess.Crop : variant.SmallestInput;
        using torch.Generator generator = new(2);
        return torch.rand([count, Channels, side, side], generator: generator);
    }

    /// <summary>Names of which some belong to the slow tests.</summary>
    public static TheoryData<string> Marked(IEnumerable<string> names, Func<string, bool> isQuick)
    {
        TheoryData<string> rows = [];
        foreach (string name in names)
        {
            TheoryDataRow<string> row = new(name);
            rows.Add(isQuick(name) ? row : row.WithTrait("Category", "Slow"));
        }

        return rows;
    }

    private static List<string> FindForms()
    {
        List<string> forms = [];
        foreach (ModelFamily family in ModelCatalog.Families)
        {
            Dictionary<string, (string Name, long Size)> smallest = [];
            foreach (ModelVariant variant in family.Variants)
            {
                using DisposeScope scope = torch.NewDisposeScope();
                using ImageNetwork network = Build(variant.Name);
                string form = string.Join(' ', network.modules().Select(module => module.GetType().Name).Distinct().Order());
                long size = network.parameters().Sum(parameter => parameter.numel());
                if (!smallest.TryGetValue(form, out (string Name, long Size) known) || size < known.Size)
                {
                    smallest[form] = (variant.Name, size);
                }
            }

            forms.AddRange(smallest.Values.Select(entry => entry.Name));
        }

        return forms;
    }
}
