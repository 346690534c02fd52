namespace TransferLearning;

/// <summary>
/// A dictionary of a checkpoint while it is built: keeps the order, and like Python replaces the value of a key in place.
/// </summary>
internal sealed class CheckpointDictionary(string className)
{
    private readonly List<KeyValuePair<CheckpointValue, CheckpointValue>> _pairs = [];
    private Dictionary<CheckpointValue, int>? _places;

    public string ClassName { get; } = className;
    public IReadOnlyList<KeyValuePair<CheckpointValue, CheckpointValue>> Pairs => _pairs;

    public void Set(CheckpointValue key, CheckpointValue value)
    {
        _places ??= new Dictionary<CheckpointValue, int>(CheckpointKeyComparer.Instance);
        if (_places.TryGetValue(key, out int place))
        {
            _pairs[place] = new(_pairs[place].Key, value);
        }
        else
        {
            _places.Add(key, _pairs.Count);
            _pairs.Add(new(key, value));
        }
    }

    public CheckpointValue? Find(string key) =>
        _places is not null && _places.TryGetValue(CheckpointValue.Of(key), out int place) ? _pairs[place].Value : null;
}
