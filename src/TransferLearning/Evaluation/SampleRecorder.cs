using System.Runtime.InteropServices;

namespace TransferLearning;

/// <summary>Keeps what became of each sample of an evaluation.</summary>
internal sealed class SampleRecorder
{
    private readonly LearningTask _task;
    private readonly bool _keepsOutputs;
    private readonly List<int> _indices = [];
    private readonly List<SampleOutcome> _outcomes = [];
    private readonly List<float> _outputs = [];
    private long _width;

    /// <param name="task">The task.</param>
    /// <param name="detail">What is kept.</param>
    /// <param name="dataset">The samples.</param>
    /// <exception cref="ArgumentException">The outputs of all samples are more than an array holds.</exception>
    public SampleRecorder(LearningTask task, SampleDetail detail, Dataset dataset)
    {
        (_task, _keepsOutputs) = (task, detail == SampleDetail.Outputs);
        if (_keepsOutputs && (long)dataset.Count * Math.Max(task.Head.Outputs, 1) > Array.MaxLength)
        {
            throw new ArgumentException(
                $"The outputs of {dataset.Count} samples with {task.Head.Outputs} each are more than fit into one array: keep "
                    + $"{nameof(SampleDetail)}.{nameof(SampleDetail.Outcomes)}, or evaluate parts of the data set.",
                nameof(detail));
        }
    }

    /// <summary>Takes a batch.</summary>
    /// <param name="batch">The batch; it stays the caller's.</param>
    /// <param name="outputs">Its outputs in float32 on the CPU; they stay the caller's.</param>
    /// <exception cref="ArgumentException">The task predicts nothing of whole samples.</exception>
    public void Add(Batch batch, Tensor outputs)
    {
        IReadOnlyList<SampleOutcome> outcomes = _task.Outcomes(batch, outputs)
            ?? throw new ArgumentException(
                $"{_task.Name} predicts nothing of whole samples, so there is nothing to keep of each: leave "
                    + $"{nameof(EvaluateOptions)}.{nameof(EvaluateOptions.Samples)} out.");
        _indices.AddRange(batch.Indices);
        _outcomes.AddRange(outcomes);
        if (_keepsOutputs)
        {
            _width = outputs.numel() / batch.Count;
            _outputs.AddRange(outputs.contiguous().data<float>().ToArray());
        }
    }

    /// <summary>Adds what another process has kept, or gives what this one has.</summary>
    public void Share(MetricState state)
    {
        List<long> widths = [_width];
        state.Append(_indices);
        state.Append(_outcomes);
        state.Append(_outputs);
        state.Append(widths);
        _width = widths.Max();
    }

    /// <summary>All samples in the order of the data set.</summary>
    public SamplePredictions ToPredictions(Dataset dataset)
    {
        int[] order = [.. Enumerable.Range(0, _indices.Count)];
        int[] indices = [.. _indices];
        Array.Sort(indices, order);
        SampleOutcome[] outcomes = [.. order.Select(place => _outcomes[place])];
        float[]? outputs = _keepsOutputs ? new float[_outputs.Count] : null;
        for (int row = 0; outputs is not null && row < order.Length; row++)
        {
            CollectionsMarshal.AsSpan(_outputs).Slice(order[row] * (int)_width, (int)_width).CopyTo(outputs.AsSpan(row * (int)_width));
        }

        return new SamplePredictions(outcomes, indices, outputs, (_task as ClassTask)?.ClassNames ?? [], dataset.NameOf);
    }
}
