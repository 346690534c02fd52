using System.Globalization;
using System.Text;

namespace TransferLearning.Tests;

/// <summary>Writes <c>docs/models.md</c> from the catalogue.</summary>
internal static class ModelTable
{
    public static string Write()
    {
        StringBuilder text = new();
        text.Append(
            """
            # Architectures and published weights

            Written from the catalogue by `ModelTableTests`; do not edit. After a change of the catalogue, run that test once with
            `TRANSFERLEARNING_WRITE_DOCS=1`.

            The same rows in code: `ModelCatalog.Search("resnet*", minTop1: 75, maxParameters: 30_000_000, licence: "BSD*")`. How the files are
            found and downloaded: [weights.md](weights.md).

            - **Weights**: the name of the set; the one in bold is taken when none is named.
            - **Top-1, Top-5**: accuracy in per cent on ImageNet-1K's validation images (CIFAR-10's test images where the set says so), as published.
            - **Parameters**: in millions, with the published classifier. **Size**: what they take as 32-bit numbers, in MB of a million bytes.
            - **GFLOPs**: multiply-adds of one image at the crop, in thousands of millions: convolutions and matrix products.
            - **Resize, crop**: the shorter side after resizing and the square cut from the middle, in pixels.
            - **Licence**: of the weights, as far as their publisher states one. CC-BY-NC-4.0 forbids commercial use.

            """);
        foreach (ModelFamily family in ModelCatalog.Families.Where(family => family.GetType().Assembly == typeof(ModelFamily).Assembly))
        {
            text.Append(CultureInfo.InvariantCulture, $"\n## {family.Name}\n\n{family.Paper}\n\n");
            if (family.Variants.Any(variant => variant.Weights.Count > 0))
            {
                text.Append(
                    "| architecture | weights | top-1 | top-5 | parameters, M | size, MB | GFLOPs | resize, crop | filter | licence |\n");
                text.Append("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | --- | --- |\n");
                foreach (ModelVariant variant in family.Variants)
                {
                    foreach (WeightEntry entry in variant.Weights)
                    {
                        text.Append(Row(variant, entry));
                    }
                }
            }

            string[] bare = [.. family.Variants.Where(variant => variant.Weights.Count == 0).Select(variant => $"`{variant.Name}`")];
            if (bare.Length > 0)
            {
                text.Append(
                    CultureInfo.InvariantCulture,
                    $"{(bare.Length < family.Variants.Count ? "\n" : "")}Without published weights: {string.Join(", ", bare)}.\n");
            }
        }

        return text.ToString();
    }

    private static string Row(ModelVariant variant, WeightEntry entry)
    {
        string name = entry == variant.Weights[^1] ? $"**{entry.Name}**" : entry.Name;
        string[] cells =
        [
            $"`{variant.Name}`",
            name,
            Number(entry.Top1, "0.00"),
            Number(entry.Top5, "0.00"),
            Number(entry.Parameters / 1e6, "0.0"),
            Number(entry.Parameters * 4 / 1e6, "0.0"),
            Number(entry.GigaFlops, "0.00"),
            $"{entry.Preprocess.Resize}, {entry.Preprocess.Crop}",
            $"{entry.Preprocess.Interpolation}".ToLowerInvariant(),
            entry.Licence,
        ];
        return $"| {string.Join(" | ", cells)} |\n";
    }

    private static string Number(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "";
}
