using System.Diagnostics.CodeAnalysis;

namespace TransferLearning;

/// <summary>Named tensors, in order, of a checkpoint file or of memory. Opening a file reads descriptions only; tensors are read when they
/// are asked for, as often as they are asked for, until the file is closed by <see cref="Dispose"/>.</summary>
public sealed class StateDict : IDisposable
{
    private readonly CheckpointFile? _file;
    private readonly List<TensorEntry> _entries;
    private readonly Dictionary<string, TensorEntry> _byName;

    private StateDict(CheckpointFile? file, CheckpointContent content, List<TensorEntry> entries)
    {
        _file = file;
        Root = content.Root;
        Metadata = content.Metadata;
        _entries = entries;
        _byName = entries.ToDictionary(entry => entry.Name);
    }

    /// <summary>The named tensors, in the order of the file.</summary>
    public IReadOnlyList<TensorEntry> Entries => _entries;

    /// <summary>Everything the file holds, as a tree under the names it has there: also the numbers and texts beside the weights.</summary>
    public CheckpointValue Root { get; }

    /// <summary>The texts that a safetensors file (or the index of shards) carries beside its tensors; empty in torch files.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>The file that tensors in memory were made from, for reports and errors.</summary>
    private string? Origin { get; init; }

    /// <summary>What to call it in messages.</summary>
    internal string Source => _file?.Path ?? Origin ?? "tensors in memory";

    /// <summary>
    /// Opens a checkpoint: a zip <c>.pth</c> or <c>.pt</c>, a legacy <c>.pth</c> or <c>.th</c>, a safetensors file, or the
    /// <c>.index.json</c> of a sharded set. The content decides which, not the name. No code of the file is run. The caller disposes the
    /// result.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="options">Which part to take and how to name it; null for the defaults.</param>
    /// <exception cref="CheckpointException">The path is a folder, the file is no sound checkpoint, or the key map gives two tensors one
    /// name.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public static StateDict Open(string path, CheckpointOptions? options = null)
    {
        options ??= new CheckpointOptions();
        CheckpointFile file = CheckpointFile.Open(path, options.MapFile);
        try
        {
            IReadOnlyList<ICheckpointFormat> forms = [.. options.AdditionalFormats, .. CheckpointForms.All];
            CheckpointContent content = CheckpointForms.Find(file, forms).Read(file, options);
            return new StateDict(file, content, StateDictSection.Entries(file, content.Root, options));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>
    /// A state dict of tensors in memory. It refers to them, copies nothing and does not dispose them: they must outlive it.
    /// </summary>
    /// <param name="tensors">Names, each once, and tensors.</param>
    /// <param name="metadata">Texts to store beside them in a safetensors file.</param>
    /// <param name="source">Where they come from, such as a file of another form, for reports and errors.</param>
    public static StateDict FromTensors(
        IEnumerable<KeyValuePair<string, Tensor>> tensors, IReadOnlyDictionary<string, string>? metadata = null, string? source = null)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        List<TensorEntry> entries = [.. tensors.Select(
            pair => new TensorEntry(pair.Key, TensorView.Of(pair.Value, pair.Value is TorchSharp.Modules.Parameter)))];
        CheckpointContent content = CheckpointContent.FromTensors(
            entries.Select(entry => KeyValuePair.Create(entry.Name, entry.View)), metadata);
        return new StateDict(null, content, entries) { Origin = source };
    }

    /// <summary>Whether there is a tensor of a name, and which.</summary>
    public bool TryGet(string name, [NotNullWhen(true)] out TensorEntry? entry) => _byName.TryGetValue(name, out entry);

    /// <summary>Reads one tensor into a new contiguous CPU tensor. The caller disposes it.</summary>
    /// <exception cref="KeyNotFoundException">There is no tensor of that name.</exception>
    /// <exception cref="CheckpointException">The bytes end early or fail their checksum.</exception>
    public Tensor Read(string name) => Require(name).View.Read();

    /// <summary>Reads one tensor into an existing one; see <see cref="TensorView.ReadInto"/>. The caller keeps the destination.</summary>
    /// <exception cref="KeyNotFoundException">There is no tensor of that name.</exception>
    /// <exception cref="ArgumentException">The shapes differ, or complex numbers would lose their imaginary part.</exception>
    /// <exception cref="CheckpointException">The bytes end early or fail their checksum.</exception>
    public void ReadInto(string name, Tensor destination) => Require(name).View.ReadInto(destination);

    /// <summary>Reads tensors into the parameters and buffers of the same name. All names and shapes are checked first: unless every target
    /// is covered, those under <see cref="LoadOptions.OptionalPrefixes"/> aside, nothing is written. A <c>num_batches_tracked</c> that an
    /// old file lacks becomes 0. The targets' gradients and <c>requires_grad</c> stay.</summary>
    /// <param name="targets">Names and tensors to fill, on any device; the caller keeps them.</param>
    /// <param name="options">What may be absent; null for nothing.</param>
    /// <returns>What became of each name.</returns>
    /// <exception cref="WeightLoadException">A target is not covered; nothing was written.</exception>
    /// <exception cref="CheckpointException">Complex numbers would lose their imaginary part (nothing was written); or bytes end early,
    /// fail their checksum or are NaN or infinite (<see cref="LoadOptions.AllowNonFinite"/>), which shows only while they are read: then
    /// some targets hold new values, and the model should be thrown away.</exception>
    public WeightLoadReport LoadInto(IReadOnlyList<KeyValuePair<string, Tensor>> targets, LoadOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(targets);
        return WeightLoading.Load(Source, this, targets, options ?? new LoadOptions());
    }

    /// <summary>Writes all tensors to a file. The file appears whole or not at all: should anything fail, what was there before stays.
    /// Views become tensors of their own; tensors on other devices are copied to the CPU.</summary>
    /// <param name="path">The file; its folder must exist. It may be the one this was opened from.</param>
    /// <param name="format">The form; null takes it from the extension (<c>.safetensors</c>; <c>.pth</c>, <c>.pt</c>, <c>.bin</c>).</param>
    /// <param name="metadata">Texts for the header of a safetensors file; null takes <see cref="Metadata"/>. Torch files have none.</param>
    /// <exception cref="ArgumentException">The extension names no form.</exception>
    /// <exception cref="NotSupportedException">The form cannot hold an element type.</exception>
    /// <exception cref="IOException">The file cannot be written: its folder does not exist or may not be written to, the disk is full, or
    /// the path is a folder or a device.</exception>
    public void Save(string path, CheckpointFormat? format = null, IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        CheckpointWriter.Save(path, _entries, format, metadata ?? Metadata);
    }

    /// <inheritdoc/>
    public void Dispose() => _file?.Dispose();

    /// <summary>
    /// The same checkpoint with other entries, which refer to its file or to memory. Only one of the two is to be disposed.
    /// </summary>
    internal StateDict WithEntries(List<TensorEntry> entries)
        => new(_file, new CheckpointContent(Root, Metadata), entries) { Origin = Origin };

    /// <summary>The same checkpoint under the names that a map gives, see <see cref="WithEntries"/>.</summary>
    /// <exception cref="CheckpointException">The map gives two tensors one name.</exception>
    internal StateDict Renamed(KeyMap map)
    {
        List<TensorEntry> entries = [];
        Dictionary<string, string> origins = [];
        foreach (TensorEntry entry in _entries)
        {
            if (map.Apply(entry.Name) is not { } name)
            {
                continue;
            }

            if (!origins.TryAdd(name, entry.Name))
            {
                throw new CheckpointException(
                    CheckpointErrorKind.DuplicateEntry, Source, $"tensor '{entry.Name}'", $"Both it and '{origins[name]}' mean '{name}'.",
                    "Choose the part of the file that is meant.");
            }

            entries.Add(entry with { Name = name });
        }

        return WithEntries(entries);
    }

    private TensorEntry Require(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return _byName.TryGetValue(name, out TensorEntry? entry)
            ? entry
            : throw new KeyNotFoundException(
                $"'{Source}' has no tensor '{name}' among its {_entries.Count}. StateDict.Entries lists them.");
    }
}
