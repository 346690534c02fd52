using System.Diagnostics;
using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning;

/// <summary>Judges a text network on a data set.</summary>
internal sealed class TextJudge
{
    // Metrics over all scores (areas, calibration) need them kept: up to this many numbers, beyond it only counts are.
    private const long LargestScoreTable = 64L << 20;
    private const string Outside = "O";

    private readonly TextNetwork _network;
    private readonly TextProblem _problem;
    private readonly TextLoader _loader;
    private readonly TextStep _step;
    private readonly ClassificationAccumulator? _classes;
    private readonly EntityScore? _entities;
    private long _truePositive;
    private long _falsePositive;
    private long _falseNegative;

    public TextJudge(TextNetwork network, Device device, TextProblem problem, TextLoader loader)
    {
        (_network, _problem, _loader) = (network, problem, loader);
        _step = new TextStep(network, device, problem, new CrossEntropyLoss());
        IReadOnlyList<string> names = loader.Dataset.ClassNames;
        if (network.Task == TextTask.SequenceClassification && problem == TextProblem.SingleLabel)
        {
            _classes = new ClassificationAccumulator(names.Count, keepScores: (long)loader.Dataset.Count * names.Count <= LargestScoreTable);
        }
        else if (network.Task == TextTask.TokenClassification)
        {
            _classes = new ClassificationAccumulator(names.Count, keepScores: false);
            bool hasEntities = names.All(name => name == Outside || (name.Length > 2 && name[1] == '-' && "BIESLU".Contains(name[0], StringComparison.Ordinal)));
            _entities = hasEntities ? new EntityScore() : null;
        }
    }

    public TextEvaluation Run(IProgress<int>? progress, CancellationToken cancellationToken)
    {
        Stopwatch clock = Stopwatch.StartNew();
        double loss = 0;
        long weight = 0, right = 0;
        int count = 0;
        bool hasRight = false;
        _network.eval();
        using IDisposable guard = no_grad();
        foreach (TextBatch batch in _loader.Epoch(0, 0, cancellationToken))
        {
            using (batch)
            using (DisposeScope scope = NewDisposeScope())
            {
                StepLoss result = _step.Compute(batch, out Tensor logits);
                loss += result.Loss.item<float>() * result.Weight;
                weight += result.Weight;
                hasRight |= result.Right is not null;
                right += result.Right?.item<long>() ?? 0;
                Take(batch, logits.cpu());
                count += batch.Count;
                progress?.Report(count);
            }
        }

        if (count == 0)
        {
            throw new ArgumentException("There is no sample to evaluate on.");
        }

        double mean = loss / Math.Max(weight, 1);
        bool isLanguage = _network.Task is TextTask.MaskedLanguageModel or TextTask.CausalLanguageModel or TextTask.SequenceToSequence;
        ClassificationReport? report = _classes?.ToReport(_loader.Dataset.ClassNames);
        return new TextEvaluation(mean, count, _loader.Encoding.TruncatedTexts, clock.Elapsed.TotalSeconds)
        {
            Accuracy = report?.Accuracy ?? (hasRight ? (double)right / Math.Max(weight, 1) : null),
            Report = report,
            Entities = _entities?.Report,
            Perplexity = isLanguage ? Math.Exp(mean) : null,
            MicroF1 = IsMultiple ? 2.0 * _truePositive / Math.Max(1, (2 * _truePositive) + _falsePositive + _falseNegative) : null,
            MeanSquaredError = _network.Task == TextTask.SequenceClassification && _problem == TextProblem.Regression ? mean : null,
        };
    }

    private bool IsMultiple => _network.Task == TextTask.SequenceClassification && _problem == TextProblem.MultipleLabels;

    private void Take(TextBatch batch, Tensor logits)
    {
        if (IsMultiple)
        {
            Tensor chosen = logits.gt(0), real = batch.Labels.gt(0.5);
            _truePositive += chosen.logical_and(real).sum().item<long>();
            _falsePositive += chosen.logical_and(real.logical_not()).sum().item<long>();
            _falseNegative += chosen.logical_not().logical_and(real).sum().item<long>();
        }
        else if (_network.Task == TextTask.TokenClassification)
        {
            TakeTags(batch, logits);
        }
        else if (_classes is not null)
        {
            float[] probabilities = [.. logits.softmax(1).contiguous().data<float>()];
            long[] labels = [.. batch.Labels.data<long>()];
            for (int i = 0; i < labels.Length; i++)
            {
                _classes.Add(probabilities.AsSpan(i * _classes.ClassCount, _classes.ClassCount), labels[i]);
            }
        }
    }

    // Words that were cut off are judged too: as being outside of every entity.
    private void TakeTags(TextBatch batch, Tensor logits)
    {
        IReadOnlyList<string> names = _loader.Dataset.ClassNames;
        int outside = Math.Max(0, names.ToList().IndexOf(Outside));
        long[] best = [.. logits.argmax(2).contiguous().data<long>()];
        for (int i = 0; i < batch.Count; i++)
        {
            TaggedWords words = (TaggedWords)_loader.Dataset.Read(batch.Indices[i]).Content;
            int[] found = new int[words.Words.Count];
            Array.Fill(found, outside);
            EncodedText encoded = batch.Examples[i].Encoded;
            foreach (int token in WordTagEncoding.FirstPieces(encoded))
            {
                found[encoded.WordIndices[token]] = (int)best[(i * batch.Inputs.Length) + token];
            }

            for (int word = 0; word < found.Length; word++)
            {
                _classes!.AddPrediction(found[word], words.Tags[word]);
            }

            _entities?.Add([.. found.Select(tag => names[tag])], [.. words.Tags.Select(tag => names[tag])]);
        }
    }
}
