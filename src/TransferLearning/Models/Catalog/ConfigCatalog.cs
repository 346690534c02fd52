using System.Collections.Concurrent;

namespace TransferLearning;

/// <summary>
/// Every architecture that a configuration can name, by the <c>model_type</c> of its <c>config.json</c>. Safe to use from several threads.
/// </summary>
public static class ConfigCatalog
{
    private static readonly ConcurrentDictionary<string, ConfigFamily> ByType = new(StringComparer.Ordinal);

    static ConfigCatalog()
    {
        foreach (ConfigFamily family in TextFamilies.All.Concat(SpeechFamilies.All))
        {
            Add(family);
        }
    }

    /// <summary>All families, by name.</summary>
    public static IReadOnlyList<ConfigFamily> Families
        => [.. ByType.Values.Distinct().OrderBy(family => family.Name, StringComparer.Ordinal)];

    /// <summary>All known values of <c>model_type</c>, in order.</summary>
    public static IReadOnlyList<string> ModelTypes => [.. ByType.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Adds a program's own family.</summary>
    /// <exception cref="ArgumentException">One of its types is taken; nothing is added then.</exception>
    public static void Add(ConfigFamily family)
    {
        ArgumentNullException.ThrowIfNull(family);
        foreach (string type in family.ModelTypes)
        {
            if (ByType.TryGetValue(type, out ConfigFamily? taken))
            {
                throw new ArgumentException(
                    $"The model type '{type}' of {family.Name} is taken by {taken.Name}; give it another.", nameof(family));
            }
        }

        foreach (string type in family.ModelTypes)
        {
            if (!ByType.TryAdd(type, family))
            {
                throw new ArgumentException($"{family.Name} names the model type '{type}' twice.", nameof(family));
            }
        }
    }

    /// <summary>The family that a network's numbers belong to.</summary>
    /// <exception cref="InvalidDataException">The type is missing or unknown; the message names the known ones.</exception>
    public static ConfigFamily Of(ModelConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return ByType.TryGetValue(config.ModelType, out ConfigFamily? family)
            ? family
            : throw new InvalidDataException(
                $"'{config.Source}': the model_type is '{config.ModelType}', which this library does not know. It knows "
                    + $"{string.Join(", ", ModelTypes)}; another can be added with ConfigCatalog.Add.");
    }
}
