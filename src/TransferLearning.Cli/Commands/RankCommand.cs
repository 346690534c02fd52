using System.CommandLine;

namespace TransferLearning.Cli;

/// <summary>Compares pretrained networks.</summary>
internal sealed class RankCommand : ToolSubcommand
{
    private readonly DataOptions _data;
    private readonly Option<string[]> _models = new("--models", "-m")
    {
        Description = "The candidates: names that tl models lists, name=FILE with weights of your own, name=random, or saved models.",
        Required = true,
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<int?> _limit = new("--limit") { Description = "At most so many samples are looked at." };
    private readonly Option<long> _seed = new("--seed") { Description = "Fixes every draw." };

    public RankCommand()
        : base(
            "rank",
            "Find out which pretrained network suits your samples, without fine-tuning any, and whether a probe is enough. "
                + "Example: tl rank images --models resnet18 mobilenet_v3_small")
    {
        _data = new DataOptions(new SettingList(this), "The part of the data, a folder inside it. Default: train, if there is one.");
        Options.Add(_models);
        Options.Add(_limit);
        Options.Add(_seed);
    }

    private protected override int Run(ParseResult line, Terminal terminal, CancellationToken cancellationToken)
    {
        DataSource source = _data.Source(line, terminal);
        using Dataset dataset = source.Open(_data.Part(line) ?? source.TrainingPart);
        ModelCandidate[] candidates =
        [
            .. line.GetValue(_models)!.SelectMany(names => names.Split(',', StringSplitOptions.RemoveEmptyEntries))
                .Select(name => new ModelCandidate(name, () => Open(name, dataset, line.GetValue(_seed), cancellationToken))),
        ];
        ModelRankingOptions options = new() { SampleLimit = line.GetValue(_limit), Seed = line.GetValue(_seed) };
        ModelRanking ranking = ModelAdvisor.Rank(
            dataset,
            candidates,
            options,
            new Reporter<ModelRankingProgress>(step =>
            {
                if (step.Samples == step.OfSamples)
                {
                    terminal.Note($"{step.Candidate} of {step.Candidates}: features of {step.Samples} samples by {step.Name}");
                }
            }),
            cancellationToken);
        terminal.Result(
            ranking.ToString(),
            new
            {
                ranking.SampleCount,
                ranking.ClassCount,
                ranking.StandardError,
                Models = ranking.Rows,
                ranking.Recommendation,
                ranking.RecommendsFineTuning,
            });
        return ExitCode.Success;
    }

    private static TransferModel Open(string name, Dataset dataset, long seed, CancellationToken cancellationToken)
        => name.Split('=', 2) switch
        {
            [var network, "random"] => TransferModel.Create(network, dataset.ClassNames.Count, seed),
            [var network, var weights] => Pretrained.Load(network, weights, cancellationToken: cancellationToken),
            _ => File.Exists(name) || Directory.Exists(name)
                ? TransferModel.Load(name)
                : Pretrained.Load(name, cancellationToken: cancellationToken),
        };
}
