using System.Collections.Concurrent;
using System.IO.Enumeration;

namespace TransferLearning;

/// <summary>Every architecture there is, by name. Safe to use from several threads.</summary>
public static class ModelCatalog
{
    private static readonly ConcurrentDictionary<string, (ModelFamily Family,
        ModelVariant Variant)> ByName = new(StringComparer.OrdinalIgnoreCase);

    static ModelCatalog()
    {
        foreach (ModelFamily family in VisionFamilies.All)
        {
            Add(family);
        }
    }

    /// <summary>All variants, by name.</summary>
    public static IReadOnlyList<ModelVariant> Variants
        => [.. ByName.Values.Select(row => row.Variant).OrderBy(variant => variant.Name, StringComparer.Ordinal)];

    /// <summary>All families, by name.</summary>
    public static IReadOnlyList<ModelFamily> Families
        => [.. ByName.Values.Select(row => row.Family).Distinct().OrderBy(family => family.Name, StringComparer.Ordinal)];

    /// <summary>Adds a program's own family.</summary>
    /// <exception cref="ArgumentException">One of its names is taken; nothing is added then.</exception>
    public static void Add(ModelFamily family)
    {
        ArgumentNullException.ThrowIfNull(family);
        foreach (ModelVariant variant in family.Variants)
        {
            if (ByName.TryGetValue(variant.Name, out (ModelFamily Family, ModelVariant Variant) taken))
            {
                throw new ArgumentException(
                    $"The name '{variant.Name}' of {family.Name} is taken by {taken.Family.Name}; give the variant another.",
                    nameof(family));
            }
        }

        foreach (ModelVariant variant in family.Variants)
        {
            if (!ByName.TryAdd(variant.Name, (family, variant)))
            {
                throw new ArgumentException($"{family.Name} names '{variant.Name}' twice.", nameof(family));
            }
        }
    }

    /// <summary>The variant of a name; upper and lower case are the same.</summary>
    /// <exception cref="ArgumentException">There is none; the message names the nearest ones.</exception>
    public static ModelVariant Get(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (ByName.TryGetValue(name, out (ModelFamily Family, ModelVariant Variant) row))
        {
            return row.Variant;
        }

        IEnumerable<string> near = ByName.Values
            .Select(known => known.Variant.Name)
            .OrderBy(known => EditDistance.Between(known, name.ToLowerInvariant()))
            .ThenBy(known => known, StringComparer.Ordinal)
            .Take(3);
        throw new ArgumentException(
            $"There is no architecture '{name}'. Nearest: {string.Join(", ", near)}. ModelCatalog.Variants lists all.", nameof(name));
    }

    /// <summary>The published weights that fit, best first by top-1 accuracy; accuracies on different data sets
    /// (<see cref="WeightEntry.Classes"/>) do not compare. A number that was not published fits no limit on it. Architectures without
    /// published weights are not found; <see cref="Variants"/> has them.</summary>
    /// <param name="pattern">The architecture's name, with <c>*</c> for any letters and <c>?</c> for one; upper and lower case are the
    /// same.</param>
    /// <param name="minTop1">The smallest top-1 accuracy, in per cent.</param>
    /// <param name="maxParameters">The largest number of parameters.</param>
    /// <param name="maxGigaFlops">The most multiply-adds for one image, in thousands of millions.</param>
    /// <param name="licence">The licence, with the same signs: <c>BSD*</c>.</param>
    /// <param name="classes">The number of classes of the published classifier: 1000 for ImageNet.</param>
    public static IReadOnlyList<ModelMatch> Search(
        string pattern = "*", double? minTop1 = null, long? maxParameters = null, double? maxGigaFlops = null, string licence = "*",
        int? classes = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(pattern);
        ArgumentException.ThrowIfNullOrEmpty(licence);
        return
        [
            .. from variant in Variants
               where FileSystemName.MatchesSimpleExpression(pattern, variant.Name)
               from entry in variant.Weights
               where minTop1 is null || entry.Top1 >= minTop1
               where maxParameters is null || entry.Parameters <= maxParameters
               where maxGigaFlops is null || entry.GigaFlops <= maxGigaFlops
               where classes is null || entry.Classes == classes
               where FileSystemName.MatchesSimpleExpression(licence, entry.Licence)
               orderby entry.Top1 ?? double.NegativeInfinity descending, variant.Name, entry.Name
               select new ModelMatch(variant, entry),
        ];
    }
}
