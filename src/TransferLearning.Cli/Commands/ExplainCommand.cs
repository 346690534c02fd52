using System.CommandLine;
using System.Globalization;

namespace TransferLearning.Cli;

/// <summary>Says why a model predicts what it does.</summary>
internal sealed class ExplainCommand : ToolSubcommand
{
    private const int WordsShown = 10;

    private readonly SavedModel _model;
    private readonly Argument<string> _input = new("input") { Description = "An image or sound file, or a text in quotes." };
    private readonly Option<string?> _out = new("--out", "-o")
    {
        Description = "The image with what counted laid over it (why.png), or the text with its words coloured (why.html).",
    };

    private readonly Option<string?> _class = new("--class") { Description = "The class to explain. Default: the predicted one." };
    private readonly Option<string?> _method = new("--method")
    {
        Description = "Default: grad-cam for images, integrated-gradients for texts.",
    };

    public ExplainCommand()
        : base("explain", "Show which part of an image or which words of a text a prediction comes from. Example: tl explain bees.tl "
            + "bee.jpg")
    {
        _model = new SavedModel(this);
        Arguments.Add(_input);
        Options.Add(_out);
        Options.Add(_class);
        Options.Add(_method);
        _method.AcceptOnlyFromAmong(
            "grad-cam", "grad-cam++", "hires-cam", "saliency", "integrated-gradients", "smooth-grad", "occlusion", "attention");
    }

    private protected override int Run(ParseResult line, Terminal terminal, CancellationToken cancellationToken)
    {
        using TransferModel model = _model.Open(line);
        string input = line.GetValue(_input)!;
        TargetClass? target = line.GetValue(_class) is { } name ? TargetClass.FromString(name) : null;
        AttributionMethod? method = line.GetValue(_method) switch
        {
            "grad-cam" => new GradCam(),
            "grad-cam++" => new GradCamPlusPlus(),
            "hires-cam" => new HiResCam(),
            "saliency" => new Saliency(),
            "integrated-gradients" => new IntegratedGradients(),
            "smooth-grad" => new SmoothGrad(),
            "occlusion" => new Occlusion(),
            "attention" => new AttentionRollout(),
            _ => null,
        };
        string path;
        Attribution attribution;
        object? words = null;
        switch (model)
        {
            case ImageModel images:
                ImageAttribution image = images.Explain(input, method, target, cancellationToken: cancellationToken);
                path = line.GetValue(_out) ?? "why.png";
                image.SaveOverlay(path);
                attribution = image;
                break;
            case TextModel texts:
                TextAttribution text = texts.Explain(input, method, target, cancellationToken: cancellationToken);
                path = line.GetValue(_out) ?? "why.html";
                text.SaveHtml(path);
                attribution = text;
                words = text.Words.OrderByDescending(word => Math.Abs(word.Value)).Take(WordsShown)
                    .Select(word => new { word.Text, word.Value });
                break;
            default:
                throw new UsageException($"{model.Architecture} takes sounds; images, texts and spectrograms can be explained.");
        }

        string how = string.Create(CultureInfo.InvariantCulture, $"{attribution.TargetName} {attribution.Probability:P1}");
        terminal.Result(
            $"{how}, by {attribution.Method.GetType().Name}\nwritten: {path}",
            new
            {
                Input = attribution.Item,
                Class = attribution.TargetName,
                attribution.Probability,
                attribution.Score,
                Method = attribution.Method.GetType().Name,
                attribution.Layer,
                Out = path,
                Words = words,
            });
        return ExitCode.Success;
    }
}
