using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Logging;
using Spectre.Console;
using TransferLearning.Reports;

namespace TransferLearning.Cli;

/// <summary>Where results, notes and progress go: results to stdout, notes and bars to stderr; with <c>--json</c> stdout has JSON
/// alone. Where no terminal listens there are plain lines without escape codes.</summary>
internal sealed class Terminal
{
    private const int WidthOfFiles = 200;

    private static readonly JsonSerializerOptions Form = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    private readonly bool _isJson;
    private readonly IAnsiConsole _results;
    private readonly IAnsiConsole _notes;

    public Terminal(bool isJson, bool isVerbose)
    {
        _isJson = isJson;
        _notes = Open(System.Console.Error, System.Console.IsErrorRedirected);
        _results = isJson ? _notes : Open(System.Console.Out, System.Console.IsOutputRedirected);
        Log = new NoteLogger(this, isVerbose ? LogLevel.Information : LogLevel.Warning);
    }

    /// <summary>Where the library logs to.</summary>
    public ILogger Log { get; }

    /// <summary>Says something beside the result.</summary>
    public void Note(string text) => Line(_notes, text);

    /// <summary>Writes the result, as text for people or as a document for programs.</summary>
    public void Result(string text, object document)
    {
        if (_isJson)
        {
            Json(document);
        }
        else
        {
            Line(_results, text);
        }
    }

    /// <summary>The same with a table.</summary>
    public void Result(Table table, object document)
    {
        if (_isJson)
        {
            Json(document);
        }
        else
        {
            _results.Write(table);
        }
    }

    /// <summary>Shows a training: a bar, lines, or a JSON document for each epoch.</summary>
    public ShownTraining Training() => new(_isJson ? null : new ConsoleProgress(_notes), epoch => Json(epoch));

    /// <summary>Runs work that reports how far it is, with a bar where a terminal listens.</summary>
    public T WithBar<T>(string title, double total, Func<IProgress<int>, T> work)
    {
        if (!_notes.Profile.Out.IsTerminal || !_notes.Profile.Capabilities.Ansi || total <= 0)
        {
            return work(new Reporter<int>(_ => { }));
        }

        return _notes.Progress().AutoClear(true).Start(context =>
        {
            ProgressTask bar = context.AddTask(Markup.Escape(title), maxValue: total);
            return work(new Reporter<int>(done => bar.Value = done));
        });
    }

    /// <summary>A table without anything but spaces between its columns.</summary>
    public static Table Table(params string[] columns)
    {
        Table table = new() { Border = TableBorder.None };
        foreach (string column in columns)
        {
            bool isNumber = column.StartsWith('>');
            TableColumn shown = new(Markup.Escape(column.TrimStart('>'))) { NoWrap = true, Padding = new Padding(0, 0, 3, 0) };
            table.AddColumn(isNumber ? shown.RightAligned() : shown);
        }

        return table;
    }

    /// <summary>Adds a row of plain text.</summary>
    public static void AddRow(Table table, params string[] cells) => table.AddRow(Array.ConvertAll(cells, Markup.Escape));

    /// <summary>A share in per cent.</summary>
    public static string Percent(double share) => share.ToString("P1", CultureInfo.InvariantCulture);

    private static void Line(IAnsiConsole console, string text) => console.Profile.Out.Writer.WriteLine(text);

    private static void Json(object document) => System.Console.Out.WriteLine(JsonSerializer.Serialize(document, Form));

    private static IAnsiConsole Open(TextWriter writer, bool isRedirected)
    {
        bool isPlain = isRedirected || Environment.GetEnvironmentVariable("NO_COLOR") is { Length: > 0 };
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = isPlain ? AnsiSupport.No : AnsiSupport.Detect,
            ColorSystem = isPlain ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
            Interactive = InteractionSupport.No,
        });
        console.Profile.Width = isRedirected ? WidthOfFiles : console.Profile.Width;
        return console;
    }
}
