using System.CommandLine;
using System.Globalization;

namespace TransferLearning.Cli;

/// <summary>Fits the head to the features of a frozen backbone.</summary>
internal sealed class ProbeCommand : TrainingCommand
{
    private readonly Option<string> _method = new("--method")
    {
        Description = "How the head is fitted: logistic, ridge or nearest-mean.",
        DefaultValueFactory = _ => "logistic",
    };

    public ProbeCommand()
        : base(
            "probe",
            "Fit a new last layer to what a frozen network gives for your samples: the quickest way to see what a pretrained network is "
                + "worth, without a learning rate to choose. Example: tl probe images --model resnet18 --out quick.tl")
        => Settings.Add(_method).AcceptOnlyFromAmong("logistic", "ridge", "nearest-mean");

    private protected override Trained Train(
        ParseResult line, Terminal terminal, TrainingWork work, Dictionary<string, object> values, CancellationToken cancellationToken)
    {
        LinearProbe probe = line.GetValue(_method) switch
        {
            "ridge" => new RidgeProbe(),
            "nearest-mean" => new NearestMeanProbe(),
            _ => new LogisticProbe { Seed = work.Seed },
        };
        LinearProbeResult result = terminal.WithBar(
            "features",
            work.Training.Count,
            bar => work.Model.Probe(work.Training, probe, new FeatureOptions { Logger = terminal.Log }, bar, cancellationToken));
        return new Trained(
            string.Create(CultureInfo.InvariantCulture, $"fitted to {result.Count} samples in {result.Seconds:F1} s"),
            new { result.Count, result.Strength, result.Iterations, result.HasConverged, result.Seconds },
            WasCancelled: false);
    }
}
