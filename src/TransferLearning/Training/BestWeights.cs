namespace TransferLearning;

/// <summary>Remembers the evaluations, and the weights of the best one.</summary>
internal sealed class BestWeights(nn.Module network) : IDisposable
{
    private readonly List<TrainingEvaluation> _evaluations = [];
    private WeightSnapshot? _weights;

    /// <summary>All evaluations so far.</summary>
    public IReadOnlyList<TrainingEvaluation> Evaluations => _evaluations;

    /// <summary>The best one; null when there was none.</summary>
    public TrainingEvaluation? Best { get; private set; }

    /// <summary>How many evaluations in a row have not been better.</summary>
    public int SinceBest => Best is null ? 0 : _evaluations.Count - 1 - _evaluations.FindLastIndex(evaluation => evaluation.IsBest);

    /// <summary>The weights of the best evaluation under their names; empty when there was none.</summary>
    public IEnumerable<KeyValuePair<string, Tensor>> Named => _weights?.Named ?? [];

    /// <summary>Takes an evaluation in, while the network has the weights that were evaluated.</summary>
    public TrainingEvaluation Add(long step, int epoch, double loss, Score? score)
    {
        // Equal scores, and tasks without one, go by the loss.
        bool isBest = Best is null
            || (score is not null && Best.Score is { } best && score.Value != best.Value ? score.IsBetterThan(best) : loss < Best.Loss);
        TrainingEvaluation evaluation = new(step, epoch, loss, score, isBest);
        _evaluations.Add(evaluation);
        if (isBest)
        {
            Best = evaluation;
            if (_weights is null)
            {
                _weights = new WeightSnapshot(network);
            }
            else
            {
                _weights.Update();
            }
        }

        return evaluation;
    }

    /// <summary>Writes the best weights into the network; false when there are none.</summary>
    public bool Restore()
    {
        _weights?.Restore();
        return _weights is not null;
    }

    /// <summary>Resumes from saved evaluations and weights.</summary>
    public void Load(IReadOnlyList<TrainingEvaluation> evaluations, IReadOnlyDictionary<string, Tensor> weights)
    {
        _evaluations.AddRange(evaluations);
        Best = _evaluations.FindLast(evaluation => evaluation.IsBest);
        if (Best is not null)
        {
            _weights = new WeightSnapshot(network);
            _weights.Load(weights);
        }
    }

    public void Dispose() => _weights?.Dispose();
}
