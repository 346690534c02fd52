using System.Text.Encodings.Web;

namespace TransferLearning;

/// <summary>
/// The numbers that describe a network: Hugging Face's <c>config.json</c>. Every key is kept, known or not, so that a network can be
/// saved with all it came with. It is immutable.
/// </summary>
public sealed class ModelConfig
{
    private const long LargestFile = 16 << 20;
    private const int LargestSize = 1 << 24;
    private const int MostLabels = 1 << 20;
    private static readonly JsonDocumentOptions Reading = new() { MaxDepth = 32 };
    private static readonly JsonWriterOptions Writing = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly List<KeyValuePair<string, JsonElement>> _entries;
    private readonly Dictionary<string, JsonElement> _values;

    private ModelConfig(string source, IEnumerable<KeyValuePair<string, JsonElement>> entries)
    {
        Source = source;
        _values = [];
        _entries = [];
        foreach ((string key, JsonElement value) in entries)
        {
            // As in Python, the last of two equal keys counts.
            if (!_values.TryAdd(key, value))
            {
                _entries.RemoveAll(entry => entry.Key == key);
                _values[key] = value;
            }

            _entries.Add(new(key, value));
        }
    }

    /// <summary>Where it came from, for errors: the file, or a word for memory.</summary>
    public string Source { get; }

    /// <summary>The keys, in the order of the file.</summary>
    public IReadOnlyList<string> Keys => [.. _entries.Select(entry => entry.Key)];

    /// <summary>The kind of network: <c>bert</c>, <c>gpt2</c>, …</summary>
    /// <exception cref="InvalidDataException">There is none.</exception>
    public string ModelType => Text("model_type");

    /// <summary>The names of the labels in the order of their numbers (<c>id2label</c>); null where the file names none.</summary>
    /// <exception cref="InvalidDataException">The numbers are not 0, 1, 2, …</exception>
    public IReadOnlyList<string>? LabelNames => ReadLabels();

    /// <summary>How many labels the head has: <c>id2label</c>'s, else <c>num_labels</c>, else 2, as in Python.</summary>
    public int LabelCount => LabelNames?.Count ?? Size("num_labels", 2, MostLabels);

    /// <summary>
    /// The class names of Hugging Face's library that the weights were saved from, such as <c>BertForMaskedLM</c>; may be empty.
    /// </summary>
    public IReadOnlyList<string> Architectures => Find("architectures") is { ValueKind: JsonValueKind.Array } list
        ? [.. list.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.String).Select(item => item.GetString()!)]
        : [];

    /// <summary>Reads a file.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is too large or no JSON object.</exception>
    public static ModelConfig FromFile(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        FileInfo file = new(path);
        if (!file.Exists)
        {
            throw new FileNotFoundException($"There is no '{path}'. The config.json of a network lies beside its weights.", path);
        }

        return file.Length <= LargestFile
            ? Parse(path, File.ReadAllText(path))
            : throw new InvalidDataException(
                $"'{path}' has {file.Length} bytes; a config.json of more than {LargestFile} is refused. Choose the file that belongs to "
                    + "the weights.");
    }

    /// <summary>Reads a text in JSON.</summary>
    /// <exception cref="InvalidDataException">It is no JSON object.</exception>
    public static ModelConfig FromJson(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        return Parse("config", json);
    }

    /// <summary>Makes one of keys and values: numbers, texts, truth values, lists or dictionaries of them, null.</summary>
    public static ModelConfig FromPairs(params IEnumerable<KeyValuePair<string, object?>> pairs)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        return new ModelConfig(
            "config", pairs.Select(pair => new KeyValuePair<string, JsonElement>(pair.Key, JsonSerializer.SerializeToElement(pair.Value))));
    }

    /// <summary>The same with one key set to another value.</summary>
    public ModelConfig With(string key, object? value)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        return new ModelConfig(Source, [.. _entries, new(key, JsonSerializer.SerializeToElement(value))]);
    }

    /// <summary>The same without a key.</summary>
    public ModelConfig Without(string key) => new(Source, _entries.Where(entry => entry.Key != key));

    /// <summary>The same with other labels: <c>id2label</c>, <c>label2id</c>, as Python writes them.</summary>
    public ModelConfig WithLabels(IReadOnlyList<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        Dictionary<string, int> numbers = [];
        for (int i = 0; i < names.Count; i++)
        {
            numbers.TryAdd(names[i], i);
        }

        return Without("num_labels")
            .With(
                "id2label",
                names.Select((name, i) => (Name: name, i)).ToDictionary(
                    pair => pair.i.ToString(CultureInfo.InvariantCulture), pair => pair.Name))
            .With("label2id", numbers);
    }

    /// <summary>The configurations inside one key whose names begin with some words, in order.</summary>
    internal IReadOnlyList<KeyValuePair<string, ModelConfig>> Parts(string key, string beginning)
        => Find(key) is { ValueKind: JsonValueKind.Object } parts
            ? [.. parts.EnumerateObject()
                .Where(part => part.Name.StartsWith(beginning, StringComparison.Ordinal) && part.Value.ValueKind == JsonValueKind.Object)
                .Select(part => KeyValuePair.Create(
                    part.Name, new ModelConfig(
                        Source, part.Value.EnumerateObject().Select(item => KeyValuePair.Create(item.Name, item.Value)))))]
            : [];

    /// <summary>The same with every key of another configuration set as that has it.</summary>
    internal ModelConfig With(ModelConfig other) => new(Source, [.. _entries, .. other._entries]);

    /// <summary>Whether a key has a value other than null.</summary>
    public bool Has(string key) => Find(key) is not null;

    /// <summary>A whole number.</summary>
    /// <exception cref="InvalidDataException">The key is missing or no whole number.</exception>
    public int Whole(string key) => Find(key) is { } value ? Whole(key, value) : throw Missing(key, "a whole number");

    /// <summary>A whole number, or <paramref name="fallback"/> where the key is missing or null.</summary>
    /// <exception cref="InvalidDataException">The key is no whole number.</exception>
    public int Whole(string key, int fallback) => Find(key) is { } value ? Whole(key, value) : fallback;

    /// <summary>A whole number that sizes something: at least 1 and not so large that memory runs out.</summary>
    /// <param name="key">The key.</param>
    /// <param name="fallback">The value where the key is missing or null; null means that it must be there.</param>
    /// <param name="most">The largest number that is accepted; 1000 is right for layers. Default: 16,777,216.</param>
    /// <exception cref="InvalidDataException">The key is missing, no whole number, or out of that range.</exception>
    public int Size(string key, int? fallback = null, int most = LargestSize)
    {
        int size = fallback is { } given ? Whole(key, given) : Whole(key);
        return size >= 1 && size <= most
            ? size
            : throw Wrong(key, $"a whole number from 1 to {most}", size.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>The number of attention heads, checked against the width that they share.</summary>
    /// <exception cref="InvalidDataException">The key is missing or wrong, or the heads do not divide the width.</exception>
    internal int Heads(string key, int width, int? fallback = null)
    {
        int heads = Size(key, fallback, 4096);
        return width % heads == 0
            ? heads
            : throw new InvalidDataException(
                $"'{Source}': {heads} heads ({key}) do not divide the width of {width}. Get the config.json that belongs to the weights.");
    }

    /// <summary>A number.</summary>
    /// <exception cref="InvalidDataException">The key is missing or not a number.</exception>
    public double Number(string key) => Find(key) is { } value ? Number(key, value) : throw Missing(key, "a number");

    /// <summary>A number, or <paramref name="fallback"/> where the key is missing or null.</summary>
    /// <exception cref="InvalidDataException">The key is not a number.</exception>
    public double Number(string key, double fallback) => Find(key) is { } value ? Number(key, value) : fallback;

    /// <summary>A probability, from 0 to below 1, or <paramref name="fallback"/> where the key is missing or null.</summary>
    /// <exception cref="InvalidDataException">The key is no such number.</exception>
    public double Probability(string key, double fallback)
    {
        double value = Number(key, fallback);
        return value is >= 0 and < 1
            ? value
            : throw Wrong(key, "a probability from 0 to below 1", value.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>A text.</summary>
    /// <exception cref="InvalidDataException">The key is missing or no text.</exception>
    public string Text(string key) => Find(key) is { } value ? Text(key, value) : throw Missing(key, "a text");

    /// <summary>A text, or <paramref name="fallback"/> where the key is missing or null.</summary>
    /// <exception cref="InvalidDataException">The key is no text.</exception>
    public string Text(string key, string fallback) => Find(key) is { } value ? Text(key, value) : fallback;

    /// <summary>A truth value, or <paramref name="fallback"/> where the key is missing or null.</summary>
    /// <exception cref="InvalidDataException">The key is no truth value.</exception>
    public bool Flag(string key, bool fallback = false) => Find(key) switch
    {
        null => fallback,
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        { } value => throw Wrong(key, "true or false", value.ToString()),
    };

    /// <summary>A list of texts, or one text as a list of one; null where the key is missing or null.</summary>
    /// <exception cref="InvalidDataException">The key is neither.</exception>
    public IReadOnlyList<string>? Texts(string key) => Find(key) switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } text => [text.GetString()!],
        { ValueKind: JsonValueKind.Array } list => [.. list.EnumerateArray().Select(item => Text(key, item))],
        { } value => throw Wrong(key, "a list of texts", value.ToString()),
    };

    /// <summary>A list of whole numbers, or one number as a list of one; empty where the key is missing or null.</summary>
    /// <exception cref="InvalidDataException">The key is neither.</exception>
    public IReadOnlyList<int> Wholes(string key) => Find(key) switch
    {
        null => [],
        { ValueKind: JsonValueKind.Array } list => [.. list.EnumerateArray().Select(item => Whole(key, item))],
        { } value => [Whole(key, value)],
    };

    /// <summary>Lists of whole numbers; empty where the key is missing or null.</summary>
    /// <exception cref="InvalidDataException">The key is no list of lists.</exception>
    internal IReadOnlyList<int[]> WholeLists(string key) => Find(key) switch
    {
        null => [],
        { ValueKind: JsonValueKind.Array } lists when lists.EnumerateArray().All(list => list.ValueKind == JsonValueKind.Array)
            =>
            [
                .. lists.EnumerateArray()
                    .Where(list => list.EnumerateArray().All(item => item.ValueKind != JsonValueKind.Null)) // no rule
                    .Select(list => list.EnumerateArray().Select(item => Whole(key, item)).ToArray())
            ],
        { } value => throw Wrong(key, "lists of whole numbers", value.ToString()),
    };

    /// <summary>Numbers by name; empty where the key is missing or null.</summary>
    /// <exception cref="InvalidDataException">The key is no dictionary of numbers.</exception>
    internal Dictionary<string, double> Numbers(string key) => Find(key) switch
    {
        null => [],
        { ValueKind: JsonValueKind.Object } table => table
            .EnumerateObject()
            .DistinctBy(item => item.Name)
            .ToDictionary(item => item.Name, item => Number(key, item.Value)),
        { } value => throw Wrong(key, "a dictionary of numbers", value.ToString()),
    };

    /// <summary>The JSON of a key that is there.</summary>
    internal string Json(string key) => Find(key)?.GetRawText() ?? throw Missing(key, "a value");

    /// <summary>Whether a key says anything: it is there and neither null, false nor empty.</summary>
    internal bool IsSet(string key) => Find(key) switch
    {
        null or { ValueKind: JsonValueKind.False } => false,
        { ValueKind: JsonValueKind.Array } list => list.GetArrayLength() > 0,
        { ValueKind: JsonValueKind.Object } table => table.EnumerateObject().Any(),
        { ValueKind: JsonValueKind.String } text => text.GetString()!.Length > 0,
        _ => true,
    };

    /// <summary>Whether a key holds a number.</summary>
    internal bool IsNumber(string key) => Find(key) is { ValueKind: JsonValueKind.Number };

    /// <summary>Whether a key holds a text.</summary>
    internal bool IsText(string key) => Find(key) is { ValueKind: JsonValueKind.String };

    /// <summary>The same with some of another configuration's keys set as that has them.</summary>
    internal ModelConfig With(ModelConfig other, IReadOnlyCollection<string> keys)
        => With(new ModelConfig(other.Source, other._entries.Where(entry => keys.Contains(entry.Key))));

    /// <summary>All of it as indented JSON, in the order of the keys.</summary>
    public string ToJson()
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter writer = new(stream, Writing))
        {
            writer.WriteStartObject();
            foreach ((string key, JsonElement value) in _entries)
            {
                writer.WritePropertyName(key);
                value.WriteTo(writer);
            }

            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private static ModelConfig Parse(string source, string json)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json, Reading);
            if (JsonText.HasHalfPairs<char>(json))
            {
                throw new InvalidDataException($"'{source}' is no sound JSON: {JsonText.HalfPair}. Get the file again.");
            }

            return document.RootElement.ValueKind == JsonValueKind.Object
                ? new ModelConfig(
                    source,
                    [
                        .. document.RootElement
                            .EnumerateObject()
                            .Select(item => new KeyValuePair<string, JsonElement>(item.Name, item.Value.Clone()))
                    ])
                : throw new InvalidDataException(
                    $"'{source}' holds a JSON {document.RootElement.ValueKind}; expected an object with the numbers of a network.");
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"'{source}' is no sound JSON: {exception.Message} Get the file again.", exception);
        }
    }

    private JsonElement? Find(string key)
        => _values.TryGetValue(key, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private int Whole(string key, JsonElement value)
        => value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number)
            ? number
            : throw Wrong(key, "a whole number", value.ToString());

    private double Number(string key, JsonElement value)
        => value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number)
            ? number
            : throw Wrong(key, "a number", value.ToString());

    private string Text(string key, JsonElement value)
        => value.ValueKind == JsonValueKind.String ? value.GetString()! : throw Wrong(key, "a text", value.ToString());

    private string[]? ReadLabels()
    {
        if (Find("id2label") is not { ValueKind: JsonValueKind.Object } table)
        {
            return null;
        }

        Dictionary<int, string> names = [];
        foreach (JsonProperty item in table.EnumerateObject())
        {
            if (!int.TryParse(item.Name, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
                || item.Value.ValueKind != JsonValueKind.String)
            {
                throw Wrong("id2label", "numbers with names", $"'{item.Name}': {item.Value}");
            }

            names[number] = item.Value.GetString()!;
        }

        return names.Count > 0 && names.Keys.Max() == names.Count - 1
            ? [.. names.OrderBy(pair => pair.Key).Select(pair => pair.Value)]
            : throw Wrong(
                "id2label", "the numbers from 0 on without a gap", $"{names.Count} numbers up to {names.Keys.DefaultIfEmpty(-1).Max()}");
    }

    private InvalidDataException Missing(string key, string expected)
        => new($"'{Source}' has no '{key}'; expected {expected}. Get the config.json that belongs to the weights, or add the key.");

    private InvalidDataException Wrong(string key, string expected, string found)
        => new($"'{Source}': '{key}' should be {expected}, and is {Shortened(found)}. Get the config.json that belongs to the weights.");

    private static string Shortened(string text) => text.Length <= 80 ? text : text[..80] + "…";
}
