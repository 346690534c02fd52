namespace TransferLearning;

/// <summary>
/// Trains the pretrained classifier on together with the new one: it is to give for each sample the probabilities of the source's classes
/// that its new class stands for (You et al., "Co-Tuning for Transfer Learning", 2020). How new classes relate to those of the source is
/// the mean of the source's probabilities over the training samples of each, computed once before training. For image classifiers, and any
/// whose pretrained weights have a classifier.
/// </summary>
/// <remarks>The head of the source model is trained during the run and put back after it: nothing else may use that model
/// meanwhile.</remarks>
public sealed record CoTuning : TrainingMethod
{
    private readonly TransferModel _source;

    /// <summary>Creates the method.</summary>
    /// <param name="source">The pretrained model as it was loaded, with its classifier: <c>Pretrained.ResNet18()</c> once more. It stays
    /// the caller's and must live as long as the run.</param>
    /// <param name="weight">The factor of the source's classes in the loss, at least 0; the published one.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is out of its range.</exception>
    public CoTuning(TransferModel source, double weight = 2.3)
    {
        ArgumentNullException.ThrowIfNull(source);
        (_source, Weight) = (source, ValidNumber.NotNegative(weight, nameof(weight)));
    }

    /// <summary>The factor of the source's classes in the loss.</summary>
    public double Weight { get; }

    /// <inheritdoc/>
    public override string Identity => $"{base.Identity} from {RunIdentity.Hash(_source.Module.State())}";

    /// <inheritdoc/>
    public override TrainingMethodState Begin(TrainingMethodContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        Network network = context.Network, source = _source.Module;
        if (network.HeadKind != HeadKind.Pooled || network.FeatureCount != source.FeatureCount)
        {
            throw new ArgumentException(
                $"{nameof(CoTuning)} gives the features of the network, {network.FeatureCount} for each sample, to the source's "
                    + $"classifier, which takes {source.FeatureCount}: the source is the same architecture as it was loaded.");
        }

        TeacherNetwork teacher = new(_source, context, this, sharesClasses: false);
        try
        {
            return new State(Weight, teacher, Relationship(context, teacher));
        }
        catch
        {
            teacher.Dispose();
            throw;
        }
    }

    private static Tensor Relationship(TrainingMethodContext context, TeacherNetwork teacher)
    {
        Classification task = (Classification)context.Task;
        LoaderOptions reading = LoaderOptions.Reading(
            context.Options.BatchSize, context.Options.Workers, context.Options.OnBadSample);
        BatchLoader loader = new(context.Dataset, context.EvaluationPreprocessor.Fresh(), reading, task);
        using ClassRelationship relationship = new(task.ClassCount);
        foreach (Batch batch in loader.Epoch(0))
        {
            using (batch)
            using (DisposeScope scope = NewDisposeScope())
            {
                relationship.Add(teacher.Run(batch.Input).Outputs.softmax(1).cpu(), batch.Targets);
            }
        }

        return relationship.Rows(number => task.ClassNames[number]).to(context.Device.ToTorch()).DetachFromDisposeScope();
    }

    private sealed class State : TrainingMethodState
    {
        private readonly double _weight;
        private readonly TeacherNetwork _source;
        private readonly Tensor _relationship;
        private readonly (string Name, Parameter Parameter, Tensor Before, bool WasTrained)[] _head;

        public State(double weight, TeacherNetwork source, Tensor relationship)
        {
            (_weight, _source, _relationship) = (weight, source, relationship);
            _head =
            [
                .. source.Network.named_parameters()
                    .Where(entry => source.Network.IsInHead(entry.name))
                    .Select(entry => (
                        entry.name, entry.parameter, WeightSnapshot.Copy(entry.parameter), entry.parameter.requires_grad)),
            ];
            Array.ForEach(_head, entry => entry.Parameter.requires_grad = true);
        }

        public override IReadOnlyList<(string Name, Tensor Parameter, double RateFactor)> Parameters
            => [.. _head.Select(entry => (entry.Name, (Tensor)entry.Parameter, 1.0))];

        public override StepLoss Compute(MethodStep step, Func<Batch, StepLoss> next)
        {
            ArgumentNullException.ThrowIfNull(step);
            ArgumentNullException.ThrowIfNull(next);
            StepLoss result = next(step.Batch);
            Tensor labels = step.Pass.There(step.Batch.Targets);

            // Mixed samples have probabilities of classes.
            Tensor targets = labels.is_floating_point() ? labels.matmul(_relationship) : _relationship.index_select(0, labels);
            Tensor logits = _source.Network.ForwardHead(step.Features!).to(ScalarType.Float32);
            return result with { Loss = result.Loss.Add(CoTuningNumbers.Each(logits, targets).mean().Multiply(_weight)) };
        }

        protected override void Dispose(bool disposing)
        {
            using (no_grad())
            {
                foreach ((_, Parameter parameter, Tensor before, bool wasTrained) in _head)
                {
                    parameter.copy_(before);
                    parameter.grad = null;
                    parameter.requires_grad = wasTrained;
                    before.Dispose();
                }
            }

            _relationship.Dispose();
            _source.Dispose();
            base.Dispose(disposing);
        }
    }
}
