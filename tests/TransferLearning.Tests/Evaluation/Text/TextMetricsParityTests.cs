using System.Text.Json;
using TorchSharp;

namespace TransferLearning.Tests;

/// <summary>Every measure of text/metrics.json.</summary>
[Trait("Category", "Parity")]
public sealed class TextMetricsParityTests
{
    private static readonly JsonElement Golden = ParityFolder.Json("text/metrics.json").RootElement;

    private readonly JsonComparison _comparison = new(Golden.GetProperty("tolerance").GetDouble());

    [Theory]
    [InlineData("wer")]
    [InlineData("cer")]
    public void Error_rates_equal_the_reference(string name)
    {
        JsonElement golden = Golden.GetProperty("error_rates");
        List<string> references = [], hypotheses = [];
        foreach (JsonElement pair in golden.GetProperty("pairs").EnumerateArray())
        {
            references.Add(pair.GetProperty("reference").GetString()!);
            hypotheses.Add(pair.GetProperty("hypothesis").GetString()!);
            ErrorCounts counts = name == "wer"
                ? ErrorRate.Words(hypotheses[^1], references[^1])
                : ErrorRate.Characters(hypotheses[^1], references[^1]);
            JsonElement expected = pair.GetProperty(name);
            _comparison.Compare($"{name} of '{hypotheses[^1]}'", expected, expected.TryGetProperty("substitutions", out _)
                ? new
                {
                    edits = counts.Edits,
                    reference_units = counts.ReferenceUnits,
                    rate = counts.Rate,
                    substitutions = counts.Substitutions,
                    deletions = counts.Deletions,
                    insertions = counts.Insertions,
                }
                : Rate(counts));
        }

        _comparison.Compare("corpus", golden.GetProperty("corpus").GetProperty(name),
            Rate(name == "wer" ? ErrorRate.Words(hypotheses, references) : ErrorRate.Characters(hypotheses, references)));
        Finish(30);

        static object Rate(ErrorCounts counts) => new { edits = counts.Edits, reference_units = counts.ReferenceUnits, rate = counts.Rate };
    }

    [Fact]
    public void Words_of_translations_equal_the_tokenizer()
        => Assert.All(Golden.GetProperty("tokenize_13a").EnumerateArray(), text
            => Assert.Equal(Strings(text.GetProperty("tokens")), Tokenizer13a.Words(text.GetProperty("text").GetString()!)));

    [Fact]
    public void Bleu_equals_the_reference()
    {
        JsonElement golden = Golden.GetProperty("bleu");
        JsonElement[] items = [.. golden.GetProperty("items").EnumerateArray()];
        string[] hypotheses = [.. items.Select(item => item.GetProperty("hyp").GetString()!)];
        string[][] references = [.. items.Select(item => Strings(item.GetProperty("refs")))];
        foreach (JsonProperty corpus in golden.GetProperty("corpus").EnumerateObject())
        {
            string[][] used = corpus.Name == "first_reference" ? [.. references.Select(r => r[..1])] : references;
            foreach (JsonProperty smoothing in corpus.Value.EnumerateObject())
            {
                BleuOptions options = Options(smoothing.Name) with
                {
                    Lowercase = corpus.Name.EndsWith("lowercase", StringComparison.Ordinal),
                };
                _comparison.Compare($"{corpus.Name} {smoothing.Name}", smoothing.Value, Record(Bleu.Corpus(hypotheses, used, options)));
            }
        }

        foreach ((int i, JsonElement expected) in golden.GetProperty("sentence_exp_effective_order").EnumerateArray().Index())
        {
            _comparison.Compare($"sentence {i}", expected, Record(Bleu.Sentence(hypotheses[i], references[i])));
        }

        foreach (JsonElement item in golden.GetProperty("short").EnumerateArray())
        {
            foreach (JsonProperty part in item.EnumerateObject().Where(part => part.Name is not ("hyp" or "refs")))
            {
                string hypothesis = item.GetProperty("hyp").GetString()!;
                BleuScore score = Bleu.Corpus([hypothesis], [Strings(item.GetProperty("refs"))], Options(part.Name));
                _comparison.Compare($"'{hypothesis}' {part.Name}", part.Value, Record(score));
            }
        }

        Finish(300);

        static object Record(BleuScore score) => new
        {
            score = score.Score,
            precisions = score.Precisions,
            bp = score.BrevityPenalty,
            correct = score.Correct,
            total = score.Total,
            hyp_len = score.HypothesisLength,
            ref_len = score.ReferenceLength,
        };
        static BleuOptions Options(string name) => name switch
        {
            "exp" => new(),
            "none" => new() { Smoothing = BleuSmoothing.None },
            "floor" => new() { Smoothing = BleuSmoothing.Floor },
            "add-k" => new() { Smoothing = BleuSmoothing.AddK },
            "exp_effective_order" => new() { EffectiveOrder = true },
            _ => throw new InvalidDataException($"The smoothing '{name}' is not known."),
        };
    }

    [Fact]
    public void Rouge_equals_the_reference()
    {
        JsonElement golden = Golden.GetProperty("rouge");
        JsonElement[] pairs = [.. golden.GetProperty("pairs").EnumerateArray()];
        foreach (JsonElement pair in pairs)
        {
            RougeScores scores = Rouge.Score(pair.GetProperty("hypothesis").GetString()!, pair.GetProperty("reference").GetString()!);
            foreach ((string name, RougeScore score) in Parts(scores))
            {
                _comparison.Compare(
                    $"{name} of '{pair.GetProperty("hypothesis")}'",
                    pair.GetProperty(name),
                    new { precision = score.Precision, recall = score.Recall, f1 = score.F1 });
            }
        }

        RougeScores mean = Rouge.Mean(
            [
                .. pairs.Select(pair => pair.GetProperty("hypothesis").GetString()!)
            ], [.. pairs.Select(pair => pair.GetProperty("reference").GetString()!)]);
        _comparison.Compare("mean", golden.GetProperty("mean_f1"), Parts(mean).ToDictionary(part => part.Name, part => part.Score.F1));
        Finish(50);

        static (string Name, RougeScore Score)[] Parts(RougeScores scores)
            => [("rouge1", scores.Rouge1), ("rouge2", scores.Rouge2), ("rougeL", scores.RougeL), ("rougeLsum", scores.RougeLsum)];
    }

    [Fact]
    public void Entities_equal_the_reference()
    {
        foreach (JsonElement set in Golden.GetProperty("entities").EnumerateArray())
        {
            string[][] real = Rows("true"), predicted = Rows("pred");
            foreach (
                (string reading, TagScheme scheme) in new[]
                {
                    ("lenient", TagScheme.Lenient),
                    ("strict", Enum.Parse<TagScheme>(set.GetProperty("scheme").GetString()!, ignoreCase: true)),
                })
            {
                JsonElement entities = set.GetProperty($"entities_{reading}");
                Assert.Equal(Listed(entities.GetProperty("true")), real.Select(tags => Shown(EntityScore.Entities(tags, scheme))));
                Assert.Equal(Listed(entities.GetProperty("pred")), predicted.Select(tags => Shown(EntityScore.Entities(tags, scheme))));
                EntityReport report = EntityScore.Of(predicted, real, scheme);
                _comparison.Compare($"{scheme}", set.GetProperty(reading), new
                {
                    per_type = report.Types.ToDictionary(type => type.Type, Metrics),
                    micro = Metrics(report.Micro),
                    macro = new { precision = report.Macro.Precision, recall = report.Macro.Recall, f1 = report.Macro.F1 },
                    weighted = new { precision = report.Weighted.Precision, recall = report.Weighted.Recall, f1 = report.Weighted.F1 },
                    token_accuracy = report.TokenAccuracy,
                });
            }

            string[][] Rows(string name) => [.. set.GetProperty(name).EnumerateArray().Select(Strings)];
        }

        Finish(60);

        static object Metrics(EntityMetrics metrics)
            => new { precision = metrics.Precision, recall = metrics.Recall, f1 = metrics.F1, support = metrics.Support };
        static string Shown(IEnumerable<TaggedEntity> entities)
            => string.Join(' ', entities.Select(entity => $"{entity.Type},{entity.First},{entity.Last}"));
        static IEnumerable<string> Listed(JsonElement sentences)
            => sentences
                .EnumerateArray()
                .Select(
                    sentence => string.Join(' ', sentence.EnumerateArray().Select(entity => string.Join(',', entity.EnumerateArray()))));
    }

    [Fact]
    public void Perplexity_equals_the_reference()
    {
        JsonElement golden = Golden.GetProperty("perplexity");
        double[][][] logits = golden.GetProperty("logits").Deserialize<double[][][]>()!;
        long[][] labels = golden.GetProperty("labels").Deserialize<long[][]>()!;
        long ignored = golden.GetProperty("ignore_index").GetInt64();
        Perplexity all = new();
        List<double> each = [];
        using DisposeScope scope = torch.NewDisposeScope();
        for (int i = 0; i < labels.Length; i++)
        {
            torch.Tensor rows = torch
                .tensor(logits[i].SelectMany(row => row).ToArray())
                .reshape(labels[i].Length, -1), targets = torch
                .tensor(labels[i]);
            all.Add(rows.unsqueeze(0), targets.unsqueeze(0), ignored);
            each.Add(Perplexity.Of(rows, targets, ignored));
        }

        long vocabulary = golden.GetProperty("uniform_check").GetProperty("vocabulary").GetInt64();
        Compare("mean_nll", all.MeanNegativeLogLikelihood);
        Compare("perplexity", all.Value);
        Compare("per_sequence", each);
        Compare("mean_of_sequences", each.Average());
        Compare("bits_per_token", all.BitsPerToken);
        Compare("uniform_check", new
        {
            vocabulary,
            perplexity_of_equal_logits = Perplexity.Of(torch.zeros(2, 3, vocabulary), torch.zeros(2, 3, torch.int64)),
        });
        Finish(9);

        void Compare(string name, object actual) => _comparison.Compare(name, golden.GetProperty(name), actual);
    }

    private static string[] Strings(JsonElement list) => [.. list.EnumerateArray().Select(item => item.GetString()!)];

    private void Finish(int leastNumbers)
    {
        Assert.Empty(_comparison.Differences);
        Assert.True(_comparison.NumbersSeen >= leastNumbers, $"{_comparison.NumbersSeen} numbers were compared.");
    }
}
