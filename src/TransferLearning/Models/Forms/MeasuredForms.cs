using Microsoft.Extensions.Logging.Abstractions;

namespace TransferLearning;

/// <summary>Which form of a network was the fastest for some work on this machine, remembered for the process and in a file.</summary>
/// <remarks>The key says processor, LibTorch, threads, network, work and shape. A file that is not such a record is left alone, and the log
/// says so; one that cannot be written is done without.</remarks>
/// <param name="path">The file; null for none.</param>
/// <param name="isOn">Whether forms are measured at all; else the one that is usually the fastest is taken.</param>
internal sealed class MeasuredForms(string? path, bool isOn = true)
{
    /// <summary>The environment variable that, set to <c>default</c>, keeps forms from being measured.</summary>
    public const string Variable = "TRANSFERLEARNING_FORMS";

    private const string FileName = "transferlearning-forms.json";
    private const int CurrentVersion = 1;
    private const int MostEntries = 2000;
    private const int Trials = 6;
    private const long MostBytes = 1 << 20;

    private static readonly FormsJson Indented = new(new JsonSerializerOptions { WriteIndented = true });

    private readonly Lock _gate = new();
    private readonly Dictionary<string, string> _forms = [];
    private bool _isRead;
    private bool _isOurs = true;

    /// <summary>Those of this process, in the folder that downloaded weights go to.</summary>
    public static MeasuredForms Shared { get; } = new(
        WeightFolders.Download(new WeightStoreOptions()) is { } folder ? Path.Combine(folder, FileName) : null,
        Environment.GetEnvironmentVariable(Variable) != "default");

    /// <summary>Whether forms are measured at all.</summary>
    public bool IsOn => isOn;

    /// <summary>The key of some work.</summary>
    public static string Key(string work) => string.Create(
        CultureInfo.InvariantCulture,
        $"{ProcessorName.Value}; TorchSharp {typeof(torch).Assembly.GetName().Version}; {get_num_threads()} threads; {work}");

    /// <summary>The form that was the fastest; null where that is not known.</summary>
    /// <param name="key">The work.</param>
    /// <param name="forms">The forms that there are.</param>
    /// <param name="logger">Receives why the file is not used.</param>
    public string? Find(string key, IEnumerable<string> forms, ILogger logger)
    {
        lock (_gate)
        {
            if (!_isRead)
            {
                _isRead = true;
                Read(_forms, logger);
            }

            return _forms.TryGetValue(key, out string? form) && forms.Contains(form) ? form : null;
        }
    }

    /// <summary>Whether one way of some work is faster than the usual one: measured where it is not known yet, and remembered.</summary>
    /// <param name="work">What the key says of the work.</param>
    /// <param name="other">The name of the other way.</param>
    /// <param name="usual">The name of the usual way, which is taken where forms are not measured.</param>
    /// <param name="gain">The share of the usual way's time that the other may take.</param>
    /// <param name="prepare">Gives a pass of the other way and one of the usual. What it makes is freed after the measurement.</param>
    public bool IsFaster(string work, string other, string usual, double gain, Func<(Func<Tensor> Other, Func<Tensor> Usual)> prepare)
    {
        if (!IsOn)
        {
            return false;
        }

        string key = Key(work);
        string? form = Find(key, [other, usual], NullLogger.Instance);
        if (form is null)
        {
            using DisposeScope scope = NewDisposeScope();
            using IDisposable guard = no_grad();
            (Func<Tensor> Other, Func<Tensor> Usual) ways = prepare();
            form = FormClock.Least(ways.Other, Trials) < gain * FormClock.Least(ways.Usual, Trials) ? other : usual;
            Keep(key, form, NullLogger.Instance);
        }

        return form == other;
    }

    /// <summary>Remembers the fastest form.</summary>
    public void Keep(string key, string form, ILogger logger)
    {
        lock (_gate)
        {
            _forms[key] = form;
            if (path is null || !_isOurs)
            {
                return;
            }

            try
            {
                // What other processes have written since is kept.
                Dictionary<string, string> all = [];
                Read(all, logger);
                if (!_isOurs)
                {
                    return;
                }

                all[key] = form;
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                AtomicFile.Write(
                    path,
                    stream => JsonSerializer.Serialize(
                        stream,
                        new Content(CurrentVersion, all.Skip(Math.Max(all.Count - MostEntries, 0)).ToDictionary()),
                        Indented.Content));
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or InvalidOperationException
                or NotSupportedException)
            {
                _isOurs = false;
                FormsLog.NotKept(logger, exception.Message);
            }
        }
    }

    private void Read(Dictionary<string, string> forms, ILogger logger)
    {
        if (path is null || !_isOurs || !File.Exists(path))
        {
            return;
        }

        string? fault = null;
        try
        {
            using FileStream file = File.OpenRead(path);
            Content? content = file.Length > MostBytes ? null : JsonSerializer.Deserialize(file, FormsJson.Default.Content);
            if (content is not { Version: CurrentVersion, Forms: not null } || content.Forms.ContainsValue(null!))
            {
                fault = "it is not a record of measured forms";
            }
            else
            {
                foreach ((string key, string form) in content.Forms)
                {
                    forms.TryAdd(key, form);
                }
            }
        }
        catch (Exception exception) when (exception is JsonException or IOException or UnauthorizedAccessException
            or InvalidOperationException or NotSupportedException)
        {
            fault = exception.Message;
        }

        if (fault is not null)
        {
            _isOurs = false;
            FormsLog.NotRead(logger, path, fault);
        }
    }

    /// <summary>The file.</summary>
    internal sealed record Content(int Version, Dictionary<string, string> Forms);
}
