using System.Text.RegularExpressions;

namespace TransferLearning.Tests;

public sealed partial class LayeringTests
{
    private static readonly string[] Layers =
        ["Runtime", "Checkpoints", "Media", "Datasets", "Inputs", "Transforms", "Loading", "Weights", "Models", "Generation", "Evaluation", "Training"];

    [Fact]
    public void A_folder_uses_only_the_folders_above_it_in_the_table()
    {
        string source = Path.Combine(SourceTree.Root, "src", "TransferLearning");
        Dictionary<string, int> layerOfType = [];
        foreach (string file in SourceTree.Files("src/TransferLearning"))
        {
            foreach (string type in SourceTree.TopLevelTypes(file))
            {
                layerOfType[type] = LayerOf(source, file);
            }
        }

        List<string> violations = [];
        foreach (string file in SourceTree.Files("src/TransferLearning"))
        {
            int layer = LayerOf(source, file);
            IEnumerable<string> used = TypeUse().Matches(SourceTree.Code(file)).Select(match => match.Groups["name"].Value).Distinct();
            violations.AddRange(used
                .Where(name => layerOfType.TryGetValue(name, out int other) && other > layer)
                .Select(name => $"{Path.GetRelativePath(source, file)} uses {name} of {(layerOfType[name] < Layers.Length ? Layers[layerOfType[name]] : "the root")}"));
        }

        Assert.Empty(violations);
    }

    [Fact]
    public void The_table_of_the_docs_has_the_same_order()
    {
        string table = File.ReadAllText(Path.Combine(SourceTree.Root, "docs", "dataflow.md"));
        int[] places = [.. Layers.Select(layer => table.IndexOf($"| `{layer}` |", StringComparison.Ordinal))];
        Assert.DoesNotContain(-1, places);
        Assert.Equal(places.Order(), places);
    }

    private static int LayerOf(string source, string file)
    {
        string top = Path.GetRelativePath(source, file).Split(Path.DirectorySeparatorChar)[0];
        int layer = Array.IndexOf(Layers, top);
        return layer >= 0 ? layer : Layers.Length;
    }

    // A name in a place where a type stands: not a member (after a dot) and not the name that a declaration introduces.
    [GeneratedRegex(@"(?<![\w.])(?<name>[A-Z]\w*)(?=[\s<>?.,;)\]\(\[]+)")]
    private static partial Regex TypeUse();
}
